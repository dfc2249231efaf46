// SPDX-License-Identifier: Apache-2.0
// How a share gets on, as an administrator sees it: the command line and the metrics. Names are for
// who may see them, never in the metrics; nobody lags unseen.
import { join } from "node:path";
import { Peer } from "../peers/rogue.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { runProgram, start } from "./lib/process.mjs";
import { startServer, tessera } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const show = async (server, number) =>
	JSON.parse((await runProgram(tessera, ["session", "show", number, "--state", server.state, "--json"])).stdout);

test("who shares, who lags, and what it costs", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 700, height: 500 })]);
	const session = await server.createSession();
	const nobody = await show(server, session.number);
	equal([nobody.title, nobody.live, nobody.shares], ["Renderer review", false, []], "nobody has come");
	await startTerminal(display, "while sleep 0.1; do date +%N; done");
	const ada = new Endpoint(ctx, server, session.organizer, "Ada Lovelace", ["--share", display.name, "--no-view"]);
	await ada.in();
	const [milo, ines] = ["Milo Minderbinder", "Ines"].map((name) => new Endpoint(ctx, server, session.attendee, name));
	await Promise.all([milo.in(), ines.in()]);
	const [share] = await until(async () => {
		const { shares } = await show(server, session.number);
		return shares[0]?.in_sync === 2 && shares[0].fps > 0 && shares;
	}, "both viewers are in step");
	equal([share.from_name, share.width, share.height, share.paused, share.viewers], ["Ada Lovelace", 700, 500, false, 2], "what is shared");
	check(share.pictures > 0 && share.keys > 0 && share.deltas > 0 && share.bytes_in > 0, "pictures and frames are counted");
	check(share.bytes_out > share.bytes_in, "each viewer gets them");
	equal([share.unreadable, share.dropped, share.behind], [0, 0, []], "all is well");

	milo.tell({ do: "stall", on: true });
	const late = await until(async () => {
		const [now] = (await show(server, session.number)).shares;
		return now.late === 1 && now;
	}, "Milo lags");
	equal(late.behind.map((viewer) => viewer.name), ["Milo Minderbinder"], "by name");
	check(late.behind[0].lag_ms >= 1000 && !late.behind[0].in_sync, "and by how much");
	const text = (await runProgram(tessera, ["session", "show", session.number, "--state", server.state])).stdout;
	check(/Ada Lovelace shares 700x500 since/.test(text) && /s behind, takes \d+ kbit\/s {2}Milo/.test(text), `for people too:\n${text}`);
	const stats = await ada.next("stats", ada.events.length, "the presenter is told", (e) => e.late === 1);
	equal([stats.behind.map((viewer) => viewer.member), stats.unreadable], [[milo.me], 0], "the same");
	check(stats.fps > 0 && stats.lag_ms < 1000 && stats.held === 0, `and what it takes him: ${JSON.stringify(stats)}`);

	await until(async () => (await server.metric("tessera_viewer_lag_milliseconds_count")) > 0, "the metrics follow every two seconds");
	const { body } = await server.get("/metrics");
	check(/^# TYPE tessera_viewer_lag_milliseconds histogram$/m.test(body), "lag is a histogram");
	const buckets = [...body.matchAll(/^tessera_viewer_lag_milliseconds_bucket\{.*le="([^"]+)"\} (\d+)$/gm)].map(([, , n]) => Number(n));
	equal(buckets, [...buckets].sort((a, b) => a - b), "its buckets add up");
	equal(buckets.at(-1), await server.metric("tessera_viewer_lag_milliseconds_count"), "to its count");
	for (const kind of ["key", "delta"])
		check((await server.metric("tessera_screen_frames_total", `kind="${kind}"`)) > 0, `frames of kind ${kind} are counted`);
	check(!/Ada|Milo|Renderer|xterm/.test(body) && !body.includes(session.number), "no name and no number is in the metrics");

	const gone = await runProgram(tessera, ["session", "show", "987654321", "--state", server.state], { expect: 1 });
	check(gone.stderr.startsWith("tessera: there is no session"), "an unknown number is a sentence");
});

test("who presents without a window is told what the viewers have", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 400, height: 300 })]);
	const session = await server.createSession();
	await startTerminal(display, "while sleep 0.1; do date +%N; done");
	const ada = start(ctx, tessera, ["join", session.organizer, "--name", "Ada", "--cert", join(server.state, "cert.pem"), "--share", display.name, "--no-view"], { signal: "SIGINT" });
	const says = (what) => until(() => what.test(ada.output().split("\n").at(-1)), `it says ${what}`);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await says(/^1 watching, all up to date\.$/);
	milo.tell({ do: "stall", on: true });
	await says(/^1 watching, 1 of them late, by up to [1-9]\.\d s\.$/);
	await milo.proc.stop();
	await says(/^Nobody is watching\.$/);
});

test("how good the connections are", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	const milo = await Peer.enter(ctx, server, session.attendee);
	const ask = async () => {
		const start = milo.messages.length;
		equal((await milo.ask({ ask_paths: {} })).refusal, 0, "he may know");
		const { members, rtt_ms } = await milo.next("paths", { start });
		return Object.fromEntries(members.map((member, at) => [member, rtt_ms[at]]));
	};
	const first = await ask();
	equal(Object.keys(first).map(Number).toSorted((a, b) => a - b), [ada.me, milo.me].toSorted((a, b) => a - b), "of everybody who is here");
	for (let n = 0; n < 20; n++) equal(await ask(), first, "who asks again at once is told the same");
	const paths = await until(async () => {
		const now = await ask();
		await new Promise((resolve) => setTimeout(resolve, 500));
		return now[ada.me] > 0 && now[milo.me] > 0 && now;
	}, "both are measured");
	check(paths[ada.me] < 1000 && paths[milo.me] < 1000, `on one machine: ${JSON.stringify(paths)}`);
});

await run();
