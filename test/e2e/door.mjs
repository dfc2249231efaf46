// SPDX-License-Identifier: Apache-2.0
// Nobody uninvited: what is not a valid invitation, in every way we could think of, stays outside and
// learns nothing.
import { randomBytes } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { CLASS, Close, counted, Device, freshSource, join, parseLink, Peer, Refusal } from "../peers/rogue.mjs";
import { isWhole, post, rawHttp, RawWebSocket } from "../peers/socket.mjs";
import { fromRaw, minter, parts } from "../peers/tokens.mjs";
import { startServer, tempDir } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const PASSWORD = "correct horse 7";

/** A server with a session; Ada organizes it. */
async function room(ctx, { password = false, args = [] } = {}) {
	const server = await startServer(ctx);
	const file = path(await tempDir(ctx), "password");
	await writeFile(file, `${PASSWORD}\n`);
	const session = await server.createSession({ args: [...args, ...(password ? ["--password-file", file] : [])] });
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	return { server, session, ada, passwordFile: file };
}

/** A Hello that must be refused: with REFUSED, before any Welcome. */
async function refused(ctx, server, what, hello, reason = Close.CLOSE_REFUSED) {
	const peer = await Peer.hello(ctx, server, hello);
	equal(await peer.reason(), reason, what);
	check(peer.messages.every((m) => m.kind === "challenge" || m.kind === "closed"), `${what}: told nothing else`);
	return peer;
}

async function inParallel(items, width, work) {
	const left = [...items];
	await Promise.all(Array.from({ length: width }, async () => {
		while (left.length) await work(left.shift());
	}));
}

test("a role token works once", async (ctx) => {
	const { server, session } = await room(ctx);
	const device = new Device();
	const { json } = await join(server, session.attendee, { device });
	const peer = await Peer.hello(ctx, server, { device, token: json.token });
	await peer.decided();
	check(peer.me, "the first time it lets in");
	await refused(ctx, server, "the second time it does not, even for its owner", { device, token: json.token });
	await peer.settle();
	await counted(server, "tessera_refusals_total", 'reason="stale"');
	await refused(ctx, server, "nor after he left", { device, token: json.token });
	// Twenty at once: one.
	const { json: other } = await join(server, session.attendee, { device });
	const all = await Promise.all(Array.from({ length: 20 }, () => Peer.hello(ctx, server, { device, token: other.token })));
	await Promise.all(all.map((p) => p.decided()));
	equal(all.filter((p) => p.me).length, 1, "of twenty at once one is let in");
	// An edge that is begun anew has forgotten what was used.
	await server.kill("edge");
	await until(async () => (await join(server, session.attendee, { from: freshSource() })).status === 200, "another edge is there");
	await refused(ctx, server, "nor at the next edge", { device, token: other.token });
	const back = await Peer.hello(ctx, server, { device, token: other.resume });
	await back.decided();
	check(back.me, "who was let in comes back by his ticket");
});

test("a token is worth nothing without its device", async (ctx) => {
	const { server, session } = await room(ctx);
	const device = new Device();
	const thief = new Device();
	const answer = await join(server, session.attendee, { device });
	for (const kind of ["token", "resume"]) {
		const token = answer.json[kind];
		await refused(ctx, server, `${kind}: another device's key`, { device: thief, token });
		await refused(ctx, server, `${kind}: its key, another's proof`, { device: thief, token, device_key: device.key });
		await refused(ctx, server, `${kind}: no proof`, { device, token, proof: Buffer.alloc(64) });
		const stale = device.proveHello(randomBytes(32), token);
		await refused(ctx, server, `${kind}: a proof over another challenge`, { device, token, proof: stale });
		const other = await join(server, session.attendee, { device });
		const peer = await Peer.hello(ctx, server, { device, token: "v4.public.AA" });
		equal(await peer.reason(), Close.CLOSE_REFUSED, `${kind}: not a token`);
		check(other.status === 200, "joining goes on");
	}
	await refused(ctx, server, "a proof of 63 bytes is a breach", { device, token: answer.json.token, proof: Buffer.alloc(63) }, Close.CLOSE_PROTOCOL);
	await refused(ctx, server, "a key of 31 bytes is a breach", { device, token: answer.json.token, device_key: device.key.subarray(1) }, Close.CLOSE_PROTOCOL);
	await refused(ctx, server, "the key of small order", { device, token: answer.json.token, device_key: Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]) });
	await refused(ctx, server, "another protocol", { device, token: answer.json.token, version: 2 }, Close.CLOSE_RELOAD);
	const peer = await Peer.hello(ctx, server, { device, token: answer.json.token });
	await peer.decided();
	check(peer.me, "after all of that the token still works for its owner");
	for (let i = 0; i < 3; i++) check((await Peer.hello(ctx, server, { device, token: answer.json.resume })).decided(), "and the ticket, again and again");
});

test("every bit of a token counts", async (ctx) => {
	const { server, session } = await room(ctx);
	const device = new Device();
	const { json } = await join(server, session.attendee, { device });
	const { raw } = parts(json.token);
	const bits = Array.from({ length: raw.length * 8 }, (_, i) => i);
	await inParallel(bits, 16, async (bit) => {
		const changed = Buffer.from(raw);
		changed[bit >> 3] ^= 1 << (bit & 7);
		await refused({ onEnd: () => {} }, server, `bit ${bit} of ${bits.length}`, { device, token: fromRaw(changed) });
	});
	for (const [what, token] of Object.entries({
		"another purpose": json.token.replace("public", "local"), "another version": json.token.replace("v4", "v3"),
		"a footer": `${json.token}.Zm9v`, "an empty footer": `${json.token}.`, "a blank": `${json.token} `, "padding": `${json.token}=`,
		"cut short": json.token.slice(0, -1), "cut very short": "v4.public.", "nothing": "", "upper case": json.token.toUpperCase(), "a NUL behind it": `${json.token}\0`,
	}))
		await refused(ctx, server, what, { device, token });
	await counted(server, "tessera_closed_total", 'reason="refused"', bits.length);
	const peer = await Peer.hello(ctx, server, { device, token: json.token });
	await peer.decided();
	check(peer.me, "the token itself is good");
}, { timeoutMs: 180_000 });

test("what a token says is believed only for this node, this time and this device", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const mint = await minter(server);
	const device = new Device();
	const { json } = await join(server, session.attendee, { device });
	const { claims, message } = parts(json.token);
	const now = Math.floor(Date.now() / 1000);
	const node = claims.node;
	const jti = () => randomBytes(16).toString("base64url");
	const good = { ...claims, jti: jti() };
	const peer = await Peer.hello(ctx, server, { device, token: mint(good, node) });
	await peer.decided();
	check(peer.me, "a token that we made with the server's key is a token");

	const tries = {
		"expired a minute ago": mint({ ...claims, jti: jti(), iat: now - 120, exp: now - 60 }, node),
		"from the future": mint({ ...claims, jti: jti(), iat: now + 3600, exp: now + 3660 }, node),
		"valid for years": mint({ ...claims, jti: jti(), exp: now + 1e8 }, node),
		"of another node": mint({ ...claims, jti: jti(), node: "n-00000000" }, "n-00000000"),
		"of another node, said to be ours": mint({ ...claims, jti: jti() }, "n-00000000"),
		"a role token for any node": mint({ ...claims, jti: jti(), node: "*" }, "*"),
		"a ticket for one node": mint({ ...claims, jti: jti(), typ: "resume" }, node),
		"of another type": mint({ ...claims, jti: jti(), typ: "admin" }, node),
		"of another role": mint({ ...claims, jti: jti(), role: "host" }, node),
		"of nobody": mint({ ...claims, jti: jti(), mem: 0 }, node),
		"of another device": mint({ ...claims, jti: jti(), ik: randomBytes(32).toString("base64url") }, node),
		"with two expiries": mint(message.replace('"exp":', `"exp":${now - 60},"exp":`), node),
		"with two members": mint(message.replace(/\}$/, `,"mem":${ada.me}}`), node),
		"with a claim more": mint(message.replace(/\}$/, ',"x":1}'), node),
		"with a claim less": mint(message.replace(/,"via":"\w+"/, ""), node),
		"with escapes": mint(message.replace('"role"', '"\\u0072ole"'), node),
		"with a fraction": mint(message.replace(/"mem":\d+/, '"mem":1.0'), node),
		"with a large number": mint(message.replace(/"mem":\d+/, '"mem":4294967297'), node),
		"not an object": mint("[]", node),
		"deep": mint("[".repeat(900), node),
	};
	for (const [what, token] of Object.entries(tries)) await refused(ctx, server, what, { device, token });
	await counted(server, "tessera_refusals_total", 'reason="expired"');

	// A session that is not here, another member's place, and the ticket of another server.
	const elsewhere = await Peer.hello(ctx, server, { device, token: mint({ ...claims, jti: jti(), mtg: randomBytes(16).toString("base64url") }, node) });
	await elsewhere.decided();
	check(!elsewhere.me && !elsewhere.isWaiting, "a session that does not exist lets nobody in");
	const second = await startServer(ctx);
	const theirs = await second.createSession();
	const other = await join(second, theirs.attendee, { device });
	await refused(ctx, server, "another server's token", { device, token: other.json.token });
	await refused(ctx, server, "another server's ticket", { device, token: other.json.resume });
	await peer.settle();
	await ada.settle();
});

test("a bulk connection needs its ticket, once, and its device", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const milo = await Peer.enter(ctx, server, session.attendee, { name: "Milo" });
	const other = await server.createSession();
	const stranger = await Peer.enter(ctx, server, other.organizer, { name: "Stranger" });
	const tries = {
		"another member's ticket": () => milo.attach({ ticket: ada.ticket }),
		"another session's ticket": () => milo.attach({ ticket: stranger.ticket }),
		"no ticket": () => milo.attach({ ticket: Buffer.alloc(16) }),
		"a ticket with a bit changed": () => milo.attach({ ticket: Buffer.from(milo.ticket.map((b, i) => (i === 15 ? b ^ 1 : b))) }),
		"another's proof": () => milo.attach({ proof: ada.device.proveAttach(randomBytes(32), milo.ticket) }),
		"no proof": () => milo.attach({ proof: Buffer.alloc(64) }),
	};
	for (const [what, attach] of Object.entries(tries)) equal(await (await attach()).reason(), Close.CLOSE_REFUSED, what);
	equal(await (await milo.attach({ ticket: Buffer.alloc(15) })).reason(), Close.CLOSE_PROTOCOL, "a ticket of 15 bytes");
	equal(await (await milo.attach({ version: 9 })).reason(), Close.CLOSE_RELOAD, "another protocol");
	const used = milo.ticket;
	await milo.watch();
	equal(await (await milo.attach({ ticket: used })).reason(), Close.CLOSE_REFUSED, "a ticket a second time");
	check(!milo.bulk.isOver, "the bulk connection that he has stays");
	const first = milo.bulk;
	await milo.watch();
	equal(await first.reason(), Close.CLOSE_ELSEWHERE, "a second one replaces it");
	await milo.settle();
	await ada.settle();
});

test("wrong, unknown, ended, locked: the same bytes after the same time", async (ctx) => {
	const { server, session, ada, passwordFile } = await room(ctx, { password: true });
	const locked = await server.createSession({ args: ["--password-file", passwordFile] });
	const lena = await Peer.enter(ctx, server, locked.organizer, { name: "Lena" });
	equal((await lena.ask({ set_locked: { on: true } })).refusal, 0, "one session is locked");
	const gone = await server.createSession({ args: ["--password-file", passwordFile] });
	const gus = await Peer.enter(ctx, server, gone.organizer, { name: "Gus" });
	gus.send({ end_session: {} });
	equal(await gus.reason(), Close.CLOSE_ENDED, "one has ended");
	const open = await server.createSession();
	const unused = ["100000007", "987654321"].find((n) => ![session, locked, gone, open].some((s) => s.number === n));
	const kinds = {
		"a wrong password": { number: session.number, password: "wrong horse 7" },
		"an unknown number": { number: unused, password: PASSWORD },
		"an ended session": { number: gone.number, password: PASSWORD },
		"locked, and wrong": { number: locked.number, password: "wrong horse 7" },
		"a session without a password": { number: open.number, password: PASSWORD },
		"a wrong token": { number: session.number, join_token: randomBytes(16).toString("base64url") },
		"an unknown number and a token": { number: unused, join_token: randomBytes(16).toString("base64url") },
		"an ended session, a wrong token": { number: gone.number, organizer_token: randomBytes(16).toString("base64url") },
	};
	const times = Object.fromEntries(Object.keys(kinds).map((k) => [k, []]));
	const seen = new Set();
	const rounds = 12;
	for (let i = 0; i < rounds; i++)
		for (const [kind, body] of Object.entries(kinds)) {
			const answer = await join(server, null, { ...body, from: freshSource() });
			equal([answer.status, answer.body], [403, '{"error":"refused"}'], kind);
			seen.add(answer.head.replace(/^date:.*$/gim, ""));
			times[kind].push(answer.ms);
		}
	equal(seen.size, 1, "the same headers");
	for (const family of [Object.keys(kinds).slice(0, 5), Object.keys(kinds).slice(5)]) {
		const stats = family.map((kind) => {
			const all = times[kind].toSorted((a, b) => a - b);
			return { kind, median: all[rounds >> 1], low: all[1], high: all[rounds - 2] };
		});
		for (const s of stats) ctx.say(`${s.kind}: median ${s.median.toFixed(1)} ms, ${s.low.toFixed(1)} to ${s.high.toFixed(1)}`);
		const medians = stats.map((s) => s.median);
		check(Math.min(...medians) >= 245, "not before the grid");
		check(Math.max(...medians) - Math.min(...medians) < 40, "medians within 40 ms, which is a sixth of the grid");
	}
	const right = await join(server, null, { number: session.number, password: PASSWORD, from: freshSource() });
	equal([right.status, right.json?.lobby], [200, false], "the right password lets in");
	const knock = await join(server, null, { number: locked.number, password: PASSWORD, from: freshSource() });
	equal([knock.status, knock.json?.error], [423, "locked"], "who has the right password learns of the lock");
	await ada.settle();
}, { timeoutMs: 180_000 });

test("digits alone get one answer, whatever the number", async (ctx) => {
	const { server, session } = await room(ctx, { password: true });
	const plain = await server.createSession();
	const seen = new Set();
	for (const number of [session.number, plain.number, "100000009", "999999999"]) {
		const answer = await join(server, null, { number, from: freshSource() });
		equal([answer.status, answer.body], [401, '{"error":"password_or_knock"}'], "password or knock");
		seen.add(answer.head.replace(/^date:.*$/gim, ""));
	}
	equal(seen.size, 1, "the same headers");
});

test("who knocks at a number that nobody uses waits like anybody else", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const unused = session.number === "555555555" ? "555555556" : "555555555";
	const knockers = [];
	for (const number of [session.number, unused]) {
		const device = new Device();
		const from = freshSource();
		const answer = await join(server, null, { number, knock: true, device, name: "Luca", from });
		equal(answer.status, 200, "knocking is always taken");
		const peer = await Peer.hello(ctx, server, { device, token: answer.json.token, name: "Luca", from });
		await peer.decided();
		check(peer.isWaiting, "he waits");
		Object.assign(peer, { joined: answer, resume: answer.json.resume });
		knockers.push(peer);
	}
	const [real, phantom] = knockers;
	await until(() => ada.member("Luca"), "Ada sees the one who is at her door");
	const shape = (answer) => [answer.status, answer.head.replace(/\d+/g, "N"), Object.keys(answer.json).toSorted(), answer.json.lobby, parts(answer.json.token).claims.role, parts(answer.json.token).claims.via, parts(answer.json.token).claims.mem >= 0x40000000];
	equal(shape(phantom.joined), shape(real.joined), "the same answer in every respect");
	const look = (peer) => peer.messages.map((m) => [m.kind, Object.keys(m.body), m.body.title]);
	equal(look(phantom), look(real), "the same messages");
	// Everything a waiter may and may not do is answered alike.
	for (const body of [{ lobby_text: { member: 0, text: "anybody?" } }, { set_hand: { up: true } }, { lobby_text: { member: 5, text: "you" } }, { admit: { member: 0 } },
		{ stream_open: { stream_class: 2, nonce: randomBytes(16) } }, { end_session: {} }, { stream_subscribe: { stream: 1, on: true } }, { stream_open: { stream_class: 9 } }, { lobby_text: { member: 0, text: "" } }]) {
		const [a, b] = [await real.ask(body), await phantom.ask(body)];
		equal(b.refusal, a.refusal, `the same answer to ${JSON.stringify(body)}`);
	}
	const again = await Promise.all(knockers.map((k) => k.again()));
	for (const peer of again) check(peer.isWaiting, "coming back he waits again");
	equal(look(again[1]), look(again[0]), "the same messages again");
	equal(await real.reason(), await phantom.reason(), "the older connections are closed alike");
	again.forEach((p) => p.send({ leave: {} }));
	equal(await again[1].reason(), await again[0].reason(), "leaving is answered alike");
});

test("the lobby hears nothing of the meeting", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const canary = randomBytes(16).toString("hex");
	const milo = await Peer.enter(ctx, server, session.attendee, { name: `Milo ${canary}` });
	equal((await ada.ask({ set_lobby: { on: true } })).refusal, 0, "the lobby is on");
	const waiters = [
		await Peer.enter(ctx, server, session.attendee, { name: "By link" }),
		await Peer.enter(ctx, server, null, { name: "By digits", number: session.number, knock: true }),
		await Peer.enter(ctx, server, session.attendee, { name: "Second" }),
	];
	for (const w of waiters) check(w.isWaiting, `${w.name} waits`);
	equal(waiters.map((w) => w.next && w.messages.find((m) => m.kind === "waiting").body.title), ["Renderer review", "", "Renderer review"], "the title is for those with a link");
	const marks = waiters.map((w) => w.messages.length);
	// The meeting goes on: chat, a share, hands, roles, more people, a new epoch.
	await Promise.all([ada.watch(), milo.watch()]);
	const { stream } = await ada.openStream(CLASS.SCREEN);
	for (let i = 0; i < 20; i++) {
		ada.bulk.sendFrame(...ada.makeKey(stream, randomBytes(2000)));
		await milo.chat(`${canary} ${i}`);
		if (i === 7) await milo.ask({ set_hand: { up: true } });
	}
	await until(() => milo.bulk.frames.at(-1)?.picture === 20 && ada.texts().length >= 5, "the meeting has its pictures and chat");
	equal((await ada.ask({ make_presenter: { member: milo.me } })).refusal, 0, "the presenter changes");
	const extra = await Peer.enter(ctx, server, session.attendee, { name: "Removed soon" });
	equal((await ada.ask({ deny: { member: ada.member("Removed soon").id, text: "no" } })).refusal, 0, "somebody is denied");
	equal(await extra.reason(), Close.CLOSE_DENIED, "and goes");
	equal((await ada.ask({ remove: { member: milo.me } })).refusal, 0, "Milo is removed");
	// What the waiters try does not help them.
	for (const w of waiters) {
		equal((await w.ask({ stream_subscribe: { stream, on: true } })).refusal, Refusal.REFUSAL_DENIED, "subscribing is refused");
		equal((await w.ask({ stream_refresh: { stream, unreadable: true } })).refusal, Refusal.REFUSAL_DENIED, "refreshing is refused");
		await w.settle();
	}
	waiters.forEach((w, i) => {
		const heard = w.messages.slice(marks[i]).map((m) => m.kind);
		check(heard.every((kind) => ["result", "pong"].includes(kind)), `${w.name} heard ${heard}`);
		equal(w.frames.length, 0, `${w.name} got no frame`);
		check(w.ws.bytesIn < 2000, `${w.name} got ${w.ws.bytesIn} bytes in all`);
		check(!JSON.stringify(w.messages, (_, v) => (typeof v === "bigint" ? String(v) : v)).includes(canary), "no name, no word");
	});
	const refusedTicket = await waiters[0].attach({ ticket: randomBytes(16) });
	equal(await refusedTicket.reason(), Close.CLOSE_REFUSED, "there is no bulk connection for a waiter");
});

test("a removed and barred device meets the lobby again under any name", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const ines = await Peer.enter(ctx, server, session.attendee, { name: "Ines" });
	const kept = await join(server, session.attendee, { device: ines.device, from: freshSource() });
	equal((await ada.ask({ remove: { member: ines.me, bar: true } })).refusal, 0, "removed and barred");
	equal(await ines.reason(), Close.CLOSE_BARRED, "she is told so");
	check(ines.messages.at(-1).kind === "closed" && !ines.messages.slice(ines.messages.findIndex((m) => m.kind === "closed")).some((m) => m.kind === "epoch"), "and not the new epoch");
	// With what she still has ...
	for (const [what, token] of [["the old ticket", ines.resume], ["a token from before", kept.json.token], ["the ticket from before", kept.json.resume]]) {
		const peer = await Peer.hello(ctx, server, { device: ines.device, token, name: `Renamed by ${what}` });
		await peer.decided();
		check(!peer.me, `${what}: she is not let in`);
		check(peer.isWaiting || peer.isOver, `${what}: she waits or is closed`);
		peer.cut();
	}
	// ... with her own device under other names, and with another device.
	for (const [what, device] of [["her device", ines.device], ["another browser", new Device()]])
		for (const name of ["Ines", "Somebody Else", "Ada"]) {
			const peer = await Peer.enter(ctx, server, session.attendee, { device, name });
			check(peer.isWaiting && !peer.me, `${what} as ${name}: the lobby`);
			peer.cut();
			await peer.over;
		}
	const { body } = ada.messages.findLast((m) => m.kind === "state" && m.body.settings) ?? { body: {} };
	check((body.barred ?? []).length === 1, "Ada has her in the list of the barred");
	equal((await ada.ask({ admit: { member: 0 } })).refusal, 0, "admitting all");
	const still = await Peer.enter(ctx, server, session.attendee, { device: ines.device, name: "Ines once more" });
	check(still.isWaiting, "passes over the barred");
	// Only Ada lets her in again, by name.
	await until(() => ada.members.get(ines.me)?.role === 1, "Ada sees her");
	check(ada.members.get(ines.me).removed_before, "marked");
	equal((await ada.ask({ admit: { member: ines.me } })).refusal, 0, "admitted by name");
	await until(() => still.me === ines.me, "she is in, as the same member");
});

test("after a hand-over the organizer's link is an attendee's", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const milo = await Peer.enter(ctx, server, session.attendee, { name: "Milo" });
	equal((await ada.ask({ hand_over: { member: milo.me } })).refusal, 0, "handed over");
	for (const [what, device] of [["a new device", new Device()], ["her own device", ada.device]]) {
		const peer = await Peer.enter(ctx, server, session.organizer, { device, name: "Ada" });
		equal(peer.members.get(peer.me).role, 2, `${what}: an attendee`);
		equal((await peer.ask({ set_locked: { on: true } })).refusal, Refusal.REFUSAL_DENIED, `${what}: may not lead`);
		equal(peer.settings.organizer, milo.me, "Milo organizes");
	}
	const again = await milo.again();
	equal(again.members.get(again.me).role, 3, "Milo returns as the organizer");
	await server.kill("edge");
	await until(async () => (await join(server, session.organizer, { from: freshSource() })).status === 200, "the edge is back");
	const late = await until(async () => {
		const peer = await Peer.enter(ctx, server, session.organizer, { name: "Ada" }).catch(() => null);
		return peer?.me && peer;
	}, "she is in after the edge's death");
	equal(late.members.get(late.me).role, 2, "and still an attendee");
});

test("two who say they organize: one does", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const second = await Peer.enter(ctx, server, session.organizer, { name: "Ada's other device" });
	const organizers = [...second.members.values()].filter((m) => m.role === 3);
	equal(organizers.length, 1, "one organizer");
	await ada.settle();
});

test("no session is made, listed or ended over HTTP", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	for (const target of ["/api/v1/sessions", "/api/v1/session", "/api/v1/create", "/api/v1/admin", "/api/v1/sessions/1", `/api/v1/sessions/${session.number}`, "/admin", "/metrics", "/livez", "/readyz", "/api/v1/join/../sessions", "/api/v1/join/", "/API/v1/join", "/api/v1//join", "/api/v1/%6aoin"])
		for (const method of ["POST", "PUT", "GET", "DELETE"]) {
			const answer = await post(server, target, { title: "mine", number: session.number }, { method });
			check([400, 404, 405, 413].includes(answer.status), `${method} ${target}: ${answer.status}`);
			check(!/tessera_|"number"/.test(answer.body), `${method} ${target} tells nothing`);
		}
	for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) equal((await post(server, "/api/v1/join", {}, { method })).status, 405, `${method} join`);
	for (const name of ["admin.sock", "metrics.sock", "token.key", "key.pem", "tessera.db"]) {
		const { mode } = await stat(path(server.state, name));
		equal(mode & 0o077, 0, `${name} is for its owner alone`);
	}
	await ada.settle();
});

test("what a join must look like", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const { number, joinToken } = parseLink(session.attendee);
	const base = { number, name: "M", device_key: new Device().key.toString("base64url"), join_token: joinToken.toString("base64url") };
	const bad = {
		"no object": "[]", "nothing": "", "not JSON": "{", "two objects": `${JSON.stringify(base)}{}`, "deep": `${"[".repeat(1000)}`,
		"a NUL in a name": JSON.stringify({ ...base, name: "a\0b" }), "no name": JSON.stringify({ ...base, name: undefined }),
		"a number as a number": JSON.stringify({ ...base, number: Number(number) }), "eight digits": JSON.stringify({ ...base, number: "12345678" }),
		"a short key": JSON.stringify({ ...base, device_key: "AAAA" }), "another alphabet": JSON.stringify({ ...base, device_key: "+".repeat(43) }),
		"a name twice": JSON.stringify(base).replace("{", '{"name":"x",'),
		"knock as text": JSON.stringify({ ...base, knock: "yes" }), "broken UTF-8": Buffer.concat([Buffer.from(JSON.stringify(base).slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
	};
	for (const [what, text] of Object.entries(bad)) {
		const answer = await post(server, "/api/v1/join", text, { from: freshSource() });
		equal([answer.status, answer.json?.error], [400, "bad_request"], what);
	}
	equal((await post(server, "/api/v1/join", base, { headers: { "Content-Type": "text/plain" } })).status, 415, "another content type");
	equal((await post(server, "/api/v1/join", `${JSON.stringify(base)}${" ".repeat(17000)}`)).status, 413, "more than 16 KiB");
	const named = await Peer.enter(ctx, server, session.attendee, { name: "A‮B​C\u0007\u001b[31m  D  " });
	const shown = named.members.get(named.me).name;
	check(!/[\u0000-\u001f\u007f-\u009f​-‏‪-‮⁠-⁩﻿]/.test(shown), `nothing invisible in ${JSON.stringify(shown)}`);
	const long = await Peer.enter(ctx, server, session.attendee, { name: "x".repeat(64) });
	equal([...long.members.get(long.me).name].length, 64, "64 characters are a name");
	await ada.settle();
});

test("a foreign Origin is refused", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const own = `https://localhost:${server.ports[0]}`;
	const foreign = ["https://evil.example", "null", `http://localhost:${server.ports[0]}`, "https://localhost", `${own}.evil.example`, `${own}/`, `https://evil.example#${own}`, ""];
	for (const origin of foreign) {
		const answer = await join(server, session.attendee, { headers: { Origin: origin } });
		equal([answer.status, answer.json?.error], [403, "forbidden"], `join from ${JSON.stringify(origin)}`);
		const status = await RawWebSocket.open(server, { headers: { Origin: origin } }).then((ws) => (ws.cut(), 101), (e) => e.status);
		equal(status, 403, `a WebSocket from ${JSON.stringify(origin)}`);
	}
	equal((await join(server, session.attendee, { headers: { Origin: own } })).status, 200, "the page's own is taken");
	(await RawWebSocket.open(server, { headers: { Origin: own } })).cut();
	const text = `{"number":"${session.number}"}`;
	const two = await rawHttp(server, `POST /api/v1/join HTTP/1.1\r\nHost: localhost:${server.ports[0]}\r\nOrigin: ${own}\r\nOrigin: https://evil.example\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`, { enough: isWhole });
	check([400, 403].includes(two.status), `two Origins: ${two.status}`);
	await ada.settle();
});

test("guessing is limited, and does not lock out who has a link", async (ctx) => {
	const { server, session, ada } = await room(ctx, { password: true });
	const from = freshSource();
	const wrong = (password, source = from, headers = {}) => join(server, null, { number: session.number, password, from: source, headers });
	for (let i = 0; i < 5; i++) equal((await wrong(`guess ${i} 123`)).status, 403, `guess ${i + 1} is refused`);
	const after = await wrong(PASSWORD);
	check(after.status === 200 ? after.json.lobby : after.status === 429, "after five even the right one ends in the lobby");
	for (const headers of [{ "X-Forwarded-For": "203.0.113.9" }, { Forwarded: "for=203.0.113.9" }, { "X-Real-IP": "203.0.113.9" }]) {
		const tried = await wrong(PASSWORD, from, headers);
		check(tried.status === 429 || tried.json?.lobby === true, `${Object.keys(headers)[0]} helps nobody`);
	}
	const statuses = [];
	for (let i = 0; i < 30; i++) statuses.push((await wrong(`more ${i} 1`)).status);
	check(statuses.includes(429), `then too many: ${statuses}`);
	const blocked = await wrong("x 1");
	check(blocked.json.retry_after >= 1, "with a time");
	// From the very same source, the link works; from another, the password still does.
	const byLink = await Peer.enter(ctx, server, session.attendee, { name: "Milo", from });
	check(byLink.me, "the link lets in from the guesser's own source");
	equal((await wrong(PASSWORD, freshSource())).json?.lobby, false, "others' passwords are looked at");
	// A crowd that guesses the number's password: the lobby for passwords, the link as ever.
	for (let i = 0; i < 6; i++) {
		const source = freshSource();
		for (let j = 0; j < 4; j++) await wrong(`crowd ${i} ${j} 1`, source);
	}
	const crowded = await wrong(PASSWORD, freshSource());
	equal([crowded.status, crowded.json?.lobby], [200, true], "past 25 wrong ones the password leads to the lobby");
	const late = await Peer.enter(ctx, server, session.attendee, { name: "Ines" });
	check(late.me, "the link still lets in");
	await Promise.all([ada.settle(), byLink.settle()]);
	await counted(server, "tessera_joins_total", 'result="too_many"');
	await counted(server, "tessera_wrong_passwords_total", "", 25);
}, { timeoutMs: 180_000 });

test("knocking is limited per source", async (ctx) => {
	const { server, session, ada } = await room(ctx);
	const from = freshSource();
	const statuses = [];
	for (let i = 0; i < 6; i++) statuses.push((await join(server, null, { number: session.number, knock: true, from })).status);
	equal(statuses, [200, 200, 200, 429, 429, 429], "three, then too many");
	equal((await join(server, null, { number: "123123123", knock: true, from })).status, 429, "whatever the number");
	equal((await join(server, null, { number: session.number, knock: true, from: freshSource() })).status, 200, "others may");
	await ada.settle();
});

await run();
