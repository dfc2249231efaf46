// SPDX-License-Identifier: Apache-2.0
// A client of the session protocol that is honest when asked, and can deviate at every step.
import { randomBytes } from "node:crypto";
import { until } from "../e2e/lib/tap.mjs";
import { baseKey, Device, open, parseHeader, parseLink, seal, sealedLength } from "./keys.mjs";
import { decode, encode, enums } from "./proto.mjs";
import { post, RawWebSocket } from "./socket.mjs";

export { Device, parseLink, enums };
export const Close = enums.CloseReason;
export const Refusal = enums.Refusal;
export const CLASS = { SCREEN: 1, CHAT: 2, CONTROL: 3, POINTER: 4 };
export const [KEY, LAST] = [1, 2];
const HEADER = 36;

let sources = 0;
/** A loopback address whose /24 nobody used before: limits count per /24. */
export function freshSource() {
	sources++;
	return `127.${1 + (sources >> 8)}.${sources & 255}.1`;
}

/** POST /api/v1/join. `link`: a link; or give number and what else in `body`. */
export function join(server, link, { device = new Device(), name = "Mallory", from, headers, ...body } = {}) {
	const parsed = link ? parseLink(link) : {};
	const asked = { number: parsed.number, name, device_key: device.key.toString("base64url") };
	if (parsed.organizerToken) asked.organizer_token = parsed.organizerToken.toString("base64url");
	else if (parsed.joinToken) asked.join_token = parsed.joinToken.toString("base64url");
	return post(server, "/api/v1/join", { ...asked, ...body }, { from, headers });
}

/** The header of a data frame; what is absent is 0. */
export function frameHeader({ version = 1, class: kind, flags = 0, epoch = 0, from = 0, to = 0, stream = 0, picture = 0, base = 0, cells = 0n, length = 0 }) {
	const out = Buffer.alloc(HEADER);
	out.writeUInt8(version, 0);
	out.writeUInt8(kind, 1);
	out.writeUInt8(flags, 2);
	out.writeUInt8(epoch & 255, 3);
	[from, to, stream, picture, base].forEach((value, i) => out.writeUInt32BE(value >>> 0, 4 + 4 * i));
	out.writeBigUInt64BE(BigInt.asUintN(64, BigInt(cells)), 24);
	out.writeUInt32BE(length >>> 0, 32);
	return out;
}

export function parseFrame(bytes) {
	const word = (at) => bytes.readUInt32BE(at);
	return {
		class: bytes[1], flags: bytes[2], epoch: bytes[3], from: word(4), to: word(8), stream: word(12), picture: word(16), base: word(20),
		cells: bytes.readBigUInt64BE(24), length: word(32), metadata: bytes.subarray(0, HEADER), object: bytes.subarray(HEADER),
	};
}

/** What both kinds of connection have: kinds of messages, arrival in order, and waiting for them. */
class Connection {
	constructor(ctx, server, device) {
		Object.assign(this, { ctx, server, device, messages: [], frames: [], isOver: false });
		this.onFrame = null;
	}

	async dial(options = {}) {
		this.ws = await RawWebSocket.open(this.server, { ...options, onMessage: (payload) => this.take(payload) });
		this.ctx.onEnd(() => this.ws.cut());
		this.over = this.ws.closed.then((code) => {
			this.isOver = true;
			this.closeCode = code;
			return code;
		});
		this.nonce = (await this.next("challenge")).nonce;
	}

	take(payload) {
		if (payload[0] === 1) {
			this.takeFrame(parseFrame(payload.subarray(1)));
			return;
		}
		if (payload[0] !== 0) throw new Error(`a message of kind ${payload[0]}`);
		const message = decode("ToClient", payload.subarray(1));
		const [kind, body] = Object.entries(message)[0] ?? ["nothing", {}];
		this.messages.push({ kind, body, at: performance.now() });
		this[`on_${kind}`]?.(body);
	}

	takeFrame(frame) {
		frame.at = performance.now();
		if (this.onFrame) this.onFrame(frame);
		else this.frames.push(frame);
	}

	/** The first message of a kind from index `start` on; fails at once when the connection ends before. */
	async next(kind, { start = 0, where = () => true, what = `${this.name}: ${kind}`, timeoutMs } = {}) {
		const look = () => this.messages.slice(start).find((m) => m.kind === kind && where(m.body));
		await until(() => look() || this.isOver, what, { timeoutMs, everyMs: 5 });
		const found = look();
		if (!found) throw new Error(`never: ${what}; closed ${this.closeCode} after ${this.messages.at(-1)?.kind}`);
		return found.body;
	}

	/** The CloseReason the server gave, once the connection is closed; 0 when it gave none. */
	async reason() {
		await this.over;
		return this.messages.findLast((m) => m.kind === "closed")?.body.reason ?? 0;
	}

	sendBytes(bytes, options) {
		this.ws.send(bytes, options);
	}

	send(body, request = 0) {
		const message = { ...(request ? { request } : {}), ...body };
		this.sendBytes(Buffer.concat([Buffer.from([0]), encode("ToServer", message)]));
	}

	/** A ping and its pong: everything sent before has been read. */
	async settle() {
		const stamp = BigInt(Math.floor(Math.random() * 2 ** 40));
		const start = this.messages.length;
		this.send({ ping: { stamp } });
		await this.next("pong", { start, where: (b) => b.stamp === stamp, what: `${this.name}: pong` });
	}

	sendFrame(header, object) {
		this.sendBytes(Buffer.concat([Buffer.from([1]), header, object]));
	}

	cut() {
		this.ws.cut();
		return this.over;
	}
}

export class Bulk extends Connection {
	/** Attaches; ticket and proof can be others. */
	static async attach(peer, { ticket = peer.ticket, proof, version = 1, from = peer.from } = {}) {
		const bulk = new Bulk(peer.ctx, peer.server, peer.device);
		bulk.name = `${peer.name}'s bulk`;
		bulk.peer = peer;
		await bulk.dial({ from });
		bulk.send({ attach: { version, ticket, proof: proof ?? peer.device.proveAttach(bulk.nonce, ticket) } });
		return bulk;
	}

	on_attached(body) {
		this.peer.ticket = body.next_ticket;
	}
}

export class Peer extends Connection {
	/** Connects and says Hello; hello: fields that deviate. */
	static async hello(ctx, server, { device, token, name = "Mallory", from, headers, ...hello }) {
		const peer = new Peer(ctx, server, device);
		Object.assign(peer, { name, from, requests: 0, seq: 0, members: new Map(), streams: new Map(), epochs: new Map(), opened: new Map() });
		await peer.dial({ from, headers });
		const proof = device.proveHello(peer.nonce, token);
		peer.send({ hello: { version: 1, token, device_key: device.key, proof, name, client: 2, ...hello } });
		return peer;
	}

	/** Joins and connects; returns when it is known how that went. */
	static async enter(ctx, server, link, { device = new Device(), name = "Mallory", from = freshSource(), ...options } = {}) {
		const answer = await join(server, link, { device, name, from, ...options });
		if (answer.status !== 200) throw new Error(`${name} may not join: ${answer.status} ${answer.body}`);
		const peer = await Peer.hello(ctx, server, { device, token: answer.json.token, name, from });
		Object.assign(peer, { resume: answer.json.resume, joined: answer.json });
		await peer.decided();
		return peer;
	}

	/** Welcome with State, Waiting, or closed. */
	async decided() {
		await until(() => (this.me && this.seq > 0) || this.isWaiting || this.isOver, `${this.name}: welcome or not`, { everyMs: 5 });
		return this;
	}

	/** The same member on a new connection. */
	async again(options = {}) {
		const peer = await Peer.hello(this.ctx, this.server, { device: this.device, token: this.resume, name: this.name, from: this.from, ...options });
		peer.resume = this.resume;
		return peer.decided();
	}

	on_welcome(body) {
		Object.assign(this, { me: body.member, uid: body.session_uid, ticket: body.bulk_ticket, welcome: body, isWaiting: false });
	}

	on_waiting() {
		this.isWaiting = true;
	}

	on_epoch(body) {
		this.epoch = body.epoch;
		this.epochs.set(body.epoch, body.seed);
	}

	on_state(body) {
		if (body.full && body.state_seq !== this.seq) {
			this.members.clear();
			this.streams.clear();
		}
		this.seq = body.state_seq;
		for (const member of body.members) this.members.set(member.id, member);
		for (const id of body.members_gone) this.members.delete(id);
		for (const stream of body.streams) {
			this.streams.set(stream.id, stream);
			(this.seen ??= new Map()).set(stream.id, stream);
		}
		for (const id of body.streams_gone) this.streams.delete(id);
		if (body.settings) this.settings = body.settings;
	}

	on_closed(body) {
		this.closed = body.reason;
	}

	/** Sends a request and returns its Result. */
	async ask(body) {
		const request = ++this.requests;
		const start = this.messages.length;
		this.send(body, request);
		return this.next("result", { start, where: (r) => r.request === request, what: `${this.name}: an answer to ${Object.keys(body)[0]}` });
	}

	attach(options) {
		return Bulk.attach(this, options);
	}

	async watch(options) {
		this.bulk = await this.attach(options);
		await this.bulk.next("attached");
		return this.bulk;
	}

	async openStream(kind, fields = {}) {
		const nonce = randomBytes(16);
		const screen = kind === CLASS.SCREEN ? { format: 1, width: 64, height: 64, label: "Entire screen" } : {};
		const result = await this.ask({ stream_open: { stream_class: kind, nonce, ...screen, ...fields } });
		if (result.refusal === 0) this.opened.set(result.stream, { kind, nonce, ctr: 0, picture: 0 });
		return { ...result, nonce };
	}

	/** base_key of a stream of any member that State told of. */
	keyOf(stream, epoch = this.epoch) {
		const { from, nonce } = this.seen.get(stream);
		const deviceKey = (this.members.get(from) ?? this.known?.get(from)).device_key;
		return baseKey({ seed: this.epochs.get(epoch), epoch, uid: this.uid, member: from, deviceKey, stream, nonce });
	}

	ownKey(stream) {
		const { nonce } = this.opened.get(stream);
		return baseKey({ seed: this.epochs.get(this.epoch), epoch: this.epoch, uid: this.uid, member: this.me, deviceKey: this.device.key, stream, nonce });
	}

	/** [header, object] of an honest frame on an own stream; fields of the header can be others. */
	makeFrame(stream, plain, fields = {}) {
		const own = this.opened.get(stream);
		const ctr = own.ctr++;
		const picture = ++own.picture;
		const header = frameHeader({
			class: own.kind, from: this.me, stream, epoch: this.epoch, picture, length: sealedLength(stream, ctr, plain.length), ...fields,
		});
		return [header, seal(this.ownKey(stream), stream, ctr, header, plain)];
	}

	/** One KEY of one cell of a screen, which is the whole picture. */
	makeKey(stream, plain, fields = {}) {
		const picture = this.opened.get(stream).picture + 1;
		return this.makeFrame(stream, plain, { flags: KEY | LAST, picture, base: picture, cells: 1n, ...fields });
	}

	async chat(text, { to = 0, ...fields } = {}) {
		this.chatStream ??= (await this.openStream(CLASS.CHAT)).stream;
		const [header, object] = this.makeFrame(this.chatStream, Buffer.from(JSON.stringify({ t: text, at: Date.now() })), { to, ...fields });
		this.sendFrame(header, object);
		return [header, object];
	}

	/** The text of a chat frame, or null when it does not open. */
	read(frame) {
		for (const epoch of this.epochs.keys())
			if ((epoch & 255) === frame.epoch)
				try {
					return JSON.parse(open(this.keyOf(frame.stream, epoch), frame.metadata, frame.object)).t;
				} catch {
					continue;
				}
		return null;
	}

	texts() {
		return this.frames.filter((f) => f.class === CLASS.CHAT).map((f) => this.read(f));
	}

	member(name) {
		return [...this.members.values()].find((m) => m.name === name);
	}
}

/** Waits until a metric has risen to at least that (children tell theirs every second or two). */
export function counted(server, name, label, atLeast = 1) {
	return until(async () => (await server.metric(name, label)) >= atLeast, `${name}{${label}} is at least ${atLeast}`);
}

export { parseHeader };
