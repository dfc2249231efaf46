// SPDX-License-Identifier: Apache-2.0
// How a share gets on, as an administrator sees it: the command line and the metrics. Names are for
// who may see them, never in the metrics; nobody lags unseen.
import { randomBytes } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { startRelay } from "../peers/delay.mjs";
import { wholePicture } from "../peers/hostile-server.mjs";
import { CLASS, Peer } from "../peers/rogue.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { difference, readDisplay, readPpm } from "./lib/pixels.mjs";
import { runProgram, start } from "./lib/process.mjs";
import { startServer, tempDir, tessera } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const WAY_MS = 120;

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
	const counts = [...body.matchAll(/^tessera_viewer_lag_milliseconds_count\{.*\} (\d+)$/gm)].map(([, n]) => Number(n));
	equal([buckets.at(-1)], counts, "to its count, in the same answer");
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

test("who presents without a window sees what the viewers see, and how old it is", async (ctx) => {
	const [server, display, dir] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 400, height: 300, windowManager: false }), tempDir(ctx)]);
	const session = await server.createSession();
	const way = await startRelay(ctx, server.ports[0], { lagMs: WAY_MS });
	const ada = new Endpoint(ctx, server, way.link(session.organizer), "Ada", ["--share", display.name, "--no-view", "--return-frames", dir]);
	await ada.in();
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const ground = (colour) => display.command("xsetroot", ["-solid", colour]);
	const returned = () => ada.events.findLast((e) => e.event === "returned");
	/** What came back is the display, and the picture that Milo has. */
	const isBack = async (what) => {
		let why;
		await until(async () => {
			why = difference(await readPpm(join(dir, `return-${returned().stream}.ppm`)), await readDisplay(display));
			return !why && milo.picture?.picture === returned().picture && milo.picture.digest === returned().digest;
		}, what).catch((error) => {
			throw new Error(`${error.message}; ${why}`);
		});
	};
	for (const colour of ["#102030", "#405060", "#708090"]) {
		await ground(colour);
		await isBack(`${colour} comes back`);
	}
	const ages = ada.events.filter((e) => e.event === "returned").map((e) => e.age_ms);
	check(ages.every((age) => age >= 2 * WAY_MS && age < 2 * WAY_MS + 3000), `they are as old as the way is long, there and back: ${ages}`);
	const told = await ada.next("stats", ada.events.length, "the age is told", (e) => e.return_ms !== undefined);
	check(told.return_ms >= 2 * WAY_MS && told.viewers === 1, `and she is no viewer of hers: ${JSON.stringify(told)}`);
	ada.tell({ do: "pause", mode: "frozen" });
	await milo.next("roster", milo.events.length, "the pause is known");
	const { picture } = returned();
	await ground("#ff0000");
	ada.tell({ do: "chat", text: "now" });
	await milo.next("chat", 0);
	equal(returned().picture, picture, "it stands still with the viewers'");
	ada.tell({ do: "pause", mode: "blank" });
	const file = () => readPpm(join(dir, `return-${returned().stream}.ppm`));
	await until(async () => (await file()).rgb.every((value) => value === 0), "it is black when theirs is");
	ada.tell({ do: "resume" });
	await isBack("and it goes on");
	ada.tell({ do: "stop" });
	await until(async () => (await readdir(dir)).length === 0, "nothing is left of it");
	equal(ada.status, "in", "she is still there");
});

test("the figures are those of what was sent", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	const viewers = await Promise.all(["Milo", "Ines"].map((name) => Peer.enter(ctx, server, session.attendee, { name })));
	await Promise.all([ada, ...viewers].map((peer) => peer.watch()));
	let [sent, received] = [0, 0];
	for (const viewer of viewers)
		viewer.bulk.onFrame = (frame) => {
			viewer.taken = (viewer.taken ?? 0) + frame.metadata.length + frame.object.length;
			viewer.last = frame.picture;
			received += frame.metadata.length + frame.object.length;
			viewer.bulk.send({ stream_ack: { stream: frame.stream, picture: frame.picture, bytes: BigInt(viewer.taken) } });
		};
	const { stream } = await ada.openStream(CLASS.SCREEN);
	const put = async ([header, object]) => {
		ada.bulk.sendFrame(header, object);
		sent += header.length + object.length;
		const { picture } = ada.opened.get(stream);
		await until(() => viewers.every(({ last }) => last === picture), `all have picture ${picture}`, { everyMs: 5 });
	};
	for (let n = 0; n < 3; n++) await put(ada.makeKey(stream, randomBytes(3000)));
	for (let n = 0; n < 20; n++) await put(ada.makeFrame(stream, randomBytes(100 + n), { flags: 2, base: ada.opened.get(stream).picture, cells: 1n }));
	// A preview is of the picture sent last, and is none itself.
	const { picture } = ada.opened.get(stream);
	const preview = ada.makeFrame(stream, randomBytes(700), { flags: 4, picture, base: picture, cells: 1n });
	ada.opened.get(stream).picture = picture;
	const before = received;
	ada.bulk.sendFrame(...preview);
	sent += preview[0].length + preview[1].length;
	await until(() => received === before + 2 * (preview[0].length + preview[1].length), "all have the preview");
	const share = await until(async () => {
		const { shares } = await show(server, session.number);
		return shares[0]?.bytes_out === received && shares[0];
	}, `${received} bytes out`);
	equal([share.pictures, share.keys, share.deltas, share.previews, share.dropped], [23, 3, 20, 1, 0], "pictures and frames of each kind");
	equal([share.bytes_in, share.preview_bytes], [sent, preview[0].length + preview[1].length], "bytes, and those of them that are lossy");
	equal([share.viewers, share.in_sync, share.late, share.refreshes, share.unreadable], [2, 2, 0, 0, 0], "viewers, and what they asked for");
	const { stream_stats: told } = { stream_stats: await ada.next("stream_stats", { start: ada.messages.length }) };
	equal([Number(told.bytes), told.pictures, told.keys, told.deltas, told.previews, Number(told.bytes_out)], [sent, 23, 3, 20, 1, received], "she is told the same");
	await until(async () => (await server.metric("tessera_frame_bytes_out_total")) === received, "the metrics say so, out");
	equal(await server.metric("tessera_frame_bytes_in_total"), sent, "and in");
	for (const [kind, n] of Object.entries({ key: 3, delta: 20, preview: 1 })) equal(await server.metric("tessera_screen_frames_total", `kind="${kind}"`), n, `frames of kind ${kind}`);
	equal(await server.metric("tessera_screen_frame_bytes_total", 'kind="preview"'), share.preview_bytes, "and bytes of previews");
	equal(await server.metric("tessera_screen_frame_bytes_total"), sent, "of all kinds");
});

test("a stream that breaks the format: asked for once, said, counted at both ends", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	await ada.watch();
	const ines = start(ctx, tessera, ["join", session.attendee, "--name", "Ines", "--cert", join(server.state, "cert.pem")], { signal: "SIGINT" });
	await until(() => ada.member("Ines"), "Ines is in");
	const { stream } = await ada.openStream(CLASS.SCREEN);
	const told = (what, where) => ada.next("stream_stats", { start: ada.messages.length, what, where });
	await told("Ines watches", (stats) => stats.viewers === 1);
	ada.bulk.sendFrame(...ada.makeKey(stream, randomBytes(500)));
	await told("she asked for it once", (stats) => stats.unreadable === 1);
	check(!ines.output().includes("cannot be read"), "nothing is said as long as it may be mended");
	await until(() => ada.messages.some(({ kind }) => kind === "stream_need"), "Ada is asked for a key");
	ada.bulk.sendFrame(...ada.makeKey(stream, randomBytes(500)));
	await until(() => ines.output().includes("Ada's picture cannot be read."), "it is said");
	for (let n = 0; n < 30; n++) ada.bulk.sendFrame(...ada.makeKey(stream, randomBytes(500)));
	const stats = await told("all are counted", ({ pictures }) => pictures === 32);
	check(stats.unreadable >= 2 && stats.unreadable <= 7, `she asks more and more seldom: ${stats.unreadable} times for 32`);
	equal(await server.metric("tessera_stream_refreshes_total", "lost"), 0, "nothing was lost");
	equal(ines.output().split("cannot be read").length, 2, "it is said once");
	await ada.chat("still there?");
	await until(() => ines.output().includes("Ada: still there?"), "everything else goes on");
});

test("shown after it was blank, however much came before", async (ctx) => {
	// The count of what a viewer has taken began anew with the pause, so that the relay waited for ever.
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	await ada.watch();
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const { stream } = await ada.openStream(CLASS.SCREEN, { width: 180, height: 180 });
	const show15 = async () => {
		for (let n = 0; n < 15; n++) {
			const picture = ada.opened.get(stream).picture + 1;
			ada.bulk.sendFrame(...ada.makeKey(stream, wholePicture(180, 180, (x, y) => [picture, x, y], picture)));
			await until(() => milo.picture?.picture === picture, `picture ${picture} is seen`, { timeoutMs: 5000 });
		}
	};
	await show15(); // 1.5 MB, more than any window
	equal((await ada.ask({ stream_pause: { stream, mode: 2 } })).refusal, 0, "blank");
	await milo.next("view", 0, "Milo knows", (e) => e.state !== "open");
	equal((await ada.ask({ stream_pause: { stream, mode: 0 } })).refusal, 0, "and no more");
	await show15();
});

test("a screen that stands still costs nothing", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1280, height: 800, windowManager: false })]);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name, "--no-view"]);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await Promise.all([ada.in(), milo.in()]);
	await until(() => milo.picture, "Milo sees it");
	const { edge } = await server.children();
	const seconds = async (pid) => {
		const stat = await readFile(`/proc/${pid}/stat`, "utf8");
		const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
		return (Number(user) + Number(system)) / 100;
	};
	const used = () => Promise.all([ada.pid, milo.pid, edge].map(seconds));
	const bytes = () => ada.events.findLast((e) => e.event === "stats");
	// Beginning is over when a whole second brought nothing: stats come each second.
	await until(() => ada.events.filter((e) => e.event === "stats").slice(-3).length === 3 && new Set(ada.events.filter((e) => e.event === "stats").slice(-3).map((e) => e.bytes)).size === 1, "it is at rest");
	const [before, sent, told] = [await used(), bytes().bytes, ada.events.length];
	await until(() => ada.events.slice(told).filter((e) => e.event === "stats").length >= 4, "four seconds");
	const cost = (await used()).map((now, i) => Number((now - before[i]).toFixed(2)));
	equal(bytes().bytes, sent, "bytes sent");
	ctx.say(`in four seconds presenter, viewer and edge took ${cost} s`);
	check(cost.every((s) => s < 0.2), `less than 5 % of a processor each: ${cost}`);
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
		return now[ada.me] > 0 && now[milo.me] > 0 && now;
	}, "both are measured", { everyMs: 500 });
	check(paths[ada.me] < 1000 && paths[milo.me] < 1000, `on one machine: ${JSON.stringify(paths)}`);
});

await run({ atOnce: 2 });
