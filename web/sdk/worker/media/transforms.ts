// SPDX-License-Identifier: Apache-2.0
// The encoded frames themselves, on their way between codec and packetizer: sealed by the key of
// my stream instance, opened by that of its sender's. What cannot be is dropped and counted:
// nobody hears or sees it, and the pipeline goes on.
import { concat } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import type { MediaCodec, SealingLoad, TransformOptions } from '../../shared/media';
import type { Counter } from '../counter';
import type { Sealer } from '../keys/sframe';
import { clearLen, metadataOf, parseSealed } from './frames';
import type { SealedFrame } from './frames';
import { Load, Waiting } from './waits';
import type { FrameTimes } from './waits';

export interface EncodedFrame {
	data: ArrayBuffer;
	/** Of pictures. */
	readonly type?: 'key' | 'delta' | 'empty';
	getMetadata?(): FrameTimes;
}
export interface Transformer {
	readonly options: TransformOptions;
	readonly readable: ReadableStream<EncodedFrame>;
	readonly writable: WritableStream<EncodedFrame>;
}

export interface TransformPorts {
	/** The newest epoch's sealer of a stream of mine; null before there is a key. */
	sealer(stream: number): Promise<{ readonly epoch: number; readonly sealer: Sealer } | null>;
	/** Number of the newest epoch. */
	epoch(): number;
	/** Null, and counted, when it is not authentic or its sender may not be heard or seen. */
	open(stream: number, frame: SealedFrame, metadata: Bytes): Promise<Bytes | null>;
}

/** Stream 0 of a token: opened not yet, or refused. */
interface Sending {
	stream: number;
	sealing: { readonly epoch: number; readonly sealer: Sealer } | null;
}

const TOKENS_MAX = 64;

export class Transforms {
	readonly #sending = new Map<number, Sending>();
	readonly #load = new Load();

	constructor(
		private readonly ports: TransformPorts,
		private readonly counter: Counter,
	) {}

	/** From now on frames of this sender are the stream's; 0: of none. */
	bind(token: number, stream: number): void {
		const sending = this.#sendingOf(token);
		sending.stream = stream;
		sending.sealing = null;
	}

	/** How well all of them keep up, since this was last asked. */
	load(): SealingLoad {
		return this.#load.take();
	}

	/** Runs until the sender or receiver ends. */
	run({ options, readable, writable }: Transformer): Promise<void> {
		const work = options.do === 'seal'
			? (frame: Bytes) => this.#seal(this.#sendingOf(options.token), options.codec, frame)
			: (frame: Bytes) => this.#open(options.stream, options.codec, frame);
		const waiting = new Waiting(options.codec, this.#load);
		const transform = new TransformStream<EncodedFrame, EncodedFrame>({
			transform: async (frame, controller) => {
				const isOfUse = waiting.take(frame.getMetadata?.() ?? {}, frame.type === 'key', performance.now());
				if (!isOfUse) return this.counter.add('late_media');
				const done = await work(new Uint8Array(frame.data));
				if (!done) return;
				frame.data = done.buffer;
				controller.enqueue(frame);
			},
		});
		return readable.pipeThrough(transform).pipeTo(writable).catch(() => undefined);
	}

	#sendingOf(token: number): Sending {
		const known = this.#sending.get(token);
		if (known) return known;
		const fresh: Sending = { stream: 0, sealing: null };
		this.#sending.set(token, fresh);
		const [oldest] = this.#sending.keys();
		if (this.#sending.size > TOKENS_MAX && oldest !== undefined) this.#sending.delete(oldest);
		return fresh;
	}

	async #seal(sending: Sending, codec: MediaCodec, frame: Bytes): Promise<Bytes | null> {
		const { stream } = sending;
		const len = clearLen(codec, frame);
		// Encoders say "nothing new" by frames of hardly a byte: they are no sound and no picture.
		if (stream === 0 || frame.length < len) return null;
		if (sending.sealing?.epoch !== this.ports.epoch()) sending.sealing = await this.ports.sealer(stream);
		const { sealing } = sending;
		if (!sealing || sending.stream !== stream) return null;
		const clear = frame.slice(0, len);
		const { object } = await sealing.sealer.seal(
			frame.subarray(clear.length), () => metadataOf(clear, stream, sealing.epoch),
		);
		return concat(clear, object, new Uint8Array([sealing.epoch & 0xff]));
	}

	async #open(stream: number, codec: MediaCodec, frame: Bytes): Promise<Bytes | null> {
		const sealed = parseSealed(codec, frame);
		if (!sealed) {
			this.counter.add('malformed_media');
			return null;
		}
		const plain = await this.ports.open(stream, sealed, metadataOf(sealed.clear, stream, sealed.epoch));
		return plain && concat(sealed.clear, plain);
	}
}
