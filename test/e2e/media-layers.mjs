// SPDX-License-Identifier: Apache-2.0
// Who watches a camera gets the layer that his tile shows and his line carries: VP8 as three encodings, VP9 as layers of one stream.
import { join } from "node:path";
import { enterRoom, inbound, speak } from "../../bench/lib/sfu-room.mjs";
import { startLines } from "../peers/load.mjs";
import { build } from "./lib/process.mjs";
import { startServer } from "./lib/server.mjs";
import { equal, run, test, until } from "./lib/tap.mjs";

const PATIENCE = { timeoutMs: 40_000 };
const SEED = "20261122";

/** Runs in the page before anything else: this browser has no VP8. */
function withoutVp8() {
	const add = RTCPeerConnection.prototype.addTransceiver;
	RTCPeerConnection.prototype.addTransceiver = function (what, options) {
		const transceiver = add.call(this, what, options);
		if ((what.kind ?? what) === "video") transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities("video").codecs.filter(({ mimeType }) => mimeType !== "video/VP8"));
		return transceiver;
	};
}

/** Runs in the page before anything else: keeps its connections. */
function keepPeers() {
	const Native = globalThis.RTCPeerConnection;
	globalThis.peers = [];
	globalThis.RTCPeerConnection = class extends Native {
		constructor(...args) {
			super(...args);
			globalThis.peers.push(this);
		}
	};
}

/** Ada's camera is on, and Bob watches it; he is behind a line when there is a `port`. */
async function call(ctx, { before, makePort = () => 0 } = {}) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const port = await makePort(server);
	const [ada, bob] = await Promise.all([enterRoom(ctx, session.organizer, "Ada", { before }), enterRoom(ctx, session.attendee, "Bob", { port, before: keepPeers })]);
	await speak(ada);
	return bob;
}

const isHigh = (page, lines, what) => until(async () => (await inbound(page, "video"))?.frameHeight === lines, `${what}: ${lines} lines`, PATIENCE);
const show = (page, style) => page.evaluate((css) => document.querySelectorAll("video").forEach((video) => (video.style.cssText = css)), style);

async function followsTheTile(bob) {
	await isHigh(bob, 720, "the whole stage");
	await show(bob, "inset: auto; width: 200px; height: 112px");
	await isHigh(bob, 180, "a small tile");
	await show(bob, "inset: auto; width: 640px; height: 360px");
	await isHigh(bob, 360, "a larger one");
	await show(bob, "");
	await isHigh(bob, 720, "the whole stage again");
}

test("VP8: a tile or a line that changes its size gets another layer, and back", async (ctx) => {
	let line;
	const bob = await call(ctx, {
		makePort: async (server) => {
			line = await startLines(ctx, join(build, "bench/bench-sfu-proxy"), [SEED, "127.0.0.1", String(server.ports[0])]);
			return Number(await line.line());
		},
	});
	await followsTheTile(bob);
	line.tell("rate 400");
	// The middle layer with fewer pictures, or the smallest: both fit.
	await until(async () => (await inbound(bob, "video"))?.frameHeight < 720, "on 400 kbit/s: a smaller layer", PATIENCE);
	const { framesDecoded } = await inbound(bob, "video");
	await until(async () => (await inbound(bob, "video")).framesDecoded > framesDecoded + 20, "which goes on", PATIENCE);
	line.tell("rate 3000");
	await isHigh(bob, 720, "on 3 Mbit/s");
});

test("VP9, whose layers are in one stream: the same for a tile", async (ctx) => {
	const bob = await call(ctx, { before: withoutVp8 });
	await followsTheTile(bob);
	const codecs = await bob.evaluate(async () => {
		const reports = (await Promise.all(globalThis.peers.map((peer) => peer.getStats()))).flatMap((stats) => [...stats.values()]);
		return reports.filter(({ type, mimeType }) => type === "codec" && mimeType.startsWith("video/")).map(({ mimeType }) => mimeType);
	});
	equal([...new Set(codecs)], ["video/VP9"], "what is received");
});

await run();
