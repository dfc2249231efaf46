// SPDX-License-Identifier: Apache-2.0
// What the benches of audio and video share: the same room at an SFU of each kind: ours, Janus, the bare loop.
import { cpus } from "node:os";
import { join } from "node:path";
import { build, runProgram } from "../../test/e2e/lib/process.mjs";
import { LOADS, OurSide, Side, startClient as start, startLines } from "../../test/peers/load.mjs";
import { EXT, startJanus } from "./janus.mjs";
import { median } from "./tools.mjs";

export { LOADS, OurSide };
const benchBare = join(build, "bench/bench-sfu-bare");
export const benchProxy = join(build, "bench/bench-sfu-proxy");

/** A processor of its own when there are two, and before whatever else runs here, as far as that may be had. */
async function pin(pid, processor) {
	if (cpus().length > 1) await runProgram("taskset", ["-apc", String(processor), String(pid)]);
	await runProgram("chrt", ["-a", "-r", "-p", "10", String(pid)], { expect: null });
}

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
		await this.expect({ twcc });
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
		await this.expect();
		return this;
	}
}

/** One window at each side, or null when somebody lost packets in it. */
async function turn(sides, ms, how, say) {
	const runs = [];
	for (const side of sides) runs.push(await side.run(ms, { warm: 500, ...how, mayLose: true }));
	const lossy = sides.filter((_, n) => runs[n].lost);
	if (lossy.length === 0) return runs;
	say(`at ${how.per_second} a second ${lossy.map((side) => `${side.name} lost ${runs[sides.indexOf(side)].lost}`).join(", ")}: this turn does not count`);
	return null;
}

/** So many turns without a loss at one rate; null when there are more with one. */
async function turnsAt(sides, rounds, ms, how, say) {
	const turns = [];
	await turn(sides, 500, { ...how, warm: 3000 }, () => undefined); // estimates of bandwidth rise
	for (let i = 0; turns.length < rounds; i++) {
		const runs = await turn(sides, ms, how, say);
		if (runs) turns.push(runs);
		else if (i >= 2 * turns.length + 2) return null;
		for (const [n, run] of (runs ?? []).entries())
			say(
				`${sides[n].name}: ${run.us.toFixed(2)} us a packet, ${((100 * run.cpu) / run.seconds).toFixed(1)} % of a core, ${run.received} packets, ` +
					`delay p50 ${run.delay_p50.toFixed(2)} p99 ${run.delay_p99.toFixed(2)} max ${run.delay_max.toFixed(2)} ms; the client ${((100 * run.own_cpu) / run.seconds).toFixed(0)} %`,
			);
	}
	return turns;
}

/**
 * The same windows at all sides by turns, at a rate at which nobody loses anything; for each side its medians. gro: the
 * receivers take UDP_SEGMENT messages whole.
 */
export async function byTurns(sides, rounds, ms, say, { gro = false } = {}) {
	const full = sides[0].load.per_second;
	let turns = null;
	for (let per_second = full; !turns; per_second = Math.round(per_second / 2)) {
		if (per_second < full / 4) throw new Error("packets are lost even at a quarter of the rate: this machine has no time");
		turns = await turnsAt(sides, rounds, ms, { per_second, gro }, say);
	}
	return sides.map((_, n) => {
		const all = turns.map((runs) => runs[n]);
		return { ...Object.fromEntries(["us", "rate", "delay_p99"].map((what) => [what, median(all.map((run) => run[what]))])), all };
	});
}

/** Median over the turns of a's figure over b's. */
export const ratioOf = (a, b, what) => median(a.all.map((run, i) => run[what] / b.all[i][what]));
