// SPDX-License-Identifier: Apache-2.0
// A part of a display is shared by `tessera join --share`: windows, monitors, and the pointer on them.
// What is chosen is exact; nothing else of the display is ever in a picture.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { difference, digest, parseXwd, readDisplay, readPpm } from "./lib/pixels.mjs";
import { build } from "./lib/process.mjs";
import { startServer, tempDir } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const size = { width: 900, height: 600 };
const SECRET = "#ff00ff"; // what other applications show
const GREY = 0x80;
const COUNTING = "i=0; while [ $i -lt 120 ]; do seq $i $((i+9)); i=$((i+1)); sleep 0.02; done; exec sleep 600";
const TEXT = "seq 1 400; exec sleep 600";

/** The window's own pixels, by xwd. */
async function readWindow(display, id) {
	const child = spawn("xwd", ["-id", String(id), "-silent", "-display", display.name], { stdio: ["ignore", "pipe", "ignore"] });
	const chunks = [];
	for await (const chunk of child.stdout) chunks.push(chunk);
	return parseXwd(Buffer.concat(chunks));
}

/** A part of a picture. */
function crop(picture, x, y, width, height) {
	const rgb = Buffer.alloc(width * height * 3);
	for (let row = 0; row < height; row++)
		picture.rgb.copy(rgb, row * width * 3, ((y + row) * picture.width + x) * 3, ((y + row) * picture.width + x + width) * 3);
	return { width, height, rgb };
}

const isGrey = (picture) => picture.rgb.every((value) => value === GREY);

/** The X id of the window with this title. */
const idOf = async (display, title) =>
	Number((await display.command("xdotool", ["search", "--onlyvisible", "--name", `^${title}$`])).stdout.trim().split("\n").at(-1));

/** Places and sizes of a window, as the screen has it. */
async function placeOf(display, id) {
	const { stdout } = await display.command("xwininfo", ["-id", String(id)]);
	const read = (what) => Number(new RegExp(`${what}:\\s+(-?\\d+)`).exec(stdout)[1]);
	return { x: read("Absolute upper-left X"), y: read("Absolute upper-left Y"), width: read("Width"), height: read("Height") };
}

const isShown = (display, title) =>
	until(async () => (await display.command("xdotool", ["search", "--onlyvisible", "--name", `^${title}$`], { expect: null })).stdout.trim(), `${title} is shown`);

/** An xterm that is on the screen, and managed, when this returns. */
async function startPaper(display, title, geometry, command = TEXT) {
	await startTerminal(display, command, { title, geometry });
	await isShown(display, title);
}

/** Something of another application. */
async function startOther(display, geometry, title = "other") {
	const proc = display.run("xterm", ["-T", title, "-geometry", geometry, "-bg", SECRET, "-fg", SECRET, "-cr", SECRET, "-e", "sleep", "600"]);
	await isShown(display, title);
	return proc;
}

/** A server, a display, what `applications` start on it, Ada who shares as the arguments say, and Milo who sees it. */
async function sharing(ctx, args, applications) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, size)]);
	const session = await server.createSession();
	await applications(display);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo", ["--record-frames", await tempDir(ctx)]);
	milo.dir = milo.proc.child.spawnargs.at(-1);
	milo.tell({ do: "look_for", colour: SECRET.slice(1) });
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view", "--share", display.name, ...args]);
	await Promise.all([ada.in(), milo.in()]);
	await until(() => milo.picture, "a first picture");
	return { server, display, ada, milo };
}

/** What Milo has of a stream: of the newest one unless told. */
const seen = (milo, stream = [...milo.views.keys()].at(-1)) => readPpm(join(milo.dir, `stream-${stream}.ppm`));

/** Milo's picture becomes what `read` gives, which does not change meanwhile. */
async function becomes(milo, read, what, stream) {
	let why;
	await until(async () => {
		const before = await read();
		const picture = await seen(milo, stream);
		const after = await read();
		if (digest(before) !== digest(after)) return false;
		why = difference(picture, after);
		return !why;
	}, what).catch((error) => {
		throw new Error(`${error.message}; ${why}`);
	});
}

/** Nothing of the secret colour was in anything that Milo decoded. */
async function neverSeen(ctx, milo) {
	milo.tell({ do: "look_for" });
	const { times } = await milo.next("looked", 0);
	check(times > 1, `enough looks (${times})`);
	equal(milo.events.filter((e) => e.event === "seen"), [], "finds of the other application's colour");
	ctx.say(`${times} looks`);
}

test("a window is shared exactly, and nothing that covers it", async (ctx) => {
	const { display, milo } = await sharing(ctx, ["--window", "papers"], async (on) => {
		await startPaper(on, "papers", "50x20+60+50", COUNTING);
		await startOther(on, "30x10+100+90"); // covers a part of it from the start
	});
	const id = await idOf(display, "papers");
	const other = await idOf(display, "other");
	const own = () => readWindow(display, id);
	// The other one goes everywhere over it, also without the window manager, as a pop-up does.
	for (const [x, y] of [[60, 60], [200, 120], [0, 0]]) await display.command("xdotool", ["windowmove", "--sync", String(other), String(x), String(y)]);
	await display.command("xdotool", ["windowunmap", "--sync", String(other), "set_window", "--overrideredirect", "1", String(other), "windowmap", "--sync", String(other), "windowraise", String(other), "windowmove", String(other), "120", "110"]);
	await display.command("xdotool", ["windowactivate", String(id), "type", "--delay", "5", "hello"]);
	await becomes(milo, own, "while it is covered");
	// Moved it is the same; of another size it is another stream, and still nothing else is in it.
	const stream = milo.picture.stream;
	await display.command("xdotool", ["windowmove", String(id), "300", "200"]);
	await becomes(milo, own, "after it was moved");
	equal(milo.picture.stream, stream, "the stream after the move");
	await display.command("xdotool", ["windowmove", String(id), "60", "50", "windowsize", String(id), "520", "420"]);
	await becomes(milo, own, "after it grew under the other one");
	check([...milo.views.keys()].at(-1) !== stream, "another stream for another size");
	await neverSeen(ctx, milo);
});

test("a window that is minimised is grey, and one that is closed ends its share", async (ctx) => {
	const { display, ada, milo } = await sharing(ctx, ["--window", "papers"], async (on) => {
		await startPaper(on, "papers", "40x12+60+50");
		await startOther(on, "30x10+90+80");
	});
	const id = await idOf(display, "papers");
	await becomes(milo, () => readWindow(display, id), "the picture is the window");
	await display.command("xdotool", ["windowminimize", "--sync", String(id)]);
	await until(async () => isGrey(await seen(milo)), "it is grey");
	await display.command("xdotool", ["windowmap", "--sync", String(id)]);
	await becomes(milo, () => readWindow(display, id), "it is back");
	const from = ada.events.length;
	await display.command("xdotool", ["windowkill", String(id)]);
	const { why } = await ada.next("share", from, "the share is gone", (e) => e.state === "gone");
	check(why.includes("closed"), `it says why: ${why}`);
	await until(() => milo.views.size === 0, "Milo sees no share");
	equal(ada.status, "in", "Ada is still there");
	await neverSeen(ctx, milo);
	ada.tell({ do: "share", screen: true });
	await becomes(milo, () => readDisplay(display), "then she shares the screen");
});

test("two windows are one picture, with grey around them; one closed, the other goes on", async (ctx) => {
	const { display, milo, ada } = await sharing(ctx, ["--window", "papers", "--window", "numbers"], async (on) => {
		await startOther(on, "100x40+0+0"); // behind and between them
		await startPaper(on, "papers", "30x8+40+40");
		await startPaper(on, "numbers", "30x8+420+330");
	});
	const [first, second] = [await idOf(display, "papers"), await idOf(display, "numbers")];
	const [a, b] = [await placeOf(display, first), await placeOf(display, second)];
	const both = async () => {
		const [width, height] = [b.x + b.width - a.x, b.y + b.height - a.y];
		const picture = { width, height, rgb: Buffer.alloc(width * height * 3, GREY) };
		for (const [id, place] of [[first, a], [second, b]]) {
			const own = await readWindow(display, id);
			for (let y = 0; y < own.height; y++)
				own.rgb.copy(picture.rgb, ((place.y - a.y + y) * width + place.x - a.x) * 3, y * own.width * 3, (y + 1) * own.width * 3);
		}
		return picture;
	};
	await becomes(milo, both, "both, and grey");
	await display.command("xdotool", ["windowkill", String(second)]);
	await becomes(milo, () => readWindow(display, first), "the other alone, as large as it is");
	equal(ada.events.filter((e) => e.state === "gone"), [], "the share goes on");
	await neverSeen(ctx, milo);
});

/** The text editor. */
async function startEditor(display) {
	const editor = display.run("mousepad", ["--disable-server"]);
	await until(async () => (await display.command("xdotool", ["search", "--onlyvisible", "--class", "mousepad"], { expect: null })).stdout.trim(), "the editor is shown", { timeoutMs: 30_000 });
	return editor;
}

const editorWindows = async (display) =>
	(await display.command("xdotool", ["search", "--onlyvisible", "--class", "mousepad"])).stdout.trim().split("\n").map(Number);

test("a window that is never painted shows nothing of what covers it", async (ctx) => {
	const { display, milo } = await sharing(ctx, ["--window", "blank"], async (on) => {
		on.run(join(build, "test/peers/peer-blank"));
		await isShown(on, "blank");
		await startOther(on, "30x9+60+80"); // above it: the X server puts it into the pixmap that it makes for the window
	});
	await until(async () => isGrey(await seen(milo)), "it is grey");
	const stream = milo.picture.stream;
	await display.command("xdotool", ["windowsize", String(await idOf(display, "blank")), "420", "330"]); // another pixmap
	await until(() => milo.views.size === 1 && !milo.views.has(stream) && milo.picture, "a picture of the new size");
	await until(async () => isGrey(await seen(milo)), "it is grey again");
	await neverSeen(ctx, milo);
});

test("menus and dialogs of the application come along, an other one's do not", async (ctx) => {
	const { display, milo } = await sharing(ctx, ["--window", "mousepad"], async (on) => {
		await startEditor(on);
		await startOther(on, "20x6+500+400");
	});
	const windows = () => editorWindows(display);
	const [id] = await windows();
	await display.command("xdotool", ["windowmove", "--sync", String(id), "30", "40", "windowsize", "--sync", String(id), "300", "200"]);
	const own = () => readWindow(display, id);
	await becomes(milo, own, "the picture is the editor");
	await display.command("xdotool", ["windowactivate", "--sync", String(id), "key", "F10"]);
	const menu = await until(async () => (await windows()).find((window) => window !== id), "its menu is open");
	const [at, place] = [await placeOf(display, id), await placeOf(display, menu)];
	const left = Math.min(at.x, place.x);
	const top = Math.min(at.y, place.y);
	const part = async () => crop(await seen(milo), place.x - left, place.y - top, place.width, place.height);
	let why;
	await until(async () => {
		const picture = await seen(milo);
		if (picture.height < place.y + place.height - top) return false;
		why = difference(await part(), await readWindow(display, menu));
		return !why;
	}, "the menu is in the picture, beyond the window's edge as well").catch((error) => {
		throw new Error(`${error.message}; ${why}`);
	});
	await display.command("xdotool", ["key", "Escape"]);
	await becomes(milo, own, "without it the picture is the editor again");
	await neverSeen(ctx, milo);
});

test("monitors: one, then two at once, then the other one, then it is unplugged", async (ctx) => {
	const split = 500;
	const define = (on, name, width, x) => on.command("xrandr", ["--setmonitor", name, `${width}/100x600/100+${x}+0`, "none"]);
	const { display, ada, milo } = await sharing(ctx, ["--monitor", "left"], async (on) => {
		await define(on, "left", split, 0);
		await define(on, "right", size.width - split, split);
		await startPaper(on, "papers", "40x12+40+40");
		await startTerminal(on, "while :; do date +%N; sleep 0.3; done", { title: "clock", geometry: "20x5+600+300" });
	});
	const leftPart = async () => crop(await readDisplay(display), 0, 0, split, 600);
	const left = milo.picture.stream;
	await becomes(milo, leftPart, "the left monitor");
	ada.tell({ do: "sources" });
	const sources = await ada.next("sources", 0);
	check(["left", "right"].every((name) => sources.monitors.some((m) => m.name === name)), "both are listed");
	check(sources.windows.some((w) => w.title === "papers"), "windows are listed");
	ada.tell({ do: "share", monitor: ["left", "right"] });
	await until(() => milo.views.size === 2, "two streams");
	check(milo.views.has(left), "the first goes on in its stream");
	const right = [...milo.views.keys()].find((stream) => stream !== left);
	await until(() => milo.pictures.get(right)?.picture > 1, "the right one moves");
	await becomes(milo, leftPart, "the left one stays exact", left);
	ada.tell({ do: "share", monitor: "right" });
	await until(() => milo.views.size === 1 && milo.views.has(right), "the right one alone");
	const from = ada.events.length;
	await display.command("xrandr", ["--delmonitor", "right"]);
	const { why } = await ada.next("share", from, "it is unplugged", (e) => e.state === "gone");
	check(why.includes("monitor"), `it says why: ${why}`);
	await until(() => milo.views.size === 0, "Milo sees no share");
});

test("a screen of another size is another stream", async (ctx) => {
	const { display, milo } = await sharing(ctx, [], (on) => startPaper(on, "papers", "40x12+40+40"));
	await becomes(milo, () => readDisplay(display), "the screen");
	const stream = milo.picture.stream;
	await display.command("xrandr", ["--newmode", "small", "25", "640", "656", "752", "800", "480", "490", "492", "525"]);
	await display.command("xrandr", ["--addmode", "screen", "small"]);
	await display.command("xrandr", ["--output", "screen", "--mode", "small", "--fb", "640x480", "--fbmm", "160x120"]);
	await until(() => milo.views.size === 1 && !milo.views.has(stream), "another stream");
	equal([[...milo.views.values()][0].width, [...milo.views.values()][0].height], [640, 480], "its size");
	await becomes(milo, () => readDisplay(display), "the smaller screen");
});

test("the pointer is where it is on what is shared, and still while paused", async (ctx) => {
	const { display, ada, milo } = await sharing(ctx, ["--window", "papers"], (on) =>
		startPaper(on, "papers", "40x12+60+50"));
	const place = await placeOf(display, await idOf(display, "papers"));
	// The last pixel by XTest, as a hand would: what a program puts elsewhere moves no device.
	const move = (x, y) => display.command("xdotool", ["mousemove", String(place.x + x - 1), String(place.y + y), "mousemove_relative", "1", "0"]);
	const pointer = () => milo.events.findLast((e) => e.event === "pointer");
	await move(20, 30);
	await until(() => pointer()?.visible && pointer().x === 20 && pointer().y === 30, "it is there");
	equal(pointer().stream, milo.picture.stream, "on this share");
	check(milo.events.some((e) => e.event === "pointer" && e.shape === pointer().shape && e.width > 0), "its image came");
	await move(21, 31);
	await until(() => pointer().x === 21 && pointer().width === 0, "moved, without its image");
	await move(-30, -30);
	await until(() => !pointer().visible, "it is not beyond the window");
	ada.tell({ do: "pause", mode: "frozen" });
	const [paused] = [milo.events.length];
	await milo.next("roster", paused, "the pause is known");
	const heard = milo.events.filter((e) => e.event === "pointer").length;
	for (let i = 0; i < 20; i++) await move(10 + i, 20);
	ada.tell({ do: "chat", text: "now" });
	await milo.next("chat", 0); // whatever was sent before it has come
	equal(milo.events.filter((e) => e.event === "pointer").length, heard, "pointers during the pause");
	ada.tell({ do: "resume" });
	await until(() => pointer().visible && pointer().x === 29, "and there again");
});

await run();
