// SPDX-License-Identifier: Apache-2.0
// Rogue peers at the media ports, while five people are in a call: whoever sends what he should not, from wherever, is
// heard by nobody, and the call goes on: every packet of the honest sender reaches every honest receiver once.
import { MediaPeer } from "../peers/media.mjs";
import { LOADS, OurSide, startClient } from "../peers/load.mjs";
import { pss } from "../peers/memory.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, Skip, test } from "./lib/tap.mjs";

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
		await whole(side, ms, what);
		const state = await client.ask({ cmd: "state", legs });
		equal({ ...state }, { connected: legs.length, twice: 0, unknown: 0, bad: 0 }, `${what}: the honest legs`);
		equal(JSON.stringify(await server.children()), pids, `${what}: the same processes`);
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

test("a sequence number that wraps loses nothing", async (ctx) => {
	const client = await startClient(ctx);
	const side = new OurSide(client, CAMERA);
	side.firstSeq = 65_200; // the rollover comes in the third second
	await side.open(ctx, 1, 2);
	await side.run(4000, { warm: 500 });
});

/** So many come: each has a camera and watches another. */
async function come(ctx, client, { server, session }, n, stream) {
	const legs = await client.create(2 * n);
	const people = await Promise.all(legs.slice(n).map((_, i) => MediaPeer.enter(ctx, server, session.attendee, { name: `P${i}` })));
	const to = [];
	for (const [i, peer] of people.entries()) {
		to.push(await peer.connectSend(legs[2 * i]), await peer.connectReceive(legs[2 * i + 1]));
		await peer.produce("video", 5000 + i);
		await peer.consume(stream);
	}
	await client.connect(to);
	return { people, legs: legs.map((leg) => leg.leg) };
}

/** Half of them say goodbye, before their membership ends and after. */
async function go(client, { people, legs }) {
	await client.ask({ cmd: "close", legs: legs.filter((_, i) => i % 4 < 2) });
	for (const peer of people) {
		peer.send({ leave: {} });
		await peer.over;
	}
	await client.ask({ cmd: "drop", legs: legs.filter((_, i) => i % 4 >= 2) });
}

/** Fifty are there; ten come while ten go, for so many seconds. */
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
	ctx.say(`${n} came and went in ${CHURN_S} s`);
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
