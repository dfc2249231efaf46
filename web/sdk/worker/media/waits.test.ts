// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Load, Waiting } from './waits';

test('received frames: late is counted, too late is left out', () => {
	const load = new Load();
	const voice = new Waiting('opus', load);
	const taken = [0, 10, 200, 399, 401, 3000, 0].map((waited) => voice.take({ receiveTime: 5000 }, false, 5000 + waited));
	assert.deepEqual(taken, [true, true, true, true, false, false, true]);
	assert.deepEqual(load.take(), { frames: 7, late: 4, leftOut: 2, worstMs: 3000 });
	assert.deepEqual(load.take(), { frames: 0, late: 0, leftOut: 0, worstMs: 0 }, 'and begins anew');
});

test('after a picture that was left out the next one is a key frame', () => {
	const load = new Load();
	const camera = new Waiting('vp8', load);
	const take = (waited: number, isKey: boolean): boolean => camera.take({ receiveTime: 0 }, isKey, waited);
	const frames = [[0, true], [900, false], [1001, false], [2, false], [1001, true], [2, true], [2, false]] as const;
	assert.deepEqual(frames.map(([waited, isKey]) => take(waited, isKey)), [true, true, false, false, false, true, true]);
	assert.equal(load.take().leftOut, 3);
});

test('own sound is late by more than its microphone always is, and never left out', () => {
	const load = new Load();
	const voice = new Waiting('opus', load);
	for (let at = 0; at < 200; at += 20) assert.ok(voice.take({ captureTime: at }, false, at + 250 + (at % 40)));
	assert.deepEqual(load.take(), { frames: 10, late: 0, leftOut: 0, worstMs: 20 });
	assert.ok(voice.take({ captureTime: 200 }, false, 200 + 250 + 700));
	assert.deepEqual(load.take(), { frames: 1, late: 1, leftOut: 0, worstMs: 700 });
	for (let at = 1000; at < 70_000; at += 20) voice.take({ captureTime: at }, false, at + 600);
	load.take();
	voice.take({ captureTime: 70_000 }, false, 70_600);
	assert.equal(load.take().late, 0, 'another microphone may be slower');
});

test('a browser that says nothing of times is believed to be in time', () => {
	const load = new Load();
	assert.ok(new Waiting('vp8', load).take({}, false, 1e6));
	assert.equal(load.take().late, 0);
});
