// SPDX-License-Identifier: Apache-2.0
// What a dishonest server can do to a member: nothing is shared that he did not choose, nothing is shown
// that is not authentic and permitted, and the page goes on and says what happens.
import { randomBytes } from "node:crypto";
import { openPage, startChromium } from "./lib/browser.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { readCanvas } from "./lib/pixels.mjs";
import { button, inspect, instrumentCapture, isStatus, joinInBrowser, says, screens, status, words } from "./lib/room.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";
import { CLASS, Close } from "../peers/rogue.mjs";
import { ATTENDEE, HostileServer, ORGANIZER, person, wholePicture } from "../peers/hostile-server.mjs";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const EVIL = '<img src=x onerror="globalThis.pwned=1"><b class=evil>bold</b>';
const RED = wholePicture(64, 64, () => [0, 0, 255]);

/** A server and a page that has joined it; `prepare` sets the server up before. */
async function joined(ctx, prepare = () => {}, { then = "joined" } = {}) {
	const [server, chromium] = await Promise.all([HostileServer.start(ctx), startChromium(ctx)]);
	prepare(server);
	const page = await openPage(ctx, chromium, null, instrumentCapture);
	await joinInBrowser(page, server.link, "Ada", { then });
	return { server, page, client: await server.control(), bulk: then === "joined" ? await server.bulk() : null };
}

const calls = (page) => page.evaluate(() => globalThis.captured.calls);
const dropped = async (page) => (await inspect(page)).dropped;
const isDropped = (page, why, n = 1) => until(async () => ((await dropped(page))[why] ?? 0) >= n, `${n} ${why}`);

/** The page answers, asked for no screen, sent no picture, interpreted nothing. */
async function unharmed(page, server, { asked = 0 } = {}) {
	equal(await page.evaluate(() => 1 + 1), 2, "the page lives");
	equal((await calls(page)).length, asked, "questions for a screen");
	if (asked === 0) equal(server.sent(CLASS.SCREEN).length, 0, "pictures sent");
	equal(await page.evaluate(() => globalThis.pwned ?? null), null, "nothing ran");
	equal(await page.evaluate(() => document.querySelectorAll(".evil, img[onerror]").length), 0, "nothing was interpreted");
	equal(page.heard.filter((line) => line.startsWith("error:")), [], "no error was thrown");
}

test("nothing that a server says starts a share", async (ctx) => {
	const { server, page, client, bulk } = await joined(ctx);
	const me = (fields) => server.ownMember({ presenter: 1, role: ORGANIZER, ...fields });
	client.state({ members: [me()], settings: server.settings({ presenter: 1, organizer: 1, open: 1 }) });
	for (let request = 0; request < 200; request++) client.say({ result: { request, stream: 500 + request } });
	// It says that the page shares already, in every state a share can have.
	for (const [i, paused] of [0, 1, 2].entries())
		client.state({ streams: [{ id: 600 + i, from: 1, stream_class: CLASS.SCREEN, nonce: randomBytes(16), format: 1, width: 640, height: 480, paused, label: "Entire screen" }] });
	for (const stream of [0, 101, 500, 600, 601, 602, 0xffffffff]) {
		client.say({ stream_need: { stream, cells: (1n << 64n) - 1n } });
		client.say({ stream_credit: { stream, bytes: (1n << 63n) - 1n, picture: 0xffffffff } });
		client.say({ stream_stats: { stream, viewers: 9, in_sync: 1, behind: [{ member: 2, lag_ms: 100 }], bytes: 1, pictures: 1 } });
	}
	client.say({ epoch: { epoch: server.epoch + 1, seed: randomBytes(32) } });
	bulk.ws.cut();
	await until(() => server.clients.filter((c) => c.kind === "bulk").length === 2, "it attaches again");
	client.ws.cut();
	await until(() => server.clients.filter((c) => c.kind === "control").length === 2, "it returns");
	await isStatus(page, "joined");
	await wait(1000);
	await unharmed(page, server);
	equal((await inspect(page)).shares, [], "nothing is shared");
});

test("stopped and paused are so, whatever the server wants", async (ctx) => {
	const { server, page, client, bulk } = await joined(ctx);
	client.state({ members: [server.ownMember({ presenter: 1 })], settings: server.settings({ presenter: 1 }) });
	await page.evaluate(() => {
		globalThis.captured.next = async () => {
			const canvas = document.createElement("canvas");
			[canvas.width, canvas.height] = [320, 200];
			const context = canvas.getContext("2d");
			let n = 0;
			setInterval(() => {
				context.fillStyle = `hsl(${(n += 7) % 360} 90% 50%)`;
				context.fillRect(n % 300, 10, 60, 120);
			}, 50);
			return canvas.captureStream(20);
		};
	});
	await button(page, "Screen").click();
	const openings = () => client.asked.filter((a) => a.kind === "stream_open" && a.body.stream_class === CLASS.SCREEN);
	const [opened] = await until(() => openings().length && openings(), "it opens a stream");
	const credit = () => {
		const stream = server.lastStream;
		const frames = server.sent(CLASS.SCREEN).filter((frame) => frame.stream === stream);
		client.say({ stream_credit: { stream, bytes: frames.reduce((sum, frame) => sum + 36 + frame.object.length, 0), picture: frames.at(-1)?.picture ?? 0 } });
	};
	const crediting = setInterval(credit, 20);
	ctx.onEnd(() => clearInterval(crediting));
	await until(() => server.sent(CLASS.SCREEN).length > 10, "pictures come");
	// With its bulk connection pictures may be lost: it begins a new stream, and nobody is asked again.
	bulk.ws.cut();
	await until(() => openings().length === 2, "it opens another stream");
	await until(() => server.sent(CLASS.SCREEN).filter((frame) => frame.stream === server.lastStream).length > 10, "pictures go on");
	check(client.asked.some((a) => a.kind === "stream_close"), "the first one is closed");
	const pester = () => {
		client.say({ stream_need: { stream: server.lastStream, cells: 1n } });
		server.epoch += 1;
		client.say({ epoch: { epoch: server.epoch, seed: randomBytes(32) } });
		client.state({ members: [server.ownMember({ presenter: 1 })], settings: server.settings({ presenter: 1 }) });
	};
	await button(page, "Pause").click();
	await until(() => client.asked.some((a) => a.kind === "stream_pause" && a.body.mode !== 0), "the pause is told");
	await says(page, "paused");
	await wait(300);
	let before = server.sent(CLASS.SCREEN).length;
	pester();
	await wait(1000);
	equal(server.sent(CLASS.SCREEN).length, before, "pictures during the pause");
	await page.getByRole("button", { name: "Stop" }).first().click();
	await until(async () => (await inspect(page)).shares.length === 0, "it has stopped");
	await wait(200);
	before = server.sent(CLASS.SCREEN).length;
	pester();
	client.say({ result: { request: opened.request, stream: 900 } });
	await wait(1000);
	equal(server.sent(CLASS.SCREEN).length, before, "pictures after the stop");
	const { keysUsed } = await inspect(page);
	equal(new Set(keysUsed.map((use) => use.keyHash)).size, keysUsed.length, "each key is used by one sealer");
	await unharmed(page, server, { asked: 1 });
});

test("chat that is not authentic or not permitted is not shown", async (ctx) => {
	const { server, page, client } = await joined(ctx);
	const [bob, mallory] = server.people;
	const [bobs, mallorys] = [server.announce(client, bob), server.announce(client, mallory)];
	const honest = server.text(bob, bobs, "an honest word");
	client.frame(honest);
	await says(page, "an honest word");
	client.frame(honest);
	await isDropped(page, "replayed");
	const flipped = server.text(bob, bobs, "flipped");
	for (const at of [0, 5, flipped[1].length - 1]) {
		const object = Buffer.from(flipped[1]);
		object[at] ^= 1;
		client.frame([flipped[0], object]);
	}
	const header = Buffer.from(flipped[0]);
	header[19] ^= 1; // its picture number
	client.frame([header, flipped[1]]);
	await isDropped(page, "not_authentic", 3);
	client.frame(server.text(bob, bobs, "said by another", { as: mallory }));
	client.frame(server.text(mallory, bobs, "on another's stream", { as: bob }));
	client.frame(server.text(bob, bobs, "of another nonce", { nonce: randomBytes(16) }));
	client.frame(server.text(bob, bobs, "to somebody else", { to: 3 }));
	client.frame(server.text(mallory, mallorys, "without the right"));
	client.frame(server.text(mallory, mallorys, "private without the right", { to: 1 }));
	client.frame(server.text(bob, { ...bobs, id: 4711 }, "of an unknown stream"));
	// The old epoch comes again under another seed, then a new one; frames of an epoch that was never there.
	const other = randomBytes(32);
	client.say({ epoch: { epoch: server.epoch, seed: other } });
	client.say({ epoch: { epoch: server.epoch - 1, seed: other } });
	client.say({ epoch: { epoch: server.epoch + 1, seed: Buffer.alloc(7) } });
	client.frame(server.text(bob, bobs, "under another seed", { seed: other, ctr: 90 }));
	client.frame(server.text(bob, bobs, "of an older epoch", { seed: other, epoch: server.epoch - 1, ctr: 91 }));
	client.frame(server.text(bob, bobs, "from another time", { epoch: server.epoch + 100, ctr: 92 }));
	// Times that no calendar has.
	for (const at of [Number.MAX_SAFE_INTEGER, 8.64e15 + 1, -1, 0.5, "now"]) client.frame(server.text(bob, bobs, "at no time", { at }));
	client.frame(server.seal(bob, bobs, Buffer.from("[[[[")));
	client.frame(server.text(bob, bobs, "the last honest word"));
	await says(page, "the last honest word");
	client.frame(server.text(bob, bobs, EVIL));
	await says(page, "onerror=");
	const shown = await words(page);
	for (const never of ["flipped", "another", "somebody", "without", "unknown", "older", "at no time"]) check(!shown.includes(never), `"${never}" is not shown`);
	equal(await page.locator("li", { hasText: "an honest word" }).count(), 1, "it is shown once");
	// Many at once, the large before the small: all are shown, none taken for a replay.
	const replayed = (await dropped(page)).replayed;
	for (let n = 0; n < 60; n++) client.frame(server.text(bob, bobs, `many ${n} ${"x".repeat(n % 2 ? 0 : 3900)}`, { at: Date.now() + n }));
	await until(async () => /many 59/.test(await words(page)), "all of many");
	equal((await dropped(page)).replayed, replayed, "replays among them");
	await unharmed(page, server);
});

test("pictures that are not authentic or not permitted are not drawn", async (ctx) => {
	const { server, page, client, bulk } = await joined(ctx);
	const [bob, mallory] = server.people;
	const isDrawn = async () => (await page.$("canvas.canvas")) && (await readCanvas(page, "canvas.canvas")).rgb.some((value) => value !== 0);
	const uninvited = server.announceScreen(client, mallory);
	bulk.frame(server.picture(mallory, uninvited, RED));
	await wait(500);
	equal(await screens(page), [], "who may not share has no screen here");
	const screen = server.announceScreen(client, bob);
	await until(async () => (await screens(page)).length === 1, "the presenter has");
	const flipped = server.picture(bob, screen, RED);
	for (let at = 0; at < flipped[1].length; at += 1500) {
		const object = Buffer.from(flipped[1]);
		object[at] ^= 0x10;
		bulk.frame([flipped[0], object]);
	}
	bulk.frame(server.picture(bob, screen, RED, { as: mallory }));
	bulk.frame(server.picture(bob, screen, RED, { nonce: randomBytes(16) }));
	bulk.frame(server.picture(bob, screen, RED, { seed: randomBytes(32) }));
	bulk.frame(server.picture(bob, screen, RED, { epoch: 3 }));
	bulk.frame(server.picture(bob, screen, RED, { cells: 1n << 40n }));
	bulk.frame(server.picture(bob, screen, RED.subarray(0, 900)));
	bulk.frame(server.picture(bob, screen, randomBytes(4000)));
	await until(async () => (await screens(page))[0]?.state === "unreadable", "it is told that the picture cannot be read");
	await says(page, "cannot be read");
	check(!(await isDrawn()), "nothing is drawn");
	equal(client.asked.filter((a) => a.kind === "stream_refresh").length <= 8, true, "it is asked for a few times only");
	bulk.frame(server.picture(bob, screen, RED));
	await until(async () => (await screens(page))[0]?.state === "live", "an honest picture is shown");
	await until(isDrawn, "and drawn");
	check((await readCanvas(page, "canvas.canvas")).rgb.every((value, at) => value === (at % 3 === 0 ? 255 : 0)), "exactly");
	// He is not the presenter any more, and it still sends in his name.
	client.state({ members: [{ ...bob.member, presenter: 0 }], settings: server.settings({ presenter: 1 }) });
	await until(async () => (await screens(page)).length === 0, "his screen is gone with his right");
	bulk.frame(server.picture(bob, screen, RED));
	await wait(300);
	equal(await screens(page), [], "and stays so");
	await unharmed(page, server);
});

test("names, titles, labels and last words are text", async (ctx) => {
	const bidi = "Ann\u202egpj.exe\u2066\u0000\u0007\u200f";
	const { server, page, client } = await joined(ctx, (s) => {
		s.title = `${EVIL}${"t".repeat(3000)}`;
		s.people.push(person(4, EVIL), person(5, bidi), person(6, "n".repeat(50_000)), person(7, ""));
		s.people[0].member.name = `${EVIL}\u202ebob`;
	});
	const screen = server.announceScreen(client, server.people[0], { label: `${EVIL}\u202e${"l".repeat(5000)}` });
	check(screen.id, "a screen");
	client.say({ lobby_text: { member: 4, text: EVIL } });
	await says(page, "onerror=");
	const shown = (await words(page)) + (await page.title());
	// eslint-disable-next-line no-control-regex
	equal(/[\u0000-\u0008\u202a-\u202e\u2066\u200f]/.exec(shown.replace(/[\u2068\u2069]/g, ""))?.[0] ?? null, null, "no control character is shown");
	check(!/[nlt]{100}/.test(shown), "long names are cut");
	await unharmed(page, server);
	client.say({ closed: { reason: Close.CLOSE_REMOVED, text: `${EVIL}\u202e${"w".repeat(20_000)}` } });
	await isStatus(page, "closed");
	await until(async () => (await page.getByRole("heading").first().innerText()).length > 5, "it says what happened");
	await until(() => page.workers().length === 0, "the worker is gone, with all that it held");
	check(!/w{1000}/.test(await words(page)), "last words are cut");
	await unharmed(page, server);
});

test("messages out of order, twice, broken and huge", async (ctx) => {
	const { server, page, client, bulk } = await joined(ctx);
	client.say(server.welcome({ member: 99, session_uid: randomBytes(16) }));
	client.say(server.welcome({ resumed: 1 }));
	for (let n = 0; n < 300; n++) client.say({ challenge: { nonce: randomBytes(32), version: 1 } });
	client.say({ challenge: { nonce: randomBytes(32), version: 9 } });
	client.say({ attached: { next_ticket: randomBytes(16) } });
	for (const bytes of [Buffer.alloc(0), Buffer.from([0]), Buffer.from([7, 1, 2]), Buffer.from([0, 0xff, 0xff]), Buffer.from([1]), Buffer.alloc(10_000_000), Buffer.alloc(10_000_000, 1)]) {
		client.ws.send(bytes);
		bulk.ws.send(bytes);
	}
	client.ws.send(Buffer.from("text"), 1);
	await isDropped(page, "broken_message", 10);
	equal((await status(page)).kind, "joined", "it is still in");
	equal(client.asked.filter((a) => a.kind === "hello").length, 1, "it proves itself once");
	equal(await page.evaluate(() => globalThis.tessera.status().resumed), false, "the first welcome counts");
	await unharmed(page, server);
	// Thrown out and let in again, for ever: it waits longer and longer.
	server.onHello = (c) => {
		server.enter(c);
		c.say({ closed: { reason: Close.CLOSE_RESTART, retry_ms: 0 } });
	};
	client.say({ closed: { reason: Close.CLOSE_RESTART } });
	const since = server.clients.length;
	await wait(5000);
	const tries = server.clients.slice(since).filter((c) => c.kind === "control").length;
	ctx.say(`${tries} tries in 5 s`);
	check(tries >= 1 && tries <= 8, `${tries} tries in 5 s`);
	await unharmed(page, server);
	server.onHello = (c) => c.say({ closed: { reason: Close.CLOSE_ENDED, text: "" } });
	await isStatus(page, "closed", { timeoutMs: 30_000 });
	await says(page, "ended");
	await wait(300);
	await unharmed(page, server);
});

test("a state without end", async (ctx) => {
	const { server, page, client } = await joined(ctx);
	const key = randomBytes(32);
	for (let n = 0; n < 200; n++) {
		const members = Array.from({ length: 300 }, (_, i) => ({ id: 10 + n * 300 + i, name: `Number ${n * 300 + i}`, role: ATTENDEE, device_key: key, joined_ms: 1n << 63n }));
		const streams = Array.from({ length: 300 }, (_, i) => ({ id: 1000 + n * 300 + i, from: 2, stream_class: CLASS.SCREEN, nonce: key, format: 1, width: 16384, height: 2441 }));
		client.state({ members, streams });
	}
	client.state({ settings: server.settings({ locked: 1 }) });
	await until(async () => (await page.evaluate(() => globalThis.tessera.status())).kind === "joined", "it answers", { timeoutMs: 60_000 });
	await isDropped(page, "overflow");
	check((await screens(page)).length <= 8, "few screens");
	await says(page, "Bob", { timeoutMs: 60_000 });
	await unharmed(page, server);
}, { timeoutMs: 240_000 });

test("lobby texts without end", async (ctx) => {
	const { server, page, client } = await joined(ctx, (s) => {
		s.joinAnswer = () => ({ token: "t", resume: "r", node: "n", lobby: true });
		s.onHello = (c) => c.say({ waiting: { locked: 0, title: EVIL } });
	}, { then: "waiting" });
	for (let n = 0; n < 5000; n++) client.say({ lobby_text: { member: 0, text: `${n} ${EVIL.repeat(4)}` } });
	client.say({ lobby_text: { member: 0, text: "the very last" } });
	await says(page, "the very last", { timeoutMs: 60_000 });
	check((await page.locator("li").count()) <= 500, "not all are kept");
	await unharmed(page, server);
	// State and frames are not for those who wait.
	server.enter = (c) => c.state({ full: 1, settings: server.settings(), members: [server.ownMember(), ...server.people.map((p) => p.member)] });
	server.enter(client);
	await wait(300);
	equal((await status(page)).kind, "waiting", "it waits");
	check(!(await words(page)).includes("Bob"), "nobody is shown");
	client.say({ closed: { reason: Close.CLOSE_DENIED, text: "" } });
	await isStatus(page, "closed");
	await unharmed(page, server);
});

test("the native endpoint does not share unasked, and does not die", async (ctx) => {
	const server = await HostileServer.start(ctx);
	const milo = new Endpoint(ctx, server, server.link, "Milo");
	const client = await server.control();
	const [bob, mallory] = server.people;
	client.state({ members: [server.ownMember({ presenter: 1, role: ORGANIZER })], settings: server.settings({ presenter: 1, organizer: 1, open: 1 }) });
	for (let request = 0; request < 100; request++) client.say({ result: { request, stream: 500 + request } });
	client.state({ streams: [{ id: 600, from: 1, stream_class: CLASS.SCREEN, nonce: randomBytes(16), format: 1, width: 640, height: 480 }] });
	for (const stream of [0, 101, 500, 600, 0xffffffff]) {
		client.say({ stream_need: { stream, cells: (1n << 64n) - 1n } });
		client.say({ stream_credit: { stream, bytes: (1n << 63n) - 1n, picture: 0xffffffff } });
		client.say({ stream_stats: { stream, viewers: 9 } });
	}
	client.state({ members: [server.ownMember()], settings: server.settings() });
	const bulk = await server.bulk();
	const [words_, screen, uninvited] = [server.announce(client, bob), server.announceScreen(client, bob), server.announceScreen(client, mallory)];
	for (const [to, frame] of [
		[client, server.text(bob, words_, "flipped")], [bulk, server.picture(bob, screen, RED)], [bulk, server.picture(mallory, uninvited, RED)],
	])
		for (let at = 0; at < frame[1].length; at += 997) {
			const object = Buffer.from(frame[1]);
			object[at] ^= 1;
			to.frame([frame[0], object]);
		}
	bulk.frame(server.picture(bob, screen, RED, { as: mallory }));
	bulk.frame(server.picture(bob, screen, RED.subarray(0, 77)));
	for (let n = 0; n < 50; n++) bulk.frame(server.picture(bob, screen, Buffer.concat([Buffer.from([1, n % 4, 1, n % 3]), randomBytes(3000)])));
	bulk.frame(server.picture(bob, screen, RED));
	await until(() => milo.picture, "the honest picture is shown");
	client.say({ lobby_text: { member: 4, text: EVIL.repeat(30) } });
	client.say(server.welcome({ member: 99, session_uid: randomBytes(16) }));
	client.say({ epoch: { epoch: 3, seed: Buffer.alloc(3) } });
	for (const bytes of [Buffer.alloc(0), Buffer.from([0, 0xff]), Buffer.from([7]), Buffer.alloc(10_000_000, 1)]) (server.last("control") ?? client).ws.send(bytes);
	await wait(1500);
	const again = server.last("control");
	if (again) again.say({ closed: { reason: Close.CLOSE_ENDED, text: EVIL } });
	const end = await Promise.race([milo.proc.exited, wait(10_000)]);
	check(!end?.signal && !/Sanitizer|runtime error/.test(milo.proc.output()), `it ended by itself: ${JSON.stringify(end ?? "still there")} ${milo.proc.output().slice(-2000)}`);
	equal(server.sent(CLASS.SCREEN).length, 0, "pictures sent");
	check(!server.clients.some((c) => c.asked.some((a) => a.kind === "stream_open" && a.body.stream_class === CLASS.SCREEN)), "no share was opened");
});

await run({ atOnce: 2 });
