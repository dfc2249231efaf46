// SPDX-License-Identifier: Apache-2.0
// Two people whose ICE, DTLS, SRTP and frame encryption were written by others (werift, node:crypto) in a call with Chromium: they
// open what comes of her microphone and camera, and send it back as their own. Each negotiates another SRTP profile.
import { randomBytes } from "node:crypto";
import { PROFILES, Received, Sent, WeriftLeg } from "../peers/werift.mjs";
import { MediaPeer } from "../peers/media.mjs";
import { enums } from "../peers/proto.mjs";
import { openPage, startChromium } from "./lib/browser.mjs";
import { fake, media } from "./lib/call.mjs";
import { button, inspect, joinInBrowser } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const { STREAM_AUDIO, STREAM_VIDEO } = enums.StreamClass;
const KINDS = { audio: STREAM_AUDIO, video: STREAM_VIDEO };
const SIZES = ["320x180", "640x360", "1280x720"];
const PATIENCE = { timeoutMs: 30_000 };

/** A member with two of werift's transports, who sends back whatever streams of hers he is given; change() makes another of what he sends. */
async function enter(ctx, server, link, name, profile, change = () => undefined) {
	const peer = await MediaPeer.enter(ctx, server, link, { name });
	peer.readsRoster = true;
	const [send, receive] = [await WeriftLeg.create(ctx, profile), await WeriftLeg.create(ctx, profile)];
	await send.connect(await peer.connectSend(send));
	await receive.connect(await peer.connectReceive(receive));
	const got = {};
	for (const [kind, streamClass] of Object.entries(KINDS)) {
		const { id } = await until(() => [...(peer.seen?.values() ?? [])].find((s) => s.stream_class === streamClass && peer.members.get(s.from)?.name === "Ada"), `Ada's ${kind} is announced`);
		const ssrc = 7000 + streamClass;
		const sent = new Sent(peer, send, kind, ssrc, await peer.produce(kind, ssrc, { mid: kind }));
		change(sent);
		const consumer = await peer.consume(id);
		got[kind] = new Received(peer, receive, id, kind, consumer.ssrc);
		got[kind].onFrame = (frame) => void sent.send(frame);
		if (kind === "audio") receive.reportArrivals(consumer.twcc);
		else {
			send.onKeyFrameAsked(() => receive.askKeyFrame(consumer.ssrc));
			await receive.askKeyFrame(consumer.ssrc); // the first may have come already
		}
	}
	return { name, got, member: peer.me };
}

/** Its frames are by turns plain and under a key that nobody else has. */
function forge(sent) {
	const { sealed } = sent;
	const key = randomBytes(32);
	let n = 0;
	sent.sealed = (plain) => (n++ % 2 ? plain : sealed.call(sent, plain, key));
}

test("independent clients and Chromium see and hear each other", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const browser = await startChromium(ctx, { args: fake });
	const ada = await openPage(ctx, browser);
	await joinInBrowser(ada, session.organizer, "Ada");
	await button(ada, "Mic").click();
	await button(ada, "Camera").click();
	const others = [];
	for (const [name, profile] of Object.entries(PROFILES)) others.push(await enter(ctx, server, session.attendee, name, profile));
	for (const { name, got } of others) {
		await until(() => got.audio.frames > 50 && got.video.frames > 10, `${name} opens her frames`, PATIENCE);
		await until(() => SIZES.includes(got.video.size), `${name}: a key frame is of one of the sizes that are sent`, PATIENCE);
	}
	const from = async (member, kind) => (await media(ada)).receiving.find((one) => one.member === member && one.kind === kind);
	for (const { name, got, member } of others) {
		await until(async () => (await from(member, "video"))?.framesDecoded > 10, `she decodes what ${name} sends`, PATIENCE);
		await until(async () => `${(await from(member, "video")).width}x${(await from(member, "video")).height}` === got.video.size, "at its size", PATIENCE);
		await until(async () => (await from(member, "audio")).energy > 1e-4, `she hears ${name}`, PATIENCE);
		for (const { kind, missing, packets } of Object.values(got)) check(50 * missing <= packets, `${name}: ${missing} of ${packets} packets of ${kind} are missing`);
		equal([...got.audio.wrong, ...got.video.wrong], [], `${name}: frames that did not open`);
		check(got.video.keyFrames > 0, `${name}: key frames came`);
		ctx.say(`${name}: ${got.video.packets} packets of ${got.video.frames} pictures (${got.video.size}), ${got.audio.packets} of sound`);
	}
	const notAuthentic = async () => (await inspect(ada)).dropped.not_authentic ?? 0;
	equal(await notAuthentic(), 0, "frames that Chromium could not open");

	const forger = await enter(ctx, server, session.attendee, "Mallory", PROFILES.AEAD_AES_128_GCM, forge);
	await until(async () => (await from(forger.member, "video"))?.packets > 50 && (await from(forger.member, "audio"))?.packets > 50, "what Mallory forges comes to her", PATIENCE);
	await until(async () => (await notAuthentic()) > 50, "and is told from what is authentic", PATIENCE);
	equal([(await from(forger.member, "video")).framesDecoded, (await from(forger.member, "audio")).energy], [0, 0], "nothing of it is seen or heard");
});

await run();
