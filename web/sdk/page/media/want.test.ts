// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberId } from '../../shared/types';
import { wantFor } from './want';

const tile = (width: number, height: number) => ({ member: 3 as MemberId, width, height });

test('what is received follows what is shown', () => {
	assert.equal(wantFor(9, [], false).on, false, 'no tile');
	assert.equal(wantFor(9, [tile(0, 0)], true).on, false, 'hidden, whoever speaks');
	const layers = [72, 180, 270, 360, 720].map((lines) => wantFor(9, [tile((lines * 16) / 9, lines)], false).maxSpatial);
	assert.deepEqual(layers, [0, 0, 1, 1, 2]);
	assert.equal(wantFor(9, [tile(120, 72), tile(1280, 720)], false).maxSpatial, 2, 'the larger of two');
});

test('the larger tile and who speaks keep their layer longer, sound longest', () => {
	const small = wantFor(1, [tile(120, 72)], false).priority;
	assert.ok(wantFor(1, [tile(1280, 720)], false).priority > small);
	assert.ok(wantFor(1, [tile(120, 72)], true).priority > small);
	assert.ok(wantFor(1, [tile(7680, 4320)], true).priority < 255);
});
