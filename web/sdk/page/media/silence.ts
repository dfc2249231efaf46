// SPDX-License-Identifier: Apache-2.0
// Has a path that was alive fallen silent? The server lets nobody who is connected hear nothing for 250 ms, whoever
// is muted (TSR_PULSE in core/media/state.h), so three times that without a packet is a path that is dead or very bad. A browser
// takes 2.5 s and more to say so, and may say nothing when its own address went away.
export const LOOK_MS = 150;
const SILENT_MS = 750;
/** What was done about it may take so long. */
const AGAIN_MS = 2000;
/** It is said so often at once, and then once in so long: a line that is merely bad gains nothing by it. */
const AT_ONCE = 5;
const EACH_MS = 10_000;
/** Whoever looks so late has slept himself. */
const ASLEEP_MS = 2500;

export class Silence {
	#mark = 0;
	#heardAt = 0;
	#lookedAt = 0;
	#saidAt = -Infinity;
	/** How often it may be said, as of saidAt. */
	#left = AT_ONCE;

	/** `mark` is another whenever something came. True when something should be done about the silence now. */
	look(nowMs: number, mark: number): boolean {
		const hasSlept = nowMs - this.#lookedAt > ASLEEP_MS;
		this.#lookedAt = nowMs;
		if (mark !== this.#mark || hasSlept) {
			this.#mark = mark;
			this.#heardAt = nowMs;
			return false;
		}
		if (mark === 0 || nowMs - this.#heardAt < SILENT_MS || nowMs - this.#saidAt < AGAIN_MS) return false;
		const left = Math.min(AT_ONCE, this.#left + (nowMs - this.#saidAt) / EACH_MS);
		if (left < 1) return false;
		this.#left = left - 1;
		this.#saidAt = nowMs;
		return true;
	}
}
