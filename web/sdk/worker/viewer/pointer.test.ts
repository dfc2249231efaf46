// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pointer, PointerImage, ScreenKey } from '../../shared/types';
import type { ParsedPointer } from '../codec/codec';
import { PointerView } from './pointer';

const image = (seed: number): PointerImage => {
	return { width: 1, height: 1, hotX: 0, hotY: 0, rgba: new Uint8ClampedArray([seed, 0, 0, 255]) };
};
const at = (x: number, shape = 0, more: Partial<ParsedPointer> = {}): ParsedPointer => {
	return { isVisible: true, stream: 7, x, y: 5, shape, image: null, ...more };
};

function stand() {
	const shown: Pointer[] = [];
	const screens = new Map([['2/7', 'a' as ScreenKey]]);
	const view = new PointerView((from, stream) => screens.get(`${from}/${stream}`) ?? null, (now) => shown.push(now));
	return { view, screens, last: () => shown.at(-1), shown };
}

test('a shape is kept by its number, and an unknown one is an arrow', () => {
	const { view, last } = stand();
	view.handlePointer(at(1, 9, { image: image(1) }), 2);
	view.handlePointer(at(2, 10), 2);
	assert.deepEqual([last()?.shape, last()?.image], [0, null]);
	view.handlePointer(at(3, 9), 2);
	assert.deepEqual([last()?.x, last()?.shape, last()?.image?.rgba[0]], [3, 9, 1]);
	for (let n = 100; n < 200; n++) view.handlePointer(at(4, n, { image: image(n) }), 2);
	view.handlePointer(at(5, 9), 2);
	assert.equal(last()?.shape, 0, 'a few are kept, not all that ever came');
});

test('it is on the screens of its sender only, and goes with them', () => {
	const { view, screens, last, shown } = stand();
	view.handlePointer(at(1), 3);
	assert.equal(shown.length, 0, 'another one has no screen here');
	view.handlePointer(at(1), 2);
	assert.equal(last()?.screen, 'a');
	screens.clear();
	view.handleStreams();
	assert.equal(last()?.screen, null);
	screens.set('2/7', 'b' as ScreenKey);
	view.handleStreams();
	assert.equal(last()?.screen, 'b', 'and comes back with them');
	view.handlePointer(at(0, 0, { isVisible: false, stream: 0 }), 2);
	assert.equal(last()?.screen, null);
});
