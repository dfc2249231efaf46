// SPDX-License-Identifier: Apache-2.0
import type { SealingLoad } from '../../shared/media';
import type { SealingView } from '../../shared/types';

/** A moment's hitch is nobody's concern. */
const LATE = 0.02;
/** So many looks in a row, and it is said; so many without, and it is over. */
const LOOKS = 2;

export const IN_TIME: SealingView = { latePercent: null, worstMs: 0, leftOut: 0, isBehind: false };

/** Whether encryption falls behind, from what its worker says at each look. */
export class Behind {
	view = IN_TIME;
	#looks = 0;

	look({ frames, late, leftOut, worstMs }: SealingLoad): void {
		const isLate = frames > 0 && late > frames * LATE;
		this.#looks = isLate === this.view.isBehind ? 0 : this.#looks + 1;
		const isTurning = this.#looks >= LOOKS;
		if (isTurning) this.#looks = 0;
		this.view = {
			latePercent: frames === 0 ? null : isLate ? Math.ceil((100 * late) / frames) : 0,
			worstMs,
			leftOut,
			isBehind: isTurning ? isLate : this.view.isBehind,
		};
	}

	/** The call is over. */
	end(): void {
		this.#looks = 0;
		this.view = IN_TIME;
	}
}
