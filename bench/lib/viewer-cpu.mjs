// SPDX-License-Identifier: Apache-2.0
// What watching costs: processor time of Chromium's renderer and GPU processes while office.sh scrolls on a
// 1920x1080 display, as a share of one core. Ours: the page of Tessera, the presenter being `tessera join --share`.
// The peer: the same page of the same browser with a <video> of the same size in it, which gets the same display
// from another Chromium by WebRTC, coded in VP9. One after the other, since together they want more than two cores.
import { captureScreen, openPage, startChromium } from "../../test/e2e/lib/browser.mjs";
import { startDisplay } from "../../test/e2e/lib/display.mjs";
import { Endpoint } from "../../test/e2e/lib/endpoint.mjs";
import { isStatus, joinInBrowser, screens } from "../../test/e2e/lib/room.mjs";
import { startServer } from "../../test/e2e/lib/server.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";
import { drawingSeconds } from "./chromium.mjs";
import { judge, runSession, wholeScreen, withoutFault } from "./screen.mjs";
import { rest } from "./tools.mjs";

const BOUND = 0.5;
const IDLE_BOUND = 1;
const viewport = { width: wholeScreen.width, height: wholeScreen.height };
/** Addresses as they are: a machine of tests may have no mDNS, and only loopback. */
const webrtc = ["--disable-features=WebRtcHideLocalIpsWithMdns", "--allow-loopback-in-peer-connection"];

/** Percent of a core over `ms`. */
async function load(browser, ms) {
	const [before, from] = [await drawingSeconds(browser), performance.now()];
	await rest(ms);
	return ((await drawingSeconds(browser)) - before) / ((performance.now() - from) / 100_000);
}

/** Runs office.sh for so long; the load in its scrolling phases, or null when it missed a cue. */
async function watchOffice(ctx, display, browser, seconds) {
	const marks = [];
	const mark = (name) => marks.push({ name, at: performance.now(), cpu: drawingSeconds(browser) });
	if (!(await runSession(ctx, "office", display.name, seconds, ([, name]) => mark(name)))) return null;
	mark("end");
	let [busy, busyMs] = [0, 0];
	for (const [n, { name, at, cpu }] of marks.slice(0, -1).entries()) {
		if (!name.startsWith("scroll")) continue;
		busy += (await marks[n + 1].cpu) - (await cpu);
		busyMs += marks[n + 1].at - at;
	}
	return busy / (busyMs / 100_000);
}

async function ours(ctx, { display, server, seconds, idleMs, say }) {
	const session = await server.createSession();
	const presenter = new Endpoint(ctx, server, session.organizer, "Presenter", ["--share", display.name]);
	await presenter.in();
	const browser = await startChromium(ctx, { viewport });
	const page = await openPage(ctx, browser);
	await joinInBrowser(page, session.attendee, "Ada");
	await until(async () => (await screens(page))[0]?.state === "live", "the picture is there");
	const busy = await withoutFault(() => watchOffice(ctx, display, browser, seconds), say);
	await rest(2000);
	const idle = await load(browser, idleMs);
	const pictures = await page.evaluate(() => globalThis.tessera.inspect().then((found) => found.screens[0]));
	say(`viewer-cpu: ours: ${pictures.picture} pictures, ${(pictures.bytes / 1e6).toFixed(1)} MB`);
	const size = await page.evaluate(() => document.querySelector("canvas.canvas").getBoundingClientRect().toJSON());
	await presenter.proc.stop();
	await browser.close();
	return { busy, idle, size };
}

/** In the page that has the screen: an offer in VP9 at up to 8 Mbit/s, with its addresses in it. */
async function offer() {
	const stream = await navigator.mediaDevices.getDisplayMedia({ video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: 30 } });
	const [track] = stream.getVideoTracks();
	track.contentHint = "text";
	const peer = (globalThis.peer = new RTCPeerConnection());
	const sender = peer.addTransceiver(track, { direction: "sendonly", sendEncodings: [{ maxBitrate: 8e6, maxFramerate: 30 }] });
	sender.setCodecPreferences(RTCRtpSender.getCapabilities("video").codecs.filter((codec) => codec.mimeType === "video/VP9"));
	await peer.setLocalDescription();
	await new Promise((done) => (peer.iceGatheringState === "complete" ? done() : peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done())));
	return peer.localDescription.toJSON();
}

/** In the page that watches: a video where the picture would be. */
async function answer({ description, size }) {
	const peer = (globalThis.peer = new RTCPeerConnection());
	const video = document.createElement("video");
	Object.assign(video.style, { position: "fixed", zIndex: 9, left: `${size.x}px`, top: `${size.y}px`, width: `${size.width}px`, height: `${size.height}px` });
	video.muted = true;
	peer.addEventListener("track", ({ track }) => {
		video.srcObject = new MediaStream([track]);
		void video.play();
	});
	document.body.append(video);
	await peer.setRemoteDescription(description);
	await peer.setLocalDescription();
	await new Promise((done) => (peer.iceGatheringState === "complete" ? done() : peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done())));
	return peer.localDescription.toJSON();
}

async function vp9(ctx, { display, server, seconds, idleMs, size, say }) {
	const session = await server.createSession();
	const source = await startChromium(ctx, { args: [...captureScreen, ...webrtc], env: { ...process.env, ...display.env } });
	const from = await openPage(ctx, source, session.attendee);
	await from.mouse.click(5, 5);
	const description = await from.evaluate(offer);
	const browser = await startChromium(ctx, { viewport, args: webrtc });
	const page = await openPage(ctx, browser);
	await joinInBrowser(page, session.attendee, "Ada");
	await isStatus(page, "joined");
	const back = await page.evaluate(answer, { description, size });
	await from.evaluate((remote) => globalThis.peer.setRemoteDescription(remote), back);
	await until(() => page.evaluate(() => document.querySelector("video").videoWidth === 1920), "a video of 1920 pixels", { timeoutMs: 30_000 });
	const busy = await withoutFault(() => watchOffice(ctx, display, browser, seconds), say);
	await rest(2000);
	const idle = await load(browser, idleMs);
	const stats = await page.evaluate(async () => {
		for (const [, report] of await globalThis.peer.getStats()) if (report.type === "inbound-rtp") return report;
	});
	say(`viewer-cpu: vp9: ${stats.framesDecoded} pictures of ${stats.frameWidth}x${stats.frameHeight}, ${(stats.bytesReceived / 1e6).toFixed(1)} MB, ${stats.decoderImplementation}`);
	await source.close();
	await browser.close();
	return { busy, idle };
}

export async function bench(ctx, { quick, emit, say }) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, wholeScreen)]);
	// Its first phase scrolls a terminal for 7.5 s, its fifth an article with photographs from 23.5 to 32.5 s.
	const how = { display, server, say, seconds: quick ? 8 : 33, idleMs: quick ? 3000 : 15_000 };
	const mine = await ours(ctx, how);
	const peer = await vp9(ctx, { ...how, size: mine.size });
	emit("scrolling", mine.busy, "%", "vp9", mine.busy / peer.busy);
	emit("scrolling_vp9", peer.busy, "%");
	emit("idle", mine.idle, "%", "vp9", mine.idle / peer.idle);
	judge(say, "viewer-cpu: scrolling", mine.busy / peer.busy, BOUND);
	judge(say, "viewer-cpu: idle, %", mine.idle, IDLE_BOUND);
}
