// SPDX-License-Identifier: Apache-2.0
// From the answer (the client knows where to connect) to DTLS connected: 200 transports one after the other, and 50 that
// begin together. Then Chromium: from the press on Join to the first decoded frame of a camera that is on.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { MediaPeer } from "../../test/peers/media.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";
import { startClient } from "./sfu.mjs";
import { settled } from "./chromium.mjs";
import { enterRoom, inbound, speak } from "./sfu-room.mjs";
import { quantile } from "./tools.mjs";

const [ALONE, TOGETHER] = [200, 50];

/** Members in turn, each makes his transports anew. */
async function oneByOne(client, peers, n) {
	const ms = [];
	for (let i = 0; i < n; i++) {
		const [leg] = await client.create(1);
		const peer = peers[i % peers.length];
		peer.ready = null;
		ms.push(...(await client.connect([await peer.connectReceive(leg)])));
		await client.ask({ cmd: "close", legs: [leg.leg] });
	}
	return ms;
}

async function together(client, peers) {
	const legs = await client.create(peers.length);
	const to = [];
	for (const [i, peer] of peers.entries()) {
		peer.ready = null;
		to.push(await peer.connectReceive(legs[i]));
	}
	const ms = await client.connect(to);
	await client.ask({ cmd: "close", legs: legs.map((leg) => leg.leg) });
	return ms;
}

/** Runs in the page: when Join was pressed, and when a video first had a frame. */
function watchFirstFrame() {
	const times = (globalThis.benchFirst = {});
	document.addEventListener("click", ({ target }) => target.closest?.("button")?.textContent.trim() === "Join" && (times.join ??= performance.now()), true);
	const look = setInterval(() => {
		if (![...document.querySelectorAll("video")].some((video) => video.getVideoPlaybackQuality().totalVideoFrames > 0)) return;
		times.frame = performance.now();
		clearInterval(look);
	}, 4);
}

/** Milliseconds from the press on Join to the first decoded frame, of guests who come one after the other. */
async function firstFrames(ctx, server, n, say) {
	const session = await server.createSession();
	const ada = await enterRoom(ctx, session.organizer, "Ada");
	await speak(ada);
	const ms = [];
	for (let i = 0; i < n; i++) {
		const guest = await enterRoom(ctx, session.attendee, `Guest ${i}`, { before: watchFirstFrame, rest: settled });
		const times = await until(() => guest.evaluate(() => (globalThis.benchFirst.frame ? globalThis.benchFirst : null)), "a first frame", { timeoutMs: 20_000 });
		if ((await inbound(guest, "video")) === null) throw new Error("the frame came from somewhere else");
		ms.push(times.frame - times.join);
		say(`sfu-connect: first frame after ${ms.at(-1).toFixed(0)} ms`);
		await guest.context().close();
	}
	return ms;
}

export async function bench(ctx, { quick, emit, say }) {
	const client = await startClient(ctx);
	const server = await startServer(ctx);
	const session = await server.createSession();
	const peers = [];
	for (let i = 0; i < TOGETHER; i++) peers.push(await MediaPeer.enter(ctx, server, session.attendee, { name: `R${i}` }));
	const alone = await oneByOne(client, peers, quick ? ALONE / 2 : ALONE);
	const storm = [];
	for (let i = 0; i < (quick ? 2 : 5); i++) storm.push(...(await together(client, peers)));
	const [one, many] = [alone, storm].map((ms) => quantile(ms, 0.95));
	emit("one_by_one_p95", one, "ms");
	emit("at_once_p95", many, "ms");
	await client.end();
	const first = quantile(await firstFrames(ctx, server, quick ? 3 : 15, say), 0.5);
	emit("first_frame_p50", first, "ms");
	say(`sfu-connect: first frame: bound: < 500, ${first < 500 ? "held" : "MISSED"}`);
	say(`sfu-connect: medians ${quantile(alone, 0.5).toFixed(1)} and ${quantile(storm, 0.5).toFixed(1)} ms; bound: < 100, ${one < 100 && many < 100 ? "held" : "MISSED"}`);
}
