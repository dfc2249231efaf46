// SPDX-License-Identifier: Apache-2.0
// The age of what a viewer sees whose line carries a tenth of what the share needs, against the
// time that a whole key picture takes on that line. The program drives the real relay.
import { join } from "node:path";
import { runProgram } from "../../test/e2e/lib/process.mjs";
import { startServer } from "../../test/e2e/lib/server.mjs";
import { benchSlow, median } from "./tools.mjs";

export async function bench(ctx, { quick, emit, say }) {
	const server = await startServer(ctx);
	const runs = [];
	for (let i = 0; i < (quick ? 1 : 3); i++) {
		const session = await server.createSession();
		const args = ["--cert", join(server.state, "cert.pem"), "--measure", quick ? "8" : "30", session.organizer, session.attendee];
		const { stdout } = await runProgram(benchSlow, args, { timeoutMs: 200_000 });
		const run = JSON.parse(stdout);
		const key = run.key / run.bandwidth;
		say(
			`relay-slow: line ${(run.bandwidth / 1000).toFixed(0)} kB/s, of which ${((100 * run.passed) / run.bandwidth).toFixed(0)} % used, key picture ${(run.key / 1000).toFixed(0)} kB = ${key.toFixed(2)} s; ` +
				`age median ${run.p50}, 95 % ${run.p95}, worst ${run.max} s`,
		);
		runs.push({ age: run.p95, key });
	}
	const age = median(runs.map((run) => run.age));
	const limit = median(runs.map((run) => run.key + 1));
	emit("age", age, "s", "key/bandwidth", median(runs.map((run) => run.age / run.key)));
	emit("bound", limit, "s");
	say(`relay-slow: bound: 1 s + key/bandwidth = ${limit.toFixed(2)} s, ${age <= limit ? "held" : "MISSED"}`);
}
