// SPDX-License-Identifier: Apache-2.0
// A film on a thin line: viewers see it move, text beside it stays exact, and all of it is exact when it stops.
import { join } from "node:path";
import { startRelay } from "../peers/delay.mjs";
import { openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { difference, digest, readDisplay, readPpm } from "./lib/pixels.mjs";
import { complaints, inspect, joinInBrowser, readStage, stageEquals, startSharing } from "./lib/room.mjs";
import { startServer, tempDir } from "./lib/server.mjs";
import { equal, run, test, until } from "./lib/tap.mjs";

/** 4 Mbit/s */
const THIN = { bytesPerMs: 500 };
const size = { width: 1024, height: 640 };
/** Where the film is: the lower right of the display. */
const film = { x: 520, y: 180, width: 480, height: 400 };
const text = { x: 20, y: 30, width: 400, height: 120 };

/** Something like a film in a window without borders, until stopFilm(). */
async function playFilm(ctx, display) {
	const args = [`--window-position=${film.x},${film.y}`, `--window-size=${film.width},${film.height}`, "--app=data:text/html,film"];
	const page = await openPage(ctx, await startChromium(ctx, { display, args, viewport: null }));
	await page.setContent("<body style='margin:0;overflow:hidden'><canvas width=480 height=400></canvas>");
	await page.evaluate(() => {
		const context = document.querySelector("canvas").getContext("2d");
		const picture = context.createImageData(480, 400);
		let n = 0;
		globalThis.film = setInterval(() => {
			n += 3;
			for (let at = 0; at < picture.data.length; at += 4) {
				const [x, y] = [(at / 4) % 480, Math.floor(at / 1920)];
				const noise = (Math.imul(at + n, 0x9e3779b1) >>> 26) & 31;
				picture.data.set([(x + n + noise) & 255, (y + 2 * n + noise) & 255, (x + y - n + noise) & 255, 255], at);
			}
			context.putImageData(picture, 0, 0);
		}, 40);
	});
	return page;
}

/** A part of a picture, as something to compare. */
function cut({ width, rgb }, { x, y, width: across, height }) {
	const part = Buffer.alloc(across * height * 3);
	for (let row = 0; row < height; row++) rgb.copy(part, row * across * 3, ((y + row) * width + x) * 3, ((y + row) * width + x + across) * 3);
	return digest({ width: across, height, rgb: part });
}

const cellsUnderPreview = (endpoint) => endpoint.events.findLast((event) => event.event === "previews")?.cells ?? 0;

test("a film moves, the text beside it is exact, and so is everything at its end", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, size)]);
	const session = await server.createSession();
	const way = await startRelay(ctx, server.ports[0], THIN);
	const terminal = await startTerminal(display, "i=0; while :; do clear; seq $i $((i+5)); i=$((i+1)); sleep 1; done", { geometry: "40x7+10+10" });
	const ada = new Endpoint(ctx, server, way.link(session.organizer), "Ada", ["--share", display.name]);
	await ada.in();
	const dir = await tempDir(ctx);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo", ["--record-frames", dir]);
	await milo.in();
	const page = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(page, session.attendee, "Ines");
	await until(() => milo.picture, "a first picture");
	const stream = milo.picture.stream;

	const player = await playFilm(ctx, display);
	await until(() => cellsUnderPreview(milo) > 0, "previews come");
	const seen = new Set();
	await until(async () => {
		seen.add(cut(await readStage(page), film));
		return seen.size >= 5;
	}, "the film moves in the browser");
	const recorded = new Set();
	await until(async () => {
		recorded.add(cut(await readPpm(join(dir, `stream-${stream}.ppm`)), film));
		return recorded.size >= 5;
	}, "and in the recording");
	// What is on the display is on the stage soon: text is not a preview. (Where the machine is slow, the film rests between two
	// of its pictures, and is exact for a moment.)
	await until(async () => {
		const words = cut(await readDisplay(display), text);
		for (let n = 0; n < 4; n++) if (cut(await readStage(page), text) === words && cellsUnderPreview(milo) > 0) return true;
		return false;
	}, "the text is exact beside it while the film plays");

	await player.evaluate(() => clearInterval(globalThis.film));
	await until(() => cellsUnderPreview(milo) === 0, "no previews any more", { timeoutMs: 15_000 });
	await terminal.stop();
	await stageEquals(page, display);
	equal(ada.events.filter((event) => event.event === "share" && event.state === "open").length, 1, "in one stream");
	equal(complaints(page), [], "the page complains of nothing");
	let why;
	await until(async () => {
		const before = await readDisplay(display);
		const shown = await readPpm(join(dir, `stream-${stream}.ppm`));
		if (digest(before) !== digest(await readDisplay(display))) return false;
		why = difference(shown, before);
		return !why;
	}, "the recording is exact").catch((error) => {
		throw new Error(`${error.message}; ${why}`);
	});
});

/** In the page, instead of a screen: a canvas with a film on it, until stopFilm(). */
function giveFilm() {
	navigator.mediaDevices.getDisplayMedia = async () => {
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [640, 480];
		const context = canvas.getContext("2d");
		const picture = context.createImageData(400, 300);
		let n = 0;
		const draw = () => {
			n += 3;
			for (let at = 0; at < picture.data.length; at += 4) {
				const noise = (Math.imul(at + n, 0x9e3779b1) >>> 26) & 63;
				picture.data.set([(at / 4 + n + noise) & 255, (at / 1600 + n + noise) & 255, (n + noise) & 255, 255], at);
			}
			context.putImageData(picture, 200, 100);
		};
		let timer = setInterval(draw, 60);
		// A canvas that stands still gives no frames: a line blinks on.
		setInterval(() => ((context.fillStyle = Date.now() % 2000 < 1000 ? "#102030" : "#302010"), context.fillRect(0, 0, 8, 8)), 100);
		globalThis.stopFilm = () => (timer = clearInterval(timer));
		return canvas.captureStream(20);
	};
}

for (const [name, start] of [["Chromium", startChromium], ["Firefox", startFirefox]])
	test(`${name} on a thin line presents a film`, async (ctx) => {
		const server = await startServer(ctx);
		const session = await server.createSession();
		const way = await startRelay(ctx, server.ports[0], THIN);
		const ada = await openPage(ctx, await start(ctx));
		const milo = new Endpoint(ctx, server, session.attendee, "Milo");
		await milo.in();
		await joinInBrowser(ada, way.link(session.organizer), "Ada");
		await inspect(ada); // from now on what is sent is hashed
		await ada.evaluate(giveFilm);
		await startSharing(ada);
		await until(() => cellsUnderPreview(milo) > 0, "previews come");
		await ada.evaluate(() => globalThis.stopFilm());
		await until(() => cellsUnderPreview(milo) === 0, "no previews any more", { timeoutMs: 15_000 });
		await until(async () => {
			const [share] = (await inspect(ada)).shares;
			const seen = milo.pictures.get(share.stream);
			return share.pictures.some(({ picture, digest: sent }) => picture === seen?.picture && sent === seen.digest);
		}, "what is seen is what was sent");
		equal(complaints(ada), [], "the page complains of nothing");
	});

await run();
