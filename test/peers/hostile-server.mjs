// SPDX-License-Identifier: Apache-2.0
// A server that is not to be trusted: it serves the real page, speaks the protocol as far as it likes,
// and says whatever a test tells it to. It holds the keys of everybody, as a server of today does.
import { createHash, randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import https from "node:https";
import { extname, join } from "node:path";
import { build, runProgram } from "../e2e/lib/process.mjs";
import { tempDir } from "../e2e/lib/server.mjs";
import { until } from "../e2e/lib/tap.mjs";
import { baseKey, Device, seal, sealedLength } from "./keys.mjs";
import { decode, encode } from "./proto.mjs";
import { CLASS, frameHeader, KEY, LAST, parseFrame } from "./rogue.mjs";

const bundle = process.env.TESSERA_BUNDLE ?? join(build, "web/bundle");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MASK64 = (1n << 64n) - 1n;
export const ATTENDEE = 2;
export const ORGANIZER = 3;
export const EPOCH = 77;

/** The server's half of a WebSocket; messages of the client go to onMessage, whole. */
class ServerSocket {
	constructor(socket, onMessage) {
		Object.assign(this, { socket, onMessage, buffer: Buffer.alloc(0), parts: [], isOver: false });
		socket.on("data", (chunk) => this.take(chunk));
		socket.on("error", () => {});
		socket.on("close", () => (this.isOver = true));
	}

	take(chunk) {
		this.buffer = this.buffer.length ? Buffer.concat([this.buffer, chunk]) : chunk;
		while (this.takeFrame());
	}

	takeFrame() {
		const b = this.buffer;
		if (b.length < 2) return false;
		let length = b[1] & 127;
		let at = 2;
		if (length === 126) [length, at] = [b.length < 4 ? Infinity : b.readUInt16BE(2), 4];
		else if (length === 127) [length, at] = [b.length < 10 ? Infinity : Number(b.readBigUInt64BE(2)), 10];
		if (b.length < at + 4 + length) return false;
		const payload = Buffer.from(b.subarray(at + 4, at + 4 + length));
		for (let i = 0; i < length; i++) payload[i] ^= b[at + (i & 3)];
		this.buffer = b.subarray(at + 4 + length);
		if ((b[0] & 15) === 8) this.cut();
		else if ((b[0] & 15) <= 2) {
			this.parts.push(payload);
			if (b[0] & 0x80) this.onMessage(Buffer.concat(this.parts.splice(0)));
		}
		return true;
	}

	send(payload, opcode = 2) {
		const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65536 ? 4 : 10);
		head[0] = 0x80 | opcode;
		head[1] = payload.length < 126 ? payload.length : payload.length < 65536 ? 126 : 127;
		if (head.length === 4) head.writeUInt16BE(payload.length, 2);
		if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2);
		if (this.socket.writable) this.socket.write(Buffer.concat([head, payload]));
	}

	cut() {
		this.isOver = true;
		this.socket.destroy();
	}
}

/** One connection of the client: what it said (asked, frames), and what it is told (say, frame). */
class Client {
	constructor(server, socket) {
		this.server = server;
		this.kind = "unknown";
		this.asked = [];
		this.frames = [];
		this.ws = new ServerSocket(socket, (message) => this.take(message));
	}

	get isOver() {
		return this.ws.isOver;
	}

	take(message) {
		if (message[0] === 1) return void this.frames.push(parseFrame(message.subarray(1)));
		const asked = decode("ToServer", message.subarray(1));
		const [kind, body] = Object.entries(asked).find(([name, value]) => name !== "request" && value !== undefined) ?? ["nothing", {}];
		this.asked.push({ kind, body, request: asked.request });
		if (kind === "ping") this.say({ pong: { stamp: body.stamp, server_ms: Date.now() } });
		if (kind === "hello") this.server.handleHello(this, body);
		if (kind === "attach") this.server.handleAttach(this, body);
		if (asked.request !== 0) this.server.handleRequest(this, kind, body, asked.request);
	}

	/** A ToClient message: say({ state: {...} }). */
	say(body) {
		this.ws.send(Buffer.concat([Buffer.from([0]), encode("ToClient", body)]));
	}

	frame([header, object]) {
		this.ws.send(Buffer.concat([Buffer.from([1]), header, object]));
	}

	state(fields) {
		this.say({ state: { state_seq: ++this.server.seq, ...fields } });
	}
}

/** Somebody who is not there: with a device, so that frames can be sealed in his name. */
export function person(id, name, fields = {}) {
	const device = new Device();
	return {
		device,
		member: {
			id, name, role: ATTENDEE, presenter: 0, may_chat_public: 1, may_chat_private: 1, may_share: 1, device_key: device.key, client: 1, path: 1,
			joined_ms: Date.now() - 60_000 + id, ...fields,
		},
	};
}

const mix = (value) => {
	let z = (value + 0x9e3779b97f4a7c15n) & MASK64;
	z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK64;
	z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK64;
	return z ^ (z >> 31n);
};

/** The plaintext of picture 1 of a screen of one cell: pixel(x, y) gives [blue, green, red]. */
export function wholePicture(width, height, pixel, number = 1) {
	const unit = Buffer.alloc(17 + width * height * 3); // byte 16: the samples as they are
	unit.set([4, 1, 1, 0]);
	unit.writeUInt32BE(number, 4);
	unit.writeBigUInt64BE(mix(BigInt(number)), 8);
	for (let y = 0, at = 17; y < height; y++) for (let x = 0; x < width; x++, at += 3) unit.set(pixel(x, y), at);
	return unit;
}

export class HostileServer {
	/** Serves until the case ends. `state` holds cert.pem, as a server's state folder does. */
	static async start(ctx) {
		const server = new HostileServer();
		server.state = await tempDir(ctx, "tsr-hostile-");
		const [cert, key] = [join(server.state, "cert.pem"), join(server.state, "key.pem")];
		await runProgram("openssl", [
			"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key, "-out", cert,
			"-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
		]);
		const web = https.createServer({ cert: await readFile(cert), key: await readFile(key) }, (request, response) => void server.answer(request, response));
		web.on("upgrade", (request, socket) => server.upgrade(request, socket));
		await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve));
		server.port = web.address().port;
		ctx.onEnd(() => {
			for (const client of server.clients) client.ws.cut();
			web.closeAllConnections();
			web.close();
		});
		return server;
	}

	constructor() {
		Object.assign(this, { clients: [], joins: 0, seq: 0, lastStream: 100, epoch: EPOCH, uid: randomBytes(16), seed: randomBytes(32), me: 1, title: "Planning" });
		this.people = [person(2, "Bob", { presenter: 1 }), person(3, "Mallory", { may_chat_public: 0, may_chat_private: 0 })];
		this.streams = [];
		this.served = { files: 0, bytes: 0 };
		/** What is not found although it is there: a pattern of file names. */
		this.withholds = null;
		/** May be replaced: what is said to a Hello, to an Attach, to a request with a number. */
		this.onHello = (client) => this.enter(client);
		this.onAttach = (client) => client.say({ attached: { next_ticket: randomBytes(16) } });
		this.onRequest = (client, kind, body, request) => this.grant(client, kind, body, request);
		this.joinAnswer = () => ({ token: "v4.public.token", resume: "v4.public.resume", node: "n", lobby: false, title: this.title });
	}

	/** An attendee's link of this server. */
	get link() {
		return `https://localhost:${this.port}/j/418205937#0.${Buffer.alloc(32, 5).toString("base64url")}.${Buffer.alloc(16, 6).toString("base64url")}`;
	}

	/** The newest connection of a kind that stands. */
	last(kind) {
		return this.clients.findLast((client) => client.kind === kind && !client.isOver);
	}
	control() {
		return until(() => this.last("control"), "the client is connected");
	}
	bulk() {
		return until(() => this.last("bulk"), "the client attached");
	}
	/** All frames of a class that the client ever sent. */
	sent(kind) {
		return this.clients.flatMap((client) => client.frames).filter((frame) => frame.class === kind);
	}

	// ---- HTTP ---------------------------------------------------------------------------

	async answer(request, response) {
		request.resume();
		if (request.url === "/api/v1/join") {
			this.joins++;
			const body = JSON.stringify(this.joinAnswer());
			response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), Connection: "close" });
			return response.end(body);
		}
		const name = request.url.startsWith("/j/") || request.url === "/" ? "index.html" : request.url.slice(1);
		const file = join(bundle, name.replaceAll("..", ""));
		if (request.url === "/v1/ways") return response.writeHead(200, { "content-type": "application/json" }).end('{"addresses":[],"ports":[]}');
		if (!(await stat(file).catch(() => null))?.isFile()) return response.writeHead(404).end();
		if (this.withholds?.test(file)) return response.writeHead(404).end();
		const packed = request.headers["accept-encoding"]?.includes("br") ? ".br" : "";
		// No policy: a dishonest server would send none, so nothing may depend on it.
		response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", ...(packed ? { "Content-Encoding": "br" } : {}) });
		const bytes = await readFile(file + packed);
		this.served.files++;
		this.served.bytes += bytes.length;
		response.end(bytes);
	}

	upgrade(request, socket) {
		const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + MAGIC).digest("base64");
		socket.setNoDelay(true);
		socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: tessera.v1\r\n\r\n`);
		const client = new Client(this, socket);
		this.clients.push(client);
		client.say({ challenge: { nonce: randomBytes(32), version: 1 } });
	}

	// ---- the protocol, as far as it is kept ------------------------------------------------

	handleHello(client, hello) {
		client.kind = "control";
		this.deviceKey = hello.device_key;
		this.onHello(client);
	}
	handleAttach(client) {
		client.kind = "bulk";
		this.onAttach(client);
	}
	handleRequest(client, kind, body, request) {
		this.onRequest(client, kind, body, request);
	}

	ownMember(fields = {}) {
		return {
			id: this.me, name: "Ada", role: ATTENDEE, presenter: 0, may_chat_public: 1, may_chat_private: 1, may_share: 1, device_key: this.deviceKey, client: 1,
			path: 1, joined_ms: Date.now(), ...fields,
		};
	}
	settings(fields = {}) {
		return { locked: 0, lobby: 0, open: 0, chat_public: 1, chat_private: 1, presenter: 2, organizer: 2, ...fields };
	}
	welcome(fields = {}) {
		return {
			welcome: {
				member: this.me, session_uid: this.uid, bulk_ticket: randomBytes(16), server_ms: Date.now(), title: this.title, started_ms: Date.now() - 60_000,
				number: "418205937", ...fields,
			},
		};
	}
	enter(client) {
		client.say(this.welcome());
		client.say({ epoch: { epoch: this.epoch, seed: this.seed } });
		client.state({ full: 1, settings: this.settings(), members: [this.ownMember(), ...this.people.map((p) => p.member)], streams: this.streams });
	}
	/** Everything that is asked is done, without asking who may. */
	grant(client, kind, body, request) {
		if (kind !== "stream_open") return client.say({ result: { request } });
		const stream = ++this.lastStream;
		const { stream_class, nonce, format, width, height, label } = body;
		client.state({ streams: [{ id: stream, from: this.me, stream_class, nonce, format, width, height, label }] });
		client.say({ result: { request, stream } });
	}

	// ---- in the name of others ---------------------------------------------------------------

	/** Announces a stream of a person: {id, nonce, from}. */
	announce(client, who, fields = {}) {
		const stream = { id: ++this.lastStream, from: who.member.id, stream_class: CLASS.CHAT, nonce: randomBytes(16), epoch: this.epoch, opened_ms: Date.now(), ...fields };
		this.streams.push(stream);
		client.state({ streams: [stream] });
		return { ...stream, ctr: 0, picture: 0 };
	}
	announceScreen(client, who, fields = {}) {
		return this.announce(client, who, { stream_class: CLASS.SCREEN, format: 1, width: 64, height: 64, label: "Entire screen", ...fields });
	}

	/** [header, object], honest but for what is said: {as, nonce, seed, epoch} of the key, the rest of the header. */
	seal(who, stream, plain, { as = who, nonce = stream.nonce, seed = this.seed, epoch = this.epoch, ctr = stream.ctr++, ...fields } = {}) {
		const header = frameHeader({
			class: stream.stream_class, from: who.member.id, stream: stream.id, epoch, picture: ++stream.picture, length: sealedLength(stream.id, ctr, plain.length),
			...fields,
		});
		const key = baseKey({ seed, epoch, uid: this.uid, member: as.member.id, deviceKey: as.device.key, stream: stream.id, nonce });
		return [header, seal(key, stream.id, ctr, header, plain)];
	}
	text(who, stream, text, { at = Date.now(), ...fields } = {}) {
		return this.seal(who, stream, Buffer.from(JSON.stringify({ t: text, at })), fields);
	}
	/** Picture 1, in one cell. */
	picture(who, stream, unit, fields = {}) {
		return this.seal(who, stream, unit, { flags: KEY | LAST, picture: 1, base: 1, cells: 1n, ...fields });
	}
}
