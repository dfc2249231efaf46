// SPDX-License-Identifier: Apache-2.0
// Signals audio and video as a client would, without media: whoever has a transport (bench/sfu) is told where to
// connect it and what to send on it. The words are those of proto/session.proto.
import { randomBytes } from "node:crypto";
import { until } from "../e2e/lib/tap.mjs";
import { Peer } from "./rogue.mjs";
import { enums } from "./proto.mjs";

const { Codec, DtlsRole, Direction, MediaKind, RtpExtension, StreamClass } = enums;
const PING_MS = 10_000;
const STATE = (5 << 3) | 2; // the tag of ToClient.state

export class MediaPeer extends Peer {
	static async enter(ctx, server, link, options) {
		const peer = await super.enter(ctx, server, link, options);
		Object.setPrototypeOf(peer, MediaPeer.prototype);
		const timer = setInterval(() => !peer.isOver && peer.send({ ping: { stamp: 1n } }), PING_MS);
		timer.unref();
		ctx.onEnd(() => clearInterval(timer));
		return peer;
	}

	/** Four hundred members who all read of each other are more than a load client has time for. */
	readsRoster = false;

	take(payload) {
		if (this.readsRoster || payload[0] !== 0 || payload[1] !== STATE) super.take(payload);
	}

	/** MediaReady: made once; the server bounds how often, so he who asks anew may have to wait. */
	async mediaJoin() {
		return (this.ready ??= await until(() => this.tryMediaJoin(), `${this.name}: media is ready`, { everyMs: 200 }));
	}

	async tryMediaJoin() {
		const start = this.messages.length;
		const request = ++this.requests;
		this.send({ media_join: {} }, request);
		const answers = () => this.messages.slice(start).find((m) => m.kind === "media_ready" || (m.kind === "result" && m.body.request === request && m.body.refusal));
		const answer = await until(() => answers() || (this.isOver && { kind: "closed", body: this.closed }), `${this.name}: an answer to media_join`, { everyMs: 2 });
		if (answer.kind === "closed") throw new Error(`${this.name}: closed ${answer.body}`);
		return answer.kind === "media_ready" && answer.body;
	}

	/** Tells the server about a leg {leg, fingerprint}; gives where it is to connect. */
	async connect(direction, which, leg) {
		const ready = await this.mediaJoin();
		const value = Buffer.from(leg.fingerprint.replaceAll(":", ""), "hex");
		const dtls = { role: DtlsRole.DTLS_CLIENT, fingerprints: [{ algorithm: "sha-256", value }] };
		const { refusal } = await this.ask({ transport_connect: { direction, dtls } });
		if (refusal) throw new Error(`${this.name}: the transport is refused: ${refusal}`);
		return { leg: leg.leg, ...remoteOf(ready[which]) };
	}

	connectSend(leg) {
		return this.connect(Direction.DIRECTION_SEND, "send", leg);
	}

	connectReceive(leg) {
		return this.connect(Direction.DIRECTION_RECEIVE, "receive", leg);
	}

	/** Opens a microphone or a camera with one encoding, or with `more` larger ones; gives what the packets must look like. */
	async produce(kind, ssrc, { mid = "0", more = [] } = {}) {
		const { router } = await this.mediaJoin();
		const wanted = kind === "video" ? [MediaKind.KIND_VIDEO, Codec.CODEC_VP8] : [MediaKind.KIND_AUDIO, Codec.CODEC_OPUS];
		const codec = router.codecs.find((c) => c.kind === wanted[0] && c.codec === wanted[1]);
		const ids = idsOf(router.extensions.filter((e) => e.kind === wanted[0] || !e.kind));
		const used = kind === "video" ? ["mid", "twcc", "time"] : ["mid", "level"];
		const extensions = used.filter((name) => ids[name]).map((name) => ({ extension: RtpExtension[EXTENSIONS[name]], id: ids[name] }));
		const rtp = { mid, codecs: [{ codec: codec.codec, kind: codec.kind, payload_type: codec.payload_type }], extensions, encodings: [ssrc, ...more].map((one) => ({ ssrc: one })), cname: `load${ssrc}` };
		const nonce = randomBytes(16);
		const result = await this.ask({ stream_open: { stream_class: kind === "video" ? StreamClass.STREAM_VIDEO : StreamClass.STREAM_AUDIO, nonce, rtp } });
		if (result.refusal) throw new Error(`${this.name}: ${kind} is refused: ${result.refusal}`);
		this.opened.set(result.stream, { nonce, ctr: 0 });
		return { stream: result.stream, pt: codec.payload_type, mid, ext: Object.fromEntries(used.map((name) => [name, ids[name] ?? 0])) };
	}

	/** Consumes a stream and wants it; gives {twcc, rtx}: the id of transport-cc and the payload type of RTX, 0 for none. */
	async consume(stream) {
		const start = this.messages.length;
		const { refusal } = await this.ask({ stream_subscribe: { stream, on: true } });
		if (refusal) throw new Error(`${this.name}: the subscription is refused: ${refusal}`);
		const consumer = await this.next("consumer", { start, where: (c) => c.stream === stream, what: `${this.name}: a consumer` });
		await this.ask({ consumer_wants: { wants: [{ stream, on: true, max_spatial: 3, max_temporal: 3, priority: 100 }] } });
		this.consumers = new Map([...(this.consumers ?? []), [stream, consumer]]);
		const rtx = consumer.rtp.codecs.find((c) => c.codec === Codec.CODEC_RTX)?.payload_type ?? 0;
		return { twcc: idsOf(consumer.rtp.extensions).twcc ?? 0, rtx, ssrc: consumer.rtp.encodings[0].ssrc };
	}
}

const EXTENSIONS = { mid: "EXTENSION_MID", level: "EXTENSION_AUDIO_LEVEL", time: "EXTENSION_ABS_SEND_TIME", twcc: "EXTENSION_TRANSPORT_CC" };

/** {mid, level, time, twcc}: the ids of those that are there. */
function idsOf(extensions) {
	const found = {};
	for (const [name, long] of Object.entries(EXTENSIONS)) {
		const one = extensions.find((e) => e.extension === RtpExtension[long]);
		if (one) found[name] = one.id;
	}
	return found;
}

/** Of a Transport: what the load client connects to (UDP, IPv4, the best priority). */
function remoteOf(transport) {
	const usable = transport.candidates.filter((c) => !c.protocol && c.address.includes("."));
	const [best] = usable.sort((a, b) => b.priority - a.priority);
	if (!best) throw new Error("the server offers no candidate over UDP and IPv4");
	const { value } = transport.dtls.fingerprints.find((f) => f.algorithm === "sha-256");
	return { host: best.address, port: best.port, ufrag: transport.ice.ufrag, password: transport.ice.password, fingerprint: value.toString("hex").toUpperCase().replace(/..(?=.)/g, "$&:") };
}
