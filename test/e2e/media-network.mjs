// SPDX-License-Identifier: Apache-2.0
// A call while the network changes: browsers at home, behind a router, with two cables and two families of addresses; cables fall
// silent or go, addresses change here or at the router, UDP is blocked. The call goes on by itself, and soon.
import { hears } from "./lib/call.mjs";
import { TRANSLATED, alone, callAtHome, translate } from "./lib/moves.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** The bar; what a restart that came to nothing adds (the next is so much later), as on a machine that does much else at once; and when Chromium
 *  tells a page of a new address of its own, before which no page can be back (2.1 to 2.3 s, bench/run sfu-move). */
const SOON_MS = 2000;
const RESTART_MS = 2000;
const NEW_ADDRESS_MS = 2300;
const shown = (gaps) => gaps.map((ms) => ms.toFixed(0)).join(", ");

/** Of two changes of a kind one is within the bar, and none later than a restart more. Where the machine had no time for either, of four. */
async function isSoon(what, change, { atLeast = 2, goesOn = () => false } = {}) {
	const gaps = [];
	while (gaps.length < atLeast || (gaps.length < 4 && Math.min(...gaps) >= SOON_MS) || (await goesOn(gaps.length))) gaps.push(await change(1 + (gaps.length % 2)));
	check(Math.min(...gaps) < SOON_MS, `${what}: back within ${SOON_MS} ms (${shown(gaps)})`);
	isNotLate(what, gaps);
}

function isNotLate(what, gaps, soon = SOON_MS) {
	check(Math.max(...gaps) < soon + RESTART_MS, `${what}: none takes longer than ${soon + RESTART_MS} ms (${shown(gaps)})`);
}

test("a cable falls silent, or is cut: the call goes on from another address, on whichever thread it lands", async (ctx) => {
	const { town, server, enter, speak, gap, made, paths } = await callAtHome(ctx, "46");
	await enter();
	await speak();
	equal(await paths(), "udp,udp", "by UDP");
	const before = await made();
	const strays = () => server.metric("tessera_media_strays_total");
	const moved = () => server.metric("tessera_closed_total", "elsewhere");
	const wrong = () => server.metric("tessera_closed_total", "protocol");
	await isSoon("silent", async (cable) => {
		await town.hush(cable);
		const ms = await gap(`cable ${cable} falls silent`);
		await until(async () => (await moved()) >= 4, "both have other connections, for control and for bulk");
		await town.wake(cable);
		return ms;
	});
	equal(await made(), before, "transports and streams are those of before");
	await isSoon("cut", async (cable) => {
		await town.cut(cable);
		const ms = await gap(`cable ${cable} is cut`);
		await town.plug(cable);
		return ms;
	}, { goesOn: async (n) => n < 8 && (await strays()) === 0 });
	check((await strays()) > 0, "a datagram landed at the other thread");
	equal(await wrong(), 0, "and nobody said anything out of turn");
});

test("the router's address is another, then the home's own", async (ctx) => {
	const { town, server, enter, speak, gap } = await callAtHome(ctx, "4", TRANSLATED);
	await town.cut(2);
	const move = await translate(ctx, { town, server });
	await enter();
	await speak();
	await isSoon("translated", () => {
		move();
		return gap("the router's address is another");
	});
	await town.readdress(1);
	isNotLate("another address", [await gap("the home's address is another")], NEW_ADDRESS_MS);
});

test("over IPv6 alone; when UDP is blocked, over TCP by itself", async (ctx) => {
	const call = async (inner) => {
		const { town, bob, enter, speak, gap, paths } = await callAtHome(inner, "6");
		await enter();
		await speak();
		equal(await paths(), "udp,udp", "by UDP");
		await town.block("udp");
		const ms = await gap("UDP is blocked");
		await until(async () => (await paths()) === "tcp,tcp", "both by TCP");
		await hears(bob, "and is heard");
		return ms;
	};
	await isSoon("blocked", () => alone(ctx, call), { atLeast: 1 });
});

await run();
