// SPDX-License-Identifier: Apache-2.0
// Paused means paused: while the screen is busy not a byte of picture leaves the presenter, and nothing of
// the pause is ever seen. TESSERA_PAUSE_S=60 for the full minute; eight seconds show the same and cost less.
import { join } from "node:path";
import { captureScreen, openPage, startChromium } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { readPpm } from "./lib/pixels.mjs";
import { button, inspect, joinInBrowser, readStage, screens, stageEquals, startSharing } from "./lib/room.mjs";
import { startServer, tempDir } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const PAUSE_MS = 1000 * Number(process.env.TESSERA_PAUSE_S ?? 8);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const SECRET = "#ff00ff"; // shown during the pause only
const MOVING = "while :; do date +%N; sleep 0.2; done";

/** So many pixels are of the colour that was only there during the pause. */
function secretPixels({ rgb }) {
	let n = 0;
	for (let at = 0; at < rgb.length; at += 3) if (rgb[at] > 200 && rgb[at + 1] < 60 && rgb[at + 2] > 200) n++;
	return n;
}

/** Bars of the colour flicker over the display until stop(). */
function showSecret(ctx, display) {
	let isOn = true;
	const done = (async () => {
		for (let turn = 0; isOn; turn++) {
			await display.command("xsetroot", ["-mod", "16", String(1 + (turn % 15)), "-fg", SECRET, "-bg", SECRET]);
			await wait(150);
			await display.command("xsetroot", ["-mod", "16", String(1 + (turn % 15)), "-fg", SECRET, "-bg", "#d000d0"]);
			await wait(150);
		}
	})();
	const stop = async () => {
		isOn = false;
		await done;
	};
	ctx.onEnd(stop);
	return async () => {
		await stop();
		await display.command("xsetroot", ["-solid", "#304050"]);
	};
}

/** Looks for the colour in the picture that a page shows, twenty times a second and in the page itself, until stop(). */
async function watchFor(page) {
	await page.evaluate(() => {
		const copy = document.createElement("canvas");
		const context = copy.getContext("2d", { willReadFrequently: true });
		const seen = { looks: 0, worst: 0 };
		const look = () => {
			const canvas = document.querySelector("canvas.canvas");
			if (!canvas?.width) return;
			if (copy.width !== canvas.width || copy.height !== canvas.height) [copy.width, copy.height] = [canvas.width, canvas.height];
			context.drawImage(canvas, 0, 0);
			const { data } = context.getImageData(0, 0, copy.width, copy.height);
			let n = 0;
			for (let at = 0; at < data.length; at += 4) if (data[at] > 200 && data[at + 1] < 60 && data[at + 2] > 200) n++;
			seen.looks++;
			seen.worst = Math.max(seen.worst, n);
		};
		const timer = setInterval(look, 50);
		globalThis.stopLooking = () => {
			clearInterval(timer);
			return seen;
		};
	});
	return () => page.evaluate(() => globalThis.stopLooking());
}

/** Bytes of pictures that the server has taken in. */
const taken = (server) => server.metric("tessera_frame_bytes_in_total");

/** The counter is brought up to date once in a while only; a screen that is still shared never rests so long. */
async function settled(server) {
	let before = -1;
	let since = performance.now();
	await until(async () => {
		const now = await taken(server);
		if (now !== before) since = performance.now();
		before = now;
		return performance.now() - since > 2500;
	}, "no picture comes any more");
}

/** A presenter with pause(mode) and resume(), native or in Chromium. */
async function nativePresenter(ctx, server, session, display) {
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	return {
		pause: (mode) => ada.tell({ do: "pause", mode }),
		resume: () => ada.tell({ do: "resume" }),
		sent: () => ada.events.findLast((event) => event.event === "stats")?.bytes ?? 0,
	};
}

async function browserPresenter(ctx, server, session, display) {
	const chromium = await startChromium(ctx, { display, args: [...captureScreen, "--window-size=700,560"], viewport: null });
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, session.organizer, "Ada");
	await startSharing(page);
	return {
		pause: async (mode) => {
			await button(page, mode === "blank" ? "nothing" : "the last picture").click();
			await button(page, "Pause").click();
		},
		resume: () => button(page, "Go on").click(),
		sent: async () => (await inspect(page)).shares[0].bytes,
	};
}

/** So many whole pictures more are seen. */
async function seesMore(page, n) {
	const picture = async () => (await inspect(page)).screens[0]?.picture ?? 0;
	const before = await picture();
	await until(async () => (await picture()) >= before + n, `${n} pictures more`);
}

const isPaused = (page, mode) => until(async () => (await screens(page))[0]?.paused === mode, `the viewer knows that it is ${mode}`);

for (const [kind, start] of [["tessera", nativePresenter], ["Chromium", browserPresenter]])
	for (const mode of ["frozen", "blank"])
		test(`${kind} pauses, ${mode}: nothing leaves it, nothing of it is seen later`, async (ctx) => {
			const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1024, height: 640 })]);
			const session = await server.createSession();
			await startTerminal(display, MOVING, { geometry: "40x10+700+400" });
			const ada = await start(ctx, server, session, display);
			const page = await openPage(ctx, await startChromium(ctx));
			await joinInBrowser(page, session.attendee, "Milo");
			await until(async () => (await screens(page))[0]?.state === "live", "Milo sees the screen");
			await until(() => readStage(page), "and a picture of it");
			const dir = await tempDir(ctx);
			const ines = new Endpoint(ctx, server, session.attendee, "Ines", ["--record-frames", dir]);
			await ines.in();
			await until(() => ines.picture, "Ines sees it too");

			await ada.pause(mode);
			await isPaused(page, mode);
			await settled(server); // whatever was under way has arrived and is counted
			const frozen = await readStage(page);
			equal(secretPixels(frozen), 0, "the colour is not there yet");
			check((await taken(server)) > 10_000, "bytes of pictures are counted");
			const [bytes, sent, heard] = [await taken(server), await ada.sent(), ines.events.filter((e) => e.event === "picture").length];
			const end = showSecret(ctx, display);
			const looking = await watchFor(page);

			// Who joins now sees the frozen picture, or nothing.
			const late = await openPage(ctx, await startChromium(ctx));
			await joinInBrowser(late, session.attendee, "Jun");
			await isPaused(late, mode);
			if (mode === "frozen") {
				await until(async () => {
					const seen = await readStage(late);
					return seen && Buffer.compare(seen.rgb, frozen.rgb) === 0;
				}, "the late one has the frozen picture");
			} else {
				check(!frozen.rgb.some((value) => value !== 0), "the viewer's picture is erased");
			}
			await wait(PAUSE_MS);
			if (mode === "blank") {
				const seen = await readStage(late);
				check(!seen || !seen.rgb.some((value) => value !== 0), "the late one has nothing");
			}
			equal([(await taken(server)) - bytes, (await ada.sent()) - sent], [0, 0], "bytes of picture taken in and sent during the pause");
			equal(ines.events.filter((e) => e.event === "picture").length, heard, "pictures that Ines got during the pause");
			if (mode === "frozen") equal(Buffer.compare((await readStage(page)).rgb, frozen.rgb), 0, "the picture has stood still");

			await end();
			await ada.resume();
			await isPaused(page, "none");
			await until(async () => (await taken(server)) > bytes, "pictures come again");
			for (const viewer of [page, late]) await seesMore(viewer, 8);
			const { looks, worst } = await looking();
			check(looks > 20, `enough looks (${looks})`);
			equal(worst, 0, "pixels of what was only there during the pause");
			equal(secretPixels((await readStage(late)) ?? { rgb: [] }), 0, "for the late one as well");
			if (kind === "tessera") {
				await until(async () => secretPixels(await readPpm(join(dir, `stream-${ines.picture.stream}.ppm`))) === 0, "and in what is recorded");
			}
		}, { timeoutMs: 120_000 + PAUSE_MS });

test("after a blank pause a screen that stands still is seen again", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 640, height: 400 })]);
	const session = await server.createSession();
	await startTerminal(display, "echo standing still; exec sleep 1000", { geometry: "40x10+100+100" });
	const ada = await nativePresenter(ctx, server, session, display);
	const page = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(page, session.attendee, "Milo");
	await stageEquals(page, display);
	await ada.pause("blank");
	await isPaused(page, "blank");
	await until(async () => !(await readStage(page))?.rgb.some((value) => value !== 0), "the viewer's picture is erased");
	await ada.resume();
	await isPaused(page, "none");
	await stageEquals(page, display);
});

await run({ atOnce: 2 });
