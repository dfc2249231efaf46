// SPDX-License-Identifier: Apache-2.0
// The attendee's link, to hand on: an attendee has it, an organizer derives it (core/e2e/link.h).
import { concat, toBase64url, utf8 } from '../shared/bytes';
import type { Bytes } from '../shared/bytes';
import type { LinkSecrets } from '../shared/rpc';

const PIN_LEN = 16;
/** RFC 8410: what stands before the 32-byte seed of an Ed25519 key in PKCS #8. */
const PKCS8_ED25519 = Uint8Array.from([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]);

async function derive(secret: Uint8Array, label: string): Promise<Bytes> {
	const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveBits']);
	const info = utf8(`tessera link v1 ${label}`);
	const params = { name: 'HKDF', hash: 'SHA-512', salt: new Uint8Array(0), info };
	return new Uint8Array(await crypto.subtle.deriveBits(params, key, 256));
}

async function publicKeyOf(seed: Uint8Array): Promise<Bytes> {
	const pkcs8 = concat(PKCS8_ED25519, seed);
	const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
	pkcs8.fill(0);
	const { x } = await crypto.subtle.exportKey('jwk', key);
	return Uint8Array.from(atob((x ?? '').replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}

async function organizersPin(secret: Uint8Array): Promise<Uint8Array> {
	const seed = await derive(secret, 'meeting key');
	const meetingKey = await publicKeyOf(seed);
	seed.fill(0);
	return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(utf8('link'), meetingKey))).slice(0, PIN_LEN);
}

/** Null for digits alone: then this tab does not know the link's secret. */
export async function invitationFor(link: LinkSecrets | null, origin: string): Promise<string | null> {
	if (!link || link.kind === 'number') return null;
	const leads = link.kind === 'organizer';
	const secret = leads ? await derive(link.secret, 'link secret') : link.secret;
	const pin = leads ? await organizersPin(link.secret) : link.pin;
	return `${origin}/j/${link.number}#0.${toBase64url(secret)}.${toBase64url(pin)}`;
}
