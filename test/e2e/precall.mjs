// SPDX-License-Identifier: Apache-2.0
// Before joining: the page says what of microphone, camera and network works, and joins nothing for it. What was chosen and found out there holds in the call.
import { openPage, startChromium } from "./lib/browser.mjs";
import { fake, hears, hearsSound, isPlaying, keepTracks, keepVoices, media, received } from "./lib/call.mjs";
import { startNetwork } from "./lib/net.mjs";
import { runProgram } from "./lib/process.mjs";
import { button, byRole, field, inspect, isStatus, joinInBrowser, says, words } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** Answers to one protocol find no way out of there. */
const block = ({ exec: [command, ...args] }, protocol) =>
	runProgram(command, [...args, "ip", "rule", "add", "pref", "5", "ipproto", protocol, "blackhole"]);

test("the page says what works before anybody joins", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const page = await openPage(ctx, await startChromium(ctx, { args: fake }));
	await page.goto(session.attendee);
	await says(page, "Sound and cameras: UDP works, ", { timeoutMs: 30_000 });
	await says(page, `Screen and chat: TLS on port ${new URL(server.url).port} works.`);
	await button(page, "Use the microphone").click();
	await says(page, "We hear you", { timeoutMs: 20_000 });
	await button(page, "Use the camera").click();
	await says(page, "Only you see this");
	await button(page, "Play a tone").click();
	await says(page, "Do you hear it?");
	await until(async () => (await server.metric("tessera_media_precalls_total")) >= 2, "over UDP and over TCP");
	check((await server.metric("tessera_media_transports")) === 0, "and nobody has a transport of it");
});

test("where UDP is blocked, the page says so, and that TCP works", async (ctx) => {
	const net = await startNetwork(ctx);
	const server = await startServer(ctx, { net });
	const session = await server.createSession();
	await block(net, "udp");
	const page = await openPage(ctx, await startChromium(ctx, { args: fake }));
	await page.goto(session.attendee.replace(/^https:..[^/]+/, server.url));
	await says(page, "Sound and cameras: UDP is blocked here, TCP works, ", { timeoutMs: 30_000 });
	check(!(await words(page)).includes("UDP works"), "and not that UDP works");

	const ada = await openPage(ctx, page.context());
	await joinInBrowser(ada, session.organizer.replace(/^https:..[^/]+/, server.url), "Ada");
	await button(ada, "Mic").click();
	await field(page, "Your name").fill("Bob");
	await button(page, "Join").click();
	await hearsSound(page, "who joins there hears by TCP from the first packet");
	equal([(await media(ada)).path, (await media(page)).path], ["tcp", "tcp"], "both ways");
	for (const one of [ada, page]) await says(one, "UDP is blocked here: sound and cameras go through TCP, a little later than usual.");
});

/** Chooses the device at this place of the list, and says its name. */
async function choose(page, what, at) {
	const list = page.getByRole("combobox", { name: what });
	const names = await list.locator("option").allInnerTexts();
	await list.selectOption({ index: at });
	return names[at];
}
const sent = (page) => page.evaluate(() => globalThis.connections.flatMap((one) => one.getSenders()).filter(({ track }) => track).map(({ track }) => track.label).sort().join());
/** By which loudspeaker voices are played. */
const playedBy = (page) => page.evaluate(async () => {
	const [voice] = [...globalThis.voices].filter(({ srcObject, paused }) => srcObject && !paused);
	return (await navigator.mediaDevices.enumerateDevices()).find(({ kind, deviceId }) => kind === "audiooutput" && deviceId === voice?.sinkId)?.label;
});

test("devices are chosen before joining, and others in the call", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const args = ["--use-fake-device-for-media-stream=device-count=3", ...fake.slice(1)];
	const [ada, bob] = await Promise.all([1, 2].map(async () => openPage(ctx, await startChromium(ctx, { args }), null, keepTracks)));
	await bob.addInitScript(keepVoices);
	const join = async (page, name) => {
		await field(page, "Your name").fill(name);
		await button(page, "Join").click();
		await isStatus(page, "joined");
	};
	await bob.goto(session.attendee);
	await button(bob, "Use the microphone").click();
	await says(bob, "Play a tone");
	const loudspeaker = await choose(bob, "Loudspeaker", 2);
	await join(bob, "Bob");

	await ada.goto(session.organizer);
	await button(ada, "Use the microphone").click();
	await button(ada, "Use the camera").click();
	await says(ada, "Only you see this");
	const chosen = [await choose(ada, "Microphone", 1), await choose(ada, "Camera", 2)];
	await join(ada, "Ada");
	await until(async () => (await sent(ada)) === chosen.join(), "what was chosen is sent");
	await until(async () => (await received(bob, "video"))?.framesDecoded > 5, "Bob sees it");
	await hears(bob, "Bob hears it");
	equal(await playedBy(bob), loudspeaker, "by the loudspeaker that he chose");

	const openDevices = async (page) => {
		await button(page, "More").click();
		await byRole(page, "menuitem", /^Microphone and camera/).click();
	};
	const { keysUsed } = await inspect(ada);
	await openDevices(ada);
	const others = [await choose(ada, "Microphone", 2), await choose(ada, "Camera", 0)];
	await until(async () => (await sent(ada)) === others.join(), "others are sent");
	const { framesDecoded } = await received(bob, "video");
	await until(async () => (await received(bob, "video")).framesDecoded > framesDecoded + 10, "Bob goes on seeing");
	await hears(bob, "and hearing");
	equal((await inspect(ada)).keysUsed.map(({ keyHash }) => keyHash), keysUsed.map(({ keyHash }) => keyHash), "the same streams go on, under their keys");
	equal((await inspect(bob)).dropped.not_authentic ?? 0, 0, "all that came was authentic");
	await openDevices(bob);
	const another = await choose(bob, "Loudspeaker", 2);
	check(another !== loudspeaker, "there are two loudspeakers");
	await until(async () => (await playedBy(bob)) === another, "what plays goes to the other one");
	check(await isPlaying(bob), "and plays on");
});

await run();
