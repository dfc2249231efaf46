// SPDX-License-Identifier: Apache-2.0
// One mouth for the whole page: two live regions that stay in the document from the start.
import { signal } from '@preact/signals';

export interface Saying {
	readonly text: string;
	/** The same words twice are two sayings. */
	readonly n: number;
}

export const polite = signal<Saying>({ text: '', n: 0 });
export const urgent = signal<Saying>({ text: '', n: 0 });

const SETTLE_MS = 150;
let pending: string[] = [];

/** Says something when there is a pause. What comes together is said together. */
export function announce(text: string): void {
	pending.push(text);
	if (pending.length > 1) return;
	setTimeout(() => {
		polite.value = { text: pending.join('. '), n: polite.peek().n + 1 };
		pending = [];
	}, SETTLE_MS);
}

/** Interrupts: only for what the person must know now. */
export function alarm(text: string): void {
	urgent.value = { text, n: urgent.peek().n + 1 };
}
