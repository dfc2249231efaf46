// SPDX-License-Identifier: Apache-2.0
// How long frames wait for this worker, which also draws and codes screens. Nobody else notices: a browser queues some 60
// frames of each stream, and then throws them away without a word. What others sent is left out here when it comes too late to be
// of use, so that what is new comes through; of my own frames it is only counted, and the browser's queue bounds it.
//
// When a frame came is told by the browser; by one that does not say so, nothing is known.
import type { MediaCodec, SealingLoad } from '../../shared/media';

export interface FrameTimes {
	/** Of what others sent. */
	readonly receiveTime?: number;
	/** Of my own sound. */
	readonly captureTime?: number;
}

/** Sound later than this is silence in its listener's ear already. */
const USELESS_MS: Readonly<Record<MediaCodec, number>> = { opus: 400, vp8: 1000, vp9: 1000 };
const LATE_MS = 150;
/** A microphone's own delay is the least of so long: another one may have another. */
const SPAN_MS = 30_000;

/** The least value of the last 30 to 60 s. */
class Least {
	#now = Infinity;
	#before = Infinity;
	#since = 0;

	of(value: number, nowMs: number): number {
		if (nowMs - this.#since > SPAN_MS) {
			this.#before = this.#now;
			this.#now = Infinity;
			this.#since = nowMs;
		}
		this.#now = Math.min(this.#now, value);
		return Math.min(this.#now, this.#before);
	}
}

/** The frames of one sender or receiver. */
export class Waiting {
	readonly #least = new Least();
	/** What comes before the next key frame builds on what was left out. */
	#needsKey = false;

	constructor(
		private readonly codec: MediaCodec,
		private readonly load: Load,
	) {}

	/** Returns whether the frame is still of use. */
	take({ receiveTime, captureTime }: FrameTimes, isKey: boolean, nowMs: number): boolean {
		const wait = receiveTime === undefined ? this.#ownWait(captureTime, nowMs) : nowMs - receiveTime;
		const isUseless = receiveTime !== undefined && wait > USELESS_MS[this.codec];
		this.#needsKey = this.codec !== 'opus' && (isUseless || (this.#needsKey && !isKey));
		const isLeftOut = isUseless || this.#needsKey;
		this.load.add(Math.max(0, wait), wait > LATE_MS, isLeftOut);
		return !isLeftOut;
	}

	#ownWait(captureTime: number | undefined, nowMs: number): number {
		if (captureTime === undefined) return 0;
		const took = nowMs - captureTime;
		return took - this.#least.of(took, nowMs);
	}
}

const NOTHING: SealingLoad = { frames: 0, late: 0, leftOut: 0, worstMs: 0 };

/** Of all of them, since it was last asked for. */
export class Load {
	#now = NOTHING;

	add(waitMs: number, isLate: boolean, isLeftOut: boolean): void {
		const { frames, late, leftOut, worstMs } = this.#now;
		this.#now = {
			frames: frames + 1,
			late: late + Number(isLate),
			leftOut: leftOut + Number(isLeftOut),
			worstMs: Math.max(worstMs, Math.round(waitMs)),
		};
	}

	take(): SealingLoad {
		const load = this.#now;
		this.#now = NOTHING;
		return load;
	}
}
