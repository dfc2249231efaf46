// SPDX-License-Identifier: Apache-2.0
// Whether this computer is too slow for its camera picture. A browser says so ("cpu") when it has made the picture smaller
// for it; one that gets hardly any time leaves pictures out instead, and says nothing: then it shows in what encoding takes.

/** So many looks in a row before it is said. */
const LOOKS = 3;
/** Of the pictures that the camera gave, so many are sent by one who keeps up. */
const KEPT = 0.8;
/** Of the time, so much would go into encoding all of them for one who does not: dim rooms and thin lines make none slow. */
const BUSY = 0.6;

/** Totals since the camera was switched on. */
export interface Encoded {
	readonly isLimited: boolean;
	readonly captured: number;
	readonly encoded: number;
	readonly encodeS: number;
}

export class Effort {
	#before: (Encoded & { readonly atMs: number }) | null = null;
	#looks = 0;

	get isTooMuch(): boolean {
		return this.#looks >= LOOKS;
	}

	/** Null: no camera is sent. */
	look(now: Encoded | null, atMs: number): void {
		const before = this.#before;
		this.#before = now && { ...now, atMs };
		const isSlow = now !== null && (now.isLimited || (before !== null && isBehind(before, now, atMs - before.atMs)));
		this.#looks = isSlow ? this.#looks + 1 : 0;
	}
}

/** Of pictures: encoding them one after the other would fill most of the time, and not all of them are. */
function isBehind(before: Encoded, now: Encoded, ms: number): boolean {
	const captured = now.captured - before.captured;
	const encoded = now.encoded - before.encoded;
	if (captured <= 0 || encoded <= 0) return false;
	const wouldTakeS = ((now.encodeS - before.encodeS) / encoded) * captured;
	return encoded < KEPT * captured && wouldTakeS * 1000 > BUSY * ms;
}
