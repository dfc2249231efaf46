// SPDX-License-Identifier: Apache-2.0
// Processes die; sessions do not.
import { Endpoint } from "./lib/endpoint.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const epochOf = (endpoint) => endpoint.events.findLast((e) => e.event === "epoch")?.epoch;

test("edge killed: all return by themselves, rules hold, the seed is new", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 640, height: 480 })]);
	const session = await server.createSession();
	await startTerminal(display, "while sleep 0.2; do date +%s%N; done", { geometry: "60x20+10+10" });
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	const ines = new Endpoint(ctx, server, session.attendee, "Ines");
	await Promise.all([milo.in(), ines.in()]);
	await until(() => milo.picture, "Milo sees the screen");
	equal(await ada.ask({ do: "chat_right", member: milo.me, public: false, private: true }), 0, "Milo's chat is off");
	equal(await ada.ask({ do: "lock", on: true }), 0, "locked");
	const barred = ines.me;
	equal(await ada.ask({ do: "remove", member: ines.me, bar: true }), 0, "Ines is barred");
	await ines.is("over");
	const [me, epoch, mark] = [milo.me, epochOf(milo), milo.events.length];

	await server.kill("edge");
	await milo.next("status", mark, "Milo notices", (e) => e.status === "away");
	await Promise.all([ada, milo].map((p) => until(() => p.status === "in" && epochOf(p) > epoch, `${p.name} is back`, { timeoutMs: 20_000 })));
	equal(milo.me, me, "as the same member");
	await until(() => milo.roster.locked && milo.roster.organizer === ada.me, "the lock and the organizer hold");
	check(!milo.member("Milo").chat_public && milo.member("Milo").chat_private, "chat rights hold");
	await milo.next("picture", mark + 1, "pictures go on", (e) => e.at > 0);
	await until(() => milo.views.size === 1 && milo.picture, "Milo sees the screen again");
	const late = new Endpoint(ctx, server, session.attendee, "Late", ["--no-view"]);
	await late.is("over");
	check(!ada.roster.members.some((m) => m.id === barred), "Ines is still out");
});

test("control killed: nobody notices, joining goes on", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	const mark = ada.events.length;
	await server.kill("control");
	const milo = new Endpoint(ctx, server, session.attendee, "Milo", ["--no-view"]);
	await milo.in();
	await until(() => ada.member("Milo"), "Ada sees him");
	equal(await ada.ask({ do: "lock", on: true }), 0, "durable changes work again");
	check(!ada.events.slice(mark).some((e) => e.event === "status"), "Ada noticed nothing");
	const mark2 = milo.events.length;
	await server.kill("edge");
	await until(() => milo.events.slice(mark2).some((e) => e.event === "status" && e.status === "in"), "Milo returns to the re-seeded session", { timeoutMs: 20_000 });
	check(milo.roster.locked, "and the lock holds");
});

test("a stopped server says so and lets everybody return to the next", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	const end = await server.proc.stop("SIGTERM");
	equal(end.code, 0, "it ends in peace");
	await ada.is("away");
	const again = await startServer(ctx, { state: server.state, args: ["--ports", server.ports.join(",")] });
	await until(() => ada.status === "in", "Ada is back", { timeoutMs: 40_000 });
	check(again.pid !== server.pid, "on the next server");
});

await run();
