// SPDX-License-Identifier: Apache-2.0
// The watching of one stream instance by one subscription: frames are decrypted at once, given to
// the engine in their order, drawn, acknowledged.
import type { Bytes } from '../../shared/bytes';
import type { ViewEngine } from '../codec/codec';
import type { Counter } from '../counter';
import type { DataFrame } from '../wire/message';
import type { Painter } from './painter';
import { Previews } from './previews';

/** Frames in hand: the relay's window bounds them; more is counted as its fault. */
const QUEUE_BYTES_MAX = 16 * 1024 * 1024;
/** So long may the answer to a request for a readable picture take. */
const ANSWER_MS = 4000;

export interface StreamPorts {
	decrypt(frame: DataFrame): Promise<Bytes | null>;
	ack(picture: number, bytes: number): void;
	refresh(isUnreadable: boolean): void;
	painter(): Painter | null;
	/** Something was drawn, or the state of sync changed. */
	progress(): void;
	/** A picture was drawn whole. */
	shown(picture: number): void;
}

export class StreamView {
	#tail: Promise<void> = Promise.resolve();
	#queued = 0;
	#isOver = false;
	#wasInSync = false;
	/** Frames that could not be read since the last one that could, and when the first of them came. */
	#unreadable = 0;
	#unreadableFrom = 0;
	readonly #previews: Previews;
	/** Bytes of the frames that it was given, in hand or done. */
	given = 0;

	constructor(
		private readonly engine: ViewEngine,
		private readonly width: number,
		private readonly height: number,
		private readonly ports: StreamPorts,
		private readonly counter: Counter,
	) {
		this.#previews = new Previews(engine, () => this.ports.painter());
	}

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

	/** Asked for once, and what came then could not be read either, or nothing came. */
	get isUnreadable(): boolean {
		return this.#unreadable > 1 || (this.#unreadable > 0 && Date.now() - this.#unreadableFrom > ANSWER_MS);
	}

	handleFrame(frame: DataFrame): void {
		this.given += frame.size;
		this.#queued += frame.size;
		const { size } = frame;
		if (this.#queued > QUEUE_BYTES_MAX) {
			this.counter.add('overflow');
			return this.#enqueue(size, Promise.resolve(), () => this.#apply(size, null, null));
		}
		const plain = this.ports.decrypt(frame).catch(() => null);
		this.#enqueue(size, plain, (unit) => this.#apply(size, frame.metadata, unit));
	}

	/** done() is called after all that was enqueued before. */
	#enqueue<T>(size: number, ready: Promise<T>, done: (value: T) => void): void {
		this.#tail = this.#tail.then(async () => {
			const value = await ready;
			this.#queued -= size;
			if (!this.#isOver) done(value);
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
		this.#previews.redraw();
	}

	/** Erases its picture, and once more when what came before is through. */
	erase(): void {
		const erase = (): void => {
			this.engine.erase();
			this.ports.painter()?.erase();
			this.#wasInSync = false;
			this.ports.progress();
		};
		erase();
		this.#enqueue(0, Promise.resolve(), erase);
	}

	/** Ends it and wipes its picture. */
	stop(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#previews.stop();
		this.engine.erase();
		this.engine.destroy();
	}

	#apply(size: number, metadata: Bytes | null, unit: Bytes | null): void {
		const before = this.engine.picture();
		const wasUnreadable = this.isUnreadable;
		const isGood = this.#give(size, metadata, unit);
		const isDrawn = this.#draw();
		if (!isGood) this.#noteUnreadable();
		// A DELTA to a picture that one has not is good for nothing, and proves nothing.
		else if (isDrawn || this.engine.isInSync()) this.#unreadable = 0;
		const ack = this.engine.pollAck();
		if (ack) this.ports.ack(ack.picture, ack.bytes);
		const refresh = this.engine.pollRefresh();
		if (refresh !== 'no') this.ports.refresh(refresh === 'unreadable');
		const isNew = this.engine.picture() !== before;
		if (isNew) {
			this.ports.shown(this.engine.picture());
		}
		if (this.engine.isInSync() !== this.#wasInSync || (isNew && before === 0) || this.isUnreadable !== wasUnreadable) {
			this.#wasInSync = this.engine.isInSync();
			this.ports.progress();
		}
	}

	#give(size: number, metadata: Bytes | null, unit: Bytes | null): boolean {
		if (!unit || !metadata) {
			this.engine.handleUnreadable(size);
			return false;
		}
		if (this.engine.handleFrame(metadata, unit, size)) return true;
		this.counter.add('malformed_picture');
		return false;
	}

	#noteUnreadable(): void {
		if (++this.#unreadable === 1) this.#unreadableFrom = Date.now();
	}

	/** Whether there was anything to draw. */
	#draw(): boolean {
		const painter = this.ports.painter();
		let isNews = false;
		for (let rect = this.engine.pollDirty(); rect; rect = this.engine.pollDirty()) {
			isNews = true;
			if (!painter) continue;
			painter.fit(this.width, this.height);
			painter.drawRect(this.engine, rect);
		}
		this.#previews.drain();
		return isNews;
	}
}
