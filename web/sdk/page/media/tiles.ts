// SPDX-License-Identifier: Apache-2.0
// Where each camera is shown, how large, and whether anybody can see it: from that alone follows
// what is received. A hidden tile costs nothing, a small one gets a small picture.
import type { MemberId } from '../../shared/types';
import type { Tile } from './want';

const SETTLE_MS = 120;
interface Shown {
	readonly member: MemberId;
	/** Null: the browser has not said yet. */
	isVisible: boolean | null;
}

export class Tiles {
	readonly #shown = new Map<HTMLVideoElement, Shown>();
	readonly #sizes = new ResizeObserver(() => this.#soon());
	readonly #views = new IntersectionObserver((entries) => this.#see(entries));
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** changed: what is seen, or how large, is another. */
	constructor(private readonly changed: () => void) {
		document.addEventListener('visibilitychange', () => this.#soon());
	}

	add(member: MemberId, element: HTMLVideoElement): void {
		this.#shown.set(element, { member, isVisible: null });
		this.#sizes.observe(element);
		this.#views.observe(element);
	}

	remove(element: HTMLVideoElement): void {
		this.#shown.delete(element);
		this.#sizes.unobserve(element);
		this.#views.unobserve(element);
		this.#soon();
	}

	elementsOf(member: MemberId): readonly HTMLVideoElement[] {
		return [...this.#shown].filter(([, shown]) => shown.member === member).map(([element]) => element);
	}

	of(member: MemberId): readonly Tile[] {
		const scale = devicePixelRatio;
		return [...this.#shown].filter(([, shown]) => shown.member === member).map(([element, { isVisible }]) => {
			const isSeen = isVisible !== false && document.visibilityState === 'visible';
			return { member, width: isSeen ? element.clientWidth * scale : 0, height: isSeen ? element.clientHeight * scale : 0 };
		});
	}

	#see(entries: readonly IntersectionObserverEntry[]): void {
		for (const { target, isIntersecting } of entries) {
			const shown = this.#shown.get(target as HTMLVideoElement);
			if (shown) shown.isVisible = isIntersecting;
		}
		this.#soon();
	}

	#soon(): void {
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			this.changed();
		}, SETTLE_MS);
	}
}
