// SPDX-License-Identifier: Apache-2.0
// The seam between control, which gives out tokens, and the edge, which lets in: tokens and tickets that
// were given out before something happened and are used after it, with control or edge begun anew in
// between or not. What holds is what holds when somebody comes, not what held when he asked.
import { join as path } from "node:path";
import { Close, Device, enums, freshSource, join, Peer } from "../peers/rogue.mjs";
import { build, runProgram } from "./lib/process.mjs";
import { startServer } from "./lib/server.mjs";
import { equal, run, test, until } from "./lib/tap.mjs";

const tessera = path(build, "endpoint/tessera");

/** A session with its organizer Ada inside, and those who hold something from before. */
class Room {
	static async make(ctx, server) {
		const room = Object.assign(new Room(), { ctx, server, session: await server.createSession() });
		room.ada = await room.enter("Ada", room.session.organizer);
		return room;
	}

	enter(name, link = this.session.attendee, options = {}) {
		return Peer.enter(this.ctx, this.server, link, { name, ...options });
	}

	/** Asks by HTTP and goes no further. */
	async early(link = this.session.attendee, { device = new Device(), from = freshSource(), ...options } = {}) {
		const answer = await join(this.server, link, { device, from, name: "Early", ...options });
		equal(answer.status, 200, "joining early");
		return { device, from, ...answer.json };
	}

	async ask(body, who = this.ada) {
		equal((await who.ask(body)).refusal, 0, `${who.name}: ${Object.keys(body)[0]}`);
	}

	/** What becomes of who comes with his token, or with his ticket. When edge or control were begun anew since, no
	 *  token holds, and he goes on with his ticket. */
	async come(held, kind, isAnew = false) {
		if (kind === "token" && isAnew) {
			equal(await this.come(held, kind), "CLOSE_REFUSED", "a token for another life of the edge");
			return this.come(held, "resume");
		}
		const peer = await Peer.hello(this.ctx, this.server, { device: held.device, token: held[kind], name: "Early", from: held.from });
		await peer.decided();
		if (peer.me) return { 2: "attendee", 3: "organizer" }[peer.members.get(peer.me).role];
		if (peer.isWaiting) return "waiting";
		return Object.keys(enums.CloseReason).find((name) => Close[name] === peer.closed) ?? "lost";
	}
}

// Who holds something: two, since who came once is no newcomer any more. The first comes with his token,
// the second with his ticket.
const newcomers = async (r) => [await r.early(), await r.early()];
const organizers = async (r) => [await r.early(r.session.organizer), await r.early(r.session.organizer)];
// One device that is inside, by the name of Milo, and holds another token and ticket.
const milo = async (r) => {
	const held = await r.early();
	r.milo = await r.enter("Milo", undefined, { device: held.device });
	return [held, held];
};
const other = async (r) => {
	r.other = await r.enter("Other");
};
const gone = async (peer, reason) => equal(await peer.reason(), reason, `${peer.name} is told why`);

const handOver = async (r) => {
	await other(r);
	await r.ask({ hand_over: { member: r.other.me } });
};
const lock = (r) => r.ask({ set_locked: { on: true } });
const lobby = (on) => (r) => r.ask({ set_lobby: { on } });
const remove = (how, reason) => async (r) => {
	await r.ask({ remove: { member: r.milo.me, ...how } });
	await gone(r.milo, reason);
};
const removeOther = (how, reason) => async (r) => {
	await other(r);
	await r.ask({ remove: { member: r.other.me, ...how } });
	await gone(r.other, reason);
};
const then = (...steps) => async (r) => {
	for (const step of steps) await step(r);
};

const ENDED = "CLOSE_ENDED";
// who holds something | what happens then | what becomes of them
const table = [
	["newcomers", newcomers, "nothing", async () => {}, "attendee"],
	["newcomers", newcomers, "lock", lock, "waiting"],
	["newcomers", newcomers, "lock, unlock", then(lock, (r) => r.ask({ set_locked: { on: false } })), "attendee"],
	["newcomers", newcomers, "lobby", lobby(true), "waiting"],
	["newcomers", newcomers, "another is removed", removeOther({}, Close.CLOSE_REMOVED), "attendee"],
	["newcomers", newcomers, "another is barred", removeOther({ bar: true }, Close.CLOSE_BARRED), "waiting"],
	["newcomers", newcomers, "another is barred, unbarred", then(removeOther({ bar: true }, Close.CLOSE_BARRED), (r) => r.ask({ unbar: { member: r.other.me } })), "attendee"],
	["newcomers", newcomers, "end", async (r) => {
		r.ada.send({ end_session: {} });
		await gone(r.ada, Close.CLOSE_ENDED);
	}, ENDED],
	["newcomers", newcomers, "tessera session end", async (r) => {
		await runProgram(tessera, ["session", "end", r.session.number, "--state", r.server.state]);
		await gone(r.ada, Close.CLOSE_ENDED);
	}, ENDED],
	["knockers", async (r) => [await r.early(null, { number: r.session.number, knock: true }), await r.early(null, { number: r.session.number, knock: true })], "nothing", async () => {}, "waiting"],
	["who came to a lobby", async (r) => {
		await lobby(true)(r);
		return newcomers(r);
	}, "lobby off", lobby(false), "waiting"],
	["Milo", milo, "lock, he loses his link", then(lock, (r) => r.milo.cut()), "attendee"],
	["Milo", milo, "he leaves, lock", then(async (r) => {
		r.milo.send({ leave: {} });
		await gone(r.milo, Close.CLOSE_LEFT);
		await until(() => !r.ada.members.has(r.milo.me), "Ada sees that he left");
	}, lock), "waiting"],
	["Milo", milo, "another is barred", removeOther({ bar: true }, Close.CLOSE_BARRED), "attendee"],
	["Milo", milo, "removed", remove({}, Close.CLOSE_REMOVED), "waiting"],
	["Milo", milo, "barred", remove({ bar: true }, Close.CLOSE_BARRED), "waiting"],
	["Milo", milo, "barred, unbarred", then(remove({ bar: true }, Close.CLOSE_BARRED), (r) => r.ask({ unbar: { member: r.milo.me } })), "attendee"],
	["Milo", milo, "to the lobby", remove({ to_lobby: true }, Close.CLOSE_TO_LOBBY), "waiting"],
	["Milo, by the organizer's link", async (r) => {
		const held = [await r.early(r.session.organizer), await r.early(r.session.organizer)];
		r.milo = await r.enter("Milo", undefined, { device: held[0].device });
		return held;
	}, "barred", remove({ bar: true }, Close.CLOSE_BARRED), "waiting"],
	["by the organizer's link", organizers, "nothing", async () => {}, "attendee"],
	["by the organizer's link", organizers, "lock", lock, "waiting"],
	["by the organizer's link", organizers, "hand-over", handOver, "attendee"],
	["by the organizer's link", organizers, "hand-over, all leave", then(handOver, async (r) => {
		for (const peer of [r.ada, r.other]) {
			peer.send({ leave: {} });
			await gone(peer, Close.CLOSE_LEFT);
		}
	}), "attendee"],
	["by the organizer's link", organizers, "hand-over, lock", then(handOver, (r) => r.ask({ set_locked: { on: true } }, r.other)), "waiting"],
	["by the organizer's link", organizers, "end", async (r) => {
		r.ada.send({ end_session: {} });
		await gone(r.ada, Close.CLOSE_ENDED);
	}, ENDED],
	["the organizer herself", async (r) => {
		const held = await r.early(r.session.organizer, { device: r.ada.device });
		return [held, held];
	}, "nothing", async () => {}, "organizer"],
	["the organizer herself", async (r) => {
		const held = await r.early(r.session.organizer, { device: r.ada.device });
		return [held, held];
	}, "hand-over, lock", then(handOver, (r) => r.ask({ set_locked: { on: true } }, r.other)), "attendee"],
	["the new organizer", async (r) => {
		await milo(r);
		const held = await r.early(undefined, { device: r.milo.device });
		return [held, held];
	}, "hand-over to him, lock", then((r) => r.ask({ hand_over: { member: r.milo.me } }), (r) => r.ask({ set_locked: { on: true } }, r.milo)), "organizer"],
];

async function allOf(width, items, work) {
	const results = [];
	const left = [...items.entries()];
	await Promise.all(Array.from({ length: width }, async () => {
		for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await work(next[1]);
	}));
	return results;
}

/** Kills them and waits for their successors; who was inside returns. */
async function die(server, roles, rooms = []) {
	if (roles.length === 0) return;
	await Promise.all(roles.map((role) => server.kill(role)));
	await until(async () => (await server.get("/readyz")).status === 200, "control and edge are linked");
	if (!roles.includes("edge")) return;
	await allOf(WIDTH, rooms, async (room) => {
		for (const who of ["ada", "milo"].filter((name) => room[name])) room[who] = await room[who].again();
	});
}

const WIDTH = 8;
const BOTH = ["edge", "control"];
const deaths = [
	{ name: "nothing dies", before: [], after: [] },
	{ name: "the edge dies after it", before: [], after: ["edge"] },
	{ name: "control dies after it", before: [], after: ["control"] },
	{ name: "both die, before it and after it", before: BOTH, after: BOTH },
];

for (const { name, before, after } of deaths)
	test(`what was given out early: ${name}`, async (ctx) => {
		const server = await startServer(ctx);
		const began = Date.now();
		const cases = await allOf(WIDTH, table, async ([who, hold, event, act, expected]) => {
			const room = await Room.make(ctx, server);
			return { room, held: await hold(room), what: `${who}: ${event}`, act, expected };
		});
		await die(server, before, cases.map((c) => c.room));
		await allOf(WIDTH, cases, ({ room, act }) => act(room));
		await die(server, after);
		const wrong = [];
		await allOf(WIDTH, cases, async ({ room, held, what, expected }) => {
			const got = [];
			for (const [i, kind] of ["token", "resume"].entries()) got.push(await room.come(held[i], kind, before.length + after.length > 0));
			if (got.some((g) => g !== expected)) wrong.push(`${what}: by token ${got[0]}, by ticket ${got[1]}, not ${expected}`);
		});
		ctx.say(`${((Date.now() - began) / 1000).toFixed(1)} s of the 60 that a role token lives`);
		equal(wrong, [], "the table holds");
	});

// Nobody has come yet: the first who comes organizes, whichever token was given out first, and only he.
test("two early tokens for the organizer", async (ctx) => {
	const server = await startServer(ctx);
	for (const roles of [[], BOTH]) {
		const room = Object.assign(new Room(), { ctx, server, session: await server.createSession() });
		const held = await organizers(room);
		await die(server, roles);
		equal(await room.come(held[1], "token", roles.length > 0), "organizer", "the first to come");
		equal(await room.come(held[0], "token", roles.length > 0), "attendee", "the second");
		await die(server, roles);
		equal([await room.come(held[0], "resume"), await room.come(held[1], "resume")], ["attendee", "organizer"], "and so it stays");
	}
});

// Having waited is no verdict about somebody: what counts when he asks again is how things are then.
test("who only waited is let in when nothing holds him up any more", async (ctx) => {
	const server = await startServer(ctx);
	for (const roles of [[], BOTH]) {
		const room = await Room.make(ctx, server);
		const knocker = await room.early(null, { number: room.session.number, knock: true });
		await lobby(true)(room);
		const early = await room.early();
		for (const held of [knocker, early]) equal(await room.come(held, "token"), "waiting", "first they wait");
		await lobby(false)(room);
		await die(server, roles);
		for (const { device } of [knocker, early]) {
			const held = await room.early(undefined, { device });
			for (const kind of ["token", "resume"]) equal(await room.come(held, kind), "attendee", `then not: ${roles}`);
		}
	}
});

await run({ atOnce: 2 });
