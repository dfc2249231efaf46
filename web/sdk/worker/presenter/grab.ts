// SPDX-License-Identifier: Apache-2.0
// The frames that a page hands out one by one (page/grabber.ts), as the stream that others give.
import type { Grabbed } from '../../shared/rpc';

/** Between two frames: while the screen changes, and at most. */
const FRAME_MS = 33;
const FRAME_MS_MAX = 100;
/** So large a part of the time since the last change may pass until the next one is seen. */
const PATIENCE = 1 / 20;

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

class Grabber {
	#askedAt = -Infinity;
	#isOver = false;

	constructor(
		private readonly port: MessagePort,
		private readonly stillMs: () => number,
	) {}

	/** Waits for the next frame, and asks for no more than 30 in a second, 10 while nothing has changed for two. */
	async pull(controller: ReadableStreamDefaultController<VideoFrame>): Promise<void> {
		for (;;) {
			const everyMs = Math.min(FRAME_MS_MAX, Math.max(FRAME_MS, this.stillMs() * PATIENCE));
			await sleep(this.#askedAt + everyMs - performance.now());
			if (this.#isOver) return;
			this.#askedAt = performance.now();
			const grabbed = await this.#ask();
			if (grabbed === 'none') continue;
			if (grabbed === 'ended') return this.#end(controller);
			if (this.#isOver) grabbed.close();
			else controller.enqueue(grabbed);
			return;
		}
	}

	cancel(): void {
		this.#isOver = true;
		this.port.postMessage('stop');
		this.port.close();
	}

	#ask(): Promise<Grabbed> {
		return new Promise((done) => {
			this.port.onmessage = ({ data }: MessageEvent<Grabbed>) => done(data);
			this.port.postMessage('frame');
		});
	}

	#end(controller: ReadableStreamDefaultController<VideoFrame>): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.port.close();
		controller.close();
	}
}

/** stillMs: for how long the frames have shown nothing new to anybody. */
export function framesOf(source: ReadableStream<VideoFrame> | MessagePort, stillMs: () => number): ReadableStream<VideoFrame> {
	if (!(source instanceof MessagePort)) return source;
	const grabber = new Grabber(source, stillMs);
	return new ReadableStream<VideoFrame>(
		{ pull: (controller) => grabber.pull(controller), cancel: () => grabber.cancel() },
		{ highWaterMark: 0 },
	);
}
