// SPDX-License-Identifier: Apache-2.0
// The web client as a person uses it: everything is found by its accessible role and name, in
// Playwright's pages (Chromium) and Puppeteer's (Firefox) alike.
import { difference, digest, readCanvas, readDisplay } from "./pixels.mjs";
import { until } from "./tap.mjs";

/** Playwright waits until the page draws, which was more than 10 s where a machine had too much else to do. */
const PATIENCE_MS = 30_000;

const isPlaywright = (page) => typeof page.getByRole === "function";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What Chromium's and Firefox's pages share: click(), fill(text), isShown(), text(). */
function part(page, role, name) {
	if (isPlaywright(page)) {
		const found = page.getByRole(role, { name, exact: typeof name === "string" });
		return {
			click: () => found.first().click({ timeout: PATIENCE_MS }),
			fill: (text) => found.first().fill(text, { timeout: PATIENCE_MS }),
			focus: () => found.first().focus({ timeout: PATIENCE_MS }),
			isShown: async () => (await found.count()) > 0 && found.first().isVisible(),
			text: () => found.first().innerText({ timeout: PATIENCE_MS }),
		};
	}
	const selector = `::-p-aria([name="${name}"][role="${role}"])`;
	const find = () => until(() => page.$(selector), `${role} "${name}"`);
	return {
		click: async () => (await find()).click(),
		fill: async (text) => {
			const field = await find();
			await field.evaluate((element) => element.select?.());
			await field.type(text);
		},
		focus: async () => (await find()).focus(),
		isShown: async () => (await page.$(selector))?.isVisible() ?? false,
		text: async () => (await find()).evaluate((element) => element.innerText),
	};
}

export const button = (page, name) => part(page, "button", name);
export const field = (page, name) => part(page, "textbox", name);
export const heading = (page, name) => part(page, "heading", name);
export const byRole = part;

/** Waits until something with this role and name is seen. */
export const shown = (page, role, name, options) =>
	until(() => part(page, role, name).isShown(), `${role} "${name}" is shown`, options);

/** The words on the page, as they are seen. */
export const words = (page) => page.evaluate(() => document.body.innerText);

export const says = (page, text, options) =>
	until(async () => (await words(page)).includes(text), `the page says "${text}"`, options);

// ---- what the SDK tells tests: states, hashes and counts --------------------------------

export const status = (page) => page.evaluate(() => globalThis.tessera.status());
export const inspect = (page) => page.evaluate(() => globalThis.tessera.inspect());
export const screens = (page) => page.evaluate(() => globalThis.tessera.screens());

export const isStatus = (page, kind, options) =>
	until(async () => (await status(page)).kind === kind, `the page is ${kind}`, options);

/** Opens the link, types the name if it is not remembered, presses Join, and waits for the room (or what `then` says). */
export async function joinInBrowser(page, link, name, { then = "joined" } = {}) {
	await page.goto(link);
	await field(page, "Your name").fill(name);
	await button(page, "Join").click();
	if (then) await isStatus(page, then);
}

/** The picture on the stage, or null while there is none. */
export const readStage = (page) => readCanvas(page, "canvas.canvas");

/** A display that has not changed for `ms`. */
export async function still(display, ms = 300) {
	let before = digest(await readDisplay(display));
	let since = performance.now();
	return until(async () => {
		const picture = await readDisplay(display);
		const now = digest(picture);
		if (now !== before) since = performance.now();
		before = now;
		return performance.now() - since >= ms ? picture : null;
	}, "the display is still");
}

/** Every pixel of the stage is that of the X server, which is still. */
export async function stageEquals(page, display, options) {
	let why;
	await until(async () => {
		const picture = await still(display);
		const seen = await readStage(page);
		if (digest(picture) !== digest(await readDisplay(display))) return false;
		why = seen ? difference(seen, picture) : "no picture";
		return !why;
	}, "the stage equals the display", options).catch((error) => {
		throw new Error(`${error.message}; ${why}`);
	});
}

/** Like stageEquals, but looks once, `ms` after the display was changed for the last time. */
export async function stageEqualsAfter(page, display, ms = 300) {
	await wait(ms);
	const seen = await readStage(page);
	const picture = await readDisplay(display);
	return seen ? difference(seen, picture) : "no picture";
}

/** What no page may have said: violations of the policy, errors, warnings of the browser. */
export function complaints(page) {
	return page.heard.filter((line) => !/^(log|info|debug|timeEnd|verbose)/.test(line));
}

// ---- presenting from Chromium -----------------------------------------------------------

/**
 * Runs in the presenter's page before anything else. Counts the calls of getDisplayMedia with what led
 * to them, and takes the digest of every captured frame by itself, apart from the SDK.
 * globalThis.captured = {calls: [{clicked}], digests: [...], tracks, next: a source to give instead of the screen}.
 */
export function instrumentCapture() {
	const captured = { calls: [], digests: [], formats: {}, tracks: [], next: null };
	Object.defineProperty(globalThis, "captured", { value: captured });
	const ask = navigator.mediaDevices?.getDisplayMedia?.bind(navigator.mediaDevices);
	if (!ask) return;
	navigator.mediaDevices.getDisplayMedia = async (options) => {
		captured.calls.push({ clicked: navigator.userActivation.isActive });
		const stream = captured.next ? await captured.next() : await ask(options);
		captured.tracks.push(...stream.getVideoTracks());
		return stream;
	};
	const fnv = (bytes) => {
		let hi = 0xcbf29ce4;
		let lo = 0x84222325;
		for (const byte of bytes) {
			lo = (lo ^ byte) >>> 0;
			const low = lo * 0x1b3;
			hi = (Math.imul(hi, 0x1b3) + Math.floor(low / 0x100000000) + (lo << 8)) >>> 0;
			lo = low >>> 0;
		}
		return hi.toString(16).padStart(8, "0") + lo.toString(16).padStart(8, "0");
	};
	/** Tight planes, I420 or as they are. */
	const planesOf = async (frame) => {
		const bytes = new Uint8Array(frame.allocationSize());
		const layout = await frame.copyTo(bytes);
		if (frame.format !== "NV12") return bytes;
		const u = [];
		const v = [];
		for (let at = layout[1].offset; at + 1 < bytes.length; at += 2) {
			u.push(bytes[at]);
			v.push(bytes[at + 1]);
		}
		bytes.set(u, layout[1].offset);
		bytes.set(v, layout[1].offset + u.length);
		return bytes;
	};
	const Processor = globalThis.MediaStreamTrackProcessor;
	globalThis.MediaStreamTrackProcessor = class {
		constructor(init) {
			let last = 0;
			const transform = async (frame, controller) => {
				// The worker gets a copy, so this one must be closed here; ten a second are enough to compare.
				if (performance.now() - last < 100) return frame.close();
				last = performance.now();
				captured.formats[frame.format] = (captured.formats[frame.format] ?? 0) + 1;
				captured.digests.push(fnv(await planesOf(frame)));
				controller.enqueue(frame);
				setTimeout(() => frame.close(), 1000);
			};
			this.readable = new Processor(init).readable.pipeThrough(new TransformStream({ transform }));
		}
	};
}

/** Presses Screen and waits until the share is seen to be live. */
export async function startSharing(page) {
	await button(page, "Screen").click();
	return until(async () => (await inspect(page)).shares.find((share) => share.stream && share.bytes > 0), "the share is live");
}

/** Gathers digests of pictures by stream and number until stop() is called: of a presenter or a viewer. */
export function gather(page, side) {
	const found = new Map();
	let isOn = true;
	const take = async () => {
		const { shares, screens: seen } = await inspect(page);
		if (side === "sent") for (const { stream, pictures } of shares) for (const { picture, digest: d } of pictures) found.set(`${stream}/${picture}`, d);
		else for (const { stream, picture, digest: d } of seen) if (picture > 0) found.set(`${stream}/${picture}`, d);
	};
	const running = (async () => {
		while (isOn) {
			await take().catch(() => {});
			await wait(40);
		}
	})();
	return {
		found,
		stop: async () => {
			isOn = false;
			await running;
			return found;
		},
	};
}

/** The same of a headless endpoint. */
export const gathered = (endpoint) =>
	new Map(endpoint.events.filter((e) => e.event === "picture").map((e) => [`${e.stream}/${e.picture}`, e.digest]));

/** How many pictures both have; throws when one of them differs. */
export function agree(sent, seen, who) {
	let n = 0;
	for (const [name, digestSeen] of seen) {
		const digestSent = sent.get(name);
		if (digestSent === undefined || digestSent === "") continue;
		if (digestSent !== digestSeen) throw new Error(`${who}: picture ${name} is ${digestSeen}, not ${digestSent}`);
		n++;
	}
	return n;
}
