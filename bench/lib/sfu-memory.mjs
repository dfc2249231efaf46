// SPDX-License-Identifier: Apache-2.0
// What a member who receives a camera and two microphones costs the media process in memory, while they are on.
import { LOADS, openSide, OurSide, startClient } from "./sfu.mjs";
import { median, pssKiB } from "./tools.mjs";

const MICROPHONES = 2;
/** Frames a second: enough that every transport and every queue has been used. */
const SLOWLY = 5;
const CAMERA = { ...LOADS.video, packets: 3 };

async function measure(ctx, receivers, ms) {
	const client = await startClient(ctx);
	const video = await openSide(ctx, new OurSide(client, CAMERA), 1, 1);
	const audio = new OurSide(client, LOADS.audio);
	Object.assign(audio, { pid: video.pid, server: video.server, session: video.session, peers: video.peers });
	const streams = [video.streams[0]];
	for (let i = 0; i < MICROPHONES; i++) streams.push(await audio.addSender(ctx));
	await video.run(ms, { warm: 3000, per_second: SLOWLY, mayLose: true }); // caches of the senders are full
	const before = await pssKiB(video.pid);
	for (let i = 0; i < receivers; i++) await video.addReceiver(ctx, streams);
	audio.receivers = video.receivers.slice(1);
	await video.expect(video.how);
	await video.run(ms, { per_second: SLOWLY, mayLose: true });
	await client.ask({ cmd: "expect", legs: audio.receivers, sources: audio.sources, ...video.how });
	await audio.run(ms, { mayLose: true });
	const grown = (await pssKiB(video.pid)) - before;
	await client.end();
	await video.server.proc.stop();
	return grown / receivers;
}

export async function bench(ctx, { quick, emit, say }) {
	const receivers = quick ? 50 : 300;
	const runs = [];
	for (let i = 0; i < (quick ? 1 : 3); i++) {
		runs.push(await measure(ctx, receivers, quick ? 1000 : 3000));
		say(`sfu-memory: ${receivers} receivers with ${1 + MICROPHONES} streams: ${runs.at(-1).toFixed(1)} KiB each`);
	}
	const each = median(runs);
	emit("per_transport", each, "KiB");
	say(`sfu-memory: bound: <= 100 KiB, ${each <= 100 ? "held" : "MISSED"}`);
}
