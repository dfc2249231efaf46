// SPDX-License-Identifier: Apache-2.0
import { signal } from '@preact/signals';

/** This page's time, one step per second: for durations and counts on the screen. */
export const now = signal(Date.now());

export function startClock(): () => void {
	const timer = setInterval(() => (now.value = Date.now()), 1000);
	return () => clearInterval(timer);
}
