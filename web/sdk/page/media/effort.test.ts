// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Effort } from './effort';

/** Looks every 3 s at a camera of 20 pictures a second; returns after which of them it is too much. */
function looks(encodedPerS: number, msPerPicture: number, n: number, isLimited = false): boolean[] {
	const effort = new Effort();
	return Array.from({ length: n }, (_, i) => {
		const encoded = 3 * i * encodedPerS;
		effort.look({ isLimited, captured: 60 * i, encoded, encodeS: (encoded * msPerPicture) / 1000 }, 3000 * i);
		return effort.isTooMuch;
	});
}

test('a computer that leaves pictures out, since each takes long, is too slow after three looks', () => {
	assert.deepEqual(looks(12, 54, 5), [false, false, false, true, true]);
	assert.deepEqual(looks(20, 5, 4, true), [false, false, true, true], 'or when the browser says so');
});

test('who encodes everything, or leaves out for the line alone, is not', () => {
	assert.ok(!looks(19, 45, 6).includes(true), 'busy, and keeps up');
	assert.ok(!looks(8, 6, 6).includes(true), 'a thin line');
});

test('it is over at once, and with the camera', () => {
	const effort = new Effort();
	const slow = { isLimited: true, captured: 0, encoded: 0, encodeS: 0 };
	for (const at of [0, 1, 2]) effort.look(slow, at);
	assert.ok(effort.isTooMuch);
	effort.look(null, 3);
	assert.ok(!effort.isTooMuch);
});
