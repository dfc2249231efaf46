// SPDX-License-Identifier: Apache-2.0
// Before joining: the page says what of microphone, camera and network works, and joins nothing for it.
import { openPage, startChromium } from "./lib/browser.mjs";
import { fake } from "./lib/call.mjs";
import { startNetwork } from "./lib/net.mjs";
import { runProgram } from "./lib/process.mjs";
import { button, says, words } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, run, test, until } from "./lib/tap.mjs";

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
});

await run();
