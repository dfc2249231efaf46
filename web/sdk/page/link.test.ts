// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberOf, parseFragment, publicLink, readLink, secretsFor } from './link';

const SECRET = 'EBW72ahX81YWrhOOoeTHrIZ8-2eUYKwyH_zkom2NO8k';
const PIN = 'FUq0lCmhF3jTM63gcZtz8g';
const N = '418205937';

test('the path names the session', () => {
	assert.equal(numberOf('/j/418205937'), N);
	assert.equal(numberOf('/j/418205937/'), N);
	for (const bad of ['/', '/j/41820593', '/j/4182059370', '/j/41820593a', '/x/418205937', '/j/418205937/x']) {
		assert.equal(numberOf(bad), null, bad);
	}
});

test('fragments', () => {
	const attendee = parseFragment(N, `0.${SECRET}.${PIN}`);
	assert.deepEqual([attendee.kind, attendee.keys, attendee.broken, attendee.secret.length, attendee.pin.length],
		['attendee', 'service', false, 32, 16]);
	const organizer = parseFragment(N, `0o.${SECRET}`);
	assert.deepEqual([organizer.kind, organizer.keys, organizer.broken], ['organizer', 'service', false]);
	assert.equal(parseFragment(N, `1.${SECRET}.${PIN}`).keys, 'end_to_end');
	assert.equal(parseFragment(N, '').kind, 'number');
	const broken = [
		`2.${SECRET}.${PIN}`, `0.${SECRET}`, `0o.${SECRET}.${PIN}`, `0.${SECRET.slice(1)}.${PIN}`, `0.${SECRET}.${PIN}.x`,
		`0.${SECRET}.${PIN.slice(0, -1)}`, `0x.${SECRET}`, 'x', '0.', '.', `0.${SECRET}=.${PIN}`, `00.${SECRET}.${PIN}`,
	];
	for (const text of broken) assert.deepEqual(publicLink(parseFragment(N, text)), { kind: 'broken', number: N }, text);
});

function browser(hash: string, stored: Record<string, string> = {}): {
	location: { pathname: string; search: string; hash: string };
	storage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
	history: { state: null; replaceState(state: unknown, title: string, url?: string): void };
	shown: () => string | null;
} {
	let shown: string | null = null;
	return {
		location: { pathname: `/j/${N}`, search: '?lang=de', hash },
		storage: {
			getItem: (key) => stored[key] ?? null,
			setItem: (key, value) => void (stored[key] = value),
		},
		history: { state: null, replaceState: (_state, _title, url) => void (shown = String(url)) },
		shown: () => shown,
	};
}

test('the fragment leaves the address bar and survives a reload', () => {
	const stored = {};
	const first = browser(`#0.${SECRET}.${PIN}`, stored);
	assert.equal(readLink(first.location, first.storage, first.history)?.kind, 'attendee');
	assert.equal(first.shown(), `/j/${N}?lang=de`);
	const again = browser('', stored);
	assert.equal(readLink(again.location, again.storage, again.history)?.kind, 'attendee');
	assert.equal(again.shown(), null);
});

test('a broken fragment is not kept', () => {
	const stored = {};
	const { location, storage, history, shown } = browser('#0.cut', stored);
	assert.equal(readLink(location, storage, history)?.broken, true);
	assert.equal(shown(), `/j/${N}?lang=de`);
	assert.deepEqual(stored, {});
});

test('secrets go to their own number only', () => {
	const link = parseFragment(N, `0o.${SECRET}`);
	assert.equal(secretsFor(link, undefined)?.kind, 'organizer');
	assert.equal(secretsFor(link, N)?.kind, 'organizer');
	const other = secretsFor(link, '123 456-789');
	assert.deepEqual([other?.number, other?.kind, other?.secret.length], ['123456789', 'number', 0]);
	assert.equal(secretsFor(null, '12345678'), null);
	assert.equal(secretsFor(null, undefined), null);
});
