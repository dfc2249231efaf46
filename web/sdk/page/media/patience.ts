// SPDX-License-Identifier: Apache-2.0
// How long a camera's picture waits for what was lost. Who only receives does not know the round trip, so a browser asks
// again after 100 ms at the soonest: what is lost twice comes after 200 ms, and without a wait the picture stands still for so
// long. Sound of the same member keeps up with it. On a line that loses nothing nobody waits.
const LOST = 0.01;
const WAIT_MS = 200;
/** So many looks without loss, and it is over. */
const CALM_LOOKS = 10;

export class Patience {
	#packets = 0;
	#nacks = 0;
	#calm = CALM_LOOKS;

	/** For jitterBufferTarget, by the counts of an inbound-rtp at this look; null: as the browser likes. */
	look(packets: number, nacks: number): number | null {
		const came = packets - this.#packets;
		const asked = nacks - this.#nacks;
		this.#packets = packets;
		this.#nacks = nacks;
		this.#calm = came > 0 && asked > came * LOST ? 0 : this.#calm + 1;
		return this.#calm < CALM_LOOKS ? WAIT_MS : null;
	}
}
