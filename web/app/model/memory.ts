// SPDX-License-Identifier: Apache-2.0
// What this browser remembers between visits: a name, a language, a habit. Never a secret.

type Key = 'name' | 'language' | 'singleKeys' | 'pauseMode' | 'seesReturn';

const PREFIX = 'tessera.';

/** Null when nothing is kept, or when the browser keeps nothing. */
export function recall(key: Key): string | null {
	try {
		return localStorage.getItem(PREFIX + key);
	} catch {
		return null;
	}
}

export function remember(key: Key, value: string): void {
	try {
		localStorage.setItem(PREFIX + key, value);
	} catch {
		// Storage is blocked: the visit works, it is only not remembered.
	}
}
