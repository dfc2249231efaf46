// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tabStorage } from './storage';

test('where the browser refuses its storage, the page still has one', () => {
	const storage = tabStorage(() => {
		throw new Error('SecurityError');
	});
	assert.equal(storage.getItem('a'), null);
	storage.setItem('a', '1');
	assert.equal(storage.getItem('a'), '1');
	storage.removeItem('a');
	assert.equal(storage.getItem('a'), null);
});

test('what the browser keeps is kept there', () => {
	const kept = new Map<string, string>([['before', 'reload']]);
	const browser = {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => void kept.set(key, value),
		removeItem: (key: string) => void kept.delete(key),
	};
	const storage = tabStorage(() => browser);
	assert.equal(storage.getItem('before'), 'reload');
	storage.setItem('a', '1');
	assert.equal(kept.get('a'), '1');
	storage.removeItem('before');
	assert.equal(storage.getItem('before'), null);
});
