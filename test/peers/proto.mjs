// SPDX-License-Identifier: Apache-2.0
// Protocol buffers as far as proto/session.proto needs them, read from that file itself: a second
// implementation, and one that can be made to write what no generator would.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../proto/session.proto", import.meta.url), "utf8").replace(/\/\/.*$/gm, "");

/** enum name -> {VALUE: number}; message name -> [{name, type, number, repeated}] */
export const enums = {};
export const messages = {};

for (const [, name, body] of source.matchAll(/^enum (\w+) \{([^}]*)\}/gm))
	enums[name] = Object.fromEntries([...body.matchAll(/(\w+) = (\d+);/g)].map((m) => [m[1], Number(m[2])]));
for (const [, name, body] of source.matchAll(/^message (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}/gm))
	messages[name] = [...body.matchAll(/(repeated )?(\w+) (\w+) = (\d+);/g)].map((m) => ({
		repeated: Boolean(m[1]), type: m[2], name: m[3], number: Number(m[4]),
	}));

/** The names of all requests, as in ToServer. */
export const requests = messages.ToServer.filter((f) => f.type in messages).map((f) => f.name);

export function varint(value) {
	let left = BigInt.asUintN(64, BigInt(value));
	const out = [];
	for (; left > 127n; left >>= 7n) out.push(Number(left & 127n) | 128);
	out.push(Number(left));
	return Buffer.from(out);
}

/** One field: wire type 0 for numbers, 2 for bytes. */
export function field(number, value) {
	if (typeof value === "number" || typeof value === "bigint") return Buffer.concat([varint(number << 3), varint(value)]);
	const bytes = Buffer.from(value);
	return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function fieldBytes(f, value) {
	if (f.type in messages) return field(f.number, encode(f.type, value));
	if (f.type === "bool") return field(f.number, value ? 1 : 0);
	return field(f.number, value);
}

/** {field: value} as the bytes of a message; an unknown field throws. */
export function encode(name, object) {
	const parts = [];
	for (const [key, value] of Object.entries(object)) {
		const f = messages[name].find((m) => m.name === key);
		if (!f) throw new Error(`${name} has no ${key}`);
		for (const one of f.repeated ? value : [value]) parts.push(fieldBytes(f, one));
	}
	return Buffer.concat(parts);
}

function readVarint(bytes, at) {
	let value = 0n;
	for (let shift = 0n; ; shift += 7n) {
		if (at.n >= bytes.length || shift > 63n) throw new Error("varint");
		const byte = bytes[at.n++];
		value |= BigInt(byte & 127) << shift;
		if (byte < 128) return value;
	}
}

function readValue(f, bytes, at, wire) {
	if (wire === 0) {
		const value = readVarint(bytes, at);
		if (f?.type === "bool") return value !== 0n;
		return f?.type === "uint64" ? value : Number(value);
	}
	if (wire !== 2) throw new Error(`wire type ${wire}`);
	const length = Number(readVarint(bytes, at));
	const part = bytes.subarray(at.n, at.n + length);
	if (part.length !== length) throw new Error("short");
	at.n += length;
	if (!f) return part;
	if (f.type in messages) return decode(f.type, part);
	return f.type === "string" ? part.toString("utf8") : Buffer.from(part);
}

const empty = (f) => (f.type === "bool" ? false : f.type === "uint64" ? 0n : f.type === "string" ? "" : f.type === "bytes" ? Buffer.alloc(0) : 0);

/** A message as an object: scalars that are absent have their defaults, absent messages are undefined. */
export function decode(name, bytes) {
	const out = {};
	for (const f of messages[name]) if (f.repeated) out[f.name] = [];
		else if (!(f.type in messages)) out[f.name] = empty(f);
	const at = { n: 0 };
	while (at.n < bytes.length) {
		const tag = Number(readVarint(bytes, at));
		const f = messages[name].find((m) => m.number === tag >> 3);
		if (f?.repeated && (tag & 7) === 2 && !(f.type in messages) && f.type.startsWith("uint")) {
			const end = Number(readVarint(bytes, at)) + at.n;
			while (at.n < end) out[f.name].push(readValue(f, bytes, at, 0));
			continue;
		}
		const value = readValue(f, bytes, at, tag & 7);
		if (f?.repeated) out[f.name].push(value);
		else if (f) out[f.name] = value;
	}
	return out;
}
