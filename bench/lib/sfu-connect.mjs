// SPDX-License-Identifier: Apache-2.0
// From the answer (the client knows where to connect) to DTLS connected: 200 transports one after the other, and 50 that
// begin together. Then Chromium: from the press on Join to the first decoded frame of a camera that is on.
import { startServer } from "../../test/e2e/lib/server.mjs";
import { MediaPeer } from "../../test/peers/media.mjs";
import { startClient } from "./sfu.mjs";
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
	say(`sfu-connect: medians ${quantile(alone, 0.5).toFixed(1)} and ${quantile(storm, 0.5).toFixed(1)} ms; bound: < 100, ${one < 100 && many < 100 ? "held" : "MISSED"}`);
}
