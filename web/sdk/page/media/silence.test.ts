// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOK_MS, Silence } from './silence';

/** When it was said, in looks of `everyMs` until `untilMs`; marks are `came(ms)`. */
function saidAt(came: (ms: number) => number, untilMs: number, everyMs = LOOK_MS, silence = new Silence()): number[] {
	const looks = Array.from({ length: Math.floor(untilMs / everyMs) }, (_, i) => (i + 1) * everyMs);
	return looks.filter((ms) => silence.look(ms, came(ms)));
}
const pulse = (ms: number): number => Math.floor(ms / 250);

test('a path that dies is missed within 0.9 s', () => {
	const [first] = saidAt((ms) => pulse(Math.min(ms, 10_000)), 20_000);
	assert.ok(first && first >= 10_700 && first <= 10_900, `${first}`);
});

test('while it stays dead it is said again, soon less often', () => {
	const said = saidAt((ms) => pulse(Math.min(ms, 10_000)), 60_000);
	assert.deepEqual(said.slice(1).map((ms, i) => Math.round((ms - said[i]!) / 1000)), [2, 2, 2, 2, 2, 10, 10, 10]);
});

test('where everybody is muted the pulse is enough', () => {
	assert.deepEqual(saidAt(pulse, 600_000), []);
});

test('where nothing ever came nothing is missed', () => {
	assert.deepEqual(saidAt(() => 0, 60_000), []);
});

test('a line that stops for a second and more again and again is not restarted each time', () => {
	const said = saidAt((ms) => (ms % 3000 < 1500 ? pulse(Math.floor(ms / 3000) * 3000) : pulse(ms)), 60_000);
	assert.ok(said.length <= 5 + 6, `${said.join()}`);
});

test('changes of network in a row are missed each as soon', () => {
	const dies = [10_000, 14_000, 18_000];
	const said = saidAt((ms) => pulse(dies.find((at) => ms >= at && ms < at + 1500) ?? ms), 30_000);
	assert.equal(said.length, 3, `${said.join()}`);
	said.forEach((ms, i) => assert.ok(ms - dies[i]! <= 900, `${ms}`));
});

test('a laptop that slept, or a tab that was frozen, hears again before it complains', () => {
	const silence = new Silence();
	assert.deepEqual(saidAt(pulse, 10_000, LOOK_MS, silence), []);
	assert.equal(silence.look(60_000, pulse(10_000)), false);
	assert.equal(silence.look(60_150, pulse(60_150)), false);
});

test('a hidden tab that may look once a second only misses it within 2 s', () => {
	const [first] = saidAt((ms) => pulse(Math.min(ms, 10_000)), 20_000, 1000);
	assert.ok(first && first <= 12_000, `${first}`);
});
