// SPDX-License-Identifier: Apache-2.0
// Two honest people at native endpoints in the session that is attacked: Ada organizes and shares a screen
// that always changes, Milo watches. undisturbed() fails when they notice anything.
import { startDisplay, startTerminal } from "../e2e/lib/display.mjs";
import { Endpoint } from "../e2e/lib/endpoint.mjs";
import { startServer } from "../e2e/lib/server.mjs";
import { check, equal, until } from "../e2e/lib/tap.mjs";

/** The longest that Milo may be without a new picture, on a machine that does other things too. */
const GAP_MAX = 2500;

export async function honestRoom(ctx, { args = [], serverArgs = [] } = {}) {
	const [server, display] = await Promise.all([startServer(ctx, { args: serverArgs }), startDisplay(ctx, { width: 640, height: 480, windowManager: false })]);
	const session = await server.createSession({ args });
	await startTerminal(display, "while sleep 0.1; do date +%s%N; done", { geometry: "60x20+10+10" });
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await until(() => milo.picture, "Milo sees the screen");
	const pids = JSON.stringify(await server.children());
	const began = performance.now();
	let round = 0;

	const undisturbed = async (what = "the honest pair") => {
		round++;
		const mark = milo.events.length;
		await until(() => milo.events.slice(mark).filter((e) => e.event === "picture").length >= 3, `${what}: pictures keep coming`);
		ada.tell({ do: "chat", text: `from Ada ${round}` });
		milo.tell({ do: "chat", text: `from Milo ${round}` });
		await milo.next("chat", mark, `${what}: Milo reads`, (e) => e.text === `from Ada ${round}`);
		await ada.next("chat", 0, `${what}: Ada reads`, (e) => e.text === `from Milo ${round}`);
		equal(JSON.stringify(await server.children()), pids, `${what}: the same processes`);
		const times = milo.events.filter((e) => e.event === "picture" && e.at >= began).map((e) => e.at);
		const gap = Math.max(...times.slice(1).map((t, i) => t - times[i]));
		check(gap < GAP_MAX, `${what}: no picture for ${gap.toFixed(0)} ms`);
		for (const person of [ada, milo]) check(!person.events.some((e) => e.at > began && e.event === "status" && e.status !== "in"), `${what}: ${person.name} lost nothing`);
		return gap;
	};
	ctx.onEnd(async () => equal(JSON.stringify(await server.children()), pids, "no process died"));
	return { server, session, display, ada, milo, undisturbed };
}
