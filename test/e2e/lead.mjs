// SPDX-License-Identifier: Apache-2.0
// Leading the room, with native endpoints as the people: what the organizer may do works at once and
// for everybody, and nobody else may do it.
import { Endpoint } from "./lib/endpoint.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const REFUSED = 1; // tessera.v1.Refusal.REFUSAL_DENIED
const [BARRED, REMOVED, ENDED, DENIED] = [4, 3, 6, 5]; // CloseReason

/** A session with Ada, who organizes, and the named attendees, all in. */
async function room(ctx, names, args = []) {
	const server = await startServer(ctx);
	const session = await server.createSession({ args });
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	const people = [];
	for (const name of names) {
		const person = new Endpoint(ctx, server, session.attendee, name, ["--no-view"]);
		await person.in();
		people.push(person);
	}
	await until(() => ada.roster.members.length === names.length + 1, "everybody is in Ada's list");
	return { server, session, ada, people };
}

test("everybody sees everybody, with roles", async (ctx) => {
	const { ada, people: [milo] } = await room(ctx, ["Milo"]);
	await until(() => milo.member("Ada")?.role === 3, "Milo sees that Ada organizes");
	equal(milo.member("Milo").role, 2, "Milo is an attendee");
	check(milo.member("Ada").presenter, "the organizer presents at the start");
	equal(ada.roster.organizer, ada.me, "Ada knows it too");
});

test("chat goes to all or to one, and to nobody else", async (ctx) => {
	const { ada, people: [milo, ines] } = await room(ctx, ["Milo", "Ines"]);
	await until(() => milo.roster.streams >= 3, "chat streams are open");
	ada.tell({ do: "chat", text: "to all" });
	await Promise.all([milo, ines].map((p) => p.next("chat", 0, `${p.name} reads it`, (e) => e.text === "to all" && !e.private)));
	milo.tell({ do: "chat", text: "to Ada alone", to: ada.me });
	await ada.next("chat", 0, "Ada reads it", (e) => e.text === "to Ada alone" && e.private && e.from === milo.me);
	ada.tell({ do: "chat", text: "the last" });
	await ines.next("chat", 0, "Ines reads the last", (e) => e.text === "the last");
	check(!ines.events.some((e) => e.event === "chat" && e.private), "Ines got nothing private");
});

test("chat off for one, off for all, public and private apart", async (ctx) => {
	const { ada, people: [milo, ines] } = await room(ctx, ["Milo", "Ines"]);
	equal(await ada.ask({ do: "chat_right", member: milo.me, public: false, private: true }), 0, "Milo loses public chat");
	await until(() => !milo.member("Milo").chat_public, "Milo knows");
	milo.tell({ do: "chat", text: "unheard" });
	milo.tell({ do: "chat", text: "private works", to: ada.me });
	await ada.next("chat", 0, "private chat goes on", (e) => e.text === "private works");
	equal(await ada.ask({ do: "chat_right", member: 0, public: true, private: false }), 0, "private chat off for all");
	await until(() => !ines.roster.chat_private, "Ines knows");
	ines.tell({ do: "chat", text: "unheard too", to: milo.me });
	ines.tell({ do: "chat", text: "public works" });
	await milo.next("chat", 0, "public chat goes on", (e) => e.text === "public works");
	for (const person of [ada, milo, ines]) check(!person.events.some((e) => e.event === "chat" && e.text.startsWith("unheard")), `${person.name} got nothing that was not allowed`);
});

test("hands form a queue in order", async (ctx) => {
	const { ada, people } = await room(ctx, ["Milo", "Ines", "Jun"]);
	const [milo, ines, jun] = people;
	for (const person of [ines, milo, jun]) {
		equal(await person.ask({ do: "hand", on: true }), 0, `${person.name} raises a hand`);
	}
	await until(() => ada.member("Jun").hand === 3, "three hands are up");
	equal([ines, milo, jun].map((p) => ada.member(p.me).hand), [1, 2, 3], "in the order of raising");
	equal(await milo.ask({ do: "hand", on: false, member: ines.me }), REFUSED, "Milo may not lower Ines' hand");
	equal(await ada.ask({ do: "hand", on: false, member: ines.me }), 0, "Ada may");
	await until(() => jun.member("Jun").hand === 2, "the others move up");
	equal(ada.member("Milo").hand, 1, "Milo is first");
});

test("attendees may not lead", async (ctx) => {
	const { ada, people: [milo, ines] } = await room(ctx, ["Milo", "Ines"]);
	const tries = [
		{ do: "lock", on: true }, { do: "lobby", on: true }, { do: "open", on: true },
		{ do: "make_presenter", member: milo.me }, { do: "take_presenter" }, { do: "chat_right", member: 0, public: false },
		{ do: "share_right", member: ines.me, on: false }, { do: "remove", member: ines.me }, { do: "remove", member: ada.me, bar: true },
		{ do: "hand_over", member: milo.me }, { do: "end" }, { do: "admit", member: 0 },
	];
	for (const attempt of tries) check((await milo.ask(attempt)) !== 0, `refused: ${JSON.stringify(attempt)}`);
	equal([ada.status, ines.status], ["in", "in"], "everybody is still in");
	check(!ada.roster.locked && !ada.roster.lobby && !ada.roster.open, "nothing changed");
	equal(ada.roster.presenter, ada.me, "the presenter is who he was");
});

test("presenting is passed, taken and taken back", async (ctx) => {
	const { ada, people: [milo, ines] } = await room(ctx, ["Milo", "Ines"]);
	equal(await ada.ask({ do: "make_presenter", member: milo.me }), 0, "Ada passes it to Milo");
	await until(() => ines.roster.presenter === milo.me, "Ines sees it");
	equal(await ada.ask({ do: "open", on: true }), 0, "everyone may present");
	await until(() => ines.roster.open, "Ines knows");
	equal(await milo.ask({ do: "make_presenter", member: ines.me }), 0, "Milo passes it on himself");
	await until(() => ines.roster.presenter === ines.me, "Ines presents");
	equal(await ada.ask({ do: "share_right", member: milo.me, on: false }), 0, "Milo may not share any more");
	await until(() => !milo.member("Milo").may_share, "Milo knows");
	check((await milo.ask({ do: "take_presenter" })) !== 0, "he cannot take it");
});

test("locked: who is in returns, newcomers knock", async (ctx) => {
	const { server, session, ada, people: [milo] } = await room(ctx, ["Milo"]);
	equal(await ada.ask({ do: "lock", on: true }), 0, "locked");
	const late = new Endpoint(ctx, server, session.attendee, "Luca", ["--no-view"]);
	await late.is("over");
	const knocks = new Endpoint(ctx, server, session.attendee, "Luca", ["--no-view", "--knock"]);
	await knocks.is("waiting");
	await until(() => ada.member("Luca")?.role === 1, "Ada sees Luca waiting");
	check(!milo.member("Luca"), "Milo does not");
	check(!knocks.roster, "Luca is told nothing of the room");
	knocks.tell({ do: "lobby_text", text: "it is me" });
	await ada.next("lobby_text", 0, "Ada reads Luca's text", (e) => e.text === "it is me");
	ada.tell({ do: "lobby_text", member: ada.member("Luca").id, text: "one moment" });
	await knocks.next("lobby_text", 0, "Luca reads Ada's text", (e) => e.text === "one moment");
	equal(await ada.ask({ do: "admit", member: ada.member("Luca").id }), 0, "admitted");
	await knocks.in();
	await until(() => milo.member("Luca")?.role === 2, "now Milo sees him");
});

test("lobby: denied with a word", async (ctx) => {
	const { server, session, ada } = await room(ctx, [], ["--lobby"]);
	const luca = new Endpoint(ctx, server, session.attendee, "Luca", ["--no-view"]);
	await luca.is("waiting");
	await until(() => ada.member("Luca"), "Ada sees him");
	equal(await ada.ask({ do: "deny", member: ada.member("Luca").id, text: "another time" }), 0, "denied");
	await luca.is("over");
	equal(luca.reason, DENIED, "he is told so");
});

test("removed, and removed and barred", async (ctx) => {
	const { ada, people: [milo, ines, jun] } = await room(ctx, ["Milo", "Ines", "Jun"]);
	const epoch = jun.events.findLast((e) => e.event === "epoch").epoch;
	equal(await ada.ask({ do: "remove", member: milo.me }), 0, "Milo is removed");
	await milo.is("over");
	equal(milo.reason, REMOVED, "he is told so");
	await until(() => !ines.member("Milo"), "the others see him gone");
	await until(() => jun.events.findLast((e) => e.event === "epoch").epoch > epoch, "a new epoch begins");
	equal(await ada.ask({ do: "remove", member: ines.me, bar: true }), 0, "Ines is barred");
	await ines.is("over");
	equal(ines.reason, BARRED, "she is told so");
});

test("the organizer role is handed over for good", async (ctx) => {
	const { server, session, ada, people: [milo] } = await room(ctx, ["Milo"]);
	equal(await ada.ask({ do: "hand_over", member: milo.me }), 0, "handed over");
	await until(() => milo.roster.organizer === milo.me && ada.roster.organizer === milo.me, "both know");
	check((await ada.ask({ do: "lock", on: true })) !== 0, "Ada has lost her powers");
	equal(await milo.ask({ do: "lock", on: true }), 0, "Milo has them");
	equal(await milo.ask({ do: "lock", on: false }), 0, "and unlocks");
	const again = new Endpoint(ctx, server, session.organizer, "Ada again", ["--no-view"]);
	await again.in();
	equal(again.member(again.me).role, 2, "the organizer's link makes an attendee now");
});

test("ended for all within two seconds", async (ctx) => {
	const { server, session, ada, people } = await room(ctx, ["Milo", "Ines"]);
	const start = performance.now();
	ada.tell({ do: "end" });
	await Promise.all([ada, ...people].map((p) => p.is("over")));
	check(performance.now() - start < 2000, "within two seconds");
	for (const person of people) equal(person.reason, ENDED, `${person.name} is told so`);
	const late = new Endpoint(ctx, server, session.attendee, "Late", ["--no-view"]);
	await late.is("over");
});

await run();
