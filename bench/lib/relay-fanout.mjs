// SPDX-License-Identifier: Apache-2.0
// Frames of 16 KiB to 200 viewers over TLS: bytes that the viewers received per second of processor
// time of the edge, against a bare SSL_write loop fed and drained by the same load.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { median, pin, startLoad, startPeer } from "./tools.mjs";

const VIEWERS = 200;

function gbitPerCore(run, who) {
	if (run.missed > 0.005 * run.pictures * VIEWERS)
		throw new Error(`${who}: ${run.missed} of ${run.pictures * VIEWERS} frames did not arrive`);
	if (run.pictures < 5 || run.cpu <= 0) throw new Error(`${who}: only ${run.pictures} pictures went through`);
	return (run.bytes * 8) / run.cpu / 1e9;
}

export async function bench(ctx, { quick, emit, say }) {
	const server = await startServer(ctx, { args: ["--threads", "1"] });
	const session = await server.createSession();
	const { edge } = await server.children();
	const peer = await startPeer(ctx, server);
	await Promise.all([pin(edge, 0), pin(peer.pid, 0)]);
	const ours = await startLoad(ctx, ["relay", "--viewers", `${VIEWERS}`, "--organizer", session.organizer, "--pid", `${edge}`, session.attendee]);
	const bare = await startLoad(ctx, ["bare", "--viewers", `${VIEWERS}`, "--presenter", "--pid", `${peer.pid}`, peer.port]);
	const pairs = [];
	for (let i = 0; i < (quick ? 4 : 9); i++) {
		const ms = quick ? 1200 : 2500;
		const a = gbitPerCore(await ours.run(ms), "relay-fanout");
		const b = gbitPerCore(await bare.run(ms), "ssl-write");
		say(`relay-fanout: ours ${a.toFixed(2)}, ssl-write ${b.toFixed(2)} Gbit/s per core`);
		pairs.push([a, b, a / b]);
	}
	const [a, b, ratio] = [0, 1, 2].map((n) => median(pairs.map((pair) => pair[n])));
	emit("throughput", a, "Gbit/s/core", "ssl-write", ratio);
	say(`relay-fanout: ssl-write ${b.toFixed(2)} Gbit/s per core; bound: ratio >= 0.75, ${ratio >= 0.75 ? "held" : "MISSED"}`);
	await Promise.all([ours.end(), bare.end()]);
}
