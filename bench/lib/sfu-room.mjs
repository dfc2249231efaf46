// SPDX-License-Identifier: Apache-2.0
// People in Chromium for the benches of audio and video: fake camera and microphone, and what their pages' transports say.
import { openPage, startChromium } from "../../test/e2e/lib/browser.mjs";
import { button, field, isStatus } from "../../test/e2e/lib/room.mjs";

const FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"];

/**
 * Runs before the page's scripts. Keeps every RTCPeerConnection, and where benchPort is set sends all of it there: the
 * candidates of the server that it is told about get that port, those over TCP are left out.
 */
function instrument(port) {
	const all = [];
	const Native = globalThis.RTCPeerConnection;
	const rewritten = (sdp) =>
		sdp
			.split("\r\n")
			.filter((line) => !/^a=candidate:.* tcp /i.test(line))
			.map((line) => line.replace(/^(a=candidate:\S+ \d+ udp \d+ )\S+ \d+/i, `$1127.0.0.1 ${port}`))
			.join("\r\n");
	globalThis.RTCPeerConnection = class extends Native {
		constructor(...args) {
			super(...args);
			all.push(this);
		}
		setRemoteDescription(description) {
			return super.setRemoteDescription(port ? { type: description.type, sdp: rewritten(description.sdp) } : description);
		}
	};
	/** The inbound-rtp statistics of a kind, or null. */
	globalThis.benchInbound = async (kind) => {
		for (const connection of all)
			for (const report of (await connection.getStats()).values()) if (report.type === "inbound-rtp" && report.kind === kind && report.packetsReceived > 0) return report;
		return null;
	};
}

/** Somebody in the room; `port`: of the bad line that he is behind; `rest(browser)`: what is waited for before Join is pressed. */
export async function enterRoom(ctx, link, name, { port = 0, before, rest } = {}) {
	const browser = await startChromium(ctx, { args: FAKE });
	await browser.addInitScript(instrument, port);
	const page = await openPage(ctx, browser, null, before);
	await page.goto(link);
	await field(page, "Your name").fill(name);
	await rest?.(browser);
	await button(page, "Join").click();
	await isStatus(page, "joined");
	return page;
}

/** Opens microphone and camera. */
export async function speak(page) {
	await button(page, "Mic").click();
	await button(page, "Camera").click();
}

export const inbound = (page, kind) => page.evaluate((what) => globalThis.benchInbound(what), kind);
