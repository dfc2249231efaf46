// SPDX-License-Identifier: Apache-2.0
// No key is ever used twice with the same nonce, whatever a person does. Watched where the browser
// encrypts (WebCrypto in the SDK's worker), and compared with what the SDK says of itself.
import { captureScreen, openPage, startChromium } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { button, field, inspect, isStatus, joinInBrowser, screens, startSharing } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** In the worker: every use of AES-GCM as "hash of the key:nonce". Keys themselves are not kept. */
function recordUses() {
	const { subtle } = crypto;
	const names = new WeakMap();
	const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
	const [importKey, encrypt] = [subtle.importKey.bind(subtle), subtle.encrypt.bind(subtle)];
	globalThis.uses = [];
	subtle.importKey = async (format, data, ...rest) => {
		const raw = format === "raw" ? new Uint8Array(ArrayBuffer.isView(data) ? data : new Uint8Array(data)).slice() : null;
		const [key, hash] = await Promise.all([importKey(format, data, ...rest), raw ? subtle.digest("SHA-256", raw) : null]);
		if (hash) names.set(key, hex(hash).slice(0, 32));
		return key;
	};
	subtle.encrypt = (algorithm, key, data) => {
		if (algorithm.name === "AES-GCM") globalThis.uses.push(`${names.get(key) ?? "unknown"}:${hex(new Uint8Array(algorithm.iv.buffer ?? algorithm.iv, algorithm.iv.byteOffset ?? 0, algorithm.iv.byteLength))}`);
		return encrypt(algorithm, key, data);
	};
}

/** Every use by every worker that this page has had, also of those that are gone. */
function watch(page) {
	const gone = [];
	let now = null;
	let last = [];
	page.on("worker", (worker) => {
		gone.push(...last);
		last = [];
		now = worker;
		worker.installed = worker.evaluate(recordUses).catch(() => {});
	});
	const take = async () => {
		await now?.installed;
		last = (await now?.evaluate(() => globalThis.uses).catch(() => null)) ?? last;
		return [...gone, ...last];
	};
	return { take };
}

function isUnique(uses) {
	check(!uses.some((use) => use.startsWith("unknown")), "every key was seen when it was made");
	const seen = new Set();
	for (const use of uses) {
		check(!seen.has(use), `${use} is used once only`);
		seen.add(use);
	}
	return { uses: uses.length, keys: new Set(uses.map((use) => use.split(":")[0])).size };
}

const say = async (page, text) => {
	await field(page, "Message").fill(text);
	await button(page, "Send").click();
	await until(async () => (await page.evaluate(() => document.querySelector(".log").innerText)).includes(text), `"${text}" is in the log`);
};

/** Chromium's capture on Xvfb sometimes gives no frame at all after many starts in a row; the next start does. */
async function share(page) {
	await startSharing(page).catch(async () => {
		await button(page, "Stop").click();
		await startSharing(page);
	});
}

test("reload, stop and share, two screens, lost edge: each nonce once", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 800, height: 600 })]);
	const session = await server.createSession();
	await startTerminal(display, "while :; do date +%N; sleep 0.2; done", { geometry: "30x10+500+400" });
	const chromium = await startChromium(ctx, { display, args: [...captureScreen, "--window-size=640,560"], viewport: null });
	const page = await openPage(ctx, chromium);
	page.on("dialog", (dialog) => dialog.accept().catch(() => {})); // "leave the page that shares?"
	const { take } = watch(page);
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await joinInBrowser(page, session.organizer, "Ada");
	const claimed = new Map();
	const keep = async () => {
		await take();
		for (const { keyHash, first, last } of (await inspect(page)).keysUsed) claimed.set(keyHash, [first, last]);
	};
	await say(page, "one");

	for (let turn = 0; turn < 10; turn++) {
		await share(page);
		// One picture is enough: Chromium's capture on Xvfb sometimes gives a single frame after many starts in a row.
		await until(() => milo.views.size === 1 && milo.picture, "Milo has a picture");
		await keep();
		await button(page, "Stop").click();
		await until(() => milo.views.size === 0, "it is stopped");
	}
	await keep();

	await share(page);
	await page.getByRole("button", { name: /^Share another one as well/ }).click();
	await until(() => milo.pictures.size === 2, "Milo has pictures of two screens");
	await keep();
	for (let turn = 0; turn < 2; turn++) {
		const mark = milo.events.length;
		await server.kill("edge");
		await milo.next("status", mark, "Milo lost the connection", (event) => event.status === "away");
		await isStatus(page, "joined", { timeoutMs: 30_000 });
		await until(() => milo.status === "in" && milo.pictures.size === 2, "both screens are back", { timeoutMs: 40_000 });
		await say(page, `after kill ${turn}`);
		await keep();
	}

	for (let turn = 0; turn < 3; turn++) {
		await page.reload();
		await isStatus(page, "joined", { timeoutMs: 30_000 });
		equal((await screens(page)).length, 0, "a reload ends the share");
		await say(page, `after reload ${turn}`);
		await share(page);
		await keep();
	}
	const uses = await take();
	const { uses: n, keys } = isUnique(uses);
	check(keys >= 20, `enough keys were made (${keys})`);
	ctx.say(`${n} encryptions with ${keys} keys, ${claimed.size} of them listed by inspect()`);
	equal(new Set((await inspect(page)).keysUsed.map((use) => use.keyHash)).size, (await inspect(page)).keysUsed.length, "inspect() lists each key once");
}, { timeoutMs: 240_000 });

await run();
