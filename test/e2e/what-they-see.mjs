// SPDX-License-Identifier: Apache-2.0
// The return picture: the presenter sees what the viewers see, as it comes back from the server, with its age,
// and only while he looks.
import { startRelay } from "../peers/delay.mjs";
import { captureScreen, openPage, startChromium } from "./lib/browser.mjs";
import { startDisplay } from "./lib/display.mjs";
import { agree, button, byRole, gather, inspect, joinInBrowser, says, screens, startSharing } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const WAY_MS = 120;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Where the display shows its ground and the browser's window is not. */
const GROUND = { x: 1060, y: 40 };
const GREYS = [1, 2, 3, 4, 5, 6]; // times 40

/**
 * In the page: when a grey of the ground was captured, and when it was seen on the canvas that comes back,
 * both looked at by the test itself.
 */
function watchGround({ x, y }) {
	const seen = { captured: [], back: [] };
	Object.defineProperty(globalThis, "ground", { value: seen });
	const note = (list, grey, at) => {
		const value = Math.round(grey / 40);
		if (list.at(-1)?.value !== value) list.push({ value, at });
	};
	const Processor = globalThis.MediaStreamTrackProcessor;
	globalThis.MediaStreamTrackProcessor = class {
		constructor(init) {
			const transform = async (frame, controller) => {
				const at = performance.now();
				const pixel = new Uint8Array(frame.allocationSize({ rect: { x, y, width: 2, height: 2 } }));
				await frame.copyTo(pixel, { rect: { x, y, width: 2, height: 2 } });
				// The first byte is luma, of 16 to 235, or blue.
				note(seen.captured, /^(I420|NV12)/.test(frame.format) ? ((pixel[0] - 16) * 255) / 219 : pixel[0], at);
				controller.enqueue(frame);
				setTimeout(() => frame.close(), 1000);
			};
			this.readable = new Processor(init).readable.pipeThrough(new TransformStream({ transform }));
		}
	};
	const copy = document.createElement("canvas");
	copy.width = copy.height = 1;
	const context = copy.getContext("2d", { willReadFrequently: true });
	const look = () => {
		const canvas = document.querySelector(".back canvas");
		if (canvas?.width > x) {
			context.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
			note(seen.back, context.getImageData(0, 0, 1, 1).data[0], performance.now());
		}
		requestAnimationFrame(look);
	};
	document.addEventListener("DOMContentLoaded", () => requestAnimationFrame(look));
}

const ground = (display, grey) => display.command("xsetroot", ["-solid", `#${(grey * 40).toString(16).padStart(2, "0").repeat(3)}`]);
/** The age that the panel shows, in ms; null while it shows none. */
const shownLag = (page) =>
	page.evaluate(() => {
		const [, n, unit] = /([\d.]+) (ms|s) ago/.exec(document.querySelector(".figures header")?.textContent ?? "") ?? [];
		return n === undefined ? null : Number(n) * (unit === "s" ? 1000 : 1);
	});
const mine = async (page) => (await screens(page)).find((screen) => screen.mine);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

test("it is what the viewers see, as old as it says, and costs nothing unseen", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1100, height: 700, windowManager: false })]);
	const session = await server.createSession();
	const way = await startRelay(ctx, server.ports[0], { lagMs: WAY_MS });
	const chromium = await startChromium(ctx, { display, args: [...captureScreen, "--window-size=1000,680", "--window-position=0,0"], viewport: null });
	const page = await openPage(ctx, chromium, null, `(${watchGround})(${JSON.stringify(GROUND)})`);
	await joinInBrowser(page, way.link(session.organizer), "Ada");
	await ground(display, 6);
	await startSharing(page);
	await until(async () => (await shownLag(page)) !== null, "it has come back");

	const sent = gather(page, "sent");
	const back = gather(page, "seen");
	const shown = [];
	for (const grey of GREYS) {
		const before = await page.evaluate(() => globalThis.ground.back.length);
		await ground(display, grey);
		await until(() => page.evaluate((n) => globalThis.ground.back.length > n, before), "the new ground comes back");
		await wait(300); // the age is told five times a second
		shown.push(await shownLag(page));
	}
	const seen = await page.evaluate(() => globalThis.ground);
	const real = seen.back.flatMap(({ value, at }) => {
		const captured = seen.captured.findLast((one) => one.value === value && one.at < at);
		return captured ? [at - captured.at] : [];
	});
	ctx.say(`real ${real.map(Math.round)}; shown ${shown}`);
	check(real.length >= GREYS.length, "every ground was captured and came back");
	check(median(real) >= 2 * WAY_MS, "by way of the server");
	check(Math.abs(median(real) - median(shown)) <= 50, `${median(shown)} ms is shown, ${Math.round(median(real))} ms it is`);
	const [out, home] = await Promise.all([sent.stop(), back.stop()]);
	check(agree(out, home, "what came back") >= 3, "bit for bit what was sent");

	// The list of people says how good each connection is.
	await until(() => page.evaluate(() => [...document.querySelectorAll(".roll [role=img]")].some((sign) => /^TLS · \d+ ms/.test(sign.ariaLabel))), "the connection is measured");

	// Paused: the picture stays, and the panel says so; or nothing is there.
	await button(page, "Pause").click();
	await says(page, "Paused: viewers see this picture");
	await until(async () => (await mine(page))?.paused === "frozen", "it is paused");
	const frozen = await page.evaluate(() => globalThis.ground.back.at(-1).value);
	await ground(display, 1);
	await wait(500);
	equal(await page.evaluate(() => globalThis.ground.back.at(-1).value), frozen, "the pause shows in it");
	await button(page, "nothing").click();
	await says(page, "Paused: viewers see nothing");
	await until(() => page.evaluate(() => globalThis.ground.back.at(-1).value === 0), "it is black");
	await button(page, "Go on").click();
	await until(() => page.evaluate(() => globalThis.ground.back.at(-1).value === 1), "and it goes on");

	// Not looked at: nothing comes, though pictures go out.
	await button(page, /Show what viewers see/).click();
	check(!(await byRole(page, "figure", /./).isShown()), "it is hidden");
	const at = async () => [await server.metric("tessera_frames_in_total"), await server.metric("tessera_frames_out_total")];
	let [taken, before] = await at();
	await until(async () => {
		await wait(2300); // the metrics are told every two seconds
		const last = before;
		[taken, before] = await at();
		return last === before;
	}, "nothing comes back any more");
	for (const grey of GREYS) {
		await ground(display, grey);
		await wait(150);
	}
	await until(async () => (await at())[0] > taken, "pictures go out");
	equal((await at())[1], before, "and not a byte comes back");
}, { timeoutMs: 90_000 });

test("each of several shares comes back, and each has a choice of its own", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1100, height: 700, windowManager: false })]);
	const session = await server.createSession();
	const chromium = await startChromium(ctx, { display, args: [...captureScreen, "--window-size=1000,680"], viewport: null });
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, session.organizer, "Ada");
	await startSharing(page);
	await button(page, /^Share another one as well/).click();
	const ages = () => page.evaluate(() => [...document.querySelectorAll(".figures header")].filter((head) => /ago/.test(head.textContent)).length);
	await until(async () => (await ages()) === 2, "both come back");
	const { screens: seen, shares } = await inspect(page);
	equal(seen.filter(({ picture }) => picture > 0).map(({ stream }) => stream).toSorted(), shares.map(({ stream }) => stream).toSorted(), "each its own");
	await page.locator(".figures summary").last().click();
	const pressed = () => page.evaluate(() => [...document.querySelectorAll(".figures-prefer")].map((one) => one.querySelector("[aria-pressed=true]").textContent));
	await until(async () => (await pressed()).length === 2, "the choices are shown");
	await page.locator(".figures-prefer").last().getByRole("button", { name: "Text" }).click();
	await until(async () => (await pressed()).join() === "Automatic,Text", "the second is for text");
	await page.locator(".figures header button").first().click();
	await until(async () => (await inspect(page)).screens.length === 0, "nothing comes back when it is hidden");
});

await run();
