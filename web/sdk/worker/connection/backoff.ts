// SPDX-License-Identifier: Apache-2.0

const FIRST_MS = 300;
const LAST_MS = 10_000;

/**
 * How long to wait before try number attempt (from 1): doubles from 0.3 s to 10 s, of which a
 * random part between half and all is waited, so that a thousand tabs do not return at once.
 */
export function backoffMs(attempt: number, random: () => number): number {
	const full = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
	return Math.max(FIRST_MS, Math.round(full * (0.5 + random() / 2)));
}
