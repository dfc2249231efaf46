// SPDX-License-Identifier: Apache-2.0

/** What was dropped and why. Fail closed, but never silently. */
export type Drop =
	| 'broken_message' // not of our protocol
	| 'unexpected_message' // not in this state
	| 'unknown_stream'
	| 'unknown_epoch'
	| 'wrong_sender' // header and stream disagree
	| 'wrong_class'
	| 'not_allowed' // by the policy table
	| 'not_for_me'
	| 'not_authentic'
	| 'replayed'
	| 'malformed_chat'
	| 'malformed_picture'
	| 'malformed_pointer'
	| 'malformed_media'
	| 'late_media' // this computer is too slow
	| 'bad_seed'
	| 'paused_frame'
	| 'capture_superseded'
	| 'overflow';

export class Counter {
	readonly #counts = new Map<Drop, number>();

	add(what: Drop, n = 1): void {
		this.#counts.set(what, (this.#counts.get(what) ?? 0) + n);
	}

	all(): Record<string, number> {
		return Object.fromEntries(this.#counts);
	}
}
