// SPDX-License-Identifier: Apache-2.0
// Rogue peers at the media ports, while five people are in a call: whoever sends what he should not, from wherever, is
// heard by nobody, and the call goes on: every packet of the honest sender reaches every honest receiver once.
import { createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { MediaPeer } from "../peers/media.mjs";
import { LOADS, OurSide, startClient } from "../peers/load.mjs";
import { pss } from "../peers/memory.mjs";
import { encode } from "../peers/proto.mjs";
import { Close, counted, freshSource, Refusal } from "../peers/rogue.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, Skip, test, until } from "./lib/tap.mjs";

const RECEIVERS = 4;
/** A camera of 0.6 Mbit/s: a sanitized server has time for it, and every estimate of bandwidth begins above it. */
const CAMERA = { ...LOADS.video, packets: 4, size: 600 };
const isSanitized = process.env.TESSERA_SANITIZED === "yes";
/** CI has no time for the two minutes that it is worth: TESSERA_CHURN_S=120. */
const CHURN_S = Number(process.env.TESSERA_CHURN_S ?? 12);
const [FULL, WAVE] = [50, 10];

/** A window in which every packet came: not always the first, since a machine may stand still for longer than queues are. */
async function whole(side, ms = 400, what = "the call", warm = 200) {
	for (let attempt = 1; ; attempt++)
		try {
			return await side.run(ms, { warm });
		} catch (error) {
			if (attempt === 6 || !error.message.includes("lost")) throw new Error(`${what}: ${error.message}`);
		}
}

/** The honest call, and a second load client for who is not honest. */
async function call(ctx, { leaks = false } = {}) {
	const [client, rogue] = [await startClient(ctx), await startClient(ctx)];
	const server = await startServer(ctx, { leaks });
	const side = await new OurSide(client, CAMERA).open(ctx, 1, RECEIVERS, { server });
	const { session } = side;
	const pids = JSON.stringify(await server.children());
	const legs = [...side.senders, ...side.receivers];
	await whole(side);
	const undisturbed = async (what, ms = 400) => {
		const run = await whole(side, ms, what);
		const state = await client.ask({ cmd: "state", legs });
		equal({ ...state }, { connected: legs.length, twice: 0, unknown: 0, bad: 0 }, `${what}: the honest legs`);
		equal(JSON.stringify(await server.children()), pids, `${what}: the same processes`);
		return run;
	};
	const target = (await side.peers[0].mediaJoin()).send.candidates.find((c) => !c.protocol && c.address.includes("."));
	const at = { host: target.address, port: target.port };
	return { ctx, client, rogue, side, server, session, undisturbed, at };
}

/** What a rogue does on a leg of his. */
const act = (rogue, leg, kind, more = {}) => rogue.ask({ cmd: "rogue", leg, kind, ...more });

/** Somebody admitted who has a camera, and who watches it: {sender, watcher, seen()}: how many of his stamps came through. */
async function insider({ ctx, rogue, server, session }) {
	const side = await new OurSide(rogue, CAMERA).open(ctx, 1, 1, { server, session, guests: true });
	await whole(side);
	const seen = async () => {
		await side.run(200, { warm: 100 }).catch(() => undefined); // what was before it has come, or will not
		return (await rogue.ask({ cmd: "state", legs: side.receivers })).unknown;
	};
	return { side, sender: side.senders[0], watcher: side.receivers[0], seen };
}

test("a ClientHello before ICE and from elsewhere changes nothing", async (ctx) => {
	const { rogue, server, session, undisturbed, at } = await call(ctx);
	const [leg, other] = (await rogue.create(2)).map((l) => l);
	const nadia = await MediaPeer.enter(ctx, server, session.attendee, { name: "Nadia" });
	await act(rogue, leg.leg, "client-hello", { ...at, count: 20 });
	const to = await nadia.connectReceive(leg);
	await act(rogue, leg.leg, "client-hello", { ...at, count: 20 }); // the server knows her certificate now, not where she is
	await act(rogue, other.leg, "client-hello", { ...at, count: 20 });
	const [connecting] = await Promise.all([rogue.connect([to]), undisturbed("a ClientHello before ICE")]);
	check(connecting < 5000, "she connects all the same");
	await act(rogue, other.leg, "client-hello", { ...at, count: 20 });
	await act(rogue, leg.leg, "client-hello", { count: 5 }); // and on her own tuple, long connected
	await undisturbed("a ClientHello after ICE");
	equal((await rogue.ask({ cmd: "state", legs: [leg.leg] })).connected, 1, "she is still connected");
});

test("what is replayed, forged, cut or sent from elsewhere is heard by nobody", async (ctx) => {
	const room = await call(ctx);
	const { rogue, side: honest, undisturbed } = room;
	const { sender, seen } = await insider(room);
	let known = await seen();
	const heard = async (kind, want, more = {}) => {
		await act(rogue, sender, kind, more);
		const now = await seen();
		equal(now - known, want, `${kind}: packets that came through`);
		known = now;
	};
	await heard("packets", 3, { count: 3 }); // so it would be seen
	await heard("replay", 1, { count: 20 });
	await heard("flip", 0);
	await heard("truncated", 0);
	await heard("foreign", 0, { count: 20 });
	await heard("clear-rtcp", 0, { count: 5 });
	await heard("packets", 0, { count: 20, ssrc: 1000 + honest.sources[0] }); // the honest sender's SSRC
	await heard("packets", 1); // he himself is not cut off
	await undisturbed("a rogue who is in");
});

test("who lies in RTCP harms nobody but himself", async (ctx) => {
	const room = await call(ctx);
	const { rogue, side: honest, undisturbed } = room;
	const { side, sender, watcher } = await insider(room);
	const { ssrc } = await side.peers[1].consume(honest.streams[0]); // he watches the honest one, too
	const victim = 1000 + honest.sources[0];
	const kinds = ["bye", "pli", "nack", "false-report", "false-cc"];
	for (const leg of [sender, watcher]) // about the honest sender's stream, as it comes in and as it goes out, and about what is nobody's
		for (const about of [victim, ssrc, 1]) for (const kind of kinds) await act(rogue, leg, kind, { ssrc: about, count: 5 });
	await undisturbed("lies of each kind");
	for (const kind of kinds) {
		const flood = act(rogue, watcher, kind, { ssrc, count: isSanitized ? 400 : 1000, per_ms: 1 });
		const run = await undisturbed(`a flood of ${kind}`, 800);
		const { sent } = await flood;
		ctx.say(`${sent} of ${kind}: ${run.pli} key frames were asked for`);
		check(run.pli <= 8, `${kind}: the honest camera makes few key frames`);
	}
	equal((await rogue.ask({ cmd: "state", legs: [sender, watcher] })).connected, 2, "he himself is still there");
	await undisturbed("after the lies");
});

test("who announces another's SSRC has a stream of his own", async (ctx) => {
	const { client, rogue, server, session, side: honest, undisturbed } = await call(ctx);
	const [to, from] = await rogue.create(2);
	const [mallory, watcher] = [await MediaPeer.enter(ctx, server, session.attendee, { name: "Mallory" }), await MediaPeer.enter(ctx, server, session.attendee, { name: "Nadia" })];
	await rogue.connect([await mallory.connectSend(to), await watcher.connectReceive(from)]);
	const ssrc = 1000 + honest.sources[0];
	const { stream, ...rtp } = await mallory.produce("video", ssrc);
	const { kind, size, packets } = CAMERA;
	await rogue.ask({ cmd: "publish", leg: to.leg, source: 50_000, kind, size, packets, ssrc, ...rtp });
	await watcher.consume(stream);
	await rogue.ask({ cmd: "send", legs: [to.leg], on: true });
	const seen = async () => (await rogue.ask({ cmd: "state", legs: [from.leg] })).unknown;
	await until(async () => (await seen()) > 20, "who watches him sees him");
	await undisturbed("two cameras of one SSRC", 1000);
	await act(rogue, to.leg, "bye", { ssrc });
	await undisturbed("one of them says goodbye");
	equal((await client.ask({ cmd: "state", legs: honest.senders })).connected, 1, "the honest sender is there");
});

test("giant, empty, random datagrams and STUN without the password are nothing", async (ctx) => {
	const room = await call(ctx);
	const { rogue, side, undisturbed, at } = room;
	const { sender } = await insider(room);
	const [stranger] = await rogue.create(1);
	const victim = (await side.peers[1].mediaJoin()).receive.ice.ufrag;
	for (const [leg, where] of [[stranger.leg, at], [sender, {}]]) {
		await act(rogue, leg, "giant", where);
		await act(rogue, leg, "empty", { ...where, count: 20 });
		await act(rogue, leg, "garbage", { ...where, count: 2000, per_ms: 10 });
		await act(rogue, leg, "stun", { ...where, count: 100, ufrag: victim });
		await act(rogue, leg, "stun", { ...where, count: 100 });
		await undisturbed(leg === sender ? "from who is connected" : "from a stranger");
	}
});

test("the call goes on through floods", async (ctx) => {
	const { rogue, side, undisturbed, at } = await call(ctx);
	const [leg] = await rogue.create(1);
	const victim = (await side.peers[1].mediaJoin()).receive.ice.ufrag;
	for (const [kind, more] of [["garbage", {}], ["stun", { ufrag: victim }], ["stun", {}], ["client-hello", {}], ["empty", {}]]) {
		const flood = act(rogue, leg.leg, kind, { ...at, ...more, count: isSanitized ? 4000 : 20_000, per_ms: isSanitized ? 5 : 20 });
		await undisturbed(`a flood of ${kind}`, 800);
		await flood;
	}
	await undisturbed("after the floods");
});

/** So many a second for a while, or until `isOver()`: some(n) of them are due. */
async function flood(ms, perSecond, some, isOver = () => false) {
	const began = performance.now();
	let n = 0;
	for (let passed = 0; passed < ms && !isOver(); passed = performance.now() - began) {
		const due = Math.floor((passed * perSecond) / 1000);
		some(due - n);
		n = due;
		await new Promise((resolve) => setTimeout(resolve, 1));
	}
}

const MOST = 0xffffffff;
/** Thirty-two wants: the stream on and off, in turn, and what nobody has; each number as large as it can be, or of no sense. */
function absurd(stream, turn) {
	const sense = [{ on: true, max_spatial: MOST, max_temporal: MOST, priority: MOST }, { on: false, max_spatial: 256, max_temporal: 1 << 16, priority: 256 }];
	return Array.from({ length: 32 }, (_, i) => ({ stream: i % 2 ? stream : (MOST - i - turn) >>> 0, ...sense[(turn + (i >> 1)) % 2] }));
}

test("who floods what he wants disturbs nobody, and memory returns", async (ctx) => {
	const room = await call(ctx);
	const { rogue, server, session, side, undisturbed } = room;
	const stream = side.streams[0];
	const [leg] = await rogue.create(1);
	let mallory = await MediaPeer.enter(ctx, server, session.attendee, { name: "Mallory" });
	await rogue.connect([await mallory.connectReceive(leg)]);
	await mallory.consume(stream);
	equal((await mallory.ask({ consumer_wants: { wants: absurd(stream, 0).concat({ stream }) } })).refusal, Refusal.REFUSAL_INVALID, "33 at once are too many");
	const { edge } = await server.children();
	const sizes = async () => Promise.all([edge, side.pid].map(pss));
	const before = await sizes();
	const orders = () => server.metric("tessera_media_orders_total");
	const [ordered, began] = [await orders(), performance.now()];
	let turn = 0;
	const ready = Array.from({ length: 16 }, (_, i) => Buffer.concat([Buffer.from([0]), encode("ToServer", { consumer_wants: { wants: absurd(stream, i) } })]));
	const want = (n) => {
		for (let i = 0; i < n; i++) mallory.sendBytes(ready[++turn % ready.length]);
	};
	// As often as he may: more than a thousand wants a second, of which media hears a hundred.
	await Promise.all([flood(2000, 45, want), undisturbed("a flood of wants", 800)]);
	await mallory.settle();
	check(!mallory.isOver, "so much he may");
	// Thousands a second: he is shown the door, and comes again.
	let times = 0;
	const knock = async () => {
		for (const end = performance.now() + 2000; performance.now() < end; times++) {
			await flood(2000, 5000, want, () => mallory.isOver);
			equal(await mallory.reason(), Close.CLOSE_TOO_MUCH, "too much");
			mallory = await mallory.again();
		}
	};
	await Promise.all([knock(), undisturbed("a greater flood", 800)]);
	const seconds = (performance.now() - began) / 1000;
	const more = (await orders()) - ordered;
	ctx.say(`${turn} messages of 32 wants, shown the door ${times} times: media heard ${more} in ${seconds.toFixed(1)} s`);
	check(more < 256 + 100 * seconds + 50, "media hears no more than it has time for");
	await counted(server, "tessera_closed_total", "too_much", times);
	await undisturbed("after the floods of wants");
	if (isSanitized) return;
	const grown = (await sizes()).map((size, i) => (size - before[i]) >> 10);
	ctx.say(`edge and media grew by ${grown} KiB`);
	check(Math.max(...grown) < 2048, "and it cost no memory");
});

/** A check as a browser makes it who is in no call (RFC 8489). */
function precallCheck() {
	const attribute = (type, value) => {
		const head = Buffer.alloc(4);
		head.writeUInt16BE(type);
		head.writeUInt16BE(value.length, 2);
		return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
	};
	const body = Buffer.concat([attribute(0x0006, Buffer.from("precall:somebody")), attribute(0x0024, randomBytes(4))]);
	const head = Buffer.concat([Buffer.from("00010000" + "2112a442", "hex"), randomBytes(12)]);
	head.writeUInt16BE(body.length + 24, 2);
	const proof = createHmac("sha1", "TesseraPreCallCheckOnly0").update(head).update(body).digest();
	return Buffer.concat([head, body, attribute(0x0008, proof)]);
}

test("a flood of pre-call checks disturbs nobody, is bounded and counted, and memory returns", async (ctx) => {
	const { server, side, undisturbed, at } = await call(ctx);
	const request = precallCheck();
	const heard = Array(300).fill(0);
	let longest = 0;
	const strangers = await Promise.all(
		heard.map(async (_, i) => {
			const socket = createSocket("udp4").on("message", (bytes) => {
				heard[i]++;
				longest = Math.max(longest, bytes.length);
			});
			ctx.onEnd(() => socket.close());
			socket.bind(0, freshSource());
			await once(socket, "listening");
			return socket;
		}),
	);
	const counts = async () => Promise.all([["tessera_media_precalls_total", ""], ["tessera_media_dropped_total", "rate"]].map(([name, label]) => server.metric(name, label)));
	const ask = (from) => from.send(request, at.port, at.host);
	ask(strangers[0]);
	await until(() => heard[0] === 1, "one alone is answered");
	await until(async () => (await counts())[0] === 1, "and counted");
	const before = await pss(side.pid);
	const began = performance.now();
	let n = 0;
	await Promise.all([
		flood(2000, isSanitized ? 4000 : 15_000, (some) => {
			for (let i = 0; i < some; i++) ask(strangers[++n % 2 ? n % 300 : 0]); // half of it from one address
		}),
		undisturbed("a flood of pre-call checks", 800),
	]);
	await undisturbed("after it");
	const [answered, refused] = await until(async () => {
		const now = await counts();
		return now[0] + now[1] >= n / 2 && now; // the kernel leaves out what a socket has no room for
	}, "the flood is counted");
	const seconds = (performance.now() - began) / 1000;
	ctx.say(`${n} checks in ${seconds.toFixed(1)} s: ${answered} answered, ${heard[0]} of them to one, ${refused} were too many`);
	check(Math.max(...heard) <= 41 + 20 * seconds && refused > n / 4, "a source has its few answers");
	check(longest <= request.length, "and nothing is made larger");
	equal(await server.metric("tessera_media_transports"), side.peers.length, "nobody got a transport by it");
	if (isSanitized) return;
	const grown = ((await pss(side.pid)) - before) >> 10;
	ctx.say(`media grew by ${grown} KiB`);
	check(grown < 1024, "and it cost no memory");
});

test("a sequence number that wraps loses nothing", async (ctx) => {
	const client = await startClient(ctx);
	const side = new OurSide(client, CAMERA);
	side.firstSeq = 65_200; // the rollover comes in the third second
	await side.open(ctx, 1, 2);
	await side.run(4000, { warm: 500 });
});

/** A small camera: fifty of them are a load, not a flood. */
const SMALL = { kind: "video", size: 300, packets: 1 };

/** So many come: each has a camera that sends, and watches the call's and his neighbour's, which he hears. */
async function come(ctx, client, { server, session }, n, stream) {
	const legs = await client.create(2 * n);
	const people = await Promise.all(legs.slice(n).map((_, i) => MediaPeer.enter(ctx, server, session.attendee, { name: `P${i}` })));
	const to = [];
	const cameras = [];
	for (const [i, peer] of people.entries()) {
		to.push(await peer.connectSend(legs[2 * i]), await peer.connectReceive(legs[2 * i + 1]));
		const { stream: own, ...rtp } = await peer.produce("video", 5000 + i);
		await client.ask({ cmd: "publish", leg: legs[2 * i].leg, source: 50_000 + i, ssrc: 5000 + i, ...SMALL, ...rtp });
		cameras.push(own);
		await peer.consume(stream);
	}
	const all = legs.map((leg) => leg.leg);
	const [senders, receivers] = [0, 1].map((which) => all.filter((_, i) => i % 2 === which));
	for (const [i, peer] of people.entries())
		await client.ask({ cmd: "expect", legs: [receivers[i]], sources: [], ...(await peer.consume(cameras[(i + 1) % n])) });
	await client.connect(to);
	await client.ask({ cmd: "send", legs: senders, on: true });
	const seen = async (leg) => (await client.ask({ cmd: "state", legs: [leg] })).unknown > 0;
	for (const leg of receivers) await until(() => seen(leg), "he sees his neighbour", { everyMs: 20 });
	return { people, legs: all };
}

/** Half of them say goodbye, before their membership ends and after; the others send until they are gone. */
async function go(client, { people, legs }) {
	equal((await client.ask({ cmd: "state", legs })).bad, 0, "what they got was whole");
	await client.ask({ cmd: "close", legs: legs.filter((_, i) => i % 4 < 2) });
	for (const peer of people) {
		peer.send({ leave: {} });
		await peer.over;
	}
	await client.ask({ cmd: "drop", legs: legs.filter((_, i) => i % 4 >= 2) });
}

/** Fifty are there and send and receive; ten come while ten go, for so many seconds. */
async function churn(ctx, client, { server, session, side }, seconds) {
	const waves = [];
	const end = Date.now() + 1000 * seconds;
	let n = 0;
	for (; Date.now() < end; n += WAVE) {
		const leaving = waves.length === FULL / WAVE ? go(client, waves.shift()) : undefined;
		waves.push(await come(ctx, client, { server, session }, WAVE, side.streams[0]));
		await leaving;
	}
	for (const wave of waves) await go(client, wave);
	return n;
}

test("fifty people come and go: nothing leaks, and the call goes on", async (ctx) => {
	const room = await call(ctx, { leaks: true });
	const n = await churn(ctx, room.rogue, room, CHURN_S);
	const [heard, said] = await Promise.all(["in", "out"].map((way) => room.server.metric(`tessera_media_packets_${way}_total`)));
	ctx.say(`${n} came and went in ${CHURN_S} s; ${heard} datagrams came in, ${said} went out`);
	await room.undisturbed("after them");
	await room.server.stop();
}, { timeoutMs: 120_000 + 2000 * CHURN_S });

/** What the allocator keeps rises over the first rounds, and no more then. Means nothing where a sanitizer keeps what is freed. */
test("memory returns after 100 have come and gone", async (ctx) => {
	if (isSanitized) throw new Skip("memory under a sanitizer is not the program's");
	const { rogue, side, server, session, undisturbed } = await call(ctx);
	const sizes = [];
	for (let i = 0; i < 4; i++) {
		await go(rogue, await come(ctx, rogue, { server, session }, 25, side.streams[0]));
		await undisturbed(`round ${i}`);
		sizes.push(await pss(side.pid));
	}
	ctx.say(`media has ${sizes.map((size) => (size / 1024).toFixed(0)).join(", ")} KiB after each 25`);
	check(sizes[3] - sizes[1] < 1 << 20, "the last 50 cost no memory");
});

await run();
