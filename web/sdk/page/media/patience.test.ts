// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from './patience';

test('a picture waits while its line loses packets, and for a while after', () => {
	const patience = new Patience();
	assert.equal(patience.look(0, 0), null);
	assert.equal(patience.look(300, 2), null, 'a few');
	assert.equal(patience.look(600, 14), 200);
	const after = Array.from({ length: 12 }, (_, i) => patience.look(900 + 300 * i, 14));
	assert.deepEqual([after.indexOf(null), after.at(-1)], [9, null]);
	assert.equal(patience.look(5000, 14), null, 'what was long ago does not count');
});
