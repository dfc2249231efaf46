// SPDX-License-Identifier: Apache-2.0
// Who watches a camera gets the layer that his tile shows and his line carries: VP8 as three encodings, VP9 as layers of one stream.
import { join } from "node:path";
import { enterRoom, inbound, speak } from "../../bench/lib/sfu-room.mjs";
import { startLines } from "../peers/load.mjs";
import { build, runProgram } from "./lib/process.mjs";
import { startServer, tessera } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

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

/** Ada's camera is on, and Bob watches it; each is behind a line of his own where there are `lines`. */
async function call(ctx, { before, makeLine = () => null } = {}) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const lines = await Promise.all([makeLine(server), makeLine(server)]);
	const [ada, bob] = await Promise.all([
		enterRoom(ctx, session.organizer, "Ada", { port: lines[0]?.port, before }),
		enterRoom(ctx, session.attendee, "Bob", { port: lines[1]?.port, before: keepPeers }),
	]);
	await speak(ada);
	return { server, session, lines, ada, bob };
}

async function startLine(ctx, server) {
	const line = await startLines(ctx, join(build, "bench/bench-sfu-proxy"), [SEED, "127.0.0.1", String(server.ports[0])]);
	return { ...line, port: Number(await line.line()) };
}

/** What the administrator sees of somebody, once it is so. */
const isSeen = (server, session, name, what, isSo) =>
	until(async () => {
		const { stdout } = await runProgram(tessera, ["session", "show", session.number, "--state", server.state, "--json"]);
		const one = JSON.parse(stdout).media.find((member) => member.name === name);
		if (one && isSo(one)) return one;
		throw new Error(JSON.stringify(one));
	}, `${name}: ${what}`, { ...PATIENCE, everyMs: 500 });
const is = (grade, reason) => (one) => one.grade === grade && one.reason === reason;

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

test("VP8: a tile or a line that changes its size gets another layer, and back; and all are told what hinders", async (ctx) => {
	const { server, session, lines, ada, bob } = await call(ctx, { makeLine: (at) => startLine(ctx, at) });
	const [hers, his] = lines;
	await followsTheTile(bob);
	await isSeen(server, session, "Bob", "nothing hinders, and he gets the largest", (one) => is("good", "")(one) && one.rtt_ms < 100 && one.loss_down < 10 && one.layers[2] === 1);

	his.tell("rate 400");
	// The middle layer with fewer pictures, or the smallest: both fit.
	await until(async () => (await inbound(bob, "video"))?.frameHeight < 720, "on 400 kbit/s: a smaller layer", PATIENCE);
	const { framesDecoded } = await inbound(bob, "video");
	await until(async () => (await inbound(bob, "video")).framesDecoded > framesDecoded + 20, "which goes on", PATIENCE);
	const thin = await isSeen(server, session, "Bob", "his line is thin", is("fair", "bandwidth down"));
	check(thin.layers[0] + thin.layers[1] === 1 && thin.kbit_down < 400 && thin.estimate_down < 600, `which the figures say: ${JSON.stringify(thin)}`);
	await ada.locator('[aria-label*="thin line downwards"]').first().waitFor();
	his.tell("rate 3000");
	await isHigh(bob, 720, "on 3 Mbit/s");

	his.tell("rate 0");
	his.tell("delay 60");
	his.tell("loss 70");
	const near = (value, want, by) => Math.abs(value - want) <= by;
	const lossy = await isSeen(server, session, "Bob", "what he receives gets lost", (one) => is("fair", "loss down")(one) && near(one.loss_down, 70, 30) && one.rtt_ms >= 120);
	check(lossy.rtt_ms < 250, `there and back in 120 ms and what a browser takes: ${JSON.stringify(lossy)}`);
	his.tell("loss 0");
	his.tell("delay 160");
	await isSeen(server, session, "Bob", "it is a long way", (one) => is("fair", "delay")(one) && one.rtt_ms >= 320 && one.rtt_ms < 450);
	his.tell("delay 0");
	await isSeen(server, session, "Bob", "he is well again", is("good", ""));

	hers.tell("rate-up 300");
	await isSeen(server, session, "Ada", "her line is thin", is("fair", "bandwidth up"));
	hers.tell("rate-up 0");
	hers.tell("loss 70"); // Chromium sends less where more than a tenth is lost
	await isSeen(server, session, "Ada", "what she sends gets lost", (one) => is("fair", "loss up")(one) && near(one.loss_up, 70, 30));
	his.tell("loss 200");
	await isSeen(server, session, "Bob", "very much gets lost", (one) => is("poor", "loss down")(one) && near(one.loss_down, 200, 60));
	await until(async () => (await server.metric("tessera_media_members", 'grade="poor"')) === 1, "one of two, in the metrics");
});

test("VP9, whose layers are in one stream: the same for a tile", async (ctx) => {
	const { bob } = await call(ctx, { before: withoutVp8 });
	await followsTheTile(bob);
	const codecs = await bob.evaluate(async () => {
		const reports = (await Promise.all(globalThis.peers.map((peer) => peer.getStats()))).flatMap((stats) => [...stats.values()]);
		return reports.filter(({ type, mimeType }) => type === "codec" && mimeType.startsWith("video/")).map(({ mimeType }) => mimeType);
	});
	equal([...new Set(codecs)], ["video/VP9"], "what is received");
});

await run();
