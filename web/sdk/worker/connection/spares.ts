// SPDX-License-Identifier: Apache-2.0
// Sockets that are opened while the server still thinks about the join: its answer then meets
// connections that stand.
import { Socket } from './socket';

/** Less than the server waits for the first message. */
const KEPT_MS = 8000;
/** Control and bulk. */
const COUNT = 2;

export class Spares {
	#sockets: Socket[] = [];
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly origin: string) {}

	prepare(): void {
		this.drop();
		this.#sockets = Array.from({ length: COUNT }, () => new Socket(this.origin));
		this.#timer = setTimeout(() => this.drop(), KEPT_MS);
	}

	/** One that stands, or else a new one. */
	take(): Socket {
		for (;;) {
			const socket = this.#sockets.shift() ?? new Socket(this.origin);
			if (socket.isAlive) return socket;
		}
	}

	drop(): void {
		clearTimeout(this.#timer);
		for (const socket of this.#sockets.splice(0)) socket.close();
	}
}
