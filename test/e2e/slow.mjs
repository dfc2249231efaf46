// SPDX-License-Identifier: Apache-2.0
// A viewer who stops reading costs the server 64 KiB at most, and the others nothing.
import { randomBytes } from "node:crypto";
import { pss } from "../peers/memory.mjs";
import { CLASS, Peer } from "../peers/rogue.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const SECONDS = 12;
const SLOW_MAX = 64 * 1024;
/** So many that what one costs stands out from what the edge's memory does by itself. */
const SLOW = 40;
const EVERY_MS = 50;

/** Acknowledges what comes, as an honest viewer does; lags are the ages of pictures at arrival. */
function watchHonestly(peer, sentAt, lags) {
	let bytes = 0n;
	peer.bulk.onFrame = (frame) => {
		bytes += BigInt(36 + frame.length);
		peer.last = frame.picture;
		lags?.push(frame.at - sentAt.get(frame.picture));
		peer.bulk.send({ stream_ack: { stream: frame.stream, picture: frame.picture, bytes } });
	};
}

/** Ada shares 20 pictures of 4 KiB a second for 12 s; how much the edge grew, and how old pictures were. */
async function share(ctx, { stalls }) {
	const server = await startServer(ctx, { args: ["--threads", "2"] });
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	const milo = await Peer.enter(ctx, server, session.attendee, { name: "Milo" });
	const slow = await Promise.all(Array.from({ length: SLOW }, (_, i) => Peer.enter(ctx, server, session.attendee, { name: `Slow ${i}` })));
	const all = [milo, ...slow];
	await Promise.all([ada, ...all].map((peer) => peer.watch()));
	const { edge } = await server.children();
	const { stream } = await ada.openStream(CLASS.SCREEN, { width: 512, height: 512 });
	const sentAt = new Map();
	const lags = [];
	watchHonestly(milo, sentAt, lags);
	for (const peer of slow) watchHonestly(peer, sentAt);
	let picture = 0;
	const put = () => {
		picture++;
		sentAt.set(picture, performance.now());
		ada.bulk.sendFrame(...ada.makeKey(stream, randomBytes(4000)));
	};
	const timer = setInterval(put, EVERY_MS);
	ctx.onEnd(() => clearInterval(timer));
	await until(() => all.every((peer) => peer.last > 40), "all see it");
	const before = await pss(edge);
	lags.length = 0;
	if (stalls) for (const peer of slow) for (const ws of [peer.ws, peer.bulk.ws]) ws.socket.pause();
	const from = picture;
	let peak = 0;
	await until(async () => {
		peak = Math.max(peak, await pss(edge));
		return picture >= from + (SECONDS * 1000) / EVERY_MS;
	}, `${SECONDS} s of pictures`, { timeoutMs: 60_000, everyMs: 500 });
	const lag = lags.toSorted((a, b) => a - b);
	const stalledAt = Math.max(...slow.map((peer) => peer.last));
	for (const peer of slow) for (const ws of [peer.ws, peer.bulk.ws]) ws.socket.resume();
	await until(() => slow.every((peer) => peer.last >= picture - 30), "who was slow sees what is now", { timeoutMs: 10_000 });
	clearInterval(timer);
	await until(() => all.every((peer) => peer.last === picture), "all have the last picture");
	check(all.every((peer) => !peer.isOver && !peer.bulk.isOver), "nobody was closed");
	if (stalls) check(stalledAt < picture - 100, `they did not read indeed (${stalledAt} of ${picture})`);
	return { grown: peak - before, median: lag[lag.length >> 1], late: lag[Math.floor(lag.length * 0.95)], seen: lag.length, of: picture - from };
}

test("a viewer who does not read costs 64 KiB and disturbs nobody", async (ctx) => {
	const honest = await share(ctx, { stalls: false });
	const stalled = await share(ctx, { stalls: true });
	for (const [name, r] of Object.entries({ honest, stalled })) ctx.say(`${name}: grown ${(r.grown / 1024).toFixed(0)} KiB, lag ${r.median.toFixed(1)} ms, 95 % ${r.late.toFixed(1)} ms, ${r.seen} of ${r.of} pictures`);
	const each = (stalled.grown - Math.max(honest.grown, 0)) / SLOW;
	ctx.say(`each of ${SLOW} who do not read costs ${(each / 1024).toFixed(1)} KiB`);
	check(each <= SLOW_MAX, `each costs ${each} bytes`);
	check(stalled.median < honest.median + 20 && stalled.late < honest.late + 100, "the other viewer's pictures are not older");
	check(stalled.seen >= honest.seen * 0.9, "nor fewer");
}, { timeoutMs: 180_000 });

test("who does not read his control connection is let go", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	const slow = await Peer.enter(ctx, server, session.attendee, { name: "Slow" });
	const { edge } = await server.children();
	await ada.settle();
	const before = await pss(edge);
	slow.ws.socket.pause();
	// Chat to all of 4 KiB each, five a second, and what State there is, until he is cut off.
	const timer = setInterval(() => void ada.chat("x".repeat(3900)), 200);
	ctx.onEnd(() => clearInterval(timer));
	let on = false;
	const states = setInterval(() => ada.send({ set_hand: { up: (on = !on) } }), 25);
	ctx.onEnd(() => clearInterval(states));
	const pong = Array.from({ length: 40 }, () => slow.send({ ping: { stamp: 1n } })).length;
	equal(pong, 40, "he still asks");
	let peak = 0;
	await until(async () => {
		peak = Math.max(peak, await pss(edge));
		return (await server.metric("tessera_queue_full_total")) >= 1;
	}, "he is let go", { timeoutMs: 100_000, everyMs: 500 });
	clearInterval(timer);
	clearInterval(states);
	check(peak - before < SLOW_MAX + 512 * 1024, `the edge grew by ${peak - before} bytes`);
	await ada.settle();
	slow.ws.socket.resume();
	await slow.over;
	const again = await slow.again();
	check(again.me === slow.me, "and he may come again");
}, { timeoutMs: 150_000 });

await run();
