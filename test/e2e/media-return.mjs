// SPDX-License-Identifier: Apache-2.0
// Sound comes back by itself when a process of the server dies.
import { hears, isSilent, media, received, two } from "./lib/call.mjs";
import { button, byRole, isStatus, says, shown } from "./lib/room.mjs";
import { equal, run, test, until } from "./lib/tap.mjs";

test("a media process that dies, then an edge: everybody is back by themselves", async (ctx) => {
	const { server, ada, bob } = await two(ctx);
	await button(ada, "Mic").click();
	await hears(bob, "Bob hears Ada");
	for (const role of ["media", "edge"]) {
		const started = performance.now();
		const { packets } = await received(bob, "audio");
		await server.kill(role);
		await until(async () => ((await received(bob, "audio"))?.packets ?? 0) < packets, `${role}: what was is gone`);
		await hears(bob, `${role}: Bob hears Ada again`);
		ctx.say(`heard again ${Math.round(performance.now() - started)} ms after ${role} was killed`);
	}
});

test("who was muted by the organizer is back muted, and his camera stays off", async (ctx) => {
	const { server, ada, bob } = await two(ctx);
	await button(bob, "Mic").click();
	await button(bob, "Camera").click();
	await hears(ada, "Ada hears Bob");
	await until(async () => (await received(ada, "video"))?.framesDecoded > 0, "and sees him");
	for (const [item, sentence] of [["Mute", "The organizer muted you"], ["Stop the camera", "The organizer stopped your camera"]]) {
		await button(ada, "Actions for Bob").click();
		await byRole(ada, "menuitem", item).click();
		await says(bob, sentence);
	}
	await shown(bob, "button", "Camera");
	await server.kill("media");
	await until(async () => !(await received(ada, "audio")), "what was is gone");
	await until(async () => await received(ada, "audio"), "Bob's microphone is open again");
	for (const page of [ada, bob]) await until(async () => (await media(page)).state === "connected", "all are connected");
	await isSilent(ada, "and silent as before");
	equal(await received(ada, "video"), undefined, "no camera");
	await button(bob, "Muted").click();
	await hears(ada, "Bob is heard when he likes");
	await button(bob, "More").click();
	await byRole(bob, "menuitem", "Connection…").click();
	await says(bob, "Sound and cameras: UDP works.");
	await bob.keyboard.press("Escape");

	await button(ada, "Actions for Bob").click();
	await byRole(ada, "menuitem", "Back to the lobby").click();
	await isStatus(bob, "waiting");
	await button(ada, "Admit: Bob").click();
	await isStatus(bob, "joined");
	await shown(bob, "button", "Mic");
	equal((await media(bob)).sending, [], "an open microphone does not come back from the lobby");
});

await run();
