// SPDX-License-Identifier: Apache-2.0
// Two browsers at home in a call, whose network changes under them: how long one does not see the other. And what no page can be sooner
// than: when a new RTCPeerConnection has a candidate of a new address, and when a new WebSocket is through.
import { openPage, startChromium } from "../../test/e2e/lib/browser.mjs";
import { fake } from "../../test/e2e/lib/call.mjs";
import { TRANSLATED, alone, callAtHome, translate } from "../../test/e2e/lib/moves.mjs";
import { startTown } from "../../test/e2e/lib/net.mjs";
import { startServer } from "../../test/e2e/lib/server.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";

const cases = {
	translated: { families: "4", args: TRANSLATED, change: (call) => call.move() },
	silent: { families: "4", change: ({ town }) => town.hush(1) },
	cut: { families: "4", change: ({ town }) => town.cut(1) },
	plugged: { families: "4", before: (town) => town.cut(2), change: async ({ town }) => (await town.cut(1), await town.plug(2)) },
	no_udp: { families: "4", change: ({ town }) => town.block("udp") },
	readdressed: { families: "4", before: (town) => town.cut(2), change: ({ town }) => town.readdress(1) },
};

async function gapOf(ctx, { families, args, before, change }) {
	const call = await callAtHome(ctx, families, args, before);
	if (args) call.move = await translate(ctx, call);
	await call.enter();
	await call.speak();
	await call.gap("before"); // at rest, with credentials for a restart at hand
	await change(call);
	return call.gap("change");
}

/** Runs in the page: asks for everything anew each 100 ms, and notes when a candidate's address or a WebSocket came first. */
function watch() {
	globalThis.seen = { addresses: {}, sockets: [] };
	setInterval(async () => {
		const began = Date.now();
		const peer = new RTCPeerConnection();
		peer.createDataChannel("x");
		peer.onicecandidate = ({ candidate }) => candidate?.address && (globalThis.seen.addresses[candidate.address] ??= Date.now());
		await peer.setLocalDescription();
		const socket = new WebSocket(`${location.origin.replace("http", "ws")}/v1/session`, "tessera.v1");
		socket.onmessage = () => globalThis.seen.sockets.push([began, Date.now()]);
		setTimeout(() => (peer.close(), socket.close()), 1500);
	}, 100);
}

async function floor(ctx) {
	const town = await startTown(ctx, "4");
	await town.cut(2);
	const server = await startServer(ctx, { net: town });
	const browser = await startChromium(ctx, { args: fake, executablePath: town.browser });
	const page = await openPage(ctx, browser, `${server.url}/`);
	await page.evaluate(async () => (globalThis.kept = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })));
	await page.evaluate(watch);
	const seen = () => page.evaluate(() => globalThis.seen);
	await until(async () => Object.keys((await seen()).addresses).length === 1, "the address that there is");
	const changed = Date.now();
	await town.readdress(1);
	await until(async () => Object.keys((await seen()).addresses).length === 2, "the new address", { timeoutMs: 20_000 });
	const { addresses, sockets } = await seen();
	const through = sockets.filter(([began]) => began > changed).map(([, at]) => at - changed);
	return { candidate: Math.max(...Object.values(addresses)) - changed, socket: Math.min(...through) };
}

function figures(emit, name, all) {
	const sorted = all.sort((a, b) => a - b);
	const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
	for (const [metric, value] of [["p50", at(0.5)], ["p95", at(0.95)], ["max", at(1)]]) emit(`${name}_${metric}`, value, "ms");
}

export async function bench(ctx, { quick, emit }) {
	const runs = quick ? 3 : 10;
	const repeat = async (one) => {
		const all = [];
		for (let i = 0; i < runs; i++) all.push(await alone(ctx, one));
		return all;
	};
	for (const [name, what] of Object.entries(cases)) figures(emit, name, await repeat((inner) => gapOf(inner, what)));
	const floors = await repeat(floor);
	figures(emit, "floor_candidate", floors.map(({ candidate }) => candidate));
	figures(emit, "floor_websocket", floors.map(({ socket }) => socket));
}
