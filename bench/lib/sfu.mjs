// SPDX-License-Identifier: Apache-2.0
// What the benches of audio and video share: the same room at an SFU of each kind: ours, Janus, the bare loop.
import { join } from "node:path";
import { build } from "../../test/e2e/lib/process.mjs";
import { LOADS, OurSide, Side, startClient as start, startLines } from "../../test/peers/load.mjs";
import { EXT, startJanus } from "./janus.mjs";
import { median, pin } from "./tools.mjs";

export { LOADS, OurSide };
const benchBare = join(build, "bench/bench-sfu-bare");
export const benchProxy = join(build, "bench/bench-sfu-proxy");

/** The load has the second processor, what is measured the first. */
export async function startClient(ctx) {
	const client = await start(ctx);
	await pin(client.pid, 1);
	return client;
}

/** A side with so many legs, measured on the first processor. */
export async function openSide(ctx, side, nSenders, nReceivers, options = {}) {
	await side.open(ctx, nSenders, nReceivers, { serverArgs: ["--threads", "1"], ...options });
	await pin(side.pid, 0);
	return side;
}

const remoteOf = (leg, remote) => ({ leg, ...remote });

export class JanusSide extends Side {
	name = "janus";

	async open(ctx, nSenders, nReceivers) {
		this.janus = await startJanus(ctx);
		this.pid = this.janus.pid;
		await this.janus.open();
		const room = await this.janus.createRoom(nSenders);
		const legs = await this.client.create(nSenders + nReceivers);
		const feeds = [];
		for (const leg of legs.slice(0, nSenders)) {
			const ssrc = 1000 + leg.leg;
			const { feed, remote } = await this.janus.publish(room, leg, this.load.kind, ssrc);
			await this.client.connect([remoteOf(leg.leg, remote)]);
			await this.publish(leg.leg, { ssrc, mid: "0", ext: this.load.kind === "video" ? { mid: EXT.mid, twcc: EXT.twcc } : { mid: EXT.mid, level: EXT.level } });
			feeds.push(feed);
		}
		let twcc = 0;
		for (const leg of legs.slice(nSenders)) {
			const { remote, offer } = await this.janus.subscribe(room, leg, feeds);
			await this.client.connect([remoteOf(leg.leg, remote)]);
			this.receivers.push(leg.leg);
			twcc = Number(/^a=extmap:(\d+) \S*transport-wide-cc/m.exec(offer)?.[1] ?? 0);
		}
		await this.expect(twcc);
		return this;
	}
}

export class BareSide extends Side {
	name = "bare-loop";

	async open(ctx, nSenders, nReceivers) {
		const bare = await startLines(ctx, benchBare, [this.load.kind === "video" ? "gso" : "single"]);
		const port = Number(await bare.line());
		this.pid = bare.pid;
		const legs = (await this.client.create(nSenders + nReceivers)).map((leg) => leg.leg);
		this.receivers = legs.slice(nSenders);
		await this.client.ask({ cmd: "raw", port, senders: legs.slice(0, nSenders), receivers: this.receivers });
		for (const leg of legs.slice(0, nSenders)) await this.publish(leg, { ssrc: 1000 + leg, ext: { mid: EXT.mid, twcc: EXT.twcc }, mid: "0" });
		await this.expect(0);
		return this;
	}
}

/** The same windows at all sides by turns; for each side its medians. */
export async function byTurns(sides, rounds, ms, say) {
	const runs = sides.map(() => []);
	for (let i = 0; i < rounds; i++)
		for (const [n, side] of sides.entries()) {
			const run = await side.run(ms, { warm: i === 0 ? 3000 : 500 });
			say(
				`${side.name}: ${run.us.toFixed(2)} us a packet, ${((100 * run.cpu) / run.seconds).toFixed(1)} % of a core, ${run.received} packets, ` +
					`delay p50 ${run.delay_p50.toFixed(2)} p99 ${run.delay_p99.toFixed(2)} max ${run.delay_max.toFixed(2)} ms; the client ${((100 * run.own_cpu) / run.seconds).toFixed(0)} %`,
			);
			runs[n].push(run);
		}
	return runs.map((all) => ({
		us: median(all.map((run) => run.us)),
		rate: median(all.map((run) => run.rate)),
		delay_p99: median(all.map((run) => run.delay_p99)),
		all,
	}));
}

/** Median over the rounds of a's figure over b's. */
export const ratioOf = (a, b, what) => median(a.all.map((run, i) => run[what] / b.all[i][what]));
