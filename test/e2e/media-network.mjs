// SPDX-License-Identifier: Apache-2.0
// A call while the network changes: browsers at home, behind a router, with two cables and two families of addresses; UDP is blocked,
// addresses go away. The call goes on by itself.
import { openPage, startChromium } from "./lib/browser.mjs";
import { fake, hears, keepTracks, media, received } from "./lib/call.mjs";
import { startTown } from "./lib/net.mjs";
import { button, joinInBrowser } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** Ada and Bob at home, Ada's camera and microphone on; seen(): packets of it that came to Bob. */
async function call(ctx, families) {
	const town = await startTown(ctx, families);
	const server = await startServer(ctx, { net: town, args: ["--threads", "2"] });
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
			if (now > last) {
				longest = Math.max(longest, at - lastAt);
				[last, lastAt] = [now, at];
				count++;
			}
			return count > 10 && at - began > 3000;
		}, `${what}: Bob sees Ada again`, { timeoutMs: 40_000, everyMs: 10 });
		ctx.say(`${what}: nothing for ${longest.toFixed(0)} ms`);
		return longest;
	};
	const paths = async () => [(await media(ada)).path, (await media(bob)).path].join();
	return { town, server, ada, bob, enter, speak, seen, gap, paths };
}

test("a cable is cut, then the other: the call goes on from another address, on whichever thread it lands", async (ctx) => {
	const { town, server, enter, speak, gap, paths } = await call(ctx, "46");
	await enter();
	await speak();
	equal(await paths(), "udp,udp", "by UDP");
	const strays = () => server.metric("tessera_media_strays_total");
	for (let moves = 0; moves < 2 || ((await strays()) === 0 && moves < 8); moves++) {
		const cable = 1 + (moves % 2);
		await town.cut(cable);
		await gap(`cable ${cable} is cut`);
		await town.plug(cable);
	}
	check((await strays()) > 0, "a datagram landed at the other thread");
});

test("over IPv6 alone; when UDP is blocked, over TCP by itself", async (ctx) => {
	const { town, bob, enter, speak, gap, paths } = await call(ctx, "6");
	await enter();
	await speak();
	equal(await paths(), "udp,udp", "by UDP");
	await town.block("udp");
	await gap("UDP is blocked");
	await until(async () => (await paths()) === "tcp,tcp", "both by TCP");
	await hears(bob, "and is heard");
});

await run();
