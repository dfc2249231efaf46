// SPDX-License-Identifier: Apache-2.0
// A camera to 25 receivers: frames of 27 packets of 1,200 bytes, 30 times a second. Processor time of the server for each
// packet that a receiver got, against Janus; packets for each second of it, against the loop that any SFU contains.
import { BareSide, byTurns, JanusSide, LOADS, openSide, OurSide, ratioOf, startClient } from "./sfu.mjs";

const RECEIVERS = 25;

export async function bench(ctx, { quick, emit, say }) {
	const client = await startClient(ctx);
	const sides = [OurSide, JanusSide, BareSide].map((Kind) => new Kind(client, LOADS.video));
	for (const side of sides) await openSide(ctx, side, 1, RECEIVERS);
	const [ours, janus, bare] = await byTurns(sides, quick ? 3 : 9, quick ? 1500 : 4000, (text) => say(`sfu-video: ${text}`));
	const cost = ratioOf(ours, janus, "us");
	const limit = ratioOf(ours, bare, "rate");
	emit("cpu_per_packet", ours.us, "us", "janus", cost);
	emit("delay_p99", ours.delay_p99, "ms", "janus", ratioOf(ours, janus, "delay_p99"));
	emit("throughput", ours.rate, "packets/s/core", "bare-loop", limit);
	say(`sfu-video: janus ${janus.us.toFixed(2)}, bare-loop ${bare.us.toFixed(2)} us; bounds: ratio to janus <= 0.10, ${cost <= 0.1 ? "held" : "MISSED"}; to bare-loop >= 0.60, ${limit >= 0.6 ? "held" : "MISSED"}; delay p99 <= 2 ms, ${ours.delay_p99 <= 2 ? "held" : "MISSED"}`);
}
