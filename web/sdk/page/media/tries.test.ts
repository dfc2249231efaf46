// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tries } from './tries';

/** At which seconds there is a try, of the looks at each of them. */
const triesIn = (tries: Tries, from: number, to: number, isHeld: boolean, carries = (_: number): number => 300): number[] =>
	Array.from({ length: to - from }, (_, i) => from + i).filter((second) => tries.look(isHeld, carries(second), second * 1000));

test('a line that holds something back is tried again, at first soon, then ever more rarely', () => {
	const tries = new Tries();
	assert.deepEqual(triesIn(tries, 0, 40, true), [1, 2, 3, 4, 6, 10, 18, 33]);
	assert.deepEqual(triesIn(tries, 40, 300, true), [62, 120, 180, 240], 'once a minute');
});

test('after a try that helped the next comes soon', () => {
	const tries = new Tries();
	triesIn(tries, 0, 40, true);
	assert.deepEqual(triesIn(tries, 40, 66, true, () => 600), [40, 41, 42, 43, 45, 49, 57]);
});

test('what carries everything is not tried; after a while the next time is a first time', () => {
	const tries = new Tries();
	assert.deepEqual(triesIn(tries, 0, 8, true), [1, 2, 3, 4, 6]);
	assert.deepEqual(triesIn(tries, 8, 12, false), []);
	assert.deepEqual(triesIn(tries, 12, 18, true), [16], 'too soon to forget');
	assert.deepEqual(triesIn(tries, 18, 30, false), []);
	assert.deepEqual(triesIn(tries, 30, 34, true), [31, 32, 33]);
});
