// SPDX-License-Identifier: Apache-2.0
// A rogue client does whatever it likes; it is refused, counted and, where it broke the protocol, cut off.
// Two honest people share a screen and chat in the same session all the while.
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import net from "node:net";
import { field, requests, varint } from "../peers/proto.mjs";
import { honestRoom } from "../peers/honest.mjs";
import { CLASS, Close, counted, enums, frameHeader, freshSource, join, KEY, LAST, Peer, Refusal, Device } from "../peers/rogue.mjs";
import { pss } from "../peers/memory.mjs";
import { connectTls, isWhole, rawHttp, RawWebSocket, readAll, wsFrame } from "../peers/socket.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const PROTO = Buffer.from([0]);
const DENIED = Refusal.REFUSAL_DENIED;

/** Every request as it would hurt, with a member and a stream to aim at. */
function harmful({ member = 1, stream = 1 } = {}) {
	const nonce = randomBytes(16);
	return {
		stream_open: [
			{ stream_class: CLASS.SCREEN, nonce, format: 1, width: 64, height: 64 },
			{ stream_class: CLASS.CONTROL, nonce },
			{ stream_class: CLASS.POINTER, nonce },
		],
		stream_close: [{ stream }], stream_pause: [{ stream, mode: 2 }, { stream, mode: 0 }], stream_resize: [{ stream, width: 32, height: 32 }],
		set_hand: [{ member, up: false }, { member, up: true }], take_presenter: [{}], make_presenter: [{ member }],
		set_locked: [{ on: true }], set_lobby: [{ on: true }], set_open: [{ on: true }], set_chat: [{ member: 0 }, { member }],
		set_share_right: [{ member, allowed: false }], admit: [{ member: 0 }, { member }], deny: [{ member, text: "no" }],
		remove: [{ member }, { member, bar: true }, { member, to_lobby: true }], unbar: [{ member }], hand_over: [{ member }],
		end_session: [{}], lobby_text: [{ member, text: "psst" }],
		mute: [{ member: 0, audio: true }, { member, audio: true, video: true }], set_media_right: [{ member: 0 }, { member }],
	};
}
const free = ["hello", "attach", "leave", "stream_ack", "stream_refresh", "ping", "stream_subscribe", "ask_paths", "media_join", "transport_connect", "ice_restart", "consumer_wants", "camera_held"];
const covered = [...Object.keys(harmful()), ...free].toSorted().join();
if (covered !== requests.toSorted().join()) throw new Error(`a request is not covered here: ${requests}`);

/** Asks for all of it, but for the exceptions `may`, which are kind names or "kind:index". */
async function allDenied(peer, who, target, may = []) {
	for (const [kind, bodies] of Object.entries(harmful(target)))
		for (const [index, body] of bodies.entries()) {
			if (may.includes(kind) || may.includes(`${kind}:${index}`)) continue;
			const { refusal } = await peer.ask({ [kind]: body });
			equal(refusal, DENIED, `${who}: ${kind} ${JSON.stringify({ ...body, nonce: undefined })}`);
		}
}

const settingsOf = (peer) => JSON.stringify([peer.settings, [...peer.members.values()].map((m) => [m.id, m.name, m.role, m.presenter, m.hand, m.may_share, m.may_chat_public, m.may_chat_private])]);

test("who waits may do nothing", async (ctx) => {
	const { server, session, ada, undisturbed } = await honestRoom(ctx, { args: [] });
	const waiter = await Peer.enter(ctx, server, null, { number: session.number, knock: true });
	check(waiter.isWaiting, "he waits");
	await allDenied(waiter, "waiting", { member: ada.me }, ["lobby_text"]);
	for (const kind of ["stream_ack", "stream_refresh", "stream_subscribe"]) equal((await waiter.ask({ [kind]: { stream: 1 } })).refusal, DENIED, kind);
	for (const kind of ["ask_paths", "media_join", "transport_connect", "ice_restart", "consumer_wants", "camera_held"]) equal((await waiter.ask({ [kind]: {} })).refusal, DENIED, kind);
	equal((await waiter.ask({ lobby_text: { member: ada.me, text: "aimed" } })).refusal, DENIED, "a waiter's text has no addressee");
	await counted(server, "tessera_refusals_total", 'reason="denied"', 20);
	await undisturbed();
	for (const body of [{ hello: { version: 1 } }, { attach: { version: 1 } }]) {
		const again = await waiter.again();
		again.send(body);
		equal(await again.reason(), Close.CLOSE_PROTOCOL, `${Object.keys(body)} once in is a breach`);
	}
	const again = await waiter.again();
	again.sendFrame(frameHeader({ class: CLASS.CHAT, from: again.me ?? 1, stream: 1, length: 20 }), randomBytes(20));
	equal(await again.reason(), Close.CLOSE_PROTOCOL, "a data frame of a waiter is a breach");
	await undisturbed();
});

test("an attendee may not lead, share or touch what is another's", async (ctx) => {
	const { server, session, ada, milo, undisturbed } = await honestRoom(ctx);
	const mallory = await Peer.enter(ctx, server, session.attendee);
	const stream = [...mallory.streams.values()].find((s) => s.stream_class === CLASS.SCREEN).id;
	const before = settingsOf(mallory);
	for (const member of [ada.me, milo.me, mallory.me]) await allDenied(mallory, `attendee at ${member}`, { member, stream }, member === mallory.me ? ["set_hand"] : []);
	for (const member of [0xffffffff, 12345]) await allDenied(mallory, "attendee at nobody", { member, stream: 4242 }, ["stream_close", "stream_pause", "set_hand"]);
	for (const body of [{ stream_subscribe: { stream: 4242, on: true } }, { stream_pause: { stream: 4242, mode: 2 } }, { stream_close: { stream: 4242 } }])
		check((await mallory.ask(body)).refusal !== 0, `${Object.keys(body)}: there is no such stream`);
	equal(settingsOf(mallory), before, "nothing changed");
	await undisturbed();
	for (const body of [{ hello: { version: 1 } }, { attach: { version: 1 } }]) {
		const again = await mallory.again();
		again.send(body);
		equal(await again.reason(), Close.CLOSE_PROTOCOL, `${Object.keys(body)} once in is a breach`);
	}
	await undisturbed();
});

test("a presenter may not lead, an organizer may not do everything", async (ctx) => {
	const { server, undisturbed } = await honestRoom(ctx);
	const other = await server.createSession();
	const oda = await Peer.enter(ctx, server, other.organizer, { name: "Oda" });
	const pia = await Peer.enter(ctx, server, other.attendee, { name: "Pia" });
	const tim = await Peer.enter(ctx, server, other.attendee, { name: "Tim" });
	equal((await oda.ask({ make_presenter: { member: pia.me } })).refusal, 0, "Pia presents");
	const before = settingsOf(oda);
	const { stream } = await tim.openStream(CLASS.CHAT);
	for (const member of [oda.me, tim.me]) await allDenied(pia, "presenter", { member, stream }, ["stream_open:0", "stream_open:2"]);
	// The organizer at himself and at what is not his.
	const not = (kind, body) => oda.ask({ [kind]: body }).then((r) => check(r.refusal !== 0, `organizer: ${kind} ${JSON.stringify(body, (k, v) => (k === "nonce" ? undefined : v))} is refused`));
	for (const [kind, bodies] of Object.entries(harmful({ member: oda.me, stream })))
		for (const [index, body] of bodies.entries())
			if (!["set_locked", "set_lobby", "set_open", "end_session", "set_chat:0", "admit:0", "set_hand", "take_presenter", "make_presenter", "stream_open:2"].includes(kind) && !["set_chat:0", "admit:0", "stream_open:2", "mute:0", "set_media_right:0"].includes(`${kind}:${index}`)) await not(kind, body);
	for (const member of [0, 777]) for (const kind of ["remove", "hand_over", "make_presenter", "deny", "unbar", "set_share_right"]) await not(kind, { member });
	await not("remove", { member: tim.me, bar: true, to_lobby: true });
	await not("set_hand", { member: tim.me, up: true });
	await not("admit", { member: tim.me });
	await not("unbar", { member: tim.me });
	await not("stream_open", { stream_class: CLASS.SCREEN, nonce: randomBytes(16), format: 1, width: 1, height: 1 });
	equal(settingsOf(oda), before, "nothing changed");
	await undisturbed();
});

test("fields that make no sense are invalid", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	const other = await server.createSession();
	const oda = await Peer.enter(ctx, server, other.organizer);
	const open = (fields) => ({ stream_open: { stream_class: CLASS.SCREEN, nonce: randomBytes(16), format: 1, width: 64, height: 64, ...fields } });
	const bad = [
		open({ nonce: Buffer.alloc(0) }), open({ nonce: Buffer.alloc(15) }), open({ nonce: Buffer.alloc(17) }), open({ stream_class: 0 }), open({ stream_class: 7 }), open({ stream_class: 0xffffffff }),
		open({ format: 0 }), open({ format: 3 }), open({ width: 0 }), open({ height: 0 }), open({ width: 16385 }), open({ height: 0xffffffff }),
	];
	for (const body of bad) equal((await oda.ask(body)).refusal, Refusal.REFUSAL_INVALID, JSON.stringify(body.stream_open));
	const start = oda.messages.length;
	oda.sendBytes(Buffer.concat([PROTO, field(1, 4242)]));
	equal((await oda.next("result", { start })).refusal, Refusal.REFUSAL_INVALID, "no body");
	oda.sendBytes(Buffer.concat([PROTO, field(1, 4243), field(2000, Buffer.from("x"))]));
	equal((await oda.next("result", { start, where: (r) => r.request === 4243 })).refusal, Refusal.REFUSAL_INVALID, "an unknown body");
	const { stream } = await oda.openStream(CLASS.SCREEN);
	for (const size of [{ width: 0, height: 1 }, { width: 16385, height: 1 }, { width: 0xffffffff, height: 0xffffffff }]) equal((await oda.ask({ stream_resize: { stream, ...size } })).refusal, Refusal.REFUSAL_INVALID, JSON.stringify(size));
	equal((await oda.ask({ stream_pause: { stream, mode: 3 } })).refusal, Refusal.REFUSAL_INVALID, "no such pause");
	const more = [];
	for (let i = 0; i < 5; i++) more.push((await oda.openStream(CLASS.SCREEN)).refusal);
	equal(more.slice(0, 3), [0, 0, 0], "four screens are allowed");
	check(more[3] !== 0 && more[4] !== 0, "a fifth is not");
	equal((await oda.openStream(CLASS.CHAT)).refusal, 0, "one chat stream");
	check((await oda.openStream(CLASS.CHAT)).refusal !== 0, "not two");
	await undisturbed(session.number);
});

test("malformed and oversized messages end the connection", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	let mallory = await Peer.enter(ctx, server, session.attendee);
	const ping = field(25, field(1, 7));
	const broken = {
		"an empty message": Buffer.alloc(0),
		...Object.fromEntries([2, 3, 32, 127, 128, 255].map((kind) => [`kind ${kind}`, Buffer.concat([Buffer.from([kind]), ping])])),
		"a varint without an end": Buffer.concat([PROTO, Buffer.from([0x08, 0x80])]),
		"a varint of eleven bytes": Buffer.concat([PROTO, Buffer.from([0x08]), Buffer.alloc(10, 0x80), Buffer.from([1])]),
		"a tag alone": Buffer.concat([PROTO, Buffer.from([0xca])]),
		"field 0": Buffer.concat([PROTO, Buffer.from([0x00, 0x01])]),
		"a group": Buffer.concat([PROTO, Buffer.from([0x0b, 0x0c])]),
		"wire type 7": Buffer.concat([PROTO, Buffer.from([0x0f])]),
		"a length past the end": Buffer.concat([PROTO, Buffer.from([0xca, 0x01, 0x7f, 0x08])]),
		"a length of 2^63": Buffer.concat([PROTO, Buffer.from([0xca, 0x01]), varint(1n << 63n)]),
		"a length of 2^32": Buffer.concat([PROTO, Buffer.from([0xca, 0x01]), varint(1n << 32n)]),
		"a message where a number belongs": Buffer.concat([PROTO, field(1, Buffer.from("x"))]),
		"a number where a message belongs": Buffer.concat([PROTO, field(25, 7)]),
		"a label that is not UTF-8": Buffer.concat([PROTO, field(5, Buffer.concat([field(1, 2), field(2, randomBytes(16)), field(6, Buffer.from([0xff, 0xfe]))]))]),
		"random bytes": Buffer.concat([PROTO, Buffer.alloc(500, 0xff)]),
		"16 KiB and a byte": Buffer.concat([PROTO, field(1000, Buffer.alloc(16384 - 4)), Buffer.from([8])]),
		"64 KiB": Buffer.concat([PROTO, field(1000, Buffer.alloc(65536))]),
		"a MiB": Buffer.concat([PROTO, field(1000, Buffer.alloc(1 << 20))]),
	};
	for (const [what, bytes] of Object.entries(broken)) {
		mallory.sendBytes(bytes);
		equal([await mallory.reason(), mallory.closeCode], [Close.CLOSE_PROTOCOL, 4008], what);
		mallory = await mallory.again();
		check(mallory.me && mallory.welcome.resumed, `after ${what} he may come again, as himself`);
	}
	await counted(server, "tessera_closed_total", 'reason="protocol"', Object.keys(broken).length);
	await counted(server, "tessera_refusals_total", 'reason="format"', 5);
	await counted(server, "tessera_refusals_total", 'reason="too_big"', 3);
	// What is large but allowed.
	mallory.sendBytes(Buffer.concat([PROTO, field(1000, Buffer.alloc(16384 - 20)), ping]));
	await mallory.next("pong", { where: (b) => b.stamp === 7n, what: "16 KiB with a field nobody knows is taken" });
	await undisturbed();
	// Before admission 4 KiB.
	for (const [what, size, ok] of [["4 KiB and a bit", 4097, false], ["a MiB", 1 << 20, false]]) {
		const early = new Peer(ctx, server, new Device());
		await early.dial();
		early.sendBytes(Buffer.concat([PROTO, field(1000, Buffer.alloc(size - 5)), Buffer.alloc(ok ? 0 : 2, 8)]));
		equal(await early.reason(), Close.CLOSE_PROTOCOL, `before admission: ${what}`);
	}
	for (const body of [{ ping: {} }, { end_session: {} }, { stream_ack: { stream: 1 } }]) {
		const early = new Peer(ctx, server, new Device());
		await early.dial();
		early.send(body);
		equal(await early.reason(), Close.CLOSE_PROTOCOL, `first of all: ${Object.keys(body)}`);
	}
	const early = new Peer(ctx, server, new Device());
	await early.dial();
	early.sendFrame(frameHeader({ class: CLASS.CHAT, from: 1, stream: 1, length: 20 }), randomBytes(20));
	equal(await early.reason(), Close.CLOSE_PROTOCOL, "first of all: a data frame");
	await undisturbed();
});

test("amplified messages do not make the edge grow", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	let mallory = await Peer.enter(ctx, server, session.attendee);
	const many = (part) => Buffer.concat([PROTO, ...Array.from({ length: Math.floor(16000 / part.length) }, () => part)]);
	const bodies = [
		many(Buffer.from([0x12, 0x00])), // 8,000 times an empty Hello
		many(Buffer.from([0x2a, 0x00])), // StreamOpen
		many(Buffer.from([0x08, 0x01])), // request, again and again
		many(Buffer.concat([field(2000, 1)])), // unknown fields, each kept by a naive parser
		many(Buffer.from([0x82, 0x7d, 0x00])), // empty unknown messages
		many(Buffer.concat([field(5, field(2, randomBytes(16)))])), // bytes that replace each other
	];
	await withoutGrowth(ctx, server, async () => {
		for (const bytes of bodies)
			for (let i = 0; i < 20; i++) {
				mallory.sendBytes(bytes);
				if ((i & 3) === 3) {
					await mallory.settle().catch(() => {});
					if (mallory.isOver) mallory = await mallory.again();
				}
			}
	});
	await undisturbed();
});

/** Runs act; what the edge holds afterwards may not be much more. A sanitizer keeps what was freed: there it says nothing. */
async function withoutGrowth(ctx, server, act) {
	const { edge } = await server.children();
	const before = await pss(edge);
	await act();
	const grown = (await pss(edge)) - before;
	ctx.say(`the edge grew by ${(grown / 1024).toFixed(0)} KiB`);
	if (process.env.TESSERA_SANITIZED !== "yes") check(grown < 4 << 20, "the edge does not grow");
}

test("what is no WebSocket of ours ends the connection, and does not make the edge grow", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	let mallory = await Peer.enter(ctx, server, session.attendee);
	const ping = Buffer.concat([PROTO, field(25, field(1, 9))]);
	const huge = (length) => wsFrame(Buffer.concat([PROTO, Buffer.alloc(100)]), { length });
	const broken = {
		"a text frame": wsFrame(Buffer.from("hello"), { opcode: 1 }),
		"an unmasked frame": wsFrame(ping, { masked: false }),
		"rsv1": wsFrame(ping, { rsv: 4 }), "rsv2": wsFrame(ping, { rsv: 2 }), "rsv3": wsFrame(ping, { rsv: 1 }),
		...Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 15].map((opcode) => [`opcode ${opcode}`, wsFrame(ping, { opcode })])),
		"a continuation of nothing": wsFrame(ping, { opcode: 0 }),
		"a message inside another": Buffer.concat([wsFrame(ping, { fin: false }), wsFrame(ping)]),
		"a ping in two": Buffer.concat([wsFrame(Buffer.from("a"), { opcode: 9, fin: false }), wsFrame(Buffer.from("b"), { opcode: 0 })]),
		"a ping of 126 bytes": wsFrame(Buffer.alloc(126), { opcode: 9 }),
		"a claim of 17 KiB": huge(17 * 1024 + 1), "a claim of 2^31": huge(1n << 31n), "a claim of 2^40": huge(1n << 40n),
		"a claim of 2^63-1": huge((1n << 63n) - 1n), "a claim of 2^64-1": huge((1n << 64n) - 1n),
		"a length that is not minimal": Buffer.concat([Buffer.from([0x82, 0x80 | 126, 0, 5, 1, 2, 3, 4]), Buffer.alloc(5)]),
		"fragments past the bound": Buffer.concat([wsFrame(Buffer.concat([PROTO, Buffer.alloc(1000)]), { fin: false }), ...Array.from({ length: 20 }, () => wsFrame(Buffer.alloc(1000), { opcode: 0, fin: false }))]),
		"too many pings": Buffer.concat(Array.from({ length: 100 }, () => wsFrame(Buffer.from("x"), { opcode: 9 }))),
	};
	await withoutGrowth(ctx, server, async () => {
		for (const [what, bytes] of Object.entries(broken)) {
			mallory.ws.write(bytes);
			const reason = await mallory.reason();
			check([Close.CLOSE_PROTOCOL, Close.CLOSE_TOO_MUCH].includes(reason), `${what}: closed with ${reason}`);
			mallory = await mallory.again();
			check(mallory.me, `after ${what} he may come again`);
		}
	});
	await counted(server, "tessera_closed_total", 'reason="protocol"', Object.keys(broken).length - 1);
	// Fragments of a byte each, pings between them, are a message all the same.
	const parts = [...ping].map((_, i) => ping.subarray(i, i + 1));
	for (const [i, part] of parts.entries()) {
		mallory.ws.send(part, { opcode: i ? 0 : 2, fin: i === parts.length - 1 });
		if (i === 2) mallory.ws.send(Buffer.from("between"), { opcode: 9 });
	}
	await mallory.next("pong", { where: (b) => b.stamp === 9n, what: "a message in bytes" });
	// Two thousand empty fragments, then the same once more.
	for (let i = 0; i < 2000; i++) mallory.ws.send(Buffer.alloc(0), { opcode: i ? 0 : 2, fin: false });
	mallory.ws.send(ping, { opcode: 0 });
	await mallory.settle().catch(() => {});
	await undisturbed();
	for (const [what, headers] of Object.entries({ "no version": { "Sec-WebSocket-Version": null }, "version 8": { "Sec-WebSocket-Version": "8" }, "no key": { "Sec-WebSocket-Key": null }, "a short key": { "Sec-WebSocket-Key": "AAAA" }, "no subprotocol": { "Sec-WebSocket-Protocol": null }, "another subprotocol": { "Sec-WebSocket-Protocol": "tessera.v2" }, "no upgrade": { Upgrade: null }, "no Connection": { Connection: "keep-alive" } })) {
		const status = await RawWebSocket.open(server, { headers }).then((ws) => (ws.cut(), 101), (e) => e.status);
		check([400, 426].includes(status), `${what}: ${status}`);
	}
	const extended = await RawWebSocket.open(server, { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } });
	extended.cut();
	await undisturbed();
});

test("data frames that break the rules end the connection", async (ctx) => {
	const { server, session, ada, milo, undisturbed } = await honestRoom(ctx);
	let mallory = await Peer.enter(ctx, server, session.attendee);
	const adas = [...mallory.streams.values()].find((s) => s.stream_class === CLASS.SCREEN).id;
	const object = randomBytes(64);
	const chat = (fields) => (peer) => peer.sendFrame(frameHeader({ class: CLASS.CHAT, from: peer.me, stream: peer.chatStream, epoch: peer.epoch, picture: 1, length: object.length, ...fields }), object);
	const onControl = {
		"a forged sender": chat({ from: ada.me }), "no sender": chat({ from: 0 }), "somebody who is not there": chat({ from: 0xffffffff }),
		"an unknown version": chat({ version: 2 }), "class 0": chat({ class: 0 }), "class 5": chat({ class: 5 }), "unknown flags": chat({ flags: 0x80 }),
		"another class than the stream's": chat({ class: CLASS.POINTER }), "a length too short": chat({ length: object.length - 1 }), "a length too long": chat({ length: object.length + 1 }),
		"a length of 4 GiB": chat({ length: 0xffffffff }), "a length of 16 KiB": chat({ length: 16 * 1024 }),
		"a screen on the control connection": chat({ class: CLASS.SCREEN, flags: KEY | LAST, base: 1, cells: 1n }),
		"half a header": (peer) => peer.sendBytes(Buffer.concat([Buffer.from([1]), Buffer.alloc(20)])),
		"a header of zeros": (peer) => peer.sendBytes(Buffer.concat([Buffer.from([1]), Buffer.alloc(36)])),
		"a kind alone": (peer) => peer.sendBytes(Buffer.from([1])),
	};
	for (const [what, send] of Object.entries(onControl)) {
		mallory.chatStream = (await mallory.openStream(CLASS.CHAT)).stream;
		send(mallory);
		equal(await mallory.reason(), Close.CLOSE_PROTOCOL, what);
		mallory = await mallory.again();
		check(mallory.me, `after ${what} he may come again`);
	}
	const screen = (fields) => (bulk) => bulk.sendFrame(frameHeader({ class: CLASS.SCREEN, flags: KEY | LAST, from: mallory.me, stream: adas, epoch: mallory.epoch, picture: 1, base: 1, cells: 1n, length: object.length, ...fields }), object);
	const onBulk = {
		"chat on the bulk connection": screen({ class: CLASS.CHAT, flags: 0, base: 0, cells: 0n }), "a forged sender": screen({ from: ada.me }),
		"two cells in a KEY": screen({ cells: 3n }), "no cell in a KEY": screen({ cells: 0n }), "a KEY with another base": screen({ picture: 5, base: 4 }),
		"a request": (bulk) => bulk.send({ set_locked: { on: true } }), "hello again": (bulk) => bulk.send({ hello: { version: 1 } }),
		"5 MiB": (bulk) => bulk.sendFrame(frameHeader({ class: CLASS.SCREEN, flags: KEY | LAST, from: mallory.me, stream: adas, epoch: mallory.epoch, picture: 1, base: 1, cells: 1n, length: 5 << 20 }), Buffer.alloc(1000)),
		"a length of 4 GiB": screen({ length: 0xffffffff }), "a length too long": screen({ length: object.length + 1 }),
	};
	for (const [what, send] of Object.entries(onBulk)) {
		const bulk = await mallory.watch();
		send(bulk);
		equal(await bulk.reason(), Close.CLOSE_PROTOCOL, `bulk: ${what}`);
		await mallory.settle();
	}
	await undisturbed();
	equal(milo.events.filter((e) => e.event === "chat" && !e.text.startsWith("from ")).length, 0, "Milo read nothing of it");
});

/** The bucket of chat frames is full again: ten at five a second. */
const refilled = () => new Promise((resolve) => setTimeout(resolve, 2000));

test("data frames that are not allowed now are dropped and counted", async (ctx) => {
	const { server, session, ada, milo, undisturbed } = await honestRoom(ctx);
	const mallory = await Peer.enter(ctx, server, session.attendee);
	const witness = await Peer.enter(ctx, server, session.attendee, { name: "Witness" });
	const adas = [...mallory.streams.values()].find((s) => s.stream_class === CLASS.SCREEN).id;
	const adasChat = [...mallory.streams.values()].find((s) => s.stream_class === CLASS.CHAT && s.from === ada.me).id;
	await mallory.watch();
	await mallory.chat("first");
	await until(() => witness.texts().includes("first"), "an honest word arrives");
	// Ada's pointer is an honest frame that may come at any time.
	const passedOn = () => witness.frames.filter((f) => f.from === mallory.me || f.stream === adas || f.stream === 4242).length;
	const marks = passedOn();
	const object = randomBytes(64);
	const chat = (fields) => mallory.sendFrame(frameHeader({ class: CLASS.CHAT, from: mallory.me, stream: mallory.chatStream, epoch: mallory.epoch, picture: 9, length: object.length, ...fields }), object);
	const before = await server.metric("tessera_frames_dropped_total");
	chat({ stream: adasChat });
	chat({ stream: 4242 });
	chat({ epoch: mallory.epoch + 1 });
	chat({ epoch: mallory.epoch - 1 });
	chat({ epoch: mallory.epoch + 128 });
	chat({ to: 4242 });
	chat({ to: mallory.me });
	mallory.sendFrame(frameHeader({ class: CLASS.CONTROL, from: mallory.me, stream: 4242, epoch: mallory.epoch, length: 64 }), object);
	mallory.sendFrame(frameHeader({ class: CLASS.POINTER, from: mallory.me, stream: 4242, epoch: mallory.epoch, length: 64 }), object);
	for (const fields of [{}, { stream: 4242 }, { flags: LAST, base: 0, picture: 1, cells: 255n }])
		mallory.bulk.sendFrame(frameHeader({ class: CLASS.SCREEN, flags: KEY | LAST, from: mallory.me, stream: adas, epoch: mallory.epoch, picture: 7, base: 7, cells: 1n, length: 64, ...fields }), object);
	await mallory.settle();
	await mallory.bulk.settle();
	await counted(server, "tessera_frames_dropped_total", "", before + 12);
	equal(passedOn(), marks, "nobody got any of it");
	check(!mallory.isOver && !mallory.bulk.isOver, "he may stay");
	await undisturbed();
	// Replayed and changed ciphertext: passed on, but no honest client takes it. His rate allows four words in this second.
	await refilled();
	const [header, sealed] = await mallory.chat("once only");
	await milo.next("chat", 0, "Milo reads it", (e) => e.text === "once only");
	mallory.sendFrame(header, sealed);
	const changed = Buffer.from(sealed);
	changed[changed.length - 20] ^= 1;
	mallory.sendFrame(header, changed);
	mallory.sendFrame(...mallory.makeFrame(mallory.chatStream, Buffer.from("not json")));
	await refilled();
	await mallory.chat("afterwards");
	await milo.next("chat", 0, "Milo reads on", (e) => e.text === "afterwards");
	equal(milo.events.filter((e) => e.event === "chat" && e.from === mallory.me).map((e) => e.text), ["first", "once only", "afterwards"], "each word once");
	await undisturbed();
});

test("a presenter who cheats hurts only his own stream", async (ctx) => {
	const { server, undisturbed } = await honestRoom(ctx);
	const other = await server.createSession();
	const oda = await Peer.enter(ctx, server, other.organizer, { name: "Oda" });
	const tim = await Peer.enter(ctx, server, other.attendee, { name: "Tim" });
	await Promise.all([oda.watch(), tim.watch()]);
	const fresh = async (fields) => (await oda.openStream(CLASS.SCREEN, fields)).stream;
	const shown = (stream) => tim.bulk.frames.filter((f) => f.stream === stream).length;
	const put = (stream, plain, fields) => oda.bulk.sendFrame(...oda.makeKey(stream, plain, fields));
	// After a pause nothing passes.
	let stream = await fresh();
	put(stream, randomBytes(100));
	await until(() => shown(stream) === 1, "the first picture");
	equal((await oda.ask({ stream_pause: { stream, mode: 1 } })).refusal, 0, "paused");
	const dropped = await server.metric("tessera_frames_dropped_total");
	for (let i = 0; i < 5; i++) put(stream, randomBytes(100));
	await oda.bulk.settle();
	await oda.settle();
	await tim.settle();
	await tim.bulk.settle();
	equal(shown(stream), 1, "nothing of a paused stream is passed on");
	await counted(server, "tessera_frames_dropped_total", "", dropped + 5);
	await oda.ask({ stream_close: { stream } });
	put(stream, randomBytes(100));
	await oda.bulk.settle();
	// Pictures in a wrong order, cells that are not there, deltas on nothing, another epoch.
	const tricks = {
		"backwards": (s) => (put(s, randomBytes(9), { picture: 9, base: 9 }), put(s, randomBytes(9), { picture: 3, base: 3 })),
		"the last number": (s) => (put(s, randomBytes(9), { picture: 0xffffffff, base: 0xffffffff }), put(s, randomBytes(9), { picture: 0, base: 0 })),
		"a cell that is not there": (s) => put(s, randomBytes(9), { cells: 1n << 63n }),
		"a delta on nothing": (s) => put(s, randomBytes(9), { flags: LAST, picture: 1, base: 0, cells: 1n }),
		"a delta far ahead": (s) => put(s, randomBytes(9), { flags: LAST, picture: 1000, base: 999, cells: 1n }),
		"a delta without an end": (s) => put(s, randomBytes(9), { flags: 0, picture: 2, base: 1, cells: 1n }),
		"an epoch ahead": (s) => put(s, randomBytes(9), { epoch: oda.epoch + 1 }),
		"picture 0": (s) => put(s, randomBytes(9), { picture: 0, base: 0 }),
		"an object of one byte": (s) => oda.bulk.sendFrame(frameHeader({ class: CLASS.SCREEN, flags: KEY | LAST, from: oda.me, stream: s, epoch: oda.epoch, picture: 1, base: 1, cells: 1n, length: 1 }), Buffer.from([0])),
		"an object of none": (s) => oda.bulk.sendFrame(frameHeader({ class: CLASS.SCREEN, flags: KEY | LAST, from: oda.me, stream: s, epoch: oda.epoch, picture: 1, base: 1, cells: 1n, length: 0 }), Buffer.alloc(0)),
	};
	let honest = oda;
	for (const [what, trick] of Object.entries(tricks)) {
		stream = await fresh();
		trick(stream);
		await Promise.race([oda.bulk.settle().catch(() => {}), oda.bulk.over]);
		if (oda.bulk.isOver) await oda.watch();
		await oda.settle();
		if (oda.streams.has(stream)) equal((await oda.ask({ stream_close: { stream } })).refusal, 0, `${what}: what is left can be closed`);
		await until(() => !oda.streams.has(stream), `${what}: the stream is gone`);
		honest = oda;
	}
	stream = await fresh();
	put(stream, Buffer.from("honest again"));
	await until(() => shown(stream) === 1, "an honest stream works after all that");
	await honest.settle();
	await tim.settle();
	await undisturbed();
});

test("a presenter cannot fill the server's memory", async (ctx) => {
	const { server, undisturbed } = await honestRoom(ctx, { serverArgs: ["--screen-memory", "4"] });
	const other = await server.createSession();
	const oda = await Peer.enter(ctx, server, other.organizer, { name: "Oda" });
	await oda.watch();
	const put = (stream, plain, fields) => oda.bulk.sendFrame(...oda.makeKey(stream, plain, fields));
	const isGone = (stream, what) => until(() => !oda.streams.has(stream), `${what}: the stream is closed`);
	// No cell, and no change, needs as much as this.
	const small = (await oda.openStream(CLASS.SCREEN)).stream;
	put(small, randomBytes(64 * 64 * 3 + 100));
	await isGone(small, "a KEY longer than its pixels");
	const changing = (await oda.openStream(CLASS.SCREEN, { width: 1024, height: 512 })).stream;
	put(changing, randomBytes(9), { flags: KEY });
	put(changing, randomBytes(9), { picture: 1, base: 1, cells: 2n });
	put(changing, randomBytes(300_000), { flags: LAST, picture: 2, base: 1 });
	await isGone(changing, "a DELTA longer than any");
	await counted(server, "tessera_refusals_total", 'reason="too_big"', 2);
	// Cells of noise, as many as the largest picture has, in four streams.
	const full = [];
	for (let i = 0; i < 4; i++) {
		const { stream } = await oda.openStream(CLASS.SCREEN, { width: 4096, height: 4096 });
		full.push(stream);
		for (let cell = 0n; cell < 3n; cell++) put(stream, randomBytes(512 * 512 * 3), { flags: KEY, picture: 1, base: 1, cells: 1n << cell });
		await oda.bulk.settle();
	}
	await until(() => full.some((stream) => !oda.streams.has(stream)), "one of them is closed");
	await counted(server, "tessera_refusals_total", 'reason="full"');
	check(full.some((stream) => oda.streams.has(stream)), "not all of them");
	await until(async () => (await server.metric("tessera_screen_held_bytes")) > 1 << 20, "what is held is counted");
	check((await server.metric("tessera_screen_held_bytes")) < 6 << 20, "and bounded");
	await undisturbed();
	for (const stream of full) if (oda.streams.has(stream)) await oda.ask({ stream_close: { stream } });
	await until(async () => (await server.metric("tessera_screen_held_bytes")) < 1 << 20, "then it is given back");
	const honest = (await oda.openStream(CLASS.SCREEN)).stream;
	put(honest, randomBytes(100));
	await oda.bulk.settle();
	check(oda.streams.has(honest), "he may share as others do");
	await undisturbed();
});

test("absurd acknowledgements and floods of small requests", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	let mallory = await Peer.enter(ctx, server, session.attendee);
	const adas = [...mallory.streams.values()].find((s) => s.stream_class === CLASS.SCREEN).id;
	await mallory.watch();
	await until(() => mallory.bulk.frames.length > 0, "he watches");
	for (const ack of [{ picture: 0xffffffff, bytes: (1n << 64n) - 1n }, { picture: 0, bytes: 0n }, { picture: 0xffffffff, bytes: 0n }, { picture: 1, bytes: 1n << 63n }])
		for (const connection of [mallory, mallory.bulk])
			for (const stream of [adas, 0, 4242, 0xffffffff]) connection.send({ stream_ack: { stream, ...ack } });
	await mallory.settle();
	check(!mallory.isOver, "absurd numbers are no breach");
	for (let i = 0; i < 1000; i++) mallory.bulk.send({ stream_ack: { stream: adas, picture: i, bytes: BigInt(i) } });
	await mallory.bulk.settle();
	await counted(server, "tessera_refusals_total", 'reason="rate"');
	const needs = await server.metric("tessera_stream_needs_total");
	const began = performance.now();
	for (let i = 0; i < 100; i++) mallory.send({ stream_refresh: { stream: adas, unreadable: true } });
	await mallory.settle();
	await undisturbed();
	const seconds = (performance.now() - began) / 1000;
	check((await server.metric("tessera_stream_needs_total")) - needs <= seconds * 2 + 3, "refreshing is gathered: two requests a second reach the presenter");
	// Past the rate of messages he is cut off, and may come again.
	for (const body of [{ stream_refresh: { stream: adas, unreadable: true } }, { stream_subscribe: { stream: adas, on: false } }, { set_hand: { up: true } }, { ping: { stamp: 1n } }, { set_locked: { on: true } }]) {
		mallory = await mallory.again();
		for (let i = 0; i < 600; i++) mallory.send(body);
		equal(await mallory.reason(), Close.CLOSE_TOO_MUCH, `600 times ${Object.keys(body)}`);
		await undisturbed(Object.keys(body)[0]);
	}
	mallory = await mallory.again();
	for (let i = 0; i < 190; i++) mallory.send({ stream_subscribe: { stream: adas, on: Boolean(i & 1) } });
	await mallory.settle();
	check(!mallory.isOver, "a burst of 190 is allowed");
	await undisturbed();
});

test("chat and lobby texts have their rates", async (ctx) => {
	const { server, session, milo, undisturbed } = await honestRoom(ctx);
	const mallory = await Peer.enter(ctx, server, session.attendee);
	const knocker = await Peer.enter(ctx, server, null, { number: session.number, knock: true });
	const began = performance.now();
	for (let i = 0; i < 200; i++) await mallory.chat(`flood ${i}`);
	await mallory.settle();
	await undisturbed();
	const heard = milo.events.filter((e) => e.event === "chat" && e.text.startsWith("flood")).length;
	const seconds = (performance.now() - began) / 1000;
	check(heard >= 10 && heard <= 10 + 5 * seconds + 1, `Milo read ${heard} of 200 in ${seconds.toFixed(1)} s`);
	const answers = [];
	for (let i = 0; i < 12; i++) answers.push((await knocker.ask({ lobby_text: { member: 0, text: `let me in ${i}` } })).refusal);
	equal(answers.slice(0, 5), [0, 0, 0, 0, 0], "five texts at once are fine");
	check(answers.includes(Refusal.REFUSAL_TOO_MANY), "then it is too many");
	await undisturbed();
});

test("requests that mean two things to two readers are refused", async (ctx) => {
	const { server, undisturbed } = await honestRoom(ctx);
	const host = `Host: localhost:${server.ports[0]}\r\n`;
	const smuggled = `GET /api/v1/status HTTP/1.1\r\n${host}\r\n`;
	const body = (head, text = smuggled) => `POST /api/v1/join HTTP/1.1\r\n${host}Content-Type: application/json\r\n${head}\r\n${text}`;
	const cases = {
		"length and chunks": body(`Content-Length: 0\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`),
		"chunks": body("Transfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`),
		"chunks, oddly written": body("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${smuggled}`),
		"chunks after a tab": body("Transfer-Encoding:\tchunked\r\n", `0\r\n\r\n${smuggled}`),
		"two lengths": body("Content-Length: 0\r\nContent-Length: 40\r\n"), "the same length twice": body("Content-Length: 0, 0\r\n"),
		"a length with a sign": body("Content-Length: +0\r\n"), "a negative length": body("Content-Length: -1\r\n"), "a hex length": body("Content-Length: 0x10\r\n"),
		"a length with a blank inside": body("Content-Length: 1 0\r\n"), "a length of 2^64": body("Content-Length: 18446744073709551616\r\n"), "no number": body("Content-Length: \r\n"),
		"a blank before the colon": body("Content-Length : 0\r\n"), "a folded line": body("X: a\r\n b\r\nContent-Length: 0\r\n"),
		"bare line feeds": `GET / HTTP/1.1\n${host.trim()}\n\n`, "a bare carriage return": `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`, "a NUL": `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,
		"no Host": "GET / HTTP/1.1\r\n\r\n", "two Hosts": `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`,
		"HTTP/0.9": "GET /\r\n\r\n", "HTTP/1.2 of 2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/9.9": `GET / HTTP/9.9\r\n${host}\r\n`,
		"a header without a name": `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, "a header without a colon": `GET / HTTP/1.1\r\n${host}nonsense\r\n\r\n`,
		"a large head": `GET / HTTP/1.1\r\n${host}X: ${"a".repeat(9000)}\r\n\r\n`, "a long target": `GET /${"a".repeat(9000)} HTTP/1.1\r\n${host}\r\n`,
		"65 headers": `GET / HTTP/1.1\r\n${host}${Array.from({ length: 65 }, (_, i) => `X${i}: y\r\n`).join("")}\r\n`,
		"a large body": body("Content-Length: 16385\r\n", "x".repeat(16385)), "a body of 4 GiB": body("Content-Length: 4294967296\r\n", "x"),
		"a target that climbs": `GET /../../../etc/passwd HTTP/1.1\r\n${host}\r\n`, "a target that climbs in disguise": `GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${host}\r\n`,
		"another host's target": `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`, "CONNECT": `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`,
		"a method of blanks": `    / HTTP/1.1\r\n${host}\r\n`, "a control in the target": `GET /\x01 HTTP/1.1\r\n${host}\r\n`,
	};
	for (const [what, bytes] of Object.entries(cases)) {
		const { text, status } = await rawHttp(server, bytes, { enough: isWhole });
		check([400, 403, 404, 405, 411, 413, 414, 431, 501, 505].includes(status), `${what}: ${status}`);
		equal(text.match(/HTTP\/1\.1 \d/g).length, 1, `${what}: one answer`);
		check(!/"version"|root:/.test(text), `${what}: nothing of what was smuggled`);
	}
	// Two honest requests behind each other are two answers.
	const two = await rawHttp(server, `GET /api/v1/status HTTP/1.1\r\n${host}\r\nGET /api/v1/status HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
	equal(two.text.match(/HTTP\/1\.1 200/g)?.length, 2, "pipelined");
	await undisturbed();
}, { timeoutMs: 180_000 });

/** Resolves with the milliseconds until the server closed, and what it said. */
function untilClosed(socket, timeoutMs = 30_000) {
	const began = performance.now();
	return readAll(socket, { timeoutMs }).then((said) => ({ ms: performance.now() - began, said }));
}

async function dialPlain(server, port = server.ports[0], from = "127.0.0.1") {
	const socket = net.connect({ host: "127.0.0.1", port, localAddress: from });
	socket.on("error", () => {});
	await once(socket, "connect");
	return socket;
}

test("who speaks slowly, or not at all, is shown the door in time", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	const slow = [];
	const drip = (socket, text) => {
		let at = 0;
		const timer = setInterval(() => socket.write(text[at++ % text.length]), 500);
		socket.on("close", () => clearInterval(timer));
		ctx.onEnd(() => (clearInterval(timer), socket.destroy()));
	};
	for (let i = 0; i < 60; i++) {
		const from = freshSource();
		const silent = await dialPlain(server, server.ports[i % 3], from);
		slow.push(["no ClientHello", untilClosed(silent)]);
		const half = await dialPlain(server, server.ports[i % 3], from);
		half.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
		slow.push(["half a ClientHello", untilClosed(half)]);
		const head = await connectTls(server, { from });
		drip(head, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		slow.push(["a head by drips", untilClosed(head)]);
		const body = await connectTls(server, { from });
		body.write(`POST /api/v1/join HTTP/1.1\r\nHost: localhost:${server.ports[0]}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`);
		drip(body, "{");
		slow.push(["a body by drips", untilClosed(body)]);
		const mute = await RawWebSocket.open(server, { from });
		slow.push(["a WebSocket without Hello", untilClosed(mute.socket)]);
	}
	await undisturbed("while 300 dawdle");
	for (const [what, end] of slow) {
		const { ms } = await end;
		check(ms < 15_000, `${what}: closed after ${(ms / 1000).toFixed(1)} s`);
	}
	const peer = await Peer.enter(ctx, server, session.attendee);
	check(peer.me, "others come in as ever");
	await undisturbed();
}, { timeoutMs: 180_000 });

test("one source holds 512 connections, and others are not kept out", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	const from = freshSource();
	const open = [];
	let shut = 0;
	for (let i = 0; i < 600; i++) {
		const socket = await dialPlain(server, server.ports[i % 3], from).catch(() => null);
		if (!socket) continue;
		socket.on("close", () => shut++);
		socket.resume();
		ctx.onEnd(() => socket.destroy());
		open.push(socket);
	}
	await until(() => shut >= 88, "what is over 512 is closed", { timeoutMs: 9000 });
	equal(shut, 88, "and nothing else");
	await counted(server, "tessera_refusals_total", 'reason="full"', 88);
	const peer = await Peer.enter(ctx, server, session.attendee);
	check(peer.me, "others come in");
	for (const socket of open) socket.destroy();
	await until(async () => (await Peer.enter(ctx, server, session.attendee, { from })).me, "and so does he, once he let go");
	await undisturbed();
});

test("only TLS 1.2 and 1.3 with AES-GCM, and nothing in clear", async (ctx) => {
	const { server, undisturbed } = await honestRoom(ctx);
	const old = "DEFAULT@SECLEVEL=0";
	const refused = {
		"TLS 1.0": { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: old }, "TLS 1.1": { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: old },
		"CBC": { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES256-SHA:AES256-SHA" },
		"static RSA": { maxVersion: "TLSv1.2", ciphers: "AES256-GCM-SHA384:AES128-GCM-SHA256" },
		"ChaCha20 in 1.2": { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305" },
		"ChaCha20 in 1.3": { minVersion: "TLSv1.3", ciphers: "TLS_CHACHA20_POLY1305_SHA256" },
		"finite-field DH": { maxVersion: "TLSv1.2", ciphers: "DHE-RSA-AES256-GCM-SHA384" },
	};
	const accepted = { "1.2": { maxVersion: "TLSv1.2" }, "1.3": { minVersion: "TLSv1.3" } };
	for (const port of server.ports) {
		for (const [what, options] of Object.entries(refused)) {
			const got = await connectTls(server, { port, ...options }).then((s) => s.getCipher(), () => null);
			equal(got, null, `${what} on ${port}`);
		}
		for (const [what, options] of Object.entries(accepted)) {
			const socket = await connectTls(server, { port, ...options });
			check(/AES.*GCM/.test(socket.getCipher().standardName), `TLS ${what}: ${socket.getCipher().standardName}`);
			socket.destroy();
		}
		for (const [what, bytes] of Object.entries({ "SSH": "SSH-2.0-x\r\n", "zeros": Buffer.alloc(100), "SSLv2": Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10]), "random": randomBytes(64).fill(0xfe, 0, 1), "an alert": Buffer.from([0x15, 3, 3, 0, 2, 2, 40]) })) {
			const socket = await dialPlain(server, port);
			const end = untilClosed(socket);
			socket.write(bytes);
			const { said, ms } = await end;
			equal(said.length, 0, `${what}: not a byte in answer`);
			check(ms < 5000, `${what}: at once`);
		}
	}
	for (const [what, head, status] of [["plain HTTP", `Host: localhost:${server.ports[0]}`, 308], ["a Host that is a script", "Host: <script>", 400], ["no Host", "X: y", 400], ["a Host with a path", "Host: a/b", 400]]) {
		const socket = await dialPlain(server, server.ports[2]);
		const end = untilClosed(socket);
		socket.write(`GET /j/123456789 HTTP/1.1\r\n${head}\r\n\r\n`);
		const text = (await end).said.toString();
		check(text.startsWith(`HTTP/1.1 ${status}`), `${what}: ${text.slice(0, 40)}`);
		if (status === 308) check(text.includes(`Location: https://localhost:${server.ports[0]}/j/123456789\r\n`), text);
	}
	await counted(server, "tessera_handshakes_failed_total", "", 10);
	await undisturbed();
});

test("many who come and go at once", async (ctx) => {
	const { server, session, undisturbed } = await honestRoom(ctx);
	const device = new Device();
	const first = await Peer.enter(ctx, server, session.attendee, { device });
	// The same member forty times at once: one stays, the others are told where he is.
	const peers = await Promise.all(Array.from({ length: 40 }, () => Peer.hello(ctx, server, { device, token: first.resume })));
	await Promise.all(peers.map((p) => p.decided()));
	await until(() => peers.filter((p) => !p.isOver).length === 1, "one is left");
	for (const peer of [first, ...peers].filter((p) => p.isOver)) equal(await peer.reason(), Close.CLOSE_ELSEWHERE, "the others are told");
	// Thirty that cut their lines in the middle of things.
	await Promise.all(Array.from({ length: 30 }, async (_, i) => {
		const answer = await join(server, session.attendee, { device: new Device(), name: `M${i}`, from: freshSource() });
		check(answer.status === 200, `M${i} joins`);
	}));
	const guests = await Promise.all(Array.from({ length: 20 }, (_, i) => Peer.enter(ctx, server, session.attendee, { name: `Guest ${i}` })));
	for (const guest of guests) {
		guest.sendBytes(Buffer.concat([PROTO, field(25, field(1, 1))]).subarray(0, 3), { fin: false });
		guest.cut();
	}
	await undisturbed();
	check(Object.values(enums.CloseReason).length > 10, "reasons are known");
});

await run({ atOnce: 2 });
