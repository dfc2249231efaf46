// SPDX-License-Identifier: Apache-2.0
// What stands in the way of sound and cameras is one sentence in the room, and all else works. What could not be had really is
// put in place of the browser's own by the page, and the case's name says so.
import { readFile, readdir } from "node:fs/promises";
import { openPage, startChromium } from "./lib/browser.mjs";
import { fake, isPlaying, keepVoices, media, received, two, wait } from "./lib/call.mjs";
import { button, byRole, field, inspect, joinInBrowser, says } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { startMicrophone } from "./lib/sound.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** The sentences that stand over the stage. */
const notes = (page) => page.evaluate(() => [...document.querySelectorAll(".notice--media p")].map((note) => note.innerText).join(" "));

/** A slow machine's. */
const PATIENCE = { timeoutMs: 30_000 };

async function chatWorks(page) {
	await field(page, "Message").fill("still here");
	await page.keyboard.press("Enter");
	await says(page, "still here");
}

test("a device that is refused, missing, or in use (the browser's answer is the page's)", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browser = await startChromium(ctx, { args: fake });
	const page = await openPage(ctx, browser, null, () => {
		navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", globalThis.fails ?? "NotAllowedError"));
	});
	await page.goto(session.organizer);
	await button(page, "Use the microphone").click();
	await says(page, "The microphone was not allowed.");
	await joinInBrowser(page, session.organizer, "Ada");
	for (const [name, sentence] of [["NotFoundError", "There is no microphone here."], ["NotReadableError", "Another program uses the microphone."]]) {
		await page.evaluate((fails) => (globalThis.fails = fails), name);
		await button(page, "Mic").click();
		await says(page, sentence);
	}
	await button(page, "Camera").click();
	await chatWorks(page);
});

test("a microphone that the system mutes and that is unplugged; a camera that is not there", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const microphone = await startMicrophone(ctx);
	const page = await openPage(ctx, await startChromium(ctx, { env: microphone.env, args: ["--use-fake-ui-for-media-stream"] }));
	await joinInBrowser(page, session.organizer, "Ada");
	await button(page, "Mic").click();
	await until(async () => (await media(page)).sending[0]?.packets > 0, "the microphone is heard");
	const sentence = "The system or a switch keeps your microphone silent.";
	await microphone.mute(true);
	await says(page, sentence);
	await microphone.mute(false);
	await until(async () => (await notes(page)) === "", "it is said no longer");
	await microphone.unplug();
	await says(page, "The microphone was unplugged.");
	equal((await media(page)).sending, [], "nothing is sent");
	await button(page, "Camera").click();
	await says(page, "There is no camera here.");
	check((await notes(page)).includes("The microphone was unplugged."), "beside the other one");
	await chatWorks(page);
});

test("the browser takes the permission back in a call; a camera is unplugged (as the page's event)", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browser = await startChromium(ctx, { args: fake });
	const page = await openPage(ctx, browser, null, () => {
		const native = MediaDevices.prototype.getUserMedia;
		MediaDevices.prototype.getUserMedia = async function (constraints) {
			const stream = await native.call(this, constraints);
			[globalThis.taken] = stream.getVideoTracks();
			return stream;
		};
	});
	const devtools = await browser.newCDPSession(page);
	const allow = (name, setting) => devtools.send("Browser.setPermission", { permission: { name }, setting, origin: new URL(page.url()).origin });
	await joinInBrowser(page, session.organizer, "Ada");
	const sent = async () => (await media(page)).sending.map(({ kind }) => kind).join();
	await button(page, "Mic").click();
	await until(async () => (await sent()) === "audio", "the microphone is sent");
	await button(page, "Camera").click();
	await until(async () => (await sent()) === "audio,video", "both are sent");
	await page.evaluate(() => globalThis.taken.dispatchEvent(new Event("ended")));
	await says(page, "The camera was unplugged.");
	await button(page, "Camera").click();
	await until(async () => (await sent()) === "audio,video", "both are sent again");
	for (const [name, what, others] of [["camera", "camera", "audio"], ["microphone", "microphone", ""]]) {
		await allow(name, "denied");
		await says(page, `The ${what} is not allowed any more.`);
		await until(async () => (await sent()) === others, `of it nothing is sent`);
	}
	await chatWorks(page);
});

/** Playwright's evaluate() is to the browser as if the person had pressed something; this is not. */
async function withoutTouch(page) {
	const devtools = await page.context().newCDPSession(page);
	return async (work, ...args) => {
		const expression = `(${work})(...${JSON.stringify(args)})`;
		return (await devtools.send("Runtime.evaluate", { expression, returnByValue: true, userGesture: false })).result.value;
	};
}

const saysIt = (sentence) => document.body.innerText.includes(sentence);

function joinByScript() {
	const name = document.querySelector("input[name=name], form input");
	const join = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.trim() === "Join");
	if (!name || !join) return false;
	name.value = "Bob";
	name.dispatchEvent(new Event("input", { bubbles: true }));
	setTimeout(() => join.click());
	return true;
}

/** Runs in the page before anything else: this browser has other codecs than the room. */
function withOtherCodecs() {
	const add = RTCPeerConnection.prototype.addTransceiver;
	const others = { audio: /PCMU|PCMA/, video: /H264|AV1/ };
	RTCPeerConnection.prototype.addTransceiver = function (what, options) {
		const transceiver = add.call(this, what, options);
		const kind = what.kind ?? what;
		transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities(kind).codecs.filter(({ mimeType }) => others[kind].test(mimeType)));
		return transceiver;
	};
}

test("who cannot play: no sound before a press; no codec in common (a browser cut down to others)", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const [browser, shy] = await Promise.all([
		startChromium(ctx, { args: fake }),
		startChromium(ctx, { args: ["--autoplay-policy=document-user-activation-required"] }),
	]);
	const ada = await openPage(ctx, browser);
	await joinInBrowser(ada, session.organizer, "Ada");
	await button(ada, "Mic").click();
	await button(ada, "Camera").click();

	const bob = await openPage(ctx, shy, null, keepVoices);
	await bob.goto(session.attendee);
	const untouched = await withoutTouch(bob);
	await until(() => untouched(joinByScript), "Bob joins", PATIENCE);
	await until(() => untouched(saysIt, "This browser plays no sound before you press something on the page."), "it is said", PATIENCE);
	equal(await untouched(() => [...globalThis.voices].map(({ paused }) => paused)), [true], "nothing plays");
	await chatWorks(ada);
	await says(bob, "still here");
	await button(bob, "Play the sound").click();
	await until(() => isPlaying(bob), "a press, and it plays");
	await until(async () => (await notes(bob)) === "", "it is said no longer");
	await shy.close(); // a busy machine had no time for three: Cem's page drew nothing for 10 s

	const cem = await openPage(ctx, browser, null, withOtherCodecs);
	await joinInBrowser(cem, session.attendee, "Cem");
	await says(cem, "Ada sends something that this browser cannot play.", PATIENCE);
	await button(cem, "Mic").click();
	await says(cem, "This browser and the server have no sound format in common.");
	await button(cem, "Camera").click();
	await says(cem, "This browser and the server have no picture format in common.");
	equal((await media(cem)).sending, [], "nothing is sent");
	await chatWorks(cem);
});

/** Stops the browser's pages for three quarters of the time, until the returned function is called. */
async function slowDown(ctx, browser) {
	const commands = await Promise.all((await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(async (pid) => [Number(pid), await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")]));
	const pages = commands.filter(([, command]) => command.includes("--type=renderer") && command.includes(browser.profile)).map(([pid]) => pid);
	const signal = (what) => pages.forEach((pid) => process.kill(pid, what));
	let isOn = true;
	ctx.onEnd(() => (isOn = false));
	const end = (async () => {
		while (isOn) {
			signal("SIGSTOP");
			await wait(75);
			signal("SIGCONT");
			await wait(25);
		}
	})();
	return async () => {
		isOn = false;
		await end;
	};
}

test("a computer that is too slow for its camera", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browser = await startChromium(ctx, { args: fake });
	const page = await openPage(ctx, browser);
	await joinInBrowser(page, session.organizer, "Ada");
	await button(page, "Camera").click();
	await until(async () => (await media(page)).sending[0]?.layers === 3, "the whole picture is sent", PATIENCE);
	const faster = await slowDown(ctx, browser);
	const sentence = "This computer is too slow for its camera picture.";
	await until(async () => (await notes(page)).includes(sentence), "it is said", { timeoutMs: 60_000 });
	await faster();
	await until(async () => !(await notes(page)).includes(sentence), "it is said no longer", PATIENCE);
	await chatWorks(page);
});

/** Runs in a worker: it has time for nothing else, but for a moment twice in a second. */
function dawdle() {
	globalThis.dawdling = setInterval(() => {
		const end = performance.now() + 500;
		while (performance.now() < end);
	}, 510);
}

test("a worker that is too slow for encryption (it was given other work): what is too late is left out", async (ctx) => {
	const { ada, bob } = await two(ctx);
	await button(ada, "Mic").click();
	await button(ada, "Camera").click();
	await until(async () => (await received(bob, "video"))?.framesDecoded > 5, "Bob sees Ada", PATIENCE);
	await button(bob, "More").click();
	await byRole(bob, "menuitem", "Connection…").click();
	await says(bob, "Encryption on this computer keeps up");
	const [worker] = bob.workers();
	await worker.evaluate(dawdle);
	await says(bob, "Encryption on this computer falls behind: ", PATIENCE);
	await bob.keyboard.press("Escape");
	const sentence = "This computer does not keep up with encrypting sound and cameras.";
	await until(async () => (await notes(bob)).includes(sentence), "it is said over the stage", PATIENCE);
	await until(async () => (await inspect(bob)).dropped.late_media > 0, "what came too late was left out");
	await worker.evaluate(() => clearInterval(globalThis.dawdling));
	await until(async () => (await notes(bob)) === "", "it is said no longer");
	const { framesDecoded } = await received(bob, "video");
	await until(async () => (await received(bob, "video")).framesDecoded > framesDecoded + 10, "and Ada is seen");
	await chatWorks(bob);
});

test("neither UDP nor TCP comes through to sound and cameras", async (ctx) => {
	// Reserved for documents (RFC 5737): nobody has this address.
	const server = await startServer(ctx, { args: ["--public-address", "192.0.2.1"] });
	const session = await server.createSession();
	const browser = await startChromium(ctx, { args: fake });
	const sentence = "neither UDP nor TCP";
	const before = await openPage(ctx, browser, session.attendee);
	const page = await openPage(ctx, browser);
	await joinInBrowser(page, session.organizer, "Ada");
	await button(page, "Mic").click();
	await says(before, `Sound and cameras: ${sentence} comes through here.`, PATIENCE);
	await says(page, `This network lets ${sentence} through`, PATIENCE);
	await button(page, "Camera").click();
	await chatWorks(page);
	equal((await media(page)).state, "blocked", "it goes on being tried");
});

// The two last take the longest: one keeps a processor busy, the other waits.
await run({ atOnce: 2 });
