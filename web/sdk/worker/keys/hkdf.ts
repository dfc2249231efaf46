// SPDX-License-Identifier: Apache-2.0
// HKDF-SHA512 by its two halves (RFC 5869); WebCrypto's own HKDF only does both at once.
import { concat } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';

const SHA512 = { name: 'HMAC', hash: 'SHA-512' } as const;

async function hmac(key: Bytes, data: Bytes): Promise<Bytes> {
	const imported = await crypto.subtle.importKey('raw', key, SHA512, false, ['sign']);
	return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}

/** salt must not be empty: HMAC refuses an empty key. */
export function extract(salt: Bytes, ikm: Bytes): Promise<Bytes> {
	return hmac(salt, ikm);
}

/** len at most 64: one block is all that this project needs. */
export async function expand(prk: Bytes, info: Bytes, len: number): Promise<Bytes> {
	return (await hmac(prk, concat(info, new Uint8Array([1])))).slice(0, len);
}

/** Extract with an empty salt, then expand. */
export async function hkdf(ikm: Bytes, info: Bytes, len: number): Promise<Bytes> {
	const key = await crypto.subtle.importKey('raw', ikm, 'HKDF', false, ['deriveBits']);
	const params = { name: 'HKDF', hash: 'SHA-512', salt: new Uint8Array(0), info };
	return new Uint8Array(await crypto.subtle.deriveBits(params, key, len * 8));
}

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}
