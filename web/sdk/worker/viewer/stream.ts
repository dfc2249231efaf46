// SPDX-License-Identifier: Apache-2.0
// The watching of one stream instance by one subscription: frames are decrypted at once, given to
// the engine in their order, drawn, acknowledged.
import type { Bytes } from '../../shared/bytes';
import type { ViewEngine } from '../codec/codec';
import type { Counter } from '../counter';
import type { DataFrame } from '../wire/message';
import type { Painter } from './painter';

/** Frames in hand: the relay's window bounds them; more is counted as its fault. */
const QUEUE_BYTES_MAX = 16 * 1024 * 1024;

export interface StreamPorts {
	decrypt(frame: DataFrame): Promise<Bytes | null>;
	ack(picture: number, bytes: number): void;
	refresh(isUnreadable: boolean): void;
	painter(): Painter | null;
	/** Something was drawn, or the state of sync changed. */
	progress(): void;
}

export class StreamView {
	#tail: Promise<void> = Promise.resolve();
	#queued = 0;
	#isOver = false;
	#wasInSync = false;
	#inSyncPictures = 0;
	/** Bytes of the frames that it was given, in hand or done. */
	given = 0;

	constructor(
		private readonly engine: ViewEngine,
		private readonly width: number,
		private readonly height: number,
		private readonly ports: StreamPorts,
		private readonly counter: Counter,
	) {}

	get isInSync(): boolean {
		return this.engine.isInSync();
	}
	get picture(): number {
		return this.engine.picture();
	}
	get bytes(): number {
		return this.engine.bytes();
	}
	get digest(): string {
		return this.engine.digest();
	}

	/** Pictures shown whole since the last call. */
	takePictureCount(): number {
		const count = this.#inSyncPictures;
		this.#inSyncPictures = 0;
		return count;
	}

	handleFrame(frame: DataFrame): void {
		this.given += frame.size;
		this.#queued += frame.size;
		if (this.#queued > QUEUE_BYTES_MAX) this.counter.add('overflow');
		const plain = this.ports.decrypt(frame);
		this.#tail = this.#tail.then(async () => {
			const unit = await plain;
			this.#queued -= frame.size;
			if (!this.#isOver) this.#apply(frame, unit);
		});
	}

	/** Draws everything anew: another canvas, or what was erased. */
	redraw(): void {
		const painter = this.ports.painter();
		if (!painter || this.engine.bytes() === 0) return;
		painter.fit(this.width, this.height);
		const band = 256;
		for (let y = 0; y < this.height; y += band) {
			painter.drawRect(this.engine, { x: 0, y, width: this.width, height: Math.min(band, this.height - y) });
		}
	}

	erase(): void {
		this.engine.erase();
	}

	/** Ends it and wipes its picture. */
	stop(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.engine.erase();
		this.engine.destroy();
	}

	#apply(frame: DataFrame, unit: Bytes | null): void {
		const before = this.engine.picture();
		if (!unit) this.engine.handleUnreadable(frame.size);
		else if (!this.engine.handleFrame(frame.metadata, unit, frame.size)) this.counter.add('malformed_picture');
		this.#draw();
		const ack = this.engine.pollAck();
		if (ack) this.ports.ack(ack.picture, ack.bytes);
		const refresh = this.engine.pollRefresh();
		if (refresh !== 'no') this.ports.refresh(refresh === 'unreadable');
		const isNew = this.engine.picture() !== before;
		if (isNew) this.#inSyncPictures += 1;
		if (this.engine.isInSync() !== this.#wasInSync || (isNew && before === 0)) {
			this.#wasInSync = this.engine.isInSync();
			this.ports.progress();
		}
	}

	#draw(): void {
		const painter = this.ports.painter();
		for (let rect = this.engine.pollDirty(); rect; rect = this.engine.pollDirty()) {
			if (!painter) continue;
			painter.fit(this.width, this.height);
			painter.drawRect(this.engine, rect);
		}
	}
}
