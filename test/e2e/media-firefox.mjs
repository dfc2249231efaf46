// SPDX-License-Identifier: Apache-2.0
// A call between Firefox and Chromium, over a cable of its own; and the organizer's mute.
import { openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { fake, hears, isSilent, keepTracks, received, TONE } from "./lib/call.mjs";
import { startNetwork } from "./lib/net.mjs";
import { button, joinInBrowser, says } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { startLoudspeaker } from "./lib/sound.mjs";
import { run, test, until } from "./lib/tap.mjs";

/** Firefox takes no candidate on loopback: the server is at the other end of a cable. */
test("Firefox and Chromium hear and see each other", async (ctx) => {
	const net = await startNetwork(ctx);
	const server = await startServer(ctx, { net });
	const session = await server.createSession();
	const here = (link) => link.replace(/^https:..[^/]+/, server.url);
	const { env } = await startLoudspeaker(ctx); // without one Firefox's AudioContext stands still
	const [firefox, chromium] = await Promise.all([startFirefox(ctx, { env }), startChromium(ctx, { args: fake })]);
	const ada = await openPage(ctx, firefox, null, keepTracks);
	const bob = await openPage(ctx, chromium, null, keepTracks);
	await joinInBrowser(ada, here(session.organizer), "Ada");
	await joinInBrowser(bob, here(session.attendee), "Bob");
	for (const page of [ada, bob]) {
		await button(page, "Mic").click();
		await button(page, "Camera").click();
	}
	for (const [page, who] of [[ada, "Ada"], [bob, "Bob"]])
		await until(async () => (await received(page, "video"))?.framesDecoded > 5, `${who} decodes the other's camera`, { timeoutMs: 60_000 });
	await hears(ada, "Ada hears Bob's tone");
	await hears(bob, "Bob hears Ada's tone", TONE.firefox);
	await button(ada, "Mute all").click();
	await says(bob, "The organizer muted you");
	await isSilent(ada, "Bob is silent");
	await button(bob, "Unmute yourself").click();
	await hears(ada, "Bob is heard again");
});

await run();
