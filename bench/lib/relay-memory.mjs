// SPDX-License-Identifier: Apache-2.0
// What a viewer who sits and watches nothing new costs the edge in memory. A viewer has two
// connections (control and bulk), so the peer gets two bare ones for each.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { median, pssKiB, rest, startLoad, startPeer } from "./tools.mjs";

const EACH = 2;
const PER_SESSION = 500;

async function measureOurs(ctx, viewers) {
	const server = await startServer(ctx, { args: ["--threads", "1"] });
	const links = [];
	for (let n = 0; n < viewers; n += PER_SESSION) links.push((await server.createSession()).attendee);
	const { edge } = await server.children();
	await rest(500);
	const before = await pssKiB(edge);
	const load = await startLoad(ctx, ["relay", "--viewers", `${viewers}`, ...links]);
	await rest(3000);
	const held = await server.metric("tessera_bulk_connections");
	if (held !== viewers) throw new Error(`${held} of ${viewers} viewers are connected`);
	const grown = (await pssKiB(edge)) - before;
	await load.end();
	await server.proc.stop();
	return { grown, server };
}

async function measurePeer(ctx, server, viewers) {
	const peer = await startPeer(ctx, server, ["--release"]);
	const before = await pssKiB(peer.pid);
	const load = await startLoad(ctx, ["bare", "--viewers", `${viewers}`, "--each", `${EACH}`, peer.port]);
	await rest(1000);
	const grown = (await pssKiB(peer.pid)) - before;
	await load.end();
	await peer.stop();
	return grown;
}

export async function bench(ctx, { quick, emit, say }) {
	const viewers = quick ? 300 : 2000;
	const pairs = [];
	for (let i = 0; i < (quick ? 1 : 3); i++) {
		const { grown, server } = await measureOurs(ctx, viewers);
		const bare = await measurePeer(ctx, server, viewers);
		say(`relay-memory: ${viewers} viewers: ours ${(grown / viewers).toFixed(2)}, openssl-bare ${(bare / viewers).toFixed(2)} KiB each`);
		pairs.push([grown / viewers, grown / bare]);
	}
	const [ours, ratio] = [0, 1].map((n) => median(pairs.map((pair) => pair[n])));
	emit("per_viewer", ours, "KiB", "openssl-bare", ratio);
	emit("per_connection", ours / EACH, "KiB", "openssl-bare", ratio);
	say(`relay-memory: bound: < 25 KiB per idle viewer connection, ${ours / EACH < 25 ? "held" : "MISSED"}`);
}
