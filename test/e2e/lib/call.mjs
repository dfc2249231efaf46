// SPDX-License-Identifier: Apache-2.0
// Calls between browsers with fake microphones and cameras, and what their own statistics say of them.
import { openPage, startChromium } from "./browser.mjs";
import { inspect, joinInBrowser } from "./room.mjs";
import { startServer } from "./server.mjs";
import { until } from "./tap.mjs";

export const fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"];

export const media = async (page) => (await inspect(page)).media;
export const received = async (page, kind) => (await media(page)).receiving.find((one) => one.kind === kind);
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Energy of the sound that was decoded in a second and a half: the fake microphones beep at least once in it. */
async function heard(page) {
	const before = (await received(page, "audio"))?.energy ?? 0;
	await wait(1500);
	return ((await received(page, "audio"))?.energy ?? 0) - before;
}
export const hears = (page, what) => until(async () => (await heard(page)) > 1e-4, what, { timeoutMs: 60_000 });
export const isSilent = (page, what) => until(async () => (await heard(page)) < 1e-7, what);

/** Ada organizes, Bob attends; both in Chromium with fake devices, everything on. */
export async function two(ctx) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browsers = await Promise.all([startChromium(ctx, { args: fake }), startChromium(ctx, { args: fake })]);
	const [ada, bob] = await Promise.all(browsers.map((browser) => openPage(ctx, browser)));
	await joinInBrowser(ada, session.organizer, "Ada");
	await joinInBrowser(bob, session.attendee, "Bob");
	return { server, session, ada, bob };
}
