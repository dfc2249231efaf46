// SPDX-License-Identifier: Apache-2.0

/** Lets a number of things through at once, and then so many a second. */
export class Pace {
	/** When everything let through so far would have been, one after the other. */
	#due = 0;

	constructor(
		private readonly burst: number,
		private readonly perSecond: number,
	) {}

	/** Takes the next place; returns after how many ms it comes. */
	take(nowMs: number): number {
		const step = 1000 / this.perSecond;
		this.#due = Math.max(this.#due, nowMs) + step;
		return Math.max(0, this.#due - nowMs - this.burst * step);
	}
}
