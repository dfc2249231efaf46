// SPDX-License-Identifier: Apache-2.0
// Memory of all processes of a server on its defaults that nobody uses.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { pssKiB, rest } from "./tools.mjs";

export async function bench(ctx, { quick, emit, say }) {
	const server = await startServer(ctx);
	await rest(quick ? 15_000 : 60_000);
	const pids = { supervisor: server.pid, ...(await server.children()) };
	let sum = 0;
	for (const [role, pid] of Object.entries(pids)) {
		const kib = await pssKiB(pid);
		say(`idle: ${role} ${(kib / 1024).toFixed(1)} MiB`);
		sum += kib / 1024;
	}
	if (Object.keys(pids).length < 3) throw new Error(`only ${Object.keys(pids)} are running`);
	emit("pss", sum, "MiB");
	say(`idle: bound: < 50 MiB, ${sum < 50 ? "held" : "MISSED"}`);
}
