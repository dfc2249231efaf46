// SPDX-License-Identifier: Apache-2.0
// Chromium presents a real screen: what every viewer has equals the captured frames, plane by plane.
// Nothing is shared before the click, and nothing but a click starts it.
import { captureScreen, openPage, startChromium, startFirefox, startPlainChromium } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { agree, button, complaints, gather, gathered, inspect, instrumentCapture, isStatus, joinInBrowser, screens, startSharing, status, words } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { equal, run, test, until } from "./lib/tap.mjs";

const MOVING = "i=0; while :; do echo line $i $(date +%N); i=$((i+1)); sleep 0.1; done";

/** A server, a display with something that moves, and Ada in a Chromium on that display. */
async function presenter(ctx, { width = 1024, height = 640, capture = captureScreen, moves = MOVING, start = startChromium, before = instrumentCapture } = {}) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width, height })]);
	const session = await server.createSession();
	if (moves) await startTerminal(display, moves, { geometry: "60x16+420+20", title: "moves" });
	const chromium = await start(ctx, { display, args: [...capture, "--window-size=800,600"], viewport: null });
	const page = await openPage(ctx, chromium, null, before);
	await joinInBrowser(page, session.organizer, "Ada");
	return { server, display, session, chromium, page };
}

const calls = (page) => page.evaluate(() => globalThis.captured.calls);
const stage = async (page) => (await screens(page)).find((screen) => !screen.mine);
const live = (page) => until(async () => (await stage(page))?.state === "live", "the screen is live");

test("every viewer has the captured frames, plane by plane", async (ctx) => {
	const { server, session, page } = await presenter(ctx);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const chromium = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(chromium, session.attendee, "Ines");
	const firefox = await openPage(ctx, await startFirefox(ctx));
	await joinInBrowser(firefox, session.attendee, "Jun");
	equal((await screens(page)).length, 0, "nothing is shared before the click");
	equal((await calls(page)).length, 0, "nothing was asked of the browser before the click");
	equal(milo.views.size, 0, "and nobody sees anything");
	await inspect(page); // from now on what is sent is hashed
	await startSharing(page);
	equal(await calls(page), [{ clicked: true }], "one click, one question");
	const [sent, seen, other] = [gather(page, "sent"), gather(chromium, "seen"), gather(firefox, "seen")];
	await live(chromium);
	await live(firefox);
	const matches = () => [gathered(milo), seen.found, other.found].map((found, at) => agree(sent.found, found, ["tessera", "Chromium", "Firefox"][at]));
	await until(() => matches().every((n) => n >= 5), "enough pictures to compare", { timeoutMs: 30_000 });
	await Promise.all([sent.stop(), seen.stop(), other.stop()]);
	const { digests, formats } = await page.evaluate(() => globalThis.captured);
	const independent = [...sent.found.values()].filter((digest) => digests.includes(digest)).length;
	equal(independent, sent.found.size, "pictures sent that are frames as the browser captured them");
	ctx.say(`compared ${matches()} of ${sent.found.size}; captured as ${JSON.stringify(formats)}`);
	for (const heard of [page, chromium, firefox]) equal(complaints(heard), [], "the page complains of nothing");
});

test("what is shared changes without a new start", async (ctx) => {
	const { session, page } = await presenter(ctx);
	const viewer = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(viewer, session.attendee, "Milo");
	const { share } = await startSharing(page);
	await live(viewer);
	const { key } = await stage(viewer);
	// Another source of another size, with a colour that the screen does not have.
	await page.evaluate(() => {
		globalThis.captured.next = async () => {
			const canvas = document.createElement("canvas");
			[canvas.width, canvas.height] = [500, 300];
			const context = canvas.getContext("2d");
			let n = 0;
			setInterval(() => {
				context.fillStyle = "#ff00ff";
				context.fillRect(0, 0, 500, 300);
				context.fillStyle = "#000";
				context.fillRect(n++ % 500, 0, 4, 300);
			}, 100);
			return canvas.captureStream(10);
		};
	});
	await page.getByRole("button", { name: /^Show something else/ }).click();
	await until(async () => {
		const screen = await stage(viewer);
		return screen?.width === 500 && screen.height === 300 && screen.state === "live";
	}, "the viewer sees the other source");
	equal((await stage(viewer)).key, key, "it is the same screen for the viewer");
	const { shares } = await inspect(page);
	equal(shares.map((s) => s.share), [share], "and the same share for the presenter");
	equal(await page.evaluate(() => globalThis.captured.tracks[0].readyState), "ended", "the first source is no longer captured");
	await page.evaluate(() => (globalThis.captured.next = null));
	await page.getByRole("button", { name: /^Show something else/ }).click();
	await until(async () => (await stage(viewer))?.width === 1024, "back to the screen");
	await live(viewer);
	equal((await calls(page)).map((call) => call.clicked), [true, true, true], "each was a click");
});

test("stopped in the browser itself: over for everybody, and said", async (ctx) => {
	const { server, session, page } = await presenter(ctx);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await startSharing(page);
	await until(() => milo.picture, "Milo sees it");
	// The track ends as by the browser's own "Stop sharing".
	await page.evaluate(() => globalThis.captured.tracks[0].stop());
	await until(() => milo.views.size === 0, "it is gone for Milo");
	await until(async () => (await inspect(page)).shares.length === 0, "the share has ended");
	await until(async () => (await words(page)).includes("Sharing has stopped"), "it is said");
	await button(page, "Screen").click();
	await until(() => milo.views.size === 1 && milo.picture, "it can be started again");
});

test("what is shared changes its size and goes on", async (ctx) => {
	// Xvfb has one size only, so a window stands for the monitor.
	const { server, display, session, page } = await presenter(ctx, { capture: ["--auto-select-window-capture-source-by-title=moves"] });
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const viewer = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(viewer, session.attendee, "Ines");
	await startSharing(page);
	await live(viewer);
	const { key, width } = await stage(viewer);
	const [id] = (await display.command("xdotool", ["search", "--name", "^moves$"])).stdout.trim().split("\n");
	await display.command("xdotool", ["windowsize", id, "402", "303"]);
	await until(async () => {
		const screen = await stage(viewer);
		return screen && screen.width < width && screen.state === "live";
	}, "the viewer sees another size", { timeoutMs: 20_000 });
	equal((await stage(viewer)).key, key, "it is the same screen for the viewer");
	await inspect(page);
	const [sent, seen] = [gather(page, "sent"), gather(viewer, "seen")];
	await until(() => agree(sent.found, seen.found, "Chromium") >= 3 && agree(sent.found, gathered(milo), "tessera") >= 3, "and exactly", { timeoutMs: 30_000 });
	await Promise.all([sent.stop(), seen.stop()]);
	equal((await calls(page)).length, 1, "nobody was asked again");
});

test("a presenter's tab that is hidden goes on", async (ctx) => {
	// Playwright makes every page believe that it is seen, so here Chromium is driven without it; and what
	// looks at frames in the page is slowed down by the browser there, as the SDK's worker is not.
	const { server, session, chromium, page } = await presenter(ctx, { start: startPlainChromium, before: null });
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await startSharing(page);
	await until(() => milo.picture, "Milo sees it");
	const cover = await chromium.newPage();
	await cover.goto("about:blank");
	await cover.bringToFront();
	await until(() => page.evaluate(() => document.visibilityState === "hidden"), "the tab is hidden");
	const before = milo.picture.picture;
	await until(() => milo.picture.picture > before + 5, "pictures go on", { timeoutMs: 3000 });
	equal(await page.evaluate(() => document.visibilityState), "hidden", "it is still hidden");
});

test("started and stopped again and again", async (ctx) => {
	// Chromium gives a page two frames of a screen: one that is lost with each share stops the third.
	const { server, session, page } = await presenter(ctx, { before: null });
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	for (let turn = 1; turn <= 10; turn++) {
		await startSharing(page);
		await until(() => milo.picture?.picture > 3, `pictures go on after start ${turn}`);
		await button(page, "Stop").click();
		await until(() => milo.views.size === 0, "it is stopped");
	}
	equal(complaints(page), [], "the page complains of nothing");
});

test("stop erases what the viewers had", async (ctx) => {
	const { server, session, page } = await presenter(ctx);
	const viewers = [await openPage(ctx, await startChromium(ctx)), await openPage(ctx, await startFirefox(ctx))];
	for (const [at, viewer] of viewers.entries()) await joinInBrowser(viewer, session.attendee, `Viewer ${at}`);
	await startSharing(page);
	const lit = (viewer) =>
		viewer.evaluate(() => {
			const copy = document.createElement("canvas");
			[copy.width, copy.height] = [globalThis.kept.width, globalThis.kept.height];
			const context = copy.getContext("2d");
			context.drawImage(globalThis.kept, 0, 0);
			const { data } = context.getImageData(0, 0, copy.width, copy.height);
			return data.filter((value, at) => at % 4 !== 3 && value !== 0).length;
		});
	for (const viewer of viewers) {
		await live(viewer);
		await viewer.evaluate(() => (globalThis.kept = document.querySelector("canvas.canvas")));
		await until(async () => (await lit(viewer)) > 10_000, "a picture is on the canvas");
	}
	await until(async () => (await server.metric("tessera_screens")) > 0, "the relay has the screen"); // counted every 2 s
	await button(page, "Stop").click();
	for (const viewer of viewers) {
		await until(async () => (await screens(viewer)).length === 0, "the screen is gone");
		await until(async () => (await lit(viewer)) === 0, "and its canvas is erased");
	}
	await until(async () => (await server.metric("tessera_screens")) === 0, "the relay keeps nothing of it");
	await until(() => page.evaluate(() => globalThis.captured.tracks[0].readyState === "ended"), "the browser captures no longer");
});

test("no message of the server starts a share", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	const page = await openPage(ctx, await startChromium(ctx), null, instrumentCapture);
	await joinInBrowser(page, session.attendee, "Milo");
	await ada.in();
	await until(() => ada.member("Milo"), "Ada sees Milo");
	const milo = ada.member("Milo").id;
	for (const command of [{ do: "make_presenter", member: milo }, { do: "share_right", member: milo, on: false }, { do: "share_right", member: milo, on: true }, { do: "open", on: true }, { do: "make_presenter", member: ada.me }, { do: "make_presenter", member: milo }]) {
		await ada.ask(command);
		await until(async () => (await page.evaluate(() => globalThis.tessera.status().kind)) === "joined", "still in");
	}
	equal(await ada.ask({ do: "hand_over", member: milo }), 0, "Milo organizes now");
	await page.reload();
	await isStatus(page, "joined");
	await server.kill("edge");
	await until(() => ada.events.some((event) => event.status === "away"), "the connection was lost");
	await isStatus(page, "joined");
	await until(async () => (await status(page)).kind === "joined" && ada.status === "in", "both are back");
	equal(await calls(page), [], "the browser was never asked for a screen");
	equal((await inspect(page)).shares, [], "and nothing is shared");
});

await run();
