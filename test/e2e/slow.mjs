// SPDX-License-Identifier: Apache-2.0
// A viewer who stops reading costs the server 64 KiB at most, and the others nothing.
import { randomBytes } from "node:crypto";
import { pss } from "../peers/memory.mjs";
import { CLASS, Peer } from "../peers/rogue.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const SECONDS = 20;
const SLOW_MAX = 64 * 1024;

/** Acknowledges what comes, as an honest viewer does; lags are the ages of pictures at arrival. */
function watchHonestly(peer, sentAt, lags) {
	let bytes = 0n;
	peer.bulk.onFrame = (frame) => {
		bytes += BigInt(36 + frame.length);
		peer.last = frame.picture;
		lags?.push(frame.at - sentAt.get(frame.picture));
		peer.bulk.send({ stream_ack: { stream: frame.stream, picture: frame.picture, bytes } });
	};
	peer.ackAll = (frame) => peer.bulk.onFrame(frame);
}

/** Ada shares 30 pictures of 4 KiB a second for 20 s; how much the edge grew, and how old pictures were. */
async function share(ctx, { stalls }) {
	const server = await startServer(ctx, { args: ["--threads", "2"] });
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	const milo = await Peer.enter(ctx, server, session.attendee, { name: "Milo" });
	const slow = await Peer.enter(ctx, server, session.attendee, { name: "Slow" });
	await Promise.all([ada.watch(), milo.watch(), slow.watch()]);
	const { edge } = await server.children();
	const { stream } = await ada.openStream(CLASS.SCREEN, { width: 512, height: 512 });
	const sentAt = new Map();
	const lags = [];
	watchHonestly(milo, sentAt, lags);
	watchHonestly(slow, sentAt);
	let picture = 0;
	const put = () => {
		picture++;
		sentAt.set(picture, performance.now());
		ada.bulk.sendFrame(...ada.makeKey(stream, randomBytes(4000)));
	};
	const timer = setInterval(put, 33);
	ctx.onEnd(() => clearInterval(timer));
	await until(() => milo.last > 60 && slow.last > 60, "both see it");
	const before = await pss(edge);
	lags.length = 0;
	if (stalls) slow.bulk.ws.socket.pause();
	const from = picture;
	let peak = 0;
	await until(async () => {
		peak = Math.max(peak, await pss(edge));
		return picture >= from + SECONDS * 30;
	}, "20 s of pictures", { timeoutMs: 60_000, everyMs: 500 });
	const lag = lags.toSorted((a, b) => a - b);
	const stalledAt = slow.last;
	slow.bulk.ws.socket.resume();
	await until(() => slow.last >= picture - 30, "he who was slow sees what is now", { timeoutMs: 5000 });
	clearInterval(timer);
	await until(() => milo.last === picture && slow.last === picture, "both have the last picture");
	check(!slow.isOver && !slow.bulk.isOver, "nobody was closed");
	if (stalls) check(stalledAt < picture - 300, "he did not read indeed");
	return { grown: peak - before, median: lag[lag.length >> 1], late: lag[Math.floor(lag.length * 0.95)], seen: lag.length, of: picture - from };
}

test("a viewer who does not read costs 64 KiB and disturbs nobody", async (ctx) => {
	const honest = await share(ctx, { stalls: false });
	const stalled = await share(ctx, { stalls: true });
	for (const [name, r] of Object.entries({ honest, stalled })) ctx.say(`${name}: grown ${(r.grown / 1024).toFixed(0)} KiB, lag ${r.median.toFixed(1)} ms, 95 % ${r.late.toFixed(1)} ms, ${r.seen} of ${r.of} pictures`);
	const noise = Math.max(honest.grown, 0) + 128 * 1024;
	check(stalled.grown <= SLOW_MAX + noise, `the edge grew by ${stalled.grown} bytes, ${honest.grown} in the control run`);
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
