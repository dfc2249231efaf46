// SPDX-License-Identifier: Apache-2.0
// One WebSocket of ours and its first exchange: Challenge comes, a signed answer goes.
import { concat, utf8 } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import { sha256 } from '../keys/hkdf';
import type { Device } from '../link/device';
import { SUBPROTOCOL, readIncoming, writeMessage } from '../wire/message';
import type { ClientBody, Incoming } from '../wire/message';

export interface SocketEvents {
	incoming(incoming: Incoming): void;
	/** Once, whoever closed it, unless close() was called. */
	closed(): void;
}

export class Socket {
	readonly #socket: WebSocket;
	#events: SocketEvents | null = null;
	/** What came before anybody listened: of an honest server the Challenge. */
	readonly #early: Incoming[] = [];
	#silent = false;

	constructor(origin: string) {
		this.#socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/v1/session`, SUBPROTOCOL);
		this.#socket.binaryType = 'arraybuffer';
		this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => {
			if (this.#silent) return;
			const incoming: Incoming = data instanceof ArrayBuffer ? readIncoming(data) : { kind: 'broken' };
			if (this.#events) this.#events.incoming(incoming);
			else if (this.#early.length === 0) this.#early.push(incoming);
			else this.close();
		};
		this.#socket.onclose = () => {
			if (this.#silent) return;
			this.#silent = true;
			this.#events?.closed();
		};
	}

	/** From now on, and what came already; once. */
	listen(events: SocketEvents): void {
		this.#events = events;
		for (const incoming of this.#early.splice(0)) events.incoming(incoming);
	}

	/** Nobody closed it yet. */
	get isAlive(): boolean {
		return !this.#silent;
	}

	get isOpen(): boolean {
		return this.#socket.readyState === WebSocket.OPEN;
	}

	send(body: ClientBody, request = 0): void {
		this.sendBytes(writeMessage(body, request));
	}

	sendBytes(bytes: Bytes): void {
		if (this.isOpen) this.#socket.send(bytes);
	}

	/** Nothing is heard of it any more; the other end is not told. */
	hush(): void {
		this.#silent = true;
	}

	/** Closes it; nothing is heard of it any more. */
	close(): void {
		this.#silent = true;
		this.#socket.close(1000);
	}
}

export async function helloProof(device: Device, nonce: Uint8Array, token: string): Promise<Bytes> {
	return device.sign(concat(utf8('tessera hello\0'), nonce, await sha256(utf8(token))));
}

export async function attachProof(device: Device, nonce: Uint8Array, ticket: Uint8Array): Promise<Bytes> {
	return device.sign(concat(utf8('tessera attach\0'), nonce, ticket));
}
