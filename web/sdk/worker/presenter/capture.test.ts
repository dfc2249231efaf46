// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PixelFormat } from '../codec/codec';
import { shapeOf } from './capture';

const frame = (width: number, height: number, bytes: number): VideoFrame =>
	({ format: 'I420', visibleRect: { x: 0, y: 0, width, height }, allocationSize: () => bytes }) as unknown as VideoFrame;

test('a frame of odd size is shared as far as it has colours', () => {
	const format = PixelFormat.I420;
	// Chromium rounds the planes of colours up, Firefox down.
	assert.deepEqual(shapeOf(frame(751, 561, 751 * 561 + 2 * 376 * 281)), { format, width: 751, height: 561 });
	assert.deepEqual(shapeOf(frame(751, 561, 751 * 561 + 2 * 375 * 280)), { format, width: 750, height: 560 });
	assert.deepEqual(shapeOf(frame(750, 561, 750 * 561 + 2 * 375 * 280)), { format, width: 750, height: 560 });
	assert.deepEqual(shapeOf(frame(750, 560, 750 * 560 * 1.5)), { format, width: 750, height: 560 });
	assert.equal(shapeOf(frame(1, 561, 561)), null);
});
