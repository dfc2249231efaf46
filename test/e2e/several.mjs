// SPDX-License-Identifier: Apache-2.0
// A presenter shares two screens at once: viewers pick one or see both, each exactly, and what is not
// looked at is not sent. And a presenter who means harm: his viewers say so and go on with everything else.
import { captureScreen, openPage, startChromium } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { agree, button, complaints, field, gather, gathered, inspect, instrumentCapture, joinInBrowser, says, screens, stageEquals, startSharing } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const MOVING = "i=0; while :; do echo line $i $(date +%N); i=$((i+1)); sleep 0.1; done";

/** A server, a display with something that moves, Ada who presents it, and Milo who watches, both in Chromium. */
async function two(ctx) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1024, height: 640 })]);
	const session = await server.createSession();
	await startTerminal(display, MOVING, { geometry: "16x16+850+20", title: "moves" }); // beside Chromium
	const args = [...captureScreen, "--window-size=800,600"];
	const ada = await openPage(ctx, await startChromium(ctx, { display, args, viewport: null }), null, instrumentCapture);
	const milo = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(ada, session.organizer, "Ada");
	await joinInBrowser(milo, session.attendee, "Milo");
	await inspect(ada); // from now on what is sent is hashed
	return { server, session, ada, milo };
}

/** Instead of the next screen: a small canvas that moves. */
function giveCanvas() {
	globalThis.captured.next = async () => {
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [500, 300];
		const context = canvas.getContext("2d");
		let n = 0;
		setInterval(() => {
			context.fillStyle = n % 100 < 50 ? "#204060" : "#806020";
			context.fillRect(n++ % 500, 0, 4, 300);
		}, 100);
		return canvas.captureStream(10);
	};
}

/** Widths of the pictures on the stage. */
const onStage = (page) => page.evaluate(() => [...document.querySelectorAll("canvas.canvas")].map((canvas) => canvas.width));
/** Widths of the pictures that are being received. */
async function received(page) {
	const [known, { screens: watched }] = [await screens(page), await inspect(page)];
	return watched.map(({ screen }) => known.find(({ key }) => key === screen)?.width);
}
const isOnStage = (page, widths, what) => until(async () => JSON.stringify(await onStage(page)) === JSON.stringify(widths), what);
const isReceived = (page, widths, what) => until(async () => JSON.stringify(await received(page)) === JSON.stringify(widths), what);

test("two screens: one, the other, or both", async (ctx) => {
	const { ada, milo } = await two(ctx);
	await startSharing(ada);
	await isOnStage(milo, [1024], "the first is on the stage");
	await ada.evaluate(giveCanvas);
	await ada.getByRole("button", { name: /^Share another one as well/ }).click();
	await until(async () => (await screens(milo)).length === 2, "there are two");
	await isReceived(milo, [1024], "only the one that is looked at is sent");
	await milo.keyboard.press("b");
	await isOnStage(milo, [1024, 500], "both are side by side");
	const [sent, seen] = [gather(ada, "sent"), gather(milo, "seen")];
	const streams = async () => (await inspect(ada)).shares.map(({ stream }) => stream);
	const compared = async () => {
		agree(sent.found, seen.found, "Chromium");
		return Promise.all((await streams()).map((stream) => [...seen.found.keys()].filter((name) => name.startsWith(`${stream}/`) && sent.found.has(name)).length));
	};
	await until(async () => (await compared()).every((n) => n >= 5), "both are exact", { timeoutMs: 30_000 });
	await Promise.all([sent.stop(), seen.stop()]);
	await button(milo, "Screen 2: screen").click();
	await isOnStage(milo, [500], "the second alone");
	await isReceived(milo, [500], "and the first is not sent any more");
	await milo.keyboard.press("n");
	await isOnStage(milo, [1024, 500], "after the last, all");
	await milo.keyboard.press("n");
	await isOnStage(milo, [1024], "then the first");
	await until(async () => (await screens(milo)).find(({ width }) => width === 1024).state === "live", "and it is live again");

	await button(milo, "All side by side").click();
	await ada.getByRole("button", { name: "Pause" }).first().click();
	await until(async () => (await screens(milo)).every(({ paused }) => paused === "frozen"), "a pause is for both");
	await ada.getByRole("button", { name: "Go on" }).first().click();
	await until(async () => (await screens(milo)).every(({ paused, state }) => paused === "none" && state === "live"), "and so is its end");
	await ada.locator(".figures").first().getByRole("button", { name: "Stop" }).click();
	await isOnStage(milo, [500], "one is stopped, the other goes on");
	equal(await milo.getByRole("group", { name: "Which screen" }).count(), 0, "and there is nothing to choose");
	for (const page of [ada, milo]) equal(complaints(page), [], "the page complains of nothing");
});

test("the pointer is over the picture, and never in it", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 800, height: 600 })]);
	const session = await server.createSession();
	await startTerminal(display, "seq 1 200; exec sleep 600");
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	const page = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(page, session.attendee, "Milo");
	await stageEquals(page, display);
	/** The hot spot in pixels of the picture; null while there is none. */
	const pointer = () =>
		page.evaluate(() => {
			const [shown, canvas] = [document.querySelector(".pointer"), document.querySelector("canvas.canvas")];
			if (!shown || shown.hidden) return null;
			const at = (side, length) => Math.round((parseFloat(shown.style[side]) / 100) * length);
			return { x: at("left", canvas.width), y: at("top", canvas.height) };
		});
	for (const [x, y] of [[400, 300], [120, 90], [790, 5]]) {
		// The last pixel by XTest, as a hand would: what a program puts elsewhere moves no device.
		await display.command("xdotool", ["mousemove", String(x - 1), String(y), "mousemove_relative", "1", "0"]);
		let seen = null;
		await until(async () => JSON.stringify((seen = await pointer())) === JSON.stringify({ x, y }), `the pointer is at ${x},${y}`).catch((error) => {
			throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
		});
	}
	await stageEquals(page, display);
	equal(complaints(page), [], "the page complains of nothing");
});

/** Runs in the presenter's worker: while `evil`, what is sealed as a picture is none. */
function beEvil() {
	const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
	const [HEADER_LEN, CLASS, SCREEN] = [36, 1, 1];
	let n = 0;
	globalThis.evil = true;
	crypto.subtle.encrypt = (algorithm, key, data) => {
		const metadata = new Uint8Array(algorithm.additionalData ?? []).slice(-HEADER_LEN);
		if (!globalThis.evil || metadata[CLASS] !== SCREEN) return encrypt(algorithm, key, data);
		const unit = new Uint8Array(ArrayBuffer.isView(data) ? data : new Uint8Array(data)).slice();
		const at = n++ % 8;
		// The fields at its start one after the other, its middle, and now and then all of it.
		if (at < 4) unit[at] ^= 0xff;
		else if (at < 6) crypto.getRandomValues(unit.subarray(unit.length >> 1, (unit.length >> 1) + 64));
		else crypto.getRandomValues(unit.subarray(0, Math.min(unit.length, 65536)));
		return encrypt(algorithm, key, unit);
	};
}

test("a presenter whose pictures are none harms nobody", async (ctx) => {
	const { server, session, ada, milo } = await two(ctx);
	const ines = new Endpoint(ctx, server, session.attendee, "Ines");
	await ines.in();
	const [worker] = ada.workers();
	await worker.evaluate(beEvil);
	await startSharing(ada);
	await until(async () => (await screens(milo))[0]?.state === "unreadable", "it is known");
	await says(milo, "Ada’s picture cannot be read");
	check((await inspect(milo)).dropped.malformed_picture > 0, "and counted");
	await field(milo, "Message").fill("I see nothing");
	await button(milo, "Send").click();
	await says(ada, "I see nothing");
	equal(ines.status, "in", "a native viewer is unharmed as well");
	equal(ines.picture, undefined, "and shows no picture");
	await until(async () => (await server.metric("tessera_stream_refreshes_total", "unreadable")) > 0, "and counted by the server");
	await worker.evaluate(() => (globalThis.evil = false));
	await button(ada, "Stop").click();
	await until(async () => (await screens(milo)).length === 0, "it is over");
	await startSharing(ada);
	await until(async () => (await screens(milo))[0]?.state === "live", "an honest share is shown");
	const [sent, seen] = [gather(ada, "sent"), gather(milo, "seen")];
	await until(() => agree(sent.found, seen.found, "Chromium") >= 3 && agree(sent.found, gathered(ines), "tessera") >= 3, "exactly", { timeoutMs: 30_000 });
	await Promise.all([sent.stop(), seen.stop()]);
	for (const page of [ada, milo]) equal(complaints(page), [], "the page complains of nothing");
});

await run();
