// SPDX-License-Identifier: Apache-2.0
// Media at last: the load client (bench/sfu) and a room of ours in it, some of whom send and some of whom receive.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, start } from "../e2e/lib/process.mjs";
import { startServer } from "../e2e/lib/server.mjs";
import { MediaPeer } from "./media.mjs";

const benchSfu = join(build, "bench/bench-sfu");

/** A program that answers each line on stdin by one on stdout. */
export async function startLines(ctx, command, args = [], env = {}) {
	const proc = start(ctx, command, args, { env, stdio: ["pipe", "pipe", "pipe"], quiet: true });
	const waiting = [];
	const early = [];
	createInterface({ input: proc.child.stdout }).on("line", (line) => {
		if (waiting.length) waiting.shift().resolve(line);
		else early.push(line);
	});
	proc.exited.then(() => waiting.splice(0).forEach((w) => w.reject(new Error(`${command} ended: ${proc.output().split("\n").at(-1)}`))));
	const line = () => {
		if (early.length) return Promise.resolve(early.shift());
		const next = new Promise((resolve, reject) => waiting.push({ resolve, reject }));
		next.catch(() => undefined); // who asked may be gone by then
		return next;
	};
	return {
		...proc,
		line,
		tell: (text) => proc.child.stdin.write(`${text}\n`),
		end: async () => {
			proc.child.stdin.end();
			await proc.exited;
		},
	};
}

/** The load client: ask({cmd, ...}) gives what it answers. It offers one SRTP profile. */
export async function startClient(ctx, { profile = "SRTP_AEAD_AES_128_GCM" } = {}) {
	const lines = await startLines(ctx, benchSfu, [], { BENCH_SRTP_PROFILE: profile });
	return {
		...lines,
		ask: async (command) => {
			const answer = lines.line();
			lines.tell(JSON.stringify(command));
			return JSON.parse(await answer);
		},
		create: async function (count) {
			return (await this.ask({ cmd: "create", count })).legs;
		},
		connect: async function (to, patience_ms = 20_000) {
			const answer = await this.ask({ cmd: "connect", to, patience_ms });
			if (answer.failed) throw new Error(`${answer.failed} of ${to.length} legs did not connect`);
			return answer.ms;
		},
	};
}

/** What is sent: a camera of 27 packets of 1,200 bytes 30 times a second, or Opus 50 times. */
export const LOADS = {
	video: { kind: "video", size: 1200, packets: 27, per_second: 30, pt: 96 },
	audio: { kind: "audio", size: 130, packets: 1, per_second: 50, pt: 111 },
};
let sources = 0;

/** One room at one SFU. Each side sets `legs` of its senders and receivers, and the process that is measured. */
export class Side {
	constructor(client, load) {
		Object.assign(this, { client, load, senders: [], receivers: [], sources: [] });
	}

	/** Tells the client what leg sends. */
	async publish(leg, { ssrc, mid, ext, pt = this.load.pt, seq = 0 }) {
		const { kind, size, packets } = this.load;
		this.sources.push(++sources);
		await this.client.ask({ cmd: "publish", leg, source: sources, kind, ssrc, pt, mid, ext, size, packets, seq });
		this.senders.push(leg);
	}

	async expect({ twcc = 0, rtx = 0 } = {}) {
		await this.client.ask({ cmd: "expect", legs: this.receivers, sources: this.sources, twcc, rtx });
	}

	/** Sends for a while; fails unless every receiver got each packet once. */
	async run(ms, { warm = 300, mayLose = false, per_second = this.load.per_second, gro = false } = {}) {
		const run = await this.client.ask({ cmd: "run", senders: this.senders, ms, warm_ms: warm, per_second, pid: this.pid, gro });
		const wrong = ["lost", "twice", "bad", "unknown"].filter((what) => run[what] && !(what === "lost" && mayLose));
		if (run.sent === 0 || run.expected !== run.sent * this.receivers.length) throw new Error(`${this.name}: nothing was measured: ${JSON.stringify(run)}`);
		if (wrong.length) throw new Error(`${this.name}: ${wrong.map((what) => `${run[what]} ${what}`).join(", ")} of ${run.expected}`);
		return { ...run, us: (1e6 * run.cpu) / run.received, rate: run.received / run.cpu };
	}
}

export class OurSide extends Side {
	name = "tessera";

	/** options.server, .session: where; else a server of its own. The first sender is the organizer, unless .guests. */
	async open(ctx, nSenders, nReceivers, { server, session, guests = false, serverArgs = [] } = {}) {
		this.server = server ?? (await startServer(ctx, { args: serverArgs }));
		this.guests = guests;
		this.pid = (await this.server.children()).media;
		if (!this.pid) throw new Error("this server has no media process");
		this.session = session ?? (await this.server.createSession());
		this.peers = [];
		this.streams = [];
		for (let i = 0; i < nSenders; i++) this.streams.push(await this.addSender(ctx));
		for (let i = 0; i < nReceivers; i++) await this.addReceiver(ctx, this.streams);
		await this.expect(this.how);
		return this;
	}

	async addSender(ctx) {
		const link = this.peers.length || this.guests ? this.session.attendee : this.session.organizer;
		const peer = await MediaPeer.enter(ctx, this.server, link, { name: `S${this.peers.length}` });
		const [leg] = await this.client.create(1);
		this.peers.push(peer);
		await this.client.connect([await peer.connectSend(leg)]);
		const ssrc = 1001 + sources; // of its source
		const more = this.larger?.slice(this.streams.length, this.streams.length + 1); // SSRC of a larger encoding
		const { stream, pt, ext, mid } = await peer.produce(this.load.kind, ssrc, { more });
		await this.publish(leg.leg, { ssrc, pt, mid, ext, seq: this.firstSeq });
		return stream;
	}

	async addReceiver(ctx, streams) {
		const peer = await MediaPeer.enter(ctx, this.server, this.session.attendee, { name: `R${this.peers.length}` });
		const [leg] = await this.client.create(1);
		this.peers.push(peer);
		await this.client.connect([await peer.connectReceive(leg)]);
		for (const stream of streams) this.how = await peer.consume(stream);
		this.receivers.push(leg.leg);
	}
}
