// SPDX-License-Identifier: Apache-2.0
// SFrame (RFC 9605) with the one suite AES_256_GCM_SHA512_128, by WebCrypto.
// Object: header (KID and CTR, shortest form) || ciphertext || tag; header and metadata are
// authenticated. The sealer owns its counter, so no nonce can come twice under a key.
import { concat, hex, u16, utf8 } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import { hkdf, sha256 } from './hkdf';

export const SUITE = 0x0005;
const KEY_LEN = 32;
const NONCE_LEN = 12;
const TAG_LEN = 16;
const AES = 'AES-GCM';

export interface SFrameHeader {
	readonly kid: bigint;
	readonly ctr: bigint;
	readonly len: number;
}

/** Big-endian without leading zeros; at least one byte. */
function shortest(value: bigint): Bytes {
	const digits = value.toString(16);
	const even = digits.padStart(digits.length + (digits.length % 2), '0');
	return Uint8Array.from({ length: even.length / 2 }, (_, at) => parseInt(even.slice(2 * at, 2 * at + 2), 16));
}

function nibble(value: bigint): { bits: number; bytes: Bytes } {
	if (value < 8n) return { bits: Number(value), bytes: new Uint8Array(0) };
	const bytes = shortest(value);
	return { bits: 8 | (bytes.length - 1), bytes };
}

export function writeSFrameHeader(kid: bigint, ctr: bigint): Bytes {
	const k = nibble(kid);
	const c = nibble(ctr);
	return concat(new Uint8Array([(k.bits << 4) | c.bits]), k.bytes, c.bytes);
}

/** Null when short, or not the shortest form. */
export function parseSFrameHeader(bytes: Uint8Array): SFrameHeader | null {
	const config = bytes[0];
	if (config === undefined) return null;
	let at = 1;
	const field = (bits: number): bigint | null => {
		if ((bits & 8) === 0) return BigInt(bits);
		const len = (bits & 7) + 1;
		const raw = bytes.subarray(at, at + len);
		at += len;
		if (raw.length < len) return null;
		const value = BigInt(`0x${hex(raw)}`);
		return value < 8n || raw[0] === 0 ? null : value;
	};
	const kid = field(config >> 4);
	const ctr = field(config & 15);
	return kid === null || ctr === null ? null : { kid, ctr, len: at };
}

interface Derived {
	readonly key: CryptoKey;
	readonly salt: Bytes;
}

function kidBytes(kid: bigint): Bytes {
	const out = new Uint8Array(8);
	new DataView(out.buffer).setBigUint64(0, kid);
	return out;
}

async function derive(baseKey: Bytes, kid: bigint, usage: KeyUsage): Promise<Derived> {
	const label = concat(kidBytes(kid), u16(SUITE));
	const secret = await hkdf(baseKey, concat(utf8('SFrame 1.0 Secret key '), label), KEY_LEN);
	const salt = await hkdf(baseKey, concat(utf8('SFrame 1.0 Secret salt '), label), NONCE_LEN);
	const key = await crypto.subtle.importKey('raw', secret, AES, false, [usage]);
	secret.fill(0);
	return { key, salt };
}

function params(derived: Derived, ctr: bigint, header: Bytes, metadata: Bytes): AesGcmParams {
	const iv = derived.salt.slice();
	const view = new DataView(iv.buffer);
	view.setBigUint64(NONCE_LEN - 8, view.getBigUint64(NONCE_LEN - 8) ^ ctr);
	return { name: AES, iv, additionalData: concat(header, metadata), tagLength: TAG_LEN * 8 };
}

/** What a sending key did, for the test that no (key, nonce) pair comes twice: hash, no key. */
export interface KeyUse {
	readonly keyHash: string;
	readonly first: number;
	last: number;
}

export class Sealer {
	readonly #derived: Derived;
	readonly #kid: bigint;
	readonly use: KeyUse;
	#next = 0n;

	private constructor(derived: Derived, kid: bigint, keyHash: string) {
		this.#derived = derived;
		this.#kid = kid;
		this.use = { keyHash, first: 0, last: -1 };
	}

	/** Starts at CTR 0: the base key must be new. */
	static async create(baseKey: Bytes, kid: bigint): Promise<Sealer> {
		return new Sealer(await derive(baseKey, kid, 'encrypt'), kid, hex(await sha256(baseKey)));
	}

	/**
	 * Seals under the next counter. makeMetadata gets the object's length, which is known before
	 * and belongs into the metadata. The counter is taken before anything is awaited.
	 */
	async seal(plain: Bytes, makeMetadata: (objectLen: number) => Bytes): Promise<{ metadata: Bytes; object: Bytes }> {
		const ctr = this.#next++;
		this.use.last = Number(ctr);
		const header = writeSFrameHeader(this.#kid, ctr);
		const metadata = makeMetadata(header.length + plain.length + TAG_LEN);
		const sealed = await crypto.subtle.encrypt(params(this.#derived, ctr, header, metadata), this.#derived.key, plain);
		return { metadata, object: concat(header, new Uint8Array(sealed)) };
	}
}

export class Opener {
	readonly #derived: Derived;
	readonly #kid: bigint;

	private constructor(derived: Derived, kid: bigint) {
		this.#derived = derived;
		this.#kid = kid;
	}

	static async create(baseKey: Bytes, kid: bigint): Promise<Opener> {
		return new Opener(await derive(baseKey, kid, 'decrypt'), kid);
	}

	/** Null when it is not authentic, or of another key. */
	async open(object: Bytes, metadata: Bytes): Promise<{ ctr: bigint; plain: Bytes } | null> {
		const header = parseSFrameHeader(object);
		if (!header || header.kid !== this.#kid || object.length < header.len + TAG_LEN) return null;
		const head = object.subarray(0, header.len);
		try {
			const ciphertext = object.subarray(header.len);
			const how = params(this.#derived, header.ctr, head, metadata);
			const plain = await crypto.subtle.decrypt(how, this.#derived.key, ciphertext);
			return { ctr: header.ctr, plain: new Uint8Array(plain) };
		} catch {
			return null;
		}
	}
}
