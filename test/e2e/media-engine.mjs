// SPDX-License-Identifier: Apache-2.0
// The media process without a browser: packets over threads, over TCP, from another address; mute; its death and the edge's.
import { createSocket } from "node:dgram";
import { createConnection } from "node:net";
import { release } from "node:os";
import { LOADS, OurSide, startClient } from "../peers/load.mjs";
import { MediaPeer } from "../peers/media.mjs";
import { enums } from "../peers/proto.mjs";
import { runProgram } from "./lib/process.mjs";
import { startServer, tessera } from "./lib/server.mjs";
import { check, equal, run, Skip, test, until } from "./lib/tap.mjs";

const { Direction, PauseMode, Refusal } = enums;
const TWO = ["--threads", "2"];

/** Two speak, one is muted: half of it, but for where the window begins and ends. */
const isHalf = (run) => Math.abs(2 * run.received - run.expected) <= 8;

const opened = async (ctx, nSenders, nReceivers, options) => new OurSide(await startClient(ctx), LOADS.audio).open(ctx, nSenders, nReceivers, { serverArgs: TWO, ...options });

const bound = (socket) => new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket.address().port)));

/** Carries a leg's datagrams over TCP (RFC 4571) to a port of the server. */
async function overTcp(ctx, { host, port }) {
	const udp = createSocket("udp4");
	const tcp = createConnection({ host, port });
	let leg = 0;
	let waiting = Buffer.alloc(0);
	ctx.onEnd(() => (udp.close(), tcp.destroy()));
	udp.on("message", (bytes, from) => {
		leg = from.port;
		const length = Buffer.alloc(2);
		length.writeUInt16BE(bytes.length);
		tcp.write(Buffer.concat([length, bytes]));
	});
	tcp.on("data", (data) => {
		waiting = Buffer.concat([waiting, data]);
		for (; waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(); waiting = waiting.subarray(2 + waiting.readUInt16BE()))
			udp.send(waiting.subarray(2, 2 + waiting.readUInt16BE()), leg, "127.0.0.1");
	});
	tcp.on("error", () => undefined);
	return { host: "127.0.0.1", port: await bound(udp), cut: () => tcp.destroy() };
}

/** A leg's way to the server, whose address the server sees can change. */
async function movable(ctx, { host, port }) {
	const near = createSocket("udp4");
	let leg = 0;
	let far;
	const move = async () => {
		far?.close();
		far = createSocket("udp4");
		far.on("message", (bytes) => near.send(bytes, leg, "127.0.0.1"));
		await bound(far);
	};
	ctx.onEnd(() => (near.close(), far.close()));
	near.on("message", (bytes, from) => {
		leg = from.port;
		far.send(bytes, port, host);
	});
	await move();
	return { host: "127.0.0.1", port: await bound(near), move };
}

/** One more receiver, who comes by a way of his own. */
async function receiverBy(ctx, side, makeWay) {
	const peer = await MediaPeer.enter(ctx, side.server, side.session.attendee, { name: "Via" });
	const [leg] = await side.client.create(1);
	const to = await peer.connectReceive(leg);
	const way = await makeWay(ctx, to);
	await side.client.connect([{ ...to, host: way.host, port: way.port }]);
	for (const stream of side.streams) await peer.consume(stream);
	side.receivers.push(leg.leg);
	await side.expect(side.how);
	return { peer, way };
}

test("five speakers, eight listeners, two threads: each packet once", async (ctx) => {
	const side = await opened(ctx, 5, 8);
	await side.run(1500, { warm: 500 });
	await until(async () => (await side.server.metric("tessera_media_transports")) === 13, "the transports are counted");
	await until(async () => (await side.server.metric("tessera_media_packets_out_total")) > 8 * 5 * 50, "and what they carried");
});

/** Two cameras of 0.6 Mbit/s, which every estimate of bandwidth carries from the beginning. */
const CAMERA = { ...LOADS.video, packets: 4, size: 600 };

/** Somebody watches for a moment and goes. */
async function lookIn(ctx, side) {
	const peer = await MediaPeer.enter(ctx, side.server, side.session.attendee, { name: "Guest" });
	const [leg] = await side.client.create(1);
	await side.client.connect([await peer.connectReceive(leg)]);
	for (const stream of side.streams) await peer.consume(stream);
	peer.send({ leave: {} });
	await peer.over;
	await side.client.ask({ cmd: "drop", legs: [leg.leg] });
}

/** In one breath: mute, pictures that are wanted in another size or not at all, what is lost asked for again, key frames. */
async function disturb(side, round) {
	const { client, peers, receivers, streams, larger } = side;
	const [organizer, other] = peers;
	const rogue = (leg, kind, more = {}) => client.ask({ cmd: "rogue", leg, kind, ...more });
	const isOdd = round % 2 === 1;
	organizer.send({ mute: { member: other.me, video: true } });
	for (const [i, peer] of peers.slice(2).entries())
		peer.send({ consumer_wants: { wants: streams.map((stream, k) => ({ stream, on: (round + i + k) % 3 > 0, max_spatial: isOdd ? 1 : 0, max_temporal: 3, priority: 1 + i })) } });
	for (const [i, leg] of side.senders.entries()) await rogue(leg, "packets", { ssrc: larger[i], count: 4 });
	for (const leg of receivers) {
		await rogue(leg, "nack", { count: 3 });
		await rogue(leg, "pli");
	}
	equal((await other.ask({ stream_pause: { stream: streams[1], mode: PauseMode.PAUSE_NONE } })).refusal ?? 0, 0, "he goes on");
}

test("cameras in two sizes, losses, mutes, people who come and go, over three threads", async (ctx) => {
	const side = new OurSide(await startClient(ctx), CAMERA);
	side.larger = [900_001, 900_002];
	await side.open(ctx, 2, 4, { serverArgs: ["--threads", "3"] });
	await receiverBy(ctx, side, overTcp);
	await side.client.ask({ cmd: "send", legs: side.senders, on: true });
	const end = Date.now() + 4000;
	let rounds = 0;
	const disturbed = (async () => {
		for (; Date.now() < end; rounds++) await disturb(side, rounds);
	})();
	for (let n = 0; Date.now() < end; n++) await lookIn(ctx, side);
	await disturbed;
	await side.client.ask({ cmd: "send", legs: side.senders, on: false });
	for (const peer of side.peers.slice(2))
		equal((await peer.ask({ consumer_wants: { wants: side.streams.map((stream) => ({ stream, on: true, max_spatial: 0, max_temporal: 3, priority: 1 })) } })).refusal ?? 0, 0, "all of them want both");
	ctx.say(`${rounds} rounds`);
	await until(() => side.run(300, { warm: 300 }).then(() => true), "everybody sees both");
});

/** UDP_SEGMENT is since Linux 4.18. */
function needsSegments() {
	const [major, minor] = release().split(".").map(Number);
	if (major < 4 || (major === 4 && minor < 18)) throw new Skip(`Linux ${release()} splits no messages`);
}

test("a frame leaves as one message for each who sees it", async (ctx) => {
	needsSegments();
	const side = await new OurSide(await startClient(ctx), { ...LOADS.video, per_second: 15, packets: 12, size: 400 }).open(ctx, 1, 4);
	const { expected } = await side.run(1500);
	const count = (what) => side.server.metric(`tessera_media_${what}_out_total`);
	const packets = await until(async () => (await count("packets")) > expected && count("packets"), "they are counted");
	const messages = await count("messages");
	ctx.say(`${packets} datagrams in ${messages} messages`);
	check(messages < packets / 2, "not each packet by itself"); // a busy machine handles the beginning of a frame before its end is there
});

test("each SRTP profile carries a call", async (ctx) => {
	const server = await startServer(ctx);
	for (const profile of ["SRTP_AEAD_AES_256_GCM", "SRTP_AES128_CM_SHA1_80"]) {
		const client = await startClient(ctx, { profile }); // its other is carried by every other case
		const side = await new OurSide(client, LOADS.audio).open(ctx, 1, 1, { server, session: await server.createSession() });
		await side.run(300, { warm: 200 });
	}
});

test("the administrator sees how each member gets on", async (ctx) => {
	const side = await opened(ctx, 1, 1);
	await side.run(2500, { warm: 300 });
	const show = async () => {
		const { stdout } = await runProgram(tessera, ["session", "show", side.session.number, "--state", side.server.state, "--json"]);
		return JSON.parse(stdout).media;
	};
	const [speaker, listener] = await until(async () => {
		const media = await show();
		return media.length === 2 && media[0].kbit_up > 0 && media[1].kbit_down > 0 && media;
	}, "both are shown");
	equal([speaker.name, speaker.tcp, listener.name, listener.kbit_up].join(), "S0,false,R1,0", "who they are, and that only one sends");
});

test("a listener over TCP hears the same", async (ctx) => {
	const side = await opened(ctx, 2, 1);
	const { way } = await receiverBy(ctx, side, overTcp);
	await side.run(1000, { warm: 500 });
	await until(async () => (await side.server.metric("tessera_media_tcp_connections")) === 1, "he has a connection");
	way.cut();
	await until(async () => (await side.server.metric("tessera_media_tcp_connections")) === 0, "which is gone with him");
});

/** A connection that says the head of a STUN request, and nothing more. */
const silentTcp = (ctx, { host, port }) =>
	new Promise((resolve) => {
		const tcp = createConnection({ host, port }, () => tcp.write(Buffer.from("001c000100082112a442" + "00".repeat(12), "hex"), resolve));
		ctx.onEnd(() => tcp.destroy());
		tcp.on("error", () => undefined);
	});

test("connections that prove nothing are bounded, and end nobody else's", async (ctx) => {
	const side = await opened(ctx, 1, 1);
	await receiverBy(ctx, side, overTcp);
	await side.run(500, { warm: 500 });
	const at = { host: "127.0.0.1", port: side.server.ports[0] };
	for (let i = 0; i < 24; i++) await Promise.all(Array.from({ length: 50 }, () => silentTcp(ctx, at)));
	await until(async () => (await side.server.metric("tessera_media_tcp_refused_total")) > 0, "the oldest end");
	check((await side.server.metric("tessera_media_tcp_connections")) <= 2 * 512 + 1, "no more than so many are kept");
	await side.run(500, { warm: 200 });
});

test("a stream that media cannot carry is closed", async (ctx) => {
	const side = await opened(ctx, 1, 1);
	const [speaker, listener] = side.peers;
	const { stream } = await speaker.produce("video", 1000 + side.sources[0], { mid: "1" }); // the microphone's SSRC
	await until(async () => (await listener.ask({ stream_subscribe: { stream, on: false } })).refusal, "it is gone");
	await side.run(500, { warm: 300 });
});

test("what comes from another address is heard again, on whichever thread it lands", async (ctx) => {
	const side = await opened(ctx, 1, 1);
	const { way } = await receiverBy(ctx, side, movable);
	await side.run(500, { warm: 500 });
	for (let i = 0; i < 20 && (await side.server.metric("tessera_media_strays_total")) === 0; i++) {
		await way.move();
		await until(
			() => side.run(200, { warm: 0 }).then(() => true, () => false),
			"he hears again",
		);
	}
	check((await side.server.metric("tessera_media_strays_total")) > 0, "a datagram landed at the other thread");
	await side.run(500, { warm: 200 });
});

test("who is muted is not forwarded, and speaks on when he likes", async (ctx) => {
	const side = await opened(ctx, 2, 2);
	const [organizer, milo] = side.peers;
	const [, stream] = side.streams;
	await side.run(400, { warm: 300 });
	await organizer.ask({ mute: { member: milo.me, audio: true } });
	const muted = await side.run(400, { warm: 300, mayLose: true });
	check(isHalf(muted), `half of it is heard: ${muted.received} of ${muted.expected}`);
	equal((await milo.ask({ stream_pause: { stream, mode: PauseMode.PAUSE_NONE } })).refusal ?? 0, 0, "he may go on");
	await side.run(400, { warm: 300 });
	equal((await milo.ask({ stream_pause: { stream, mode: PauseMode.PAUSE_BLANK } })).refusal ?? 0, 0, "he mutes himself");
	const own = await side.run(400, { warm: 300, mayLose: true });
	check(isHalf(own), `half of it is heard: ${own.received} of ${own.expected}`);
});

test("to whom the microphone is not allowed is heard by nobody, though he sends on", async (ctx) => {
	const side = await opened(ctx, 2, 2);
	const [organizer, milo] = side.peers;
	const [, stream] = side.streams;
	await organizer.ask({ mute: { member: milo.me, audio: true } });
	await organizer.ask({ set_media_right: { member: milo.me, audio_allowed: false, video_allowed: true } });
	const isRefused = async (body, what) => check((await milo.ask(body)).refusal, what);
	await isRefused({ stream_pause: { stream, mode: PauseMode.PAUSE_NONE } }, "he cannot unmute");
	const again = await milo.produce("audio", 4321, { mid: "2" }).then(() => "opened", (error) => error.message);
	equal(again, `S1: audio is refused: ${Refusal.REFUSAL_DENIED}`, "nor open another microphone");
	const denied = await side.run(400, { warm: 300, mayLose: true });
	check(isHalf(denied), `half of it is heard: ${denied.received} of ${denied.expected}`);
	await organizer.ask({ set_media_right: { member: milo.me, audio_allowed: true, video_allowed: true } });
	await milo.produce("audio", 4321, { mid: "2" });
});

/** Everybody back: new transports, new streams, new legs. */
async function anew(ctx, side) {
	const again = new OurSide(side.client, LOADS.audio);
	again.server = side.server;
	again.pid = (await side.server.children()).media;
	for (const peer of side.peers) Object.assign(peer, { ready: undefined, consumers: undefined });
	const streams = [];
	const connect = async (peer, how) => {
		const [leg] = await again.client.create(1);
		await again.client.connect([await peer[how](leg)]);
		return leg.leg;
	};
	for (const peer of side.peers.slice(0, side.senders.length)) {
		const leg = await connect(peer, "connectSend");
		const ssrc = 1000 + leg;
		const { stream, pt, ext, mid } = await peer.produce("audio", ssrc);
		await again.publish(leg, { ssrc, pt, mid, ext });
		streams.push(stream);
	}
	for (const peer of side.peers.slice(side.senders.length)) {
		again.receivers.push(await connect(peer, "connectReceive"));
		for (const stream of streams) again.how = await peer.consume(stream);
	}
	await again.expect(again.how);
	return again;
}

test("media is killed: all are told, their streams are closed, and they come back", async (ctx) => {
	const side = await opened(ctx, 2, 2);
	await side.run(300, { warm: 300 });
	const starts = side.peers.map((peer) => peer.messages.length);
	side.peers[2].readsRoster = true;
	await side.server.kill("media");
	for (const [i, peer] of side.peers.entries()) await peer.next("media_gone", { start: starts[i] });
	const gone = side.peers[2].messages.slice(starts[2]).filter((m) => m.kind === "state").flatMap((m) => m.body.streams_gone ?? []);
	equal(gone.sort().join(), [...side.streams].sort().join(), "the streams are closed before");
	const again = await anew(ctx, side);
	await again.run(500, { warm: 500 });
});

test("the addresses that are given are offered, UDP before TCP", async (ctx) => {
	const server = await startServer(ctx, { args: ["--public-address", "203.0.113.5,2001:db8::5"] });
	const { organizer } = await server.createSession();
	const { send } = await (await MediaPeer.enter(ctx, server, organizer, { name: "Ada" })).mediaJoin();
	const seen = send.candidates.sort((a, b) => b.priority - a.priority).map((c) => `${c.protocol ? "tcp" : "udp"} ${c.address}`);
	equal([...new Set(seen)].join(), "udp 203.0.113.5,udp 2001:db8::5,tcp 203.0.113.5,tcp 2001:db8::5", "where to go first");
	equal(send.candidates.length, 2 * 2 * server.ports.length, "on each port");
});

test("ICE restarts: what is open stays open", async (ctx) => {
	const side = await opened(ctx, 1, 1);
	await side.run(300, { warm: 300 });
	const [, listener] = side.peers;
	const before = (await listener.mediaJoin()).receive.ice;
	const start = listener.messages.length;
	equal((await listener.ask({ ice_restart: { direction: Direction.DIRECTION_RECEIVE } })).refusal ?? 0, 0, "it may");
	const { ice } = await listener.next("ice_restarted", { start });
	check(ice.ufrag !== before.ufrag && ice.password !== before.password, "with new credentials");
	await side.run(500, { warm: 200 }); // under the old ones until the first check with the new
});

test("the edge is killed: media goes on with whoever comes back", async (ctx) => {
	const side = await opened(ctx, 1, 1);
	await side.run(300, { warm: 300 });
	const { media } = await side.server.children();
	await side.server.kill("edge");
	await until(async () => (await side.server.metric("tessera_media_transports")) === 0, "it has forgotten them");
	equal((await side.server.children()).media, media, "it is the same process");
	const session = await side.server.createSession();
	const again = await new OurSide(side.client, LOADS.audio).open(ctx, 1, 1, { server: side.server, session });
	await again.run(500, { warm: 500 });
});

await run();
