// SPDX-License-Identifier: Apache-2.0
// sessionStorage where the browser allows it; where it does not, a reload forgets.

export interface TabStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
	removeItem(key: string): void;
}

/** open: how to get at the storage; reading the global throws where sites may keep nothing. */
export function tabStorage(open: () => TabStorage): TabStorage {
	const kept = new Map<string, string>();
	const attempt = <T>(act: (storage: TabStorage) => T): T | undefined => {
		try {
			return act(open());
		} catch {
			return undefined;
		}
	};
	return {
		getItem: (key) => kept.get(key) ?? attempt((storage) => storage.getItem(key)) ?? null,
		setItem: (key, value) => {
			kept.set(key, value);
			attempt((storage) => storage.setItem(key, value));
		},
		removeItem: (key) => {
			kept.delete(key);
			attempt((storage) => storage.removeItem(key));
		},
	};
}
