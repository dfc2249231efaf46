// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseReason as Wire } from '../../gen/session_pb';
import { backoffMs } from './backoff';
import { closeMeaning } from './reasons';

test('waits grow from 0.3 s to 10 s and never beyond', () => {
	for (const random of [() => 0, () => 0.5, () => 0.999999]) {
		let before = 0;
		for (let attempt = 1; attempt <= 100; attempt++) {
			const wait = backoffMs(attempt, random);
			assert.ok(wait >= 300 && wait <= 10_000 && wait >= before, `${attempt}: ${wait}`);
			before = wait;
		}
	}
	assert.equal(backoffMs(1, () => 0), 300);
	assert.ok(backoffMs(50, () => 0.999999) > 9_900);
});

test('every reason to close has a meaning', () => {
	for (const reason of Object.values(Wire).filter((value): value is Wire => typeof value === 'number')) {
		assert.ok(closeMeaning(reason), Wire[reason]);
	}
	assert.deepEqual(closeMeaning(Wire.CLOSE_ELSEWHERE), { kind: 'over', reason: 'elsewhere' });
	assert.equal(closeMeaning(Wire.CLOSE_RESTART).kind, 'come_back');
	assert.deepEqual(closeMeaning(99 as Wire), { kind: 'over', reason: 'refused' });
});
