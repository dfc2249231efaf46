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
	const captured = { clicked: [], digests: [], formats: {}, tracks: [], errors: [] };
	Object.defineProperty(globalThis, "captured", { value: captured });
	const ask = navigator.mediaDevices?.getDisplayMedia?.bind(navigator.mediaDevices);
	if (!ask) return;
	navigator.mediaDevices.getDisplayMedia = async (options) => {
		captured.clicked.push(navigator.userActivation.isActive);
		const stream = await ask(options);
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
		const bytes = new Uint8Array(frame.allocationSize());
		await frame.copyTo(bytes);
		const { format } = frame;
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
