// SPDX-License-Identifier: Apache-2.0
// Protobuf by the table that build/gen.mjs makes of proto/session.proto: what our messages use of proto3 and no more. The
// library, which is for everything, took half of the worker's script and of its start; it is the oracle of the test.
import { MESSAGES } from '../../gen/session_wire';
import type { Field, MessageName } from '../../gen/session_wire';
import type { Bytes } from '../../shared/bytes';

type Fields = Record<string, unknown>;
interface OneOf {
	readonly case: string | undefined;
	readonly value?: unknown;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const VARINT_BYTES_MAX = 10;

const utf8 = new TextEncoder();
const text = new TextDecoder();

const VARINTS: ReadonlySet<string> = new Set(['uint32', 'int32', 'uint64', 'bool', 'enum']);
const wireType = (type: string): number => (VARINTS.has(type) ? VARINT : LENGTH);

function zero(type: string): unknown {
	if (type === 'string') return '';
	if (type === 'bytes') return new Uint8Array(0);
	if (type === 'bool') return false;
	if (type === 'uint64') return 0n;
	return VARINTS.has(type) ? 0 : undefined;
}

// ---- reading ----------------------------------------------------------------------------

class Reader {
	#at = 0;

	constructor(private readonly bytes: Bytes) {}

	get isAtEnd(): boolean {
		return this.#at >= this.bytes.length;
	}

	varint(): bigint {
		let value = 0n;
		for (let n = 0; n < VARINT_BYTES_MAX; n++) {
			const byte = this.bytes[this.#at++];
			if (byte === undefined) throw new RangeError('a varint is cut off');
			value |= BigInt(byte & 0x7f) << BigInt(7 * n);
			if (byte < 0x80) return BigInt.asUintN(64, value);
		}
		throw new RangeError('a varint is too long');
	}

	take(len: number): Bytes {
		if (len > this.bytes.length - this.#at) throw new RangeError('a field is cut off');
		this.#at += len;
		return this.bytes.subarray(this.#at - len, this.#at);
	}

	chunk(): Bytes {
		return this.take(Number(this.varint()));
	}

	skip(wire: number): void {
		if (wire === VARINT) this.varint();
		else if (wire === FIXED64) this.take(8);
		else if (wire === LENGTH) this.chunk();
		else if (wire === FIXED32) this.take(4);
		else throw new RangeError('no such wire type');
	}
}

function readValue(reader: Reader, type: string): unknown {
	if (type === 'string') return text.decode(reader.chunk());
	if (type === 'bytes') return reader.chunk();
	if (!VARINTS.has(type)) return read(type as MessageName, reader.chunk());
	const value = reader.varint();
	if (type === 'bool') return value !== 0n;
	if (type === 'uint64') return value;
	return Number(type === 'uint32' ? BigInt.asUintN(32, value) : BigInt.asIntN(32, value));
}

function readField(reader: Reader, message: Fields, field: Field, wire: number): void {
	const [name, type, isRepeated, oneOf] = field;
	if (isRepeated && wire === LENGTH && VARINTS.has(type)) {
		const packed = new Reader(reader.chunk());
		while (!packed.isAtEnd) (message[name] as unknown[]).push(readValue(packed, type));
		return;
	}
	if (wire !== wireType(type)) throw new RangeError('a field has the wrong wire type');
	const value = readValue(reader, type);
	if (isRepeated) (message[name] as unknown[]).push(value);
	else if (oneOf) message[oneOf] = { case: name, value };
	else message[name] = value;
}

/** Throws when the bytes are no such message. What it does not know it skips. */
export function read(message: MessageName, bytes: Bytes): Fields {
	const fields = MESSAGES[message];
	const out: Fields = {};
	for (const [name, type, isRepeated, oneOf] of Object.values(fields)) {
		out[oneOf || name] = oneOf ? { case: undefined } : isRepeated ? [] : zero(type);
	}
	const reader = new Reader(bytes);
	while (!reader.isAtEnd) {
		const tag = Number(reader.varint());
		const field = fields[Math.floor(tag / 8)];
		if (field) readField(reader, out, field, tag % 8);
		else reader.skip(tag % 8);
	}
	return out;
}

// ---- writing ----------------------------------------------------------------------------

function putVarint(out: number[], value: number | bigint): void {
	let rest = BigInt.asUintN(64, BigInt(value));
	for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
	out.push(Number(rest));
}

function putChunk(out: number[], bytes: ArrayLike<number>): void {
	putVarint(out, bytes.length);
	for (let at = 0; at < bytes.length; at++) out.push(bytes[at] as number);
}

function putValue(out: number[], type: string, value: unknown): void {
	if (type === 'string') putChunk(out, utf8.encode(value as string));
	else if (type === 'bytes') putChunk(out, value as Uint8Array);
	else if (VARINTS.has(type)) putVarint(out, type === 'bool' ? Number(value) : (value as number | bigint));
	else putChunk(out, put([], type as MessageName, value as Fields));
}

function isZero(type: string, value: unknown): boolean {
	return value === undefined || value === zero(type) || (type === 'bytes' && (value as Uint8Array).length === 0);
}

function putField(out: number[], number: number, [name, type, isRepeated, oneOf]: Field, message: Fields): void {
	const chosen = oneOf ? (message[oneOf] as OneOf | undefined) : undefined;
	const value = oneOf ? (chosen?.case === name ? chosen.value : undefined) : message[name];
	if (isRepeated) {
		const values = (value ?? []) as readonly unknown[];
		if (VARINTS.has(type) && values.length > 0) {
			const packed: number[] = [];
			for (const each of values) putValue(packed, type, each);
			putVarint(out, number * 8 + LENGTH);
			return putChunk(out, packed);
		}
		for (const each of values) putOne(out, number, type, each);
	} else if (oneOf ? value !== undefined : !isZero(type, value)) putOne(out, number, type, value);
}

function putOne(out: number[], number: number, type: string, value: unknown): void {
	putVarint(out, number * 8 + wireType(type));
	putValue(out, type, value);
}

function put(out: number[], name: MessageName, message: Fields): number[] {
	for (const [number, field] of Object.entries(MESSAGES[name])) putField(out, Number(number), field, message);
	return out;
}

/** Fields that are missing are as in proto3: zero. */
export function write(name: MessageName, message: Fields): Bytes {
	return new Uint8Array(put([], name, message));
}
