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

/** Runs in the page: its microphone is a tone of the page's own, as loud as globalThis.loudness says; at first it is silent. */
export function speakByHand() {
	navigator.mediaDevices.getUserMedia = async () => {
		const context = new AudioContext();
		const to = context.createMediaStreamDestination();
		const tone = new OscillatorNode(context, { frequency: 400 });
		const loudness = new GainNode(context, { gain: 0 });
		tone.connect(loudness).connect(to);
		tone.start();
		globalThis.loudness = loudness.gain;
		return to.stream;
	};
}

/** Energy of the sound that was decoded in a second and a half: the fake microphones beep at least once in it. */
async function heard(page) {
	const before = (await received(page, "audio"))?.energy ?? 0;
	await wait(1500);
	return ((await received(page, "audio"))?.energy ?? 0) - before;
}
/** By energy, where the page's tracks are not kept; else hears() looks for the tone. */
export const hearsSound = (page, what) => until(async () => (await heard(page)) > 1e-4, what, { timeoutMs: 60_000 });
export const isSilent = (page, what) => until(async () => (await heard(page)) < 1e-7, what);

/** What the fake microphones give, in Hz: Chromium beeps, Firefox hums. */
export const TONE = { chromium: 400, firefox: 1000 };

/** Runs in the page before anything else: keeps what comes from others, and by what it comes. */
export function keepTracks() {
	const Native = globalThis.RTCPeerConnection;
	globalThis.remoteTracks = [];
	globalThis.connections = [];
	globalThis.RTCPeerConnection = class extends Native {
		constructor(...args) {
			super(...args);
			globalThis.connections.push(this);
			this.addEventListener("track", ({ track }) => globalThis.remoteTracks.push(track));
		}
	};
}

/** Looks for a second, in the page, whether the tone is in what is played: ten times the power beside it (Goertzel's filter). */
async function findTone(hz) {
	const track = globalThis.remoteTracks.findLast(({ kind, readyState }) => kind === "audio" && readyState === "live");
	if (!track) return false;
	const context = (globalThis.listening ??= new AudioContext());
	const analyser = new AnalyserNode(context, { fftSize: 2048 });
	const source = context.createMediaStreamSource(new MediaStream([track]));
	source.connect(analyser);
	const samples = new Float32Array(analyser.fftSize);
	const power = (f) => {
		const coefficient = 2 * Math.cos((2 * Math.PI * f) / context.sampleRate);
		let [s1, s2] = [0, 0];
		for (const sample of samples) [s1, s2] = [sample + coefficient * s1 - s2, s1];
		return (s1 * s1 + s2 * s2 - coefficient * s1 * s2) / samples.length ** 2;
	};
	const end = performance.now() + 1000;
	let isFound = false;
	while (!isFound && performance.now() < end) {
		await new Promise((done) => setTimeout(done, 20));
		analyser.getFloatTimeDomainData(samples);
		isFound = power(hz) > 1e-5 && power(hz) > 10 * Math.max(power(1.625 * hz), power(2.25 * hz));
	}
	source.disconnect();
	return isFound;
}
export const hears = (page, what, hz = TONE.chromium) => until(() => page.evaluate(findTone, hz), what, { timeoutMs: 60_000 });

/** A count that has stood for 600 ms: Opus says something every 400 ms even when it is silent, pictures come 24 times a second. */
export async function isStill(count, what) {
	let [last, since] = [await count(), performance.now()];
	await until(async () => {
		const now = await count();
		if (now !== last) [last, since] = [now, performance.now()];
		return performance.now() - since > 600;
	}, what);
}

/** Ada organizes, Bob attends; both in Chromium with fake devices, everything on. */
export async function two(ctx) {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browsers = await Promise.all([startChromium(ctx, { args: fake }), startChromium(ctx, { args: fake })]);
	const [ada, bob] = await Promise.all(browsers.map((browser) => openPage(ctx, browser, null, keepTracks)));
	await joinInBrowser(ada, session.organizer, "Ada");
	await joinInBrowser(bob, session.attendee, "Bob");
	return { server, session, ada, bob };
}

/** Runs in the page before anything else: keeps the elements that play somebody's voice. */
export function keepVoices() {
	const native = HTMLMediaElement.prototype.play;
	globalThis.voices = new Set();
	HTMLMediaElement.prototype.play = function () {
		if (this.localName === "audio") globalThis.voices.add(this);
		return native.call(this);
	};
}

/** Whether one of them plays. */
export const isPlaying = (page) => page.evaluate(() => [...globalThis.voices].some(({ paused, srcObject }) => !paused && srcObject));
