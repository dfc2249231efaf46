// SPDX-License-Identifier: Apache-2.0
// Browsers hear and see each other through the server: frames decoded at the right size, the fake tone found
// at the receiver, mute is silence at the server, hidden tiles cost nothing. What stands in the way is media-hindered's.
import { openPage, startChromium } from "./lib/browser.mjs";
import { fake, hears, hearsSound, isSilent, isStill, media, received, speakByHand, two } from "./lib/call.mjs";
import { button, byRole, complaints, inspect, joinInBrowser, shown } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

test("two in Chromium hear and see each other, and mute is silence", async (ctx) => {
	const { ada, bob } = await two(ctx);
	equal((await media(ada)).state, "off", "nothing before a button is pressed");
	await button(ada, "Mic").click();
	await button(ada, "Camera").click();
	await until(async () => (await received(bob, "video"))?.framesDecoded > 5, "Bob decodes Ada's camera");
	await hears(bob, "Bob hears Ada's tone");
	await until(async () => (await received(bob, "video")).height === 720, "the whole stage gets the whole picture", { timeoutMs: 40_000 });
	equal((await received(bob, "video")).width, 1280, "width");

	await button(ada, "Mic on").click();
	await button(ada, "Muted").isShown();
	await isStill(async () => (await received(bob, "audio")).packets, "nothing of it is forwarded");
	await isSilent(bob, "muted is silent");
	await ada.keyboard.down(" ");
	await hears(bob, "heard while the space bar is held, though the mouse has left the focus on a button");
	await ada.keyboard.up(" ");
	await shown(ada, "button", "Muted");
	await isStill(async () => (await received(bob, "audio")).packets, "released, nothing of it is forwarded");
	await isSilent(bob, "released is silent");
	await button(ada, "Muted").click();
	await hears(bob, "and is heard again");

	const show = (display) => bob.evaluate((value) => (document.querySelector(".faces").style.display = value), display);
	const decoded = async () => (await received(bob, "video")).framesDecoded;
	await show("none");
	await isStill(decoded, "what nobody sees is not sent");
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

/** As the page says it, of everybody. */
const speaking = (page) => page.evaluate(() => [...document.querySelectorAll(".seat .vh")].map(({ textContent }) => textContent).join());
const says = (page, text, what) => until(async () => (await speaking(page)) === text, what);
const speak = (page, loudness) => page.evaluate((value) => (globalThis.loudness.value = value), loudness);

test("who speaks is shown to all, and to who comes later, until he is silent", async (ctx) => {
	const { session, ada, bob } = await two(ctx);
	for (const page of [ada, bob]) {
		await page.evaluate(speakByHand);
		await button(page, "Mic").click();
		await shown(page, "button", "Mic on");
	}
	equal(await speaking(bob), "", "nobody speaks yet");
	await speak(ada, 0.5);
	for (const page of [ada, bob]) await says(page, "Ada speaks", "Ada is heard");
	await speak(ada, 0);
	for (const page of [ada, bob]) await says(page, "", "and is silent");
	await speak(bob, 0.5);
	for (const page of [ada, bob]) await says(page, "Bob speaks", "Bob is heard");
	await until(() => ada.evaluate(() => document.querySelector(".seat--active")?.innerText.includes("Bob")), "he has the floor");
	const cem = await openPage(ctx, ada.context());
	await joinInBrowser(cem, session.attendee, "Cem");
	await says(cem, "Bob speaks", "who comes while Bob speaks is told");

	const seats = () => ada.evaluate(() => document.querySelectorAll(".seat").length);
	await button(bob, "More").click();
	await byRole(bob, "menuitem", /^Switch the microphone off/).click();
	await until(async () => (await seats()) === 1, "Bob's microphone is off while he speaks");
	await button(bob, "Mic").click();
	await until(async () => (await received(ada, "audio"))?.packets > 0, "he has another");
	equal(await speaking(ada), "", "and has said nothing yet");
});

test("to whom the microphone is not allowed it stays closed, whatever he presses", async (ctx) => {
	const { ada, bob } = await two(ctx);
	await button(bob, "Mic").click();
	await hearsSound(ada, "Ada hears Bob");
	const allow = async () => {
		await button(ada, "Actions for Bob").click();
		await byRole(ada, "menuitemcheckbox", "May speak").click();
		await ada.keyboard.press("Escape");
	};
	await button(bob, "Mic on").click();
	await shown(bob, "button", "Muted");
	await allow();
	await shown(bob, "img", "The organizer lets you not speak at the moment");
	await until(async () => (await media(bob)).sending.length === 0, "nothing is sent");
	for (const key of ["a", " "]) {
		await bob.keyboard.down(key);
		await bob.keyboard.up(key);
	}
	check(!(await button(bob, "Muted").isShown()) && !(await button(bob, "Mic").isShown()), "there is nothing to press");
	await isStill(async () => JSON.stringify([await received(ada, "audio"), (await media(bob)).sending]), "and nothing is heard");
	equal((await media(bob)).sending, [], "nor sent");
	await allow();
	await button(bob, "Mic").click();
	await hearsSound(ada, "Bob is heard again");
});

test("DTLS that failed: new transports are made", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browsers = await Promise.all([startChromium(ctx, { args: fake }), startChromium(ctx, { args: fake })]);
	/** The server's certificate is another for once: the browser breaks off. */
	const distrust = () => {
		const native = RTCPeerConnection.prototype.setRemoteDescription;
		RTCPeerConnection.prototype.setRemoteDescription = function (description) {
			if (globalThis.distrusted || !description.sdp.includes("opus")) return native.call(this, description);
			globalThis.distrusted = location.hash === "" && globalThis.tessera?.status().kind === "joined";
			const { type, sdp } = description;
			return native.call(this, globalThis.distrusted ? { type, sdp: sdp.replace(/(a=fingerprint:sha-256 )../gi, "$1FF") } : description);
		};
	};
	const ada = await openPage(ctx, browsers[0]);
	const bob = await openPage(ctx, browsers[1], null, distrust);
	await joinInBrowser(ada, session.organizer, "Ada");
	await button(ada, "Mic").click();
	await joinInBrowser(bob, session.attendee, "Bob");
	await until(() => bob.evaluate(() => globalThis.distrusted), "Bob breaks the handshake off");
	await hearsSound(bob, "and hears Ada by new transports");
});

await run();
