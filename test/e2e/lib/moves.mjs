// SPDX-License-Identifier: Apache-2.0
// A call at home while its network changes: how long one does not see the other. For tests and for bench/run sfu-move.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openPage, startChromium } from "./browser.mjs";
import { fake, keepTracks, media, received } from "./call.mjs";
import { OUTSIDE, startTown } from "./net.mjs";
import { start } from "./process.mjs";
import { button, joinInBrowser } from "./room.mjs";
import { startServer } from "./server.mjs";
import { until } from "./tap.mjs";

/** Ada and Bob at home, Ada's camera and microphone on; seen(): packets of it that came to Bob. before(): done to the town before anybody lives there. */
export async function callAtHome(ctx, families, args = [], before = () => undefined) {
	const town = await startTown(ctx, families);
	await before(town);
	const server = await startServer(ctx, { net: town, args: ["--threads", "2", ...args] });
	const session = await server.createSession();
	const here = (link) => link.replace(/^https:..[^/]+/, server.url);
	const browsers = await Promise.all([1, 2].map(() => startChromium(ctx, { args: fake, executablePath: town.browser })));
	const [ada, bob] = await Promise.all(browsers.map((browser) => openPage(ctx, browser, null, keepTracks)));
	const enter = () => Promise.all([joinInBrowser(ada, here(session.organizer), "Ada"), joinInBrowser(bob, here(session.attendee), "Bob")]);
	const seen = async () => (await received(bob, "video"))?.packets ?? 0;
	const speak = async () => {
		for (const name of ["Mic", "Camera"]) await button(ada, name).click();
		await until(async () => (await received(bob, "video"))?.framesDecoded > 5, "Bob sees Ada", { timeoutMs: 30_000 });
	};
	/** How long nothing came, from now until it comes again: at least 200 ms of it. */
	const gap = async (what) => {
		const began = performance.now();
		let [last, count, lastAt] = [await seen(), 0, began];
		let longest = 0;
		await until(async () => {
			const now = await seen();
			const at = performance.now();
			if (now !== last && now > 0) {
				longest = Math.max(longest, at - lastAt);
				[last, lastAt] = [now, at];
				count++;
			}
			return count > 10 && at - began > 3000;
		}, `${what}: Bob sees Ada again`, { timeoutMs: 40_000, everyMs: 10 });
		ctx.say(`${what}: nothing for ${longest.toFixed(0)} ms`);
		return longest;
	};
	/** What was there before a change goes on, if nothing was made anew. */
	const made = async () => (await Promise.all([ada, bob].map((page) => page.evaluate(() => globalThis.remoteTracks.length)))).join();
	const paths = async () => [(await media(ada)).path, (await media(bob)).path].join();
	return { town, server, ada, bob, enter, speak, seen, gap, made, paths };
}

/** One call, or more, with what it opened closed again at its end. */
export async function alone(ctx, run) {
	const ends = [];
	try {
		return await run({ ...ctx, onEnd: (end) => ends.push(end) });
	} finally {
		for (const end of ends.reverse()) await end();
	}
}

/** A translator of addresses at the router of a call whose server has OUTSIDE as its public address; its result gives everybody another. */
export async function translate(ctx, { town, server }) {
	const [program, ...args] = town.inside;
	const script = fileURLToPath(new URL("nat.mjs", import.meta.url));
	const { child } = start(ctx, program, [...args, process.execPath, script, OUTSIDE, ...town.addresses, ...server.ports.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
	await once(createInterface({ input: child.stdout }), "line");
	return () => child.stdin.write("move\n");
}
export const TRANSLATED = ["--public-address", OUTSIDE];
