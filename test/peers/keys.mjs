// SPDX-License-Identifier: Apache-2.0
// Links, the key schedule and SFrame (docs/encryption.md) on node:crypto: a third implementation.
import { createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, generateKeyPairSync, hkdfSync, sign } from "node:crypto";

export const sha256 = (...parts) => {
	const hash = createHash("sha256");
	for (const part of parts) hash.update(part);
	return hash.digest();
};
export const u32 = (n) => {
	const out = Buffer.alloc(4);
	out.writeUInt32BE(n);
	return out;
};
const hmac = (key, ...parts) => {
	const mac = createHmac("sha512", key);
	for (const part of parts) mac.update(part);
	return mac.digest();
};
/** HKDF-Expand-SHA512 of up to 64 bytes. */
const expand = (prk, info, length) => hmac(prk, info, Buffer.from([1])).subarray(0, length);
const extract = (salt, ikm) => hmac(salt, ikm);
const derive = (secret, label, length) => Buffer.from(hkdfSync("sha512", secret, "", `tessera link v1 ${label}`, length));

/** {number, linkSecret, joinToken, organizerToken?} of either kind of link. */
export function parseLink(link) {
	const m = /\/j\/(\d{9})#(0o?)\.([\w-]+)/.exec(link);
	const number = m[1];
	const secret = Buffer.from(m[3], "base64url");
	if (m[2] === "0") return { number, linkSecret: secret, joinToken: derive(secret, "join", 16) };
	const linkSecret = derive(secret, "link secret", 32);
	return { number, linkSecret, organizerToken: derive(secret, "organizer", 16), joinToken: derive(linkSecret, "join", 16) };
}

export class Device {
	constructor() {
		const { publicKey, privateKey } = generateKeyPairSync("ed25519");
		this.key = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
		this.privateKey = privateKey;
	}

	sign(...parts) {
		return sign(null, Buffer.concat(parts), this.privateKey);
	}

	proveHello(nonce, token) {
		return this.sign(Buffer.from("tessera hello\0"), nonce, sha256(token));
	}

	proveAttach(nonce, ticket) {
		return this.sign(Buffer.from("tessera attach\0"), nonce, ticket);
	}
}

/** Ed25519 private key of a PASETO v4 secret, for tokens that nobody issued. */
export function ed25519FromSeed(seed) {
	return createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" });
}

/** base_key of one stream instance in one epoch. */
export function baseKey({ seed, epoch, uid, member, deviceKey, stream, nonce }) {
	const secret = Buffer.from(hkdfSync("sha512", seed, "", Buffer.concat([Buffer.from("tessera service epoch"), u32(epoch)]), 32));
	const prk = extract(sha256("service", uid, u32(epoch)), secret);
	const announce = sha256("announce", u32(member), deviceKey);
	return expand(prk, Buffer.concat([Buffer.from("sender"), announce, u32(stream), nonce, Buffer.from([0, 5])]), 32);
}

/** RFC 9605 header of (kid, ctr). */
function header(kid, ctr) {
	const long = (n) => {
		let hex = n.toString(16);
		if (hex.length & 1) hex = `0${hex}`;
		return Buffer.from(hex, "hex");
	};
	const [k, c] = [BigInt(kid), BigInt(ctr)];
	const [kb, cb] = [k < 8n ? Buffer.alloc(0) : long(k), c < 8n ? Buffer.alloc(0) : long(c)];
	const bits = (n, bytes) => (n < 8n ? Number(n) : 8 | (bytes.length - 1));
	return Buffer.concat([Buffer.from([(bits(k, kb) << 4) | bits(c, cb)]), kb, cb]);
}

/** {kid, ctr, length} of an SFrame object's header. */
export function parseHeader(object) {
	let at = 1;
	const take = (bits) => {
		if (bits < 8) return BigInt(bits);
		const n = (bits & 7) + 1;
		const value = BigInt(`0x${object.subarray(at, at + n).toString("hex")}`);
		at += n;
		return value;
	};
	const kid = take(object[0] >> 4);
	const ctr = take(object[0] & 15);
	return { kid, ctr, length: at };
}

function suite(base, kid) {
	const secret = extract("", base);
	const tail = Buffer.alloc(10);
	tail.writeBigUInt64BE(BigInt(kid));
	tail[9] = 5;
	const of = (label, length) => expand(secret, Buffer.concat([Buffer.from(label), tail]), length);
	return { key: of("SFrame 1.0 Secret key ", 32), salt: of("SFrame 1.0 Secret salt ", 12) };
}

function nonceOf(salt, ctr) {
	const nonce = Buffer.from(salt);
	let left = BigInt(ctr);
	for (let i = 11; i >= 4; i--, left >>= 8n) nonce[i] ^= Number(left & 255n);
	return nonce;
}

export function seal(base, kid, ctr, metadata, plain) {
	const { key, salt } = suite(base, kid);
	const head = header(kid, ctr);
	const cipher = createCipheriv("aes-256-gcm", key, nonceOf(salt, ctr));
	cipher.setAAD(Buffer.concat([head, metadata]));
	return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

export const sealedLength = (kid, ctr, plainLength) => header(kid, ctr).length + plainLength + 16;

/** Throws when it is not authentic. */
export function open(base, metadata, object) {
	const { kid, ctr, length } = parseHeader(object);
	const { key, salt } = suite(base, kid);
	const cipher = createDecipheriv("aes-256-gcm", key, nonceOf(salt, ctr));
	cipher.setAAD(Buffer.concat([object.subarray(0, length), metadata]));
	cipher.setAuthTag(object.subarray(-16));
	return Buffer.concat([cipher.update(object.subarray(length, -16)), cipher.final()]);
}
