// SPDX-License-Identifier: Apache-2.0

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

export function utf8(text: string): Bytes {
	return new Uint8Array(encoder.encode(text));
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}

export function u32(value: number): Bytes {
	const out = new Uint8Array(4);
	new DataView(out.buffer).setUint32(0, value);
	return out;
}

export function u16(value: number): Bytes {
	const out = new Uint8Array(2);
	new DataView(out.buffer).setUint16(0, value);
	return out;
}

export function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function toBase64url(bytes: Uint8Array): string {
	return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Null unless text is canonical base64url without padding (of len bytes, when given). */
export function fromBase64url(text: string, len?: number): Bytes | null {
	if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
	const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	const bytes = Uint8Array.from(raw, (char) => char.charCodeAt(0));
	if (toBase64url(bytes) !== text) return null;
	return len === undefined || bytes.length === len ? bytes : null;
}
