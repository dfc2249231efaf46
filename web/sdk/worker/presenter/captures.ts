// SPDX-License-Identifier: Apache-2.0
// The frames of a source, each copied and closed at once. Chromium has two of a screen or window for a whole page:
// while both are open anywhere, what is captured is dropped, be it the last change for an hour.
import type { Bytes } from '../../shared/bytes';
import { PlaneReader, pictureLen, shapeOf } from './capture';
import type { Shape } from './capture';

/** A read that is under way when the source is let go waits so long for its frame; a still screen gives none. */
const LAST_FRAME_MS = 200;

export interface Capture {
	readonly bytes: Bytes;
	readonly shape: Shape;
	readonly colorSpace: VideoColorSpaceInit;
	/** When it came. */
	readonly at: number;
}

export interface CapturePorts {
	now(): number;
	/** Captures whose bytes must stay as they are. */
	inUse(): readonly (Capture | null)[];
	capture(capture: Capture): void;
	ended(why: 'source_ended' | 'failed'): void;
}

export class Captures {
	readonly #reader: ReadableStreamDefaultReader<VideoFrame>;
	readonly #planes = new PlaneReader();
	readonly #reading: Promise<void>;
	#buffers: Bytes[] = [];
	#isOver = false;

	constructor(
		frames: ReadableStream<VideoFrame>,
		private readonly ports: CapturePorts,
	) {
		this.#reader = frames.getReader();
		this.#reading = this.#readAll();
	}

	/**
	 * Nothing comes of it any more. Resolves when the source may be stopped: a frame that is on its way into a stream when
	 * that is cancelled, or its track stopped, Chromium counts as open until it happens to collect garbage.
	 */
	async release(): Promise<void> {
		this.#isOver = true;
		await Promise.race([this.#reading, new Promise((done) => setTimeout(done, LAST_FRAME_MS))]);
		await this.#reader.cancel().catch(() => undefined);
		for (const bytes of this.#free()) bytes.fill(0);
	}

	async #readAll(): Promise<void> {
		while (!this.#isOver) {
			const { value: frame } = await this.#reader.read().catch(() => ({ value: undefined }));
			const capture = frame ? await this.#copy(frame).catch(() => null) : null;
			if (this.#isOver) return;
			if (capture) this.ports.capture(capture);
			else return this.ports.ended(frame ? 'failed' : 'source_ended');
		}
	}

	async #copy(frame: VideoFrame): Promise<Capture | null> {
		const at = this.ports.now();
		try {
			const shape = shapeOf(frame);
			if (!shape || this.#isOver) return null;
			const bytes = this.#buffer(pictureLen(shape));
			await this.#planes.read(frame, shape, bytes);
			return { bytes, shape, colorSpace: frame.colorSpace.toJSON(), at };
		} finally {
			frame.close();
		}
	}

	#free(): Bytes[] {
		const used = this.ports.inUse().map((capture) => capture?.bytes);
		return this.#buffers.filter((bytes) => !used.includes(bytes));
	}

	/** Three take turns: the newest capture's, that of the picture sent last, and the one that is filled. */
	#buffer(len: number): Bytes {
		const free = this.#free();
		const bytes = free.find((known) => known.length === len) ?? new Uint8Array(len);
		this.#buffers = [...this.#buffers.filter((known) => !free.includes(known)), bytes];
		return bytes;
	}
}
