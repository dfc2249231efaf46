// SPDX-License-Identifier: Apache-2.0
// The camera of sfu-video at 400 receivers and at 25, of the same server: what a packet costs.
import { LOADS, openSide, OurSide, startClient } from "./sfu.mjs";
import { median } from "./tools.mjs";

const [FEW, MANY] = [25, 400];
/** Of 30 frames a second, so that 400 receivers leave the client some processor. */
const PER_SECOND = 15;

export async function bench(ctx, { quick, emit, say }) {
	const client = await startClient(ctx);
	const few = await openSide(ctx, new OurSide(client, LOADS.video), 1, FEW);
	const many = await openSide(ctx, new OurSide(client, LOADS.video), 1, MANY, { server: few.server });
	const ratios = [];
	for (let i = 0; i < (quick ? 2 : 7); i++) {
		const pair = [];
		for (const side of [few, many]) pair.push(await side.run(quick ? 1500 : 4000, { warm: i ? 500 : 3000, per_second: PER_SECOND, gro: true }));
		say(`sfu-scale: ${FEW}: ${pair[0].us.toFixed(2)}, ${MANY}: ${pair[1].us.toFixed(2)} us a packet; the client ${((100 * pair[1].own_cpu) / pair[1].seconds).toFixed(0)} % of a core`);
		ratios.push([pair[1].us, pair[1].us / pair[0].us]);
	}
	const [us, ratio] = [0, 1].map((n) => median(ratios.map((pair) => pair[n])));
	emit("cpu_per_packet_400", us, "us");
	emit("cost_400_over_25", ratio, "-", `${FEW} receivers`, ratio);
	say(`sfu-scale: bound: <= 1.15, ${ratio <= 1.15 ? "held" : "MISSED"}`);
}
