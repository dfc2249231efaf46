// SPDX-License-Identifier: Apache-2.0
// TLS, HTTP and WebSocket by hand, so that each can be done wrongly.
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import tls from "node:tls";

/** A TLS connection to a server of lib/server.mjs. `from`: the source address (127.x.y.z). */
export async function connectTls(server, { from, port = server.ports[0], ...options } = {}) {
	const socket = tls.connect({
		host: "127.0.0.1", port, localAddress: from, servername: "localhost", rejectUnauthorized: false, ...options,
	});
	socket.on("error", () => {});
	await once(socket, "secureConnect");
	socket.setNoDelay(true);
	return socket;
}

/** Everything a stream says until it ends, or until `enough(buffer)`. */
export function readAll(socket, { enough = () => false, timeoutMs = 20_000 } = {}) {
	return new Promise((resolve, reject) => {
		const chunks = [];
		const timer = setTimeout(() => reject(new Error(`not closed within ${timeoutMs} ms, said ${Buffer.concat(chunks)}`)), timeoutMs);
		const done = () => {
			clearTimeout(timer);
			resolve(Buffer.concat(chunks));
		};
		socket.on("data", (chunk) => {
			chunks.push(chunk);
			if (enough(Buffer.concat(chunks))) done();
		});
		socket.on("close", done);
		socket.on("error", done);
	});
}

/** One request of raw bytes; the answer until the server closes or has said it all. */
export async function rawHttp(server, bytes, options = {}) {
	const socket = await connectTls(server, options);
	const answer = readAll(socket, options);
	socket.write(bytes);
	const text = (await answer).toString("latin1");
	socket.destroy();
	return { text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0) };
}

/** A whole answer with Content-Length (or none) has come. */
export function isWhole(buffer) {
	const text = buffer.toString("latin1");
	const end = text.indexOf("\r\n\r\n");
	if (end < 0) return false;
	const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
	return text.length >= end + 4 + length;
}

export async function post(server, path, body, { headers = {}, from, method = "POST" } = {}) {
	const text = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
	const all = { Host: `localhost:${server.ports[0]}`, "Content-Type": "application/json", "Content-Length": text.length, Connection: "close", ...headers };
	const head = Object.entries(all).map(([k, v]) => `${k}: ${v}\r\n`).join("");
	const started = performance.now();
	const { text: answer, status } = await rawHttp(server, Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n`), text]), { from, enough: isWhole });
	const split = answer.indexOf("\r\n\r\n");
	const reply = answer.slice(split + 4);
	let json;
	try {
		json = JSON.parse(reply);
	} catch {
		json = undefined;
	}
	return { status, head: answer.slice(0, split), body: reply, json, ms: performance.now() - started };
}

/** Bytes of one WebSocket frame. */
export function wsFrame(payload, { opcode = 2, fin = true, masked = true, rsv = 0, length } = {}) {
	const said = BigInt(length ?? payload.length);
	const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
	const mask = masked ? 0x80 : 0;
	let size = Buffer.alloc(0);
	if (said < 126n) head.push(mask | Number(said));
	else if (said < 65536n) {
		head.push(mask | 126);
		size = Buffer.alloc(2);
		size.writeUInt16BE(Number(said));
	} else {
		head.push(mask | 127);
		size = Buffer.alloc(8);
		size.writeBigUInt64BE(said);
	}
	if (!masked) return Buffer.concat([Buffer.from(head), size, payload]);
	const key = randomBytes(4);
	const hidden = Buffer.alloc(payload.length);
	for (let i = 0; i < payload.length; i++) hidden[i] = payload[i] ^ key[i & 3];
	return Buffer.concat([Buffer.from(head), size, key, hidden]);
}

/** A WebSocket on /v1/session. Messages go to `onMessage(payload)`; `closed` resolves with the close code (0: none came). */
export class RawWebSocket {
	static async open(server, { headers = {}, onMessage, from, path = "/v1/session" } = {}) {
		const socket = await connectTls(server, { from });
		const all = {
			Host: `localhost:${server.ports[0]}`, Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": randomBytes(16).toString("base64"), "Sec-WebSocket-Protocol": "tessera.v1", ...headers,
		};
		const head = Object.entries(all).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\r\n`).join("");
		return new Promise((resolve, reject) => {
			const ws = new RawWebSocket(socket, onMessage);
			ws.onUpgrade = (status, text) => (status === 101 ? resolve(ws) : reject(Object.assign(new Error(text), { status })));
			socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`);
		});
	}

	constructor(socket, onMessage) {
		this.socket = socket;
		this.onMessage = onMessage;
		this.buffer = Buffer.alloc(0);
		this.isOpen = false;
		this.closeCode = 0;
		this.bytesIn = 0;
		this.closed = new Promise((resolve) => {
			const done = () => {
				this.onUpgrade?.(0, "closed without an answer");
				resolve(this.closeCode);
			};
			socket.on("close", done);
		});
		socket.on("data", (chunk) => this.take(chunk));
	}

	take(chunk) {
		this.bytesIn += chunk.length;
		this.buffer = this.buffer.length ? Buffer.concat([this.buffer, chunk]) : chunk;
		if (!this.isOpen) this.takeHead();
		while (this.isOpen && this.takeFrame());
	}

	takeHead() {
		const end = this.buffer.indexOf("\r\n\r\n");
		if (end < 0) return;
		const text = this.buffer.subarray(0, end).toString("latin1");
		const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
		this.isOpen = status === 101;
		this.buffer = this.buffer.subarray(end + 4);
		this.onUpgrade(status, text);
		this.onUpgrade = null;
	}

	takeFrame() {
		const b = this.buffer;
		if (b.length < 2) return false;
		if (b[1] & 0x80) throw new Error("the server masked a frame");
		let length = b[1] & 127;
		let at = 2;
		if (length === 126) {
			if (b.length < 4) return false;
			length = b.readUInt16BE(2);
			at = 4;
		} else if (length === 127) {
			if (b.length < 10) return false;
			length = Number(b.readBigUInt64BE(2));
			at = 10;
		}
		if (b.length < at + length) return false;
		const payload = b.subarray(at, at + length);
		this.buffer = b.subarray(at + length);
		this.takePayload(b[0], payload);
		return true;
	}

	takePayload(first, payload) {
		const opcode = first & 15;
		if (opcode === 2) {
			if (!(first & 0x80)) throw new Error("the server fragments");
			this.onMessage?.(Buffer.from(payload));
		} else if (opcode === 8) {
			this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
			this.write(wsFrame(payload, { opcode: 8 }));
		} else if (opcode === 10) {
			this.onPong?.(Buffer.from(payload));
		}
	}

	write(bytes) {
		if (this.socket.writable) this.socket.write(bytes);
	}

	send(payload, options) {
		this.write(wsFrame(payload, options));
	}

	/** Cuts the line without a word. */
	cut() {
		this.socket.destroy();
	}
}
