// SPDX-License-Identifier: Apache-2.0
// Browsers hear and see each other through the server: frames decoded at the right size, the fake tone found
// at the receiver, mute is silence at the server, layers follow the tile.
import { openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { startNetwork } from "./lib/net.mjs";
import { button, complaints, inspect, joinInBrowser, says } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"];

const media = async (page) => (await inspect(page)).media;
const received = async (page, kind) => (await media(page)).receiving.find((one) => one.kind === kind);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Energy of the sound that was decoded in a second and a half: the fake microphones beep at least once in it. */
async function heard(page) {
	const before = (await received(page, "audio"))?.energy ?? 0;
	await wait(1500);
	return ((await received(page, "audio"))?.energy ?? 0) - before;
}
const hears = (page, what) => until(async () => (await heard(page)) > 1e-4, what, { timeoutMs: 20_000 });
const isSilent = (page, what) => until(async () => (await heard(page)) < 1e-7, what);

/** Ada organizes, Bob attends; both in Chromium with fake devices, everything on. */
async function two(ctx) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browsers = await Promise.all([startChromium(ctx, { args: fake }), startChromium(ctx, { args: fake })]);
	const [ada, bob] = await Promise.all(browsers.map((browser) => openPage(ctx, browser)));
	await joinInBrowser(ada, session.organizer, "Ada");
	await joinInBrowser(bob, session.attendee, "Bob");
	return { server, session, ada, bob };
}

test("two in Chromium hear and see each other, and mute is silence", async (ctx) => {
	const { ada, bob } = await two(ctx);
	equal((await media(ada)).state, "off", "nothing before a button is pressed");
	await button(ada, "Mic").click();
	await button(ada, "Camera").click();
	await until(async () => (await received(bob, "video"))?.framesDecoded > 5, "Bob decodes Ada's camera");
	await hears(bob, "Bob hears Ada's tone");
	await until(async () => (await received(bob, "video")).height === 720, "the whole stage gets the whole picture", { timeoutMs: 20_000 });
	equal((await received(bob, "video")).width, 1280, "width");

	await button(ada, "Mic on").click();
	await button(ada, "Muted").isShown();
	await isSilent(bob, "muted is silent");
	const { packets } = await received(bob, "audio");
	await wait(1000);
	equal((await received(bob, "audio")).packets, packets, "and nothing of it is forwarded");
	await button(ada, "Muted").click();
	await hears(bob, "and is heard again");

	const show = (display) => bob.evaluate((value) => (document.querySelector(".faces").style.display = value), display);
	const decoded = async () => (await received(bob, "video")).framesDecoded;
	await show("none");
	await until(async () => {
		const before = await decoded();
		await wait(500);
		return (await decoded()) === before;
	}, "what nobody sees is not sent");
	const hidden = await decoded();
	await show("");
	await until(async () => (await decoded()) > hidden + 5, "and comes again");

	await button(ada, "Camera on").click();
	await until(async () => !(await received(bob, "video")), "the camera is gone");
	await button(ada, "Camera").click();
	await until(async () => (await received(bob, "video"))?.framesDecoded > 5, "and is back");
	const { keysUsed, dropped } = await inspect(ada);
	check(keysUsed.length >= 3, `${keysUsed.length} keys for a microphone and a camera that was opened twice`);
	equal(new Set(keysUsed.map((use) => use.keyHash)).size, keysUsed.length, "each instance has a key of its own");
	equal([(await inspect(bob)).dropped.not_authentic ?? 0, dropped.not_authentic ?? 0], [0, 0], "all that came was authentic");
	equal(complaints(bob), [], "Bob's browser complains");
});

/** Firefox takes no candidate on loopback: the server is at the other end of a cable. */
test("Firefox and Chromium hear and see each other", async (ctx) => {
	const net = await startNetwork(ctx);
	const server = await startServer(ctx, { net });
	const session = await server.createSession();
	const here = (link) => link.replace(/^https:..[^/]+/, server.url);
	const [firefox, chromium] = await Promise.all([startFirefox(ctx), startChromium(ctx, { args: fake })]);
	const ada = await openPage(ctx, firefox);
	const bob = await openPage(ctx, chromium);
	await joinInBrowser(ada, here(session.organizer), "Ada");
	await joinInBrowser(bob, here(session.attendee), "Bob");
	for (const page of [ada, bob]) {
		await button(page, "Mic").click();
		await button(page, "Camera").click();
	}
	for (const [page, who] of [[ada, "Ada"], [bob, "Bob"]]) {
		await until(async () => (await received(page, "video"))?.framesDecoded > 5, `${who} decodes the other's camera`, { timeoutMs: 20_000 });
		await hears(page, `${who} hears the other`);
	}
	await button(ada, "Mute all").click();
	await says(bob, "The organizer muted you");
	await isSilent(ada, "Bob is silent");
	await button(bob, "Unmute yourself").click();
	await hears(ada, "Bob is heard again");
});

await run();
