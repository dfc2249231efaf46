// SPDX-License-Identifier: Apache-2.0
// The device key: Ed25519, not extractable, one per session number and kind of link, so that two
// sessions cannot be linked by it and one browser may be organizer and attendee at once.
import type { Bytes } from '../../shared/bytes';
import type { LinkSecrets } from '../../shared/rpc';

const DATABASE = 'tessera';
const STORE = 'devices';
const ED25519 = { name: 'Ed25519' } as const;
const KEPT_MS = 90 * 24 * 3600 * 1000;

export interface Device {
	readonly publicKey: Bytes;
	sign(data: Bytes): Promise<Bytes>;
}

interface Kept {
	readonly pair: CryptoKeyPair;
	readonly usedAt: number;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
	});
}

async function openStore(mode: IDBTransactionMode): Promise<IDBObjectStore> {
	const opening = indexedDB.open(DATABASE, 1);
	opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
	return (await settled(opening)).transaction(STORE, mode).objectStore(STORE);
}

async function dropOld(now: number): Promise<void> {
	const store = await openStore('readwrite');
	const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled<Kept[]>(store.getAll())]);
	const old = keys.filter((_, at) => now - (values[at]?.usedAt ?? 0) > KEPT_MS);
	if (old.length === 0) return;
	const writable = await openStore('readwrite');
	await Promise.all(old.map((key) => settled(writable.delete(key))));
}

async function loadPair(name: string): Promise<CryptoKeyPair> {
	// Where IndexedDB keeps nothing (private windows) the key lives as long as the tab.
	const found = await openStore('readonly')
		.then((store) => settled<Kept | undefined>(store.get(name)))
		.catch(() => undefined);
	const pair = found?.pair ?? ((await crypto.subtle.generateKey(ED25519, false, ['sign', 'verify'])) as CryptoKeyPair);
	// Nobody waits until it is kept: joining goes on meanwhile.
	const kept: Kept = { pair, usedAt: Date.now() };
	void openStore('readwrite')
		.then((store) => settled(store.put(kept, name)))
		.then(() => dropOld(kept.usedAt))
		.catch(() => undefined);
	return pair;
}

const loaded = new Map<string, Promise<Device>>();

/** The same key again for the same number and kind of link (organizer's or not). */
export function loadDevice(link: LinkSecrets): Promise<Device> {
	const name = `${link.number}/${link.kind === 'organizer' ? 'organizer' : 'attendee'}`;
	const known = loaded.get(name);
	if (known) return known;
	const device = loadPair(name).then(async (pair): Promise<Device> => {
		const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
		return {
			publicKey,
			sign: async (data) => new Uint8Array(await crypto.subtle.sign(ED25519, pair.privateKey, data)),
		};
	});
	loaded.set(name, device);
	return device;
}
