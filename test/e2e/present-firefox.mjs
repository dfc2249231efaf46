// SPDX-License-Identifier: Apache-2.0
// Firefox presents a real screen, though it has no stream of frames to give to a worker: what every viewer
// has equals what the page took of the screen, also while its tab is hidden.
import { openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { agree, button, complaints, gather, gathered, inspect, joinInBrowser, screens, startSharing, words } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { equal, run, test, until } from "./lib/tap.mjs";

const MOVING = "i=0; while :; do echo line $i $(date +%N); i=$((i+1)); sleep 0.2; done";

/** Runs in the page before anything else: the digest of every frame that is made, apart from the SDK. */
function instrument() {
	const captured = { clicked: [], digests: [], formats: {}, tracks: [], errors: [], next: {} };
	Object.defineProperty(globalThis, "captured", { value: captured });
	const ask = navigator.mediaDevices?.getDisplayMedia?.bind(navigator.mediaDevices);
	if (!ask) return;
	navigator.mediaDevices.getDisplayMedia = async (options) => {
		captured.clicked.push(navigator.userActivation.isActive);
		// What Firefox's dialog does with the answer: "window" is asked for in its stead, the first one there is.
		const stream = await (captured.next.mediaSource ? navigator.mediaDevices.getUserMedia({ video: captured.next }) : ask(options));
		captured.tracks.push(...stream.getVideoTracks());
		return stream;
	};
	const fnv = (bytes, skipsAlpha) => {
		let hi = 0xcbf29ce4;
		let lo = 0x84222325;
		for (let at = 0; at < bytes.length; at++) {
			if (skipsAlpha && (at & 3) === 3) continue;
			lo = (lo ^ bytes[at]) >>> 0;
			const low = lo * 0x1b3;
			hi = (Math.imul(hi, 0x1b3) + Math.floor(low / 0x100000000) + (lo << 8)) >>> 0;
			lo = low >>> 0;
		}
		return hi.toString(16).padStart(8, "0") + lo.toString(16).padStart(8, "0");
	};
	const note = async (frame) => {
		const { format, visibleRect } = frame;
		// It has no colours for what an odd size has beyond the even one.
		const rect = format === "I420" ? { x: 0, y: 0, width: visibleRect.width & ~1, height: visibleRect.height & ~1 } : visibleRect;
		const bytes = new Uint8Array(frame.allocationSize({ rect }));
		await frame.copyTo(bytes, { rect });
		frame.close();
		if (format?.startsWith("RGB")) for (let at = 0; at < bytes.length; at += 4) [bytes[at], bytes[at + 2]] = [bytes[at + 2], bytes[at]];
		captured.formats[format] = (captured.formats[format] ?? 0) + 1;
		captured.digests.push(fnv(bytes, format !== "I420"));
	};
	globalThis.VideoFrame = new Proxy(globalThis.VideoFrame, {
		construct(target, args) {
			const frame = new target(...args);
			note(frame.clone()).catch((error) => captured.errors.push(String(error)));
			return frame;
		},
	});
}

/** A server, a display with something that moves, and Ada in a Firefox on that display. */
async function presenter(ctx, { before = instrument } = {}) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 800, height: 600 })]);
	const session = await server.createSession();
	const firefox = await startFirefox(ctx, { display, preferences: { "media.navigator.streams.fake": false } });
	const page = await openPage(ctx, firefox, null, before);
	await joinInBrowser(page, session.organizer, "Ada");
	await startTerminal(display, MOVING, { geometry: "40x10+380+300", title: "moves" }); // above Firefox
	return { server, display, session, firefox, page };
}

const stage = async (page) => (await screens(page)).find((screen) => !screen.mine);

test("every viewer of Firefox's screen has what was captured", async (ctx) => {
	const { server, session, page, display } = await presenter(ctx);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const viewer = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(viewer, session.attendee, "Ines");
	await inspect(page); // from now on what is sent is hashed
	await startSharing(page);
	equal(await page.evaluate(() => globalThis.captured.clicked), [true], "one click, one question");
	await until(async () => (await stage(viewer))?.state === "live", "the screen is live");
	equal([(await stage(viewer)).width, (await stage(viewer)).height], [display.width, display.height], "it is the display's size");
	const [sent, seen] = [gather(page, "sent"), gather(viewer, "seen")];
	const matches = () => [agree(sent.found, gathered(milo), "tessera"), agree(sent.found, seen.found, "Chromium")];
	await until(() => matches().every((n) => n >= 5), "enough pictures to compare", { timeoutMs: 30_000 });
	await Promise.all([sent.stop(), seen.stop()]);
	const { digests, formats, errors } = await page.evaluate(() => globalThis.captured);
	equal(errors, [], "faults of the test's own reading");
	equal([...sent.found.values()].filter((digest) => !digests.includes(digest)), [], "pictures sent that were never captured");
	ctx.say(`compared ${matches()} of ${sent.found.size}; captured as ${JSON.stringify(formats)}`);
	for (const heard of [page, viewer]) equal(complaints(heard), [], "the page complains of nothing");

	await button(page, "Stop").click();
	await until(() => milo.views.size === 0, "it is gone for Milo");
	await until(() => page.evaluate(() => globalThis.captured.tracks[0].readyState === "ended"), "Firefox captures no longer");
	await startSharing(page);
	await until(() => milo.views.size === 1 && milo.picture, "it can be started again");
	await page.evaluate(() => globalThis.captured.tracks[1].stop());
	await until(async () => (await inspect(page)).shares.length === 0, "stopped in the browser, the share has ended");
	await until(async () => (await words(page)).includes("Sharing has stopped"), "and it is said");
});

test("Firefox shares a monitor and a window of odd size at once", async (ctx) => {
	const { server, session, page, display } = await presenter(ctx);
	// Firefox's window goes along with its monitor, and the bar above it takes an odd height.
	await display.command("xrandr", ["--setmonitor", "DP-1", "701/185x600/158+0+0", "screen"]);
	await display.command("xrandr", ["--setmonitor", "DP-2", "99/26x600/158+701+0", "none"]);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const viewer = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(viewer, session.attendee, "Ines");
	await inspect(page);
	await startSharing(page);
	await until(async () => (await stage(viewer))?.width === 700, "one monitor is shown");
	await page.evaluate(() => (globalThis.captured.next = { mediaSource: "window" }));
	await button(page, "Share another one as well Viewers choose which one they look at").click();
	await until(async () => (await screens(viewer)).length === 2, "there are two");
	const [monitor, window] = await page.evaluate(() => globalThis.captured.tracks.map((track) => track.getSettings()));
	equal([monitor.width, window.width % 2, window.height % 2], [701, 1, 1], "sizes are odd");
	await until(() => button(viewer, "Screen 1: whole monitor").isShown(), "one is said to be a monitor");
	await viewer.keyboard.press("b");
	const [sent, seen] = [gather(page, "sent"), gather(viewer, "seen")];
	const streams = (await inspect(page)).shares.map(({ stream }) => stream);
	const nEach = () => {
		agree(sent.found, seen.found, "Chromium");
		agree(sent.found, gathered(milo), "tessera");
		return [seen.found, gathered(milo)].flatMap((found) => streams.map((stream) => [...found.keys()].filter((name) => name.startsWith(`${stream}/`) && sent.found.has(name)).length));
	};
	await until(() => nEach().every((n) => n >= 5), "enough pictures of both to compare", { timeoutMs: 30_000 });
	ctx.say(`compared ${nEach()} of ${sent.found.size}`);
	await Promise.all([sent.stop(), seen.stop()]);
	const { digests, errors } = await page.evaluate(() => globalThis.captured);
	equal(errors, [], "faults of the test's own reading");
	equal([...sent.found.values()].filter((digest) => !digests.includes(digest)), [], "pictures sent that were never captured");
	await page.evaluate(() => globalThis.captured.tracks[0].stop());
	await until(async () => (await screens(viewer)).length === 1, "one is over");
	const [{ stream }] = (await inspect(page)).shares;
	equal(stream, streams[1], "the other goes on");
	for (const heard of [page, viewer]) equal(complaints(heard), [], "the page complains of nothing");
});

test("a hidden tab of Firefox goes on", async (ctx) => {
	const { server, session, firefox, page } = await presenter(ctx, { before: null });
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await startSharing(page);
	await until(() => milo.picture, "Milo sees it");
	const cover = await firefox.newPage();
	await cover.bringToFront();
	await until(() => page.evaluate(() => document.visibilityState === "hidden"), "the tab is hidden");
	const before = milo.picture.picture;
	await until(() => milo.picture.picture > before + 5, "pictures go on", { timeoutMs: 3000 });
	equal(await page.evaluate(() => document.visibilityState), "hidden", "it is still hidden");
});

await run({ atOnce: 2 });
