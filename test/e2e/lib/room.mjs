// SPDX-License-Identifier: Apache-2.0
// The web client as a person uses it: everything is found by its accessible role and name, in
// Playwright's pages (Chromium) and Puppeteer's (Firefox) alike.
import { difference, digest, readCanvas, readDisplay } from "./pixels.mjs";
import { until } from "./tap.mjs";

const isPlaywright = (page) => typeof page.getByRole === "function";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What Chromium's and Firefox's pages share: click(), fill(text), isShown(), text(). */
function part(page, role, name) {
	if (isPlaywright(page)) {
		const found = page.getByRole(role, { name, exact: typeof name === "string" });
		return {
			click: () => found.first().click({ timeout: 10_000 }),
			fill: (text) => found.first().fill(text, { timeout: 10_000 }),
			focus: () => found.first().focus({ timeout: 10_000 }),
			isShown: async () => (await found.count()) > 0 && found.first().isVisible(),
			text: () => found.first().innerText({ timeout: 10_000 }),
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
