// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Behind } from './behind';

const load = (late: number, frames = 300) => ({ frames, late, leftOut: 0, worstMs: late > 0 ? 500 : 20 });

test('encryption that falls behind is said when it lasts, and no longer when it is over', () => {
	const behind = new Behind();
	const isBehind = (late: number, frames?: number): boolean => {
		behind.look(load(late, frames));
		return behind.view.isBehind;
	};
	assert.deepEqual([isBehind(6), isBehind(9), isBehind(0), isBehind(9), isBehind(9)], [false, false, false, false, true]);
	assert.equal(behind.view.latePercent, 3);
	assert.deepEqual([isBehind(0), isBehind(90), isBehind(0), isBehind(0)], [true, true, true, false]);
	assert.equal(isBehind(0, 0), false);
	assert.equal(behind.view.latePercent, null, 'no frames, no figure');
});
