// SPDX-License-Identifier: Apache-2.0
// A WebRTC client that shares no line with ours: ICE, DTLS and SRTP are werift's, the frames beneath are opened and sealed by
// node:crypto (keys.mjs). Signalling is MediaPeer's.
import {
	IceCandidate, PacketStatus, PictureLossIndication, RecvDelta, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport, RTCIceGatherer,
	RTCIceParameters, RTCIceTransport, RtcpPayloadSpecificFeedback, RtcpTransportLayerFeedback, RtpHeader, RunLengthChunk, TransportWideCC,
	Vp8Packetizer,
} from "werift";
import { open, seal, u32 } from "./keys.mjs";

const FEEDBACK_MS = 50;
const REFERENCE_US = 64_000;
const WAITING_MAX = 32;

export const PROFILES = { AES128_CM_SHA1_80: 1, AEAD_AES_128_GCM: 7 };

/** A transport. connect() takes what MediaPeer.connectSend() and connectReceive() give. */
export class WeriftLeg {
	static async create(ctx, profile) {
		const leg = Object.assign(new WeriftLeg(), { ctx });
		await RTCDtlsTransport.SetupCertificate();
		leg.gatherer = new RTCIceGatherer({ useIpv4: true, useIpv6: false, useTcp: false, additionalHostAddresses: ["127.0.0.1"] });
		leg.ice = new RTCIceTransport(leg.gatherer);
		leg.dtls = new RTCDtlsTransport({}, leg.ice, undefined, [profile]);
		leg.dtls.role = "client";
		leg.fingerprint = leg.dtls.localParameters.fingerprints.find((f) => f.algorithm === "sha-256").value;
		leg.ice.connection.iceControlling = true;
		await leg.ice.gather();
		ctx.onEnd(() => leg.dtls.stop());
		return leg;
	}

	async connect({ host, port, ufrag, password, fingerprint }) {
		this.ice.setRemoteParams(new RTCIceParameters({ iceLite: true, usernameFragment: ufrag, password }));
		await this.ice.addRemoteCandidate(new IceCandidate(1, "tessera", host, port, 2130706431, "udp", "host"));
		await this.ice.addRemoteCandidate(undefined);
		await this.ice.start();
		this.dtls.setRemoteParams(new RTCDtlsParameters([new RTCDtlsFingerprint("sha-256", fingerprint)], "server"));
		await this.dtls.start();
	}

	/** Says when each packet arrived (transport-wide congestion control), by the header extension with this id. */
	reportArrivals(id) {
		let arrived = [];
		let count = 0;
		this.dtls.onRtp.subscribe(({ header }) => {
			const extension = header.extensions.find((e) => e.id === id);
			if (extension) arrived.push({ seq: extension.payload.readUInt16BE(), us: Math.floor(performance.now() * 1000) });
		});
		const timer = setInterval(() => {
			if (arrived.length) this.dtls.sendRtcp([new RtcpTransportLayerFeedback({ feedback: arrivals(arrived.splice(0), count++ & 255) })]);
		}, FEEDBACK_MS);
		this.ctx.onEnd(() => clearInterval(timer));
	}

	askKeyFrame(ssrc) {
		return this.dtls.sendRtcp([new RtcpPayloadSpecificFeedback({ feedback: new PictureLossIndication({ senderSsrc: 1, mediaSsrc: ssrc }) })]);
	}

	onKeyFrameAsked(then) {
		this.dtls.onRtcp.subscribe((packet) => packet.type === RtcpPayloadSpecificFeedback.type && packet.feedback.count === PictureLossIndication.count && then());
	}
}

/** An honest report in the order of sequence numbers; deltas may be negative, since packets overtake each other. */
function arrivals(packets, fbPktCount) {
	const ahead = ({ seq }) => ((seq - packets[0].seq + 0x8000) & 0xffff) - 0x8000;
	const sorted = packets.map((packet) => [ahead(packet), packet]).sort((a, b) => a[0] - b[0]).map(([, packet]) => packet);
	const [{ seq: baseSequenceNumber, us }] = sorted;
	const referenceTime = Math.floor(us / REFERENCE_US);
	const packetChunks = [];
	const recvDeltas = [];
	let [next, before] = [baseSequenceNumber, referenceTime * REFERENCE_US];
	for (const packet of sorted) {
		const missing = (packet.seq - next) & 0xffff;
		if (missing) packetChunks.push(new RunLengthChunk({ packetStatus: PacketStatus.TypeTCCPacketNotReceived, runLength: missing }));
		const delta = new RecvDelta({ delta: packet.us - before });
		before += 250 * Math.floor((packet.us - before) / 250);
		delta.parseDelta();
		recvDeltas.push(delta);
		packetChunks.push(new RunLengthChunk({ packetStatus: delta.type, runLength: 1 }));
		next = (packet.seq + 1) & 0xffff;
	}
	const packetStatusCount = (next - baseSequenceNumber) & 0xffff;
	return new TransportWideCC({ senderSsrc: 1, mediaSourceSsrc: 1, baseSequenceNumber, packetStatusCount, referenceTime, fbPktCount, packetChunks, recvDeltas });
}

/** What is after the payload descriptor (RFC 7741, 4.2). */
function withoutDescriptor(payload) {
	let at = 1;
	if (payload[0] & 0x80) {
		const more = payload[at++];
		if (more & 0x80) at += payload[at] & 0x80 ? 2 : 1;
		if (more & 0x40) at++;
		if (more & 0x30) at++;
	}
	return payload.subarray(at);
}

const isKey = (frame) => (frame[0] & 1) === 0;
const beginsKeyFrame = (payload) => (payload[0] & 0x10) !== 0 && isKey(withoutDescriptor(payload));
const clearLength = (kind, frame) => (kind === "audio" ? 1 : isKey(frame) ? 10 : 3);

/** One consumer's packets, as they come: whole frames, opened. onFrame({plain, timestamp, marker}). What does not open is in `wrong`. */
export class Received {
	constructor(peer, leg, stream, kind, ssrc) {
		Object.assign(this, { peer, stream, kind, packets: 0, missing: 0, isCut: false, frames: 0, keyFrames: 0, size: "", parts: [], wrong: [], waiting: new Map(), next: -1, onFrame: () => undefined });
		leg.dtls.onRtp.subscribe(({ header, payload }) => header.ssrc === ssrc && this.take(header, payload));
	}

	/** In order, which datagrams need not be: what waits for one before it is missing something. */
	take(header, payload) {
		if (this.next < 0 && this.kind === "video" && !beginsKeyFrame(payload)) return; // it came before this was here
		if (this.next < 0) this.next = header.sequenceNumber;
		if (((header.sequenceNumber - this.next) & 0xffff) > 0x8000) return; // overtaken by the first
		this.waiting.set(header.sequenceNumber, { header, payload });
		for (let found; (found = this.waiting.get(this.next)); this.next = (this.next + 1) & 0xffff) {
			this.waiting.delete(this.next);
			this.takeNext(found.header, found.payload);
		}
		if (this.waiting.size > WAITING_MAX) this.skip();
	}

	/** What is lost on a busy machine is not asked for again: on with the next whole frame. */
	skip() {
		const step = Math.min(...[...this.waiting.keys()].map((seq) => (seq - this.next) & 0xffff));
		this.missing += step;
		this.next = (this.next + step) & 0xffff;
		this.parts = [];
		this.isCut = this.kind === "video";
	}

	takeNext({ timestamp, marker }, payload) {
		this.packets++;
		if (payload.length === 0) return;
		if (this.isCut && !(payload[0] & 0x10)) return;
		this.isCut = false;
		this.parts.push({ timestamp, head: payload.subarray(0, 4).toString("hex"), body: this.kind === "video" ? withoutDescriptor(payload) : payload });
		if (this.kind === "video" && !marker) return;
		const parts = this.parts.splice(0);
		try {
			this.onFrame({ plain: this.opened(Buffer.concat(parts.map((part) => part.body))), timestamp, marker });
		} catch (error) {
			this.wrong.push(`frame ${this.frames}: ${error.message}: ${parts.map((part) => `${part.timestamp} ${part.head} ${part.body.length}`)}`);
		}
	}

	/** Throws when it is not authentic. */
	opened(frame) {
		const clear = frame.subarray(0, clearLength(this.kind, frame));
		const epoch = [...this.peer.epochs.keys()].find((e) => (e & 255) === frame.at(-1));
		const metadata = Buffer.concat([clear, u32(this.stream), frame.subarray(-1)]);
		const plain = Buffer.concat([clear, open(this.peer.keyOf(this.stream, epoch), metadata, frame.subarray(clear.length, -1))]);
		this.frames++;
		if (this.kind === "video" && isKey(plain)) {
			this.keyFrames++;
			this.size = `${plain.readUInt16LE(6) & 0x3fff}x${plain.readUInt16LE(8) & 0x3fff}`;
		}
		return plain;
	}
}

/** One producer's frames on their way: sealed, cut into packets. */
export class Sent {
	constructor(peer, leg, kind, ssrc, { stream, pt }) {
		Object.assign(this, { peer, leg, kind, ssrc, stream, pt, seq: 1, packetizer: new Vp8Packetizer({ maxPayloadSize: 1100 }) });
	}

	sealed(plain, key = this.peer.ownKey(this.stream)) {
		const own = this.peer.opened.get(this.stream);
		const clear = plain.subarray(0, clearLength(this.kind, plain));
		const epoch = Buffer.from([this.peer.epoch & 255]);
		const object = seal(key, this.stream, own.ctr++, Buffer.concat([clear, u32(this.stream), epoch]), plain.subarray(clear.length));
		return Buffer.concat([clear, object, epoch]);
	}

	async send({ plain, timestamp, marker }) {
		const frame = this.sealed(plain);
		const payloads = this.kind === "video" ? this.packetizer.packetize(frame, timestamp).map((packet) => packet.payload) : [frame];
		for (const [i, payload] of payloads.entries()) {
			const isLast = this.kind === "video" ? i === payloads.length - 1 : marker;
			await this.leg.dtls.sendRtp(payload, new RtpHeader({ payloadType: this.pt, sequenceNumber: this.seq++ & 0xffff, timestamp, ssrc: this.ssrc, marker: isLast }));
		}
	}
}
