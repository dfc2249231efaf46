// SPDX-License-Identifier: Apache-2.0
// Five speakers to 50 listeners, Opus 50 times a second each: a packet leaves alone, so nothing can be sent in segments.
// Processor time for each packet that a listener got, against Janus; packets for each second of it, against the bare loop.
import { BareSide, byTurns, JanusSide, LOADS, openSide, OurSide, ratioOf, startClient } from "./sfu.mjs";

const SPEAKERS = 5;
const LISTENERS = 50;

export async function bench(ctx, { quick, emit, say }) {
	const client = await startClient(ctx);
	const sides = [OurSide, JanusSide, BareSide].map((Kind) => new Kind(client, LOADS.audio));
	for (const side of sides) await openSide(ctx, side, SPEAKERS, LISTENERS);
	const [ours, janus, bare] = await byTurns(sides, quick ? 3 : 9, quick ? 1500 : 4000, (text) => say(`sfu-audio: ${text}`));
	const cost = ratioOf(ours, janus, "us");
	const limit = ratioOf(ours, bare, "rate");
	emit("cpu_per_packet", ours.us, "us", "janus", cost);
	emit("throughput", ours.rate, "packets/s/core", "bare-loop", limit);
	say(`sfu-audio: janus ${janus.us.toFixed(2)}, bare-loop ${bare.us.toFixed(2)} us; delay p99 ${ours.delay_p99.toFixed(2)} ms; bounds: ratio to janus <= 0.20, ${cost <= 0.2 ? "held" : "MISSED"}; to bare-loop >= 0.70, ${limit >= 0.7 ? "held" : "MISSED"}`);
}
