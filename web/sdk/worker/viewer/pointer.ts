// SPDX-License-Identifier: Apache-2.0
// Where the presenter points. An image comes when it is a new one and now and then only, so those
// seen are kept by their numbers.
import type { Pointer, PointerImage, ScreenKey } from '../../shared/types';
import type { ParsedPointer } from '../codec/codec';

const SHAPES_MAX = 32;
const NOWHERE: Pointer = { screen: null, x: 0, y: 0, shape: 0, image: null };

export class PointerView {
	readonly #shapes = new Map<string, PointerImage>();
	#last: { pointer: ParsedPointer; from: number } | null = null;
	#isShown = false;

	constructor(
		/** The screen that a member's stream is shown on now. */
		private readonly screenOf: (from: number, stream: number) => ScreenKey | null,
		private readonly changed: (pointer: Pointer) => void,
	) {}

	handlePointer(pointer: ParsedPointer, from: number): void {
		if (pointer.image) this.#keep(`${from}/${pointer.shape}`, pointer.image);
		this.#last = { pointer, from };
		this.#show();
	}

	/** Screens came, went or were paused. */
	handleStreams(): void {
		if (this.#last) this.#show();
	}

	clear(): void {
		this.#shapes.clear();
		this.#last = null;
		this.#show();
	}

	#keep(name: string, image: PointerImage): void {
		this.#shapes.delete(name);
		this.#shapes.set(name, image);
		const [oldest] = this.#shapes.keys();
		if (this.#shapes.size > SHAPES_MAX && oldest !== undefined) this.#shapes.delete(oldest);
	}

	#show(): void {
		const { pointer, from } = this.#last ?? { pointer: null, from: 0 };
		const screen = pointer?.isVisible ? this.screenOf(from, pointer.stream) : null;
		if (!pointer || screen === null) {
			if (this.#isShown) this.changed(NOWHERE);
			this.#isShown = false;
			return;
		}
		const image = this.#shapes.get(`${from}/${pointer.shape}`) ?? null;
		this.#isShown = true;
		this.changed({ screen, x: pointer.x, y: pointer.y, shape: image ? pointer.shape : 0, image });
	}
}
