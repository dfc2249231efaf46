// SPDX-License-Identifier: Apache-2.0
// The stream that my chat goes out on: opened after each Welcome, sealed anew in each epoch.
import type { Bytes } from '../../shared/bytes';
import type { Sealer } from '../keys/sframe';
import { FrameClass, writeHeader } from '../wire/frame';
import type { FrameHeader } from '../wire/frame';
import type { Chat } from './chat';

export interface ChatStreamPorts {
	me(): number;
	/** Opens a chat stream; 0 when refused or offline. */
	open(): Promise<number>;
	sealer(stream: number): Promise<{ epoch: number; sealer: Sealer } | null>;
	/** False when it could not be sent. */
	sendFrame(metadata: Bytes, object: Bytes): boolean;
	ping(stamp: bigint): void;
}

export class ChatStream {
	#stream = 0;
	#sealing: { stream: number; epoch: number; sealer: Sealer } | null = null;
	#running = 0;
	/** Counts connections: what began on one of them must not end on another. */
	#connection = 0;
	#lastStamp = 0n;
	#outbox: Promise<void> = Promise.resolve();

	constructor(
		private readonly chat: Chat,
		private readonly ports: ChatStreamPorts,
	) {}

	async handleReady(): Promise<void> {
		this.#sealing = null;
		this.#stream = 0;
		const connection = ++this.#connection;
		const stream = await this.ports.open();
		if (stream === 0 || connection !== this.#connection) return;
		this.#stream = stream;
		await this.handleEpoch();
	}

	async handleEpoch(): Promise<void> {
		const stream = this.#stream;
		const next = stream === 0 ? null : await this.ports.sealer(stream);
		if (!next || stream !== this.#stream || next.epoch <= (this.#sealing?.epoch ?? 0)) return;
		this.#sealing = { stream, ...next };
		this.flush();
	}

	handleDown(): void {
		this.#sealing = null;
		this.#stream = 0;
		this.#connection += 1;
		this.chat.handleDown();
	}

	/** Sends what waits. */
	flush(): void {
		if (!this.#sealing) return;
		this.#lastStamp = BigInt(Math.max(Date.now(), Number(this.#lastStamp) + 1));
		const stamp = this.#lastStamp;
		const unsent = this.chat.takeUnsent(stamp);
		if (unsent.length === 0) return;
		for (const { plain, to } of unsent) this.#send(plain, to);
		this.#outbox = this.#outbox.then(() => this.ports.ping(stamp));
	}

	#send(plain: Bytes, to: number): void {
		const sealing = this.#sealing;
		if (!sealing) return;
		const sealed = sealing.sealer.seal(plain, (length) => {
			const header: FrameHeader = {
				frameClass: FrameClass.CHAT, flags: 0, epoch: sealing.epoch, from: this.ports.me(), to,
				stream: sealing.stream, picture: ++this.#running, base: 0, cells: 0n, length,
			};
			return writeHeader(header);
		});
		this.#outbox = this.#outbox.then(async () => {
			const { metadata, object } = await sealed;
			if (this.#sealing?.stream === sealing.stream) this.ports.sendFrame(metadata, object);
		});
	}
}
