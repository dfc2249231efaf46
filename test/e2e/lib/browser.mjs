// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium by playwright-core and Firefox by WebDriver BiDi (puppeteer-core), each with an
// empty profile of its own.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { build } from "./process.mjs";
import { tempDir } from "./server.mjs";

const shots = join(build, "test-screens");

const always = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync",
];

/** A persistent Chromium context. `display`: a display from startDisplay() to be seen and captured on;
 *  without one it is headless. */
export async function startChromium(ctx, { display, args = [], viewport = { width: 1280, height: 800 }, ...options } = {}) {
	const profile = await tempDir(ctx, "tsr-chromium-");
	const browser = await chromium.launchPersistentContext(profile, {
		executablePath: "/usr/bin/chromium",
		headless: !display,
		ignoreHTTPSErrors: true,
		viewport,
		env: { ...process.env, ...(display?.env ?? {}) },
		args: [...always, ...args],
		...options,
	});
	browser.profile = profile;
	ctx.onEnd(() => browser.close());
	return browser;
}

/** The same browser driven by Puppeteer, which leaves focus and visibility of pages as they are. */
export async function startPlainChromium(ctx, { display, args = [] } = {}) {
	const browser = await puppeteer.launch({
		executablePath: "/usr/bin/chromium",
		headless: !display,
		acceptInsecureCerts: true,
		userDataDir: await tempDir(ctx, "tsr-chromium-"),
		env: { ...process.env, ...(display?.env ?? {}) },
		defaultViewport: null,
		args: [...always, ...args],
	});
	ctx.onEnd(() => browser.close());
	return browser;
}

/** The arguments that let Chromium take the whole X screen without asking. */
export const captureScreen = ["--auto-select-desktop-capture-source=Entire screen"];

/** Runs in every document before anything else: violations of the page's policy are said in the console. */
function reportViolations() {
	document.addEventListener("securitypolicyviolation", (event) =>
		console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
	);
}

/** A page whose console and errors are kept in page.heard, and shown when the case fails. Both browsers'.
 *  `before` runs in every document before the page's own scripts. */
export async function openPage(ctx, browser, url, before) {
	const page = await browser.newPage();
	const heard = [];
	page.on("console", (message) => heard.push(`${message.type()}: ${message.text()}`));
	page.on("pageerror", (error) => heard.push(`error: ${error.message}`));
	for (const script of [reportViolations, before])
		if (script) await (page.addInitScript ?? page.evaluateOnNewDocument).call(page, script);
	ctx.onFail.push(async () => {
		ctx.say(`page ${page.url().replace(/#.*/, "")}:\n${heard.slice(-40).join("\n")}`);
		await mkdir(shots, { recursive: true });
		const file = join(shots, `failed-${Date.now()}.png`);
		await page.screenshot({ path: file });
		ctx.say(`screenshot: ${file}`);
	});
	page.heard = heard;
	if (url) await page.goto(url);
	return page;
}

export async function startFirefox(ctx, { display, env = {}, preferences = {} } = {}) {
	const browser = await puppeteer.launch({
		browser: "firefox",
		protocol: "webDriverBiDi",
		executablePath: "/usr/bin/firefox-esr",
		headless: !display,
		acceptInsecureCerts: true,
		userDataDir: await tempDir(ctx, "tsr-firefox-"),
		env: { ...process.env, ...(display?.env ?? {}), ...env, MOZ_DISABLE_CONTENT_SANDBOX: "1" },
		defaultViewport: { width: 1280, height: 800 },
		extraPrefsFirefox: {
			"media.navigator.streams.fake": true,
			"media.navigator.permission.disabled": true,
			"media.autoplay.default": 0,
			...preferences,
		},
	});
	ctx.onEnd(() => browser.close());
	return browser;
}

export async function screenshot(page, name) {
	await mkdir(shots, { recursive: true });
	await page.screenshot({ path: join(shots, `${name}.png`) });
}
