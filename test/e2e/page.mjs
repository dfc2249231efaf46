// SPDX-License-Identifier: Apache-2.0
// The page itself: how little it loads, what it says when a browser lacks something, that it works where
// nothing may be stored, and that at 1:1 each pixel of a picture is one of the screen.
import { HostileServer, wholePicture } from "../peers/hostile-server.mjs";
import { openPage, startChromium } from "./lib/browser.mjs";
import { button, joinInBrowser, screens, words } from "./lib/room.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const FIRST_LOAD_MAX = 150_000;

test("the first load is small", async (ctx) => {
	const server = await HostileServer.start(ctx);
	// What is fetched once the page has come to rest keeps nobody waiting.
	const page = await openPage(ctx, await startChromium(ctx), server.link, () => (globalThis.requestIdleCallback = () => 0));
	await until(() => button(page, "Join").isShown(), "it can be joined");
	await until(() => page.evaluate(() => performance.getEntriesByType("resource").some((entry) => entry.name.includes("sdk-worker"))), "the worker is loaded");
	const { files, bytes } = server.served;
	ctx.say(`${bytes} bytes in ${files} files`);
	check(bytes > 20_000 && bytes < FIRST_LOAD_MAX, `${bytes} bytes`);
});

/** What a browser without it looks like, by the name of the sentence. */
const lacks = {
	WebAssembly: () => delete globalThis.WebAssembly,
	SIMD: () => (WebAssembly.validate = () => false),
	"Background workers": () => delete globalThis.Worker,
	OffscreenCanvas: () => delete globalThis.OffscreenCanvas,
	WebSocket: () => delete globalThis.WebSocket,
	WebCrypto: () => Object.defineProperty(Crypto.prototype, "subtle", { value: undefined }),
	Ed25519: () => (SubtleCrypto.prototype.generateKey = () => Promise.reject(new Error("NotSupportedError"))),
};

test("one sentence for each thing that a browser lacks", async (ctx) => {
	const [server, chromium] = await Promise.all([HostileServer.start(ctx), startChromium(ctx)]);
	for (const [name, remove] of Object.entries(lacks)) {
		const page = await openPage(ctx, chromium, server.link, remove);
		await until(async () => (await words(page)).includes(name), `a sentence about ${name}`);
		equal(await page.locator("ul.missing li").count() >= 1, true, `${name}: in a list`);
		equal(await button(page, "Join").isShown(), false, `${name}: it cannot be joined`);
		equal(page.heard.filter((line) => line.startsWith("error:")), [], `${name}: no error was thrown`);
		await page.close();
	}
	// What only sharing needs does not keep anybody out.
	const page = await openPage(ctx, chromium, server.link, () => delete globalThis.MediaStreamTrackProcessor);
	await joinInBrowser(page, server.link, "Ada");
});

test("where nothing may be stored it works, and forgets", async (ctx) => {
	const [server, chromium] = await Promise.all([HostileServer.start(ctx), startChromium(ctx)]);
	const page = await openPage(ctx, chromium, null, () => {
		const refuse = { get: () => { throw new DOMException("denied", "SecurityError"); } };
		for (const name of ["sessionStorage", "localStorage", "indexedDB"]) Object.defineProperty(globalThis, name, refuse);
	});
	await joinInBrowser(page, server.link, "Ada");
	equal(page.heard.filter((line) => line.startsWith("error:")), [], "no error was thrown");
	equal(new URL(page.url()).hash, "", "the secret left the address bar");
});

test("a page whose worker is gone says so", async (ctx) => {
	const [server, chromium] = await Promise.all([HostileServer.start(ctx), startChromium(ctx)]);
	server.withholds = /sdk-worker/;
	const page = await openPage(ctx, chromium, server.link);
	await until(() => button(page, "Reload").isShown(), "it says to reload");
	server.withholds = /wasm/;
	const other = await openPage(ctx, chromium, server.link);
	await until(() => button(other, "Reload").isShown(), "it says to reload when the codec is gone, too");
});

const checkered = (x, y) => ((x + y) % 2 ? [255, 255, 255] : [0, 0, 0]);

/** Decodes a PNG in the page and compares every device pixel of the stage's middle with the checkerboard. */
function compare(page, png, { left, top, width, height, block }) {
	return page.evaluate(async ({ base64, left, top, width, height, block }) => {
		const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
		const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
		const canvas = new OffscreenCanvas(image.width, image.height);
		const context = canvas.getContext("2d");
		context.drawImage(image, 0, 0);
		const { data } = context.getImageData(left, top, width, height);
		let wrong = 0;
		for (let y = 0; y < height; y++)
			for (let x = 0; x < width; x++) {
				const want = (Math.floor(x / block) + Math.floor(y / block)) % 2 ? 255 : 0;
				const at = 4 * (y * width + x);
				if (data[at] !== want || data[at + 1] !== want || data[at + 2] !== want) wrong++;
			}
		return wrong;
	}, { base64: png.toString("base64"), left, top, width, height, block });
}

for (const deviceScaleFactor of [1, 2])
	test(`at 1:1 a checkerboard of single pixels is exact, device pixel ratio ${deviceScaleFactor}`, async (ctx) => {
		const [width, height] = [301, 203];
		const [server, chromium] = await Promise.all([HostileServer.start(ctx), startChromium(ctx, { deviceScaleFactor })]);
		const page = await openPage(ctx, chromium, null);
		await joinInBrowser(page, server.link, "Ada");
		const [client, bulk] = [await server.control(), await server.bulk()];
		const [bob] = server.people;
		const screen = server.announceScreen(client, bob, { width, height });
		bulk.frame(server.picture(bob, screen, wholePicture(width, height, checkered)));
		await until(async () => (await screens(page))[0]?.state === "live", "the picture is there");
		await button(page, "1:1").click();
		for (const size of [{ width: 1280, height: 800 }, { width: 1281, height: 777 }]) {
			await page.setViewportSize(size);
			const box = await until(async () => {
				const before = await page.locator("canvas.canvas").boundingBox();
				await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
				const after = await page.locator("canvas.canvas").boundingBox();
				return JSON.stringify(before) === JSON.stringify(after) ? after : null;
			}, "the layout is still");
			const block = Math.round((box.width * deviceScaleFactor) / width);
			equal([box.width * deviceScaleFactor, box.height * deviceScaleFactor], [width * block, height * block], "whole device pixels");
			const at = { left: Math.round(box.x * deviceScaleFactor), top: Math.round(box.y * deviceScaleFactor), width: width * block, height: height * block, block };
			equal(await compare(page, await page.screenshot(), at), 0, `wrong pixels at ${JSON.stringify({ ...size, ...box })}`);
		}
		equal(await page.locator("canvas.canvas").evaluate((canvas) => getComputedStyle(canvas).imageRendering), "pixelated", "drawn");
		await button(page, "Larger").click();
		await until(() => page.locator("canvas.canvas").evaluate((canvas) => getComputedStyle(canvas).imageRendering === "pixelated"), "also above 1:1");
	});

await run();
