// SPDX-License-Identifier: Apache-2.0
// Every message of the schema, filled at random: the library writes the same bytes and reads the same fields.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage } from '@bufbuild/protobuf';
import * as session from '../../gen/session_pb';
import { MESSAGES } from '../../gen/session_wire';
import type { Field, MessageName } from '../../gen/session_wire';
import { read, write } from './proto';

type Fields = Record<string, unknown>;
const NAMES = Object.keys(MESSAGES) as MessageName[];
const SCHEMAS = session as unknown as Record<string, DescMessage>;
const schemaOf = (name: MessageName): DescMessage => SCHEMAS[`${name}Schema`] as DescMessage;

/** xorshift32: the same messages each time. */
let state = 0x9e3779b9;
function random(below: number): number {
	state ^= state << 13;
	state ^= state >>> 17;
	state ^= state << 5;
	return (state >>> 0) % below;
}

const NUMBERS = [0, 1, 127, 128, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const LARGE = [0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
const TEXTS = ['', 'a', 'Grüße', '\ufeff漢字 \u{1f980}', 'x'.repeat(300)];

function value(type: string): unknown {
	if (type === 'string') return TEXTS[random(TEXTS.length)];
	if (type === 'bytes') return new Uint8Array(random(200)).map(() => random(256));
	if (type === 'bool') return random(2) === 1;
	if (type === 'uint64') return LARGE[random(LARGE.length)];
	if (type === 'int32') return (NUMBERS[random(NUMBERS.length)] as number) | 0;
	if (type === 'enum') return random(8);
	return type === 'uint32' ? NUMBERS[random(NUMBERS.length)] : message(type as MessageName);
}

function message(name: MessageName): Fields {
	const out: Fields = {};
	for (const [field, type, isRepeated, oneOf] of Object.values(MESSAGES[name]) as Field[]) {
		if (oneOf) {
			if (out[oneOf] === undefined || random(4) === 0) out[oneOf] = { case: field, value: value(type) };
		} else if (random(4) > 0) out[field] = isRepeated ? Array.from({ length: random(4) }, () => value(type)) : value(type);
	}
	return out;
}

/** Without what only the library keeps. */
const plain = (fields: unknown): unknown => {
	if (fields instanceof Uint8Array) return Uint8Array.from(fields);
	if (Array.isArray(fields)) return fields.map(plain);
	if (typeof fields !== 'object' || fields === null) return fields;
	const kept = Object.entries(fields).filter(([name, each]) => !name.startsWith('$') && each !== undefined);
	return Object.fromEntries(kept.map(([name, each]) => [name, plain(each)]));
};

function attempt<T>(what: () => T): T | null {
	try {
		return what();
	} catch {
		return null;
	}
}

test('every message is written and read as by the library', () => {
	for (const name of NAMES) {
		for (let n = 0; n < 8; n++) {
			const fields = message(name);
			const bytes = toBinary(schemaOf(name), create(schemaOf(name), fields));
			assert.deepEqual(write(name, fields), bytes, name);
			assert.deepEqual(plain(read(name, bytes)), plain(fromBinary(schemaOf(name), bytes)), name);
		}
	}
});

test('what it does not know it skips', () => {
	const unknown = [0xf8, 0x3f, 0x96, 0x01, 0xfa, 0x3f, 2, 1, 2, 0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x3f, 1, 2, 3, 4];
	const bytes = new Uint8Array([...unknown, ...write('Pong', { stamp: 7n, serverMs: 9n }), ...unknown]);
	assert.deepEqual(read('Pong', bytes), { stamp: 7n, serverMs: 9n });
});

test('what is broken is refused, or read as by the library', () => {
	let refused = 0;
	for (let n = 0; n < 1500; n++) {
		const name = NAMES[random(NAMES.length)] as MessageName;
		const bytes = write(name, message(name));
		if (bytes.length === 0) continue;
		const broken = random(3) === 0 ? bytes.slice(0, random(bytes.length)) : bytes;
		if (broken === bytes) bytes[random(bytes.length)] = random(256);
		const [mine, theirs] = [attempt(() => read(name, broken)), attempt(() => fromBinary(schemaOf(name), broken))];
		if (!mine) refused += 1;
		else if (theirs) assert.deepEqual(plain(mine), plain(theirs), name);
	}
	assert.ok(refused > 150, `${refused} are refused`);
	const tooLong = [0x08, ...Array<number>(10).fill(0x80), 1];
	for (const cut of [[0x08], tooLong, [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], [0x0b], [0x0f]]) {
		assert.throws(() => read('Pong', new Uint8Array(cut)), RangeError);
	}
});
