// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace';

test('a burst goes at once, the rest so many a second, and a rest makes up for it', () => {
	const pace = new Pace(3, 10);
	const waits = Array.from({ length: 6 }, () => pace.take(5000));
	assert.deepEqual(waits, [0, 0, 0, 100, 200, 300]);
	assert.equal(pace.take(5400), 0);
	assert.deepEqual(Array.from({ length: 4 }, () => pace.take(9000)), [0, 0, 0, 100]);
});
