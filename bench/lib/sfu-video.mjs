// SPDX-License-Identifier: Apache-2.0
// A camera to 25 receivers: frames of 27 packets of 1,200 bytes, 30 times a second. Processor time of the server for each
// packet that a receiver got, against Janus; packets for each second of it, against the loop that any SFU contains. Then the
// same where the kernel has to split what is sent in segments.
import { BareSide, byTurns, JanusSide, LOADS, openSide, OurSide, ratioOf, startClient } from "./sfu.mjs";

const RECEIVERS = 25;

function report([ours, janus, bare], suffix, emit) {
	const cost = ratioOf(ours, janus, "us");
	const limit = ratioOf(ours, bare, "rate");
	emit(`cpu_per_packet${suffix}`, ours.us, "us", "janus", cost);
	emit(`delay_p99${suffix}`, ours.delay_p99, "ms", "janus", ratioOf(ours, janus, "delay_p99"));
	emit(`throughput${suffix}`, ours.rate, "packets/s/core", "bare-loop", limit);
	return { cost, limit };
}

export async function bench(ctx, { quick, emit, say }) {
	const client = await startClient(ctx);
	const sides = [OurSide, JanusSide, BareSide].map((Kind) => new Kind(client, LOADS.video));
	for (const side of sides) await openSide(ctx, side, 1, RECEIVERS);
	const ms = quick ? 1500 : 3000;
	const whole = await byTurns(sides, quick ? 3 : 9, ms, (text) => say(`sfu-video: ${text}`), { gro: true });
	const { cost, limit } = report(whole, "", emit);
	const split = await byTurns(sides, 3, ms, (text) => say(`sfu-video, split by the kernel: ${text}`));
	report(split, "_split", emit);
	const [ours, janus, bare] = whole;
	say(`sfu-video: janus ${janus.us.toFixed(2)}, bare-loop ${bare.us.toFixed(2)} us; bounds: ratio to janus <= 0.10, ${cost <= 0.1 ? "held" : "MISSED"}; to bare-loop >= 0.60, ${limit >= 0.6 ? "held" : "MISSED"}; delay p99 <= 2 ms, ${ours.delay_p99 <= 2 ? "held" : "MISSED"}`);
	say(`sfu-video, split by the kernel: janus ${split[1].us.toFixed(2)}, bare-loop ${split[2].us.toFixed(2)} us`);
}
