// SPDX-License-Identifier: Apache-2.0

/** On a line that is thin indeed each try costs a moment's delay: they become rare, but after one that helped. */
const WAIT_MS = 900;
const WAIT_MAX_MS = 60_000;
const SOON = 4;
/** So long without being held back, and the next time is a first time. */
const CALM_MS = 10_000;
const HELPED = 1.25;

/** When it is worth another try. */
export class Tries {
	#tries = 0;
	/** Held back, and not tried, since then. */
	#since: number | null = null;
	#freeSince: number | null = null;
	/** What the line was thought to carry at the last try. */
	#carried = Infinity;

	look(isHeld: boolean, carries: number, nowMs: number): boolean {
		if (!isHeld) {
			this.#since = null;
			this.#freeSince ??= nowMs;
			if (nowMs - this.#freeSince >= CALM_MS) this.#tries = 0;
			return false;
		}
		this.#freeSince = null;
		this.#since ??= nowMs;
		if (carries > HELPED * this.#carried) this.#tries = 0;
		if (nowMs - this.#since < this.#waitMs()) return false;
		this.#since = nowMs;
		this.#carried = carries;
		this.#tries += 1;
		return true;
	}

	#waitMs(): number {
		return Math.min(WAIT_MS * 2 ** Math.max(0, this.#tries - SOON + 1), WAIT_MAX_MS);
	}
}
