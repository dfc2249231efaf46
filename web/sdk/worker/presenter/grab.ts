// SPDX-License-Identifier: Apache-2.0
// The frames that a page hands out one by one (page/grabber.ts), as the stream that others give.
import type { Grabbed } from '../../shared/rpc';

const FRAME_MS = 33;

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

class Grabber {
	#askedAt = -Infinity;
	#isOver = false;

	constructor(private readonly port: MessagePort) {}

	/** Waits for the next frame, and asks for no more than 30 in a second. */
	async pull(controller: ReadableStreamDefaultController<VideoFrame>): Promise<void> {
		for (;;) {
			await sleep(this.#askedAt + FRAME_MS - performance.now());
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

export function framesOf(source: ReadableStream<VideoFrame> | MessagePort): ReadableStream<VideoFrame> {
	if (!(source instanceof MessagePort)) return source;
	const grabber = new Grabber(source);
	return new ReadableStream<VideoFrame>(
		{ pull: (controller) => grabber.pull(controller), cancel: () => grabber.cancel() },
		{ highWaterMark: 0 },
	);
}
