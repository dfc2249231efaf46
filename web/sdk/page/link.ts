// SPDX-License-Identifier: Apache-2.0
// The link: /j/<9 digits>#<version><kind>.<secret>[.<pin>]. Its fragment is read once, kept in
// sessionStorage (a reload must work) and taken out of the address bar and the history entry.
import { fromBase64url } from '../shared/bytes';
import type { LinkSecrets } from '../shared/rpc';
import type { KeyMode, Link } from '../shared/types';

const SECRET_LEN = 32;
const PIN_LEN = 16;
const NOTHING = new Uint8Array(0);

/** LinkSecrets and what only the page needs of the link. */
export interface ReadLink extends LinkSecrets {
	readonly keys: KeyMode;
	readonly broken: boolean;
}

/** Nine digits of a path /j/<digits>, or null. */
export function numberOf(path: string): string | null {
	return /^\/j\/([0-9]{9})\/?$/.exec(path)?.[1] ?? null;
}

/** Parses a fragment without its '#'. Empty: digits alone. Anything unreadable: broken. */
export function parseFragment(number: string, fragment: string): ReadLink {
	const digits: ReadLink = { number, kind: 'number', secret: NOTHING, pin: NOTHING, keys: 'service', broken: false };
	if (fragment === '') return digits;
	const broken: ReadLink = { ...digits, broken: true };
	const [head, secretText, pinText, ...rest] = fragment.split('.');
	const parsed = /^([01])(o?)$/.exec(head ?? '');
	if (!parsed || rest.length > 0 || secretText === undefined) return broken;
	const keys: KeyMode = parsed[1] === '1' ? 'end_to_end' : 'service';
	const secret = fromBase64url(secretText, SECRET_LEN);
	if (!secret) return broken;
	if (parsed[2] === 'o') {
		return pinText === undefined ? { ...digits, kind: 'organizer', secret, keys } : broken;
	}
	const pin = pinText === undefined ? null : fromBase64url(pinText, PIN_LEN);
	return pin ? { ...digits, kind: 'attendee', secret, pin, keys } : broken;
}

const storageKey = (number: string): string => `tessera.link.${number}`;

/** Reads the address bar, else what this tab remembers for the same number. */
export function readLink(
	location: { readonly pathname: string; readonly search: string; readonly hash: string },
	storage: { getItem(key: string): string | null; setItem(key: string, value: string): void },
	history: { readonly state: unknown; replaceState(state: unknown, unused: string, url?: string): void },
): ReadLink | null {
	const number = numberOf(location.pathname);
	const fragment = location.hash.replace(/^#/, '');
	if (fragment !== '') history.replaceState(history.state, '', location.pathname + location.search);
	if (!number) return null;
	const link = parseFragment(number, fragment === '' ? (storage.getItem(storageKey(number)) ?? '') : fragment);
	if (fragment !== '' && !link.broken) storage.setItem(storageKey(number), fragment);
	return link;
}

export function publicLink(link: ReadLink | null): Link {
	if (!link) return { kind: 'none' };
	if (link.broken) return { kind: 'broken', number: link.number };
	if (link.kind === 'number') return { kind: 'number', number: link.number };
	return { kind: link.kind, number: link.number, keys: link.keys };
}

/** The secrets to join with: the link's own, unless another number was typed. */
export function secretsFor(link: ReadLink | null, number: string | undefined): LinkSecrets | null {
	if (number === undefined || number === link?.number) {
		return link && { number: link.number, kind: link.kind, secret: link.secret, pin: link.pin };
	}
	const digits = number.replace(/[\s-]/g, '');
	return /^[0-9]{9}$/.test(digits) ? { number: digits, kind: 'number', secret: NOTHING, pin: NOTHING } : null;
}
