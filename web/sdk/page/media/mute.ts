// SPDX-License-Identifier: Apache-2.0
// Whether one of my devices is silent. It becomes so by me or by the organizer; it ends by me alone, over
// lost links, restarts of the server and whatever State says too.

export class Mute {
	/** Silent until the person wants otherwise. */
	on = false;
	/** As the server was last asked for. */
	asked = false;
	#isHeld = false;

	/** The person presses. */
	set(on: boolean): void {
		this.on = on;
	}

	/** What State says of the organizer's doing. True: he has muted it just now. */
	handleHeld(isHeld: boolean): boolean {
		const isNew = isHeld && !this.#isHeld;
		this.#isHeld = isHeld;
		if (isNew) this.on = true;
		return isNew;
	}

	/** The stream is gone; the next one begins as this one ended. */
	handleGone(): void {
		this.asked = this.#isHeld = false;
	}

	get isSilent(): boolean {
		return this.on || this.#isHeld;
	}

	/** Must the server be told? isPaused: the stream is, as State says. */
	isToTell(isPaused: boolean): boolean {
		return this.asked !== this.on || isPaused !== this.on;
	}
}
