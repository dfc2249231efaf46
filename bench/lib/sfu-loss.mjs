// SPDX-License-Identifier: Apache-2.0
// A camera and a microphone in Chromium, and somebody in Chromium behind a bad line (bench-sfu-proxy, seeded): first one that
// loses 5 % each way with a round trip of 50 ms, then one of 3 Mbit/s that becomes one of 400 kbit/s and 3 Mbit/s again.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";
import { startLines } from "../../test/peers/load.mjs";
import { benchProxy } from "./sfu.mjs";
import { enterRoom, inbound, speak } from "./sfu-room.mjs";
import { rest } from "./tools.mjs";

const SEED = 20261122;
const LOOK_MS = 100;

async function startLine(ctx, server) {
	const line = await startLines(ctx, benchProxy, [SEED, "127.0.0.1", server.ports[0]].map(String));
	const port = Number(await line.line());
	return {
		port,
		set: (what, value) => line.tell(`${what} ${value}`),
		report: async () => {
			const answer = line.line();
			line.tell("report");
			return JSON.parse(await answer);
		},
	};
}

/** Shares of a while in which sound was made up and the picture stood still. */
async function listen(page, ms) {
	const look = async () => [await inbound(page, "audio"), await inbound(page, "video")];
	const [audio, video] = await look();
	await rest(ms);
	const [audioThen, videoThen] = await look();
	const samples = audioThen.totalSamplesReceived - audio.totalSamplesReceived;
	const madeUp = audioThen.concealedSamples - audioThen.silentConcealedSamples - (audio.concealedSamples - audio.silentConcealedSamples);
	if (samples <= 0 || videoThen.framesDecoded === video.framesDecoded) throw new Error("nothing is received");
	return { concealed: (100 * madeUp) / samples, frozen: (100 * (videoThen.totalFreezesDuration - video.totalFreezesDuration)) / (ms / 1000) };
}

/** Seconds until the line drops nothing any more for half a second. */
async function fall(line, seconds) {
	const began = performance.now();
	let last = began;
	let { dropped_down: before } = await line.report();
	while (performance.now() < began + seconds * 1000) {
		await rest(LOOK_MS);
		const { dropped_down: now } = await line.report();
		if (now > before) last = performance.now();
		before = now;
		if (performance.now() - last > 500 && performance.now() - began > 1500) break;
	}
	return (last - began) / 1000;
}

/** Seconds until the picture is as high as it was. */
async function backTo(page, height, seconds) {
	const began = performance.now();
	await until(async () => (await inbound(page, "video")).frameHeight >= height, `the picture is ${height} high again`, { timeoutMs: seconds * 1000, everyMs: LOOK_MS });
	return (performance.now() - began) / 1000;
}

export async function bench(ctx, { quick, emit, say }) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const line = await startLine(ctx, server);
	const ada = await enterRoom(ctx, session.organizer, "Ada");
	await speak(ada);
	const bob = await enterRoom(ctx, session.attendee, "Bob", { port: line.port });
	await until(async () => (await inbound(bob, "video"))?.framesDecoded > 30, "Bob sees Ada", { timeoutMs: 30_000 });
	line.set("delay", 25);
	await rest(3000);
	const lossless = await listen(bob, quick ? 8000 : 20_000);
	emit("audio_concealed_lossless", lossless.concealed, "%");
	emit("video_frozen_lossless", lossless.frozen, "%");
	line.set("loss", 50);
	await rest(2000);
	const lossy = await listen(bob, quick ? 8000 : 60_000);
	emit("audio_concealed", lossy.concealed, "%");
	emit("video_frozen", lossy.frozen, "%");

	line.set("loss", 0);
	line.set("rate", 3000);
	await rest(quick ? 6000 : 15_000);
	const { frameHeight } = await inbound(bob, "video");
	line.set("rate", 400);
	const fell = await fall(line, 10);
	await rest(quick ? 1000 : 5000);
	const small = (await inbound(bob, "video")).frameHeight;
	line.set("rate", 3000);
	const back = await backTo(bob, frameHeight, 60);
	emit("fall", fell, "s");
	emit("return", back, "s");
	say(
		`sfu-loss: the picture was ${frameHeight} high, ${small} on the thin line; the line: ${JSON.stringify(await line.report())}; bounds: concealed < 1, ${lossy.concealed < 1 ? "held" : "MISSED"}; ` +
			`frozen < 1, ${lossy.frozen < 1 ? "held" : "MISSED"}; fall < 1, ${fell < 1 ? "held" : "MISSED"}; return < 10, ${back < 10 ? "held" : "MISSED"}`,
	);
}
