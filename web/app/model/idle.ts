// SPDX-License-Identifier: Apache-2.0

/** A page that was just drawn still has something to do, even when nothing says so. */
const REST_MS = 400;
const AT_LAST_MS = 3000;

/** Calls fn when the page has come to rest. Safari does not say when that is. */
export function whenIdle(fn: () => void): void {
	setTimeout(() => {
		if ('requestIdleCallback' in globalThis) requestIdleCallback(fn, { timeout: AT_LAST_MS });
		else fn();
	}, REST_MS);
}
