// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ranked } from './rank';

/** As server/media/pack.c has them. */
const priority = (isTcp: boolean, at: number): number => 64 * 2 ** 24 + ((isTcp ? 511 : 1023) - at) * 256 + 255;
function line(isTcp: boolean, at: number, address: string, port: number): string {
	const [protocol, end] = isTcp ? ['tcp', ' tcptype passive'] : ['udp', ''];
	return `a=candidate:x 1 ${protocol} ${priority(isTcp, at)} ${address} ${port} typ host${end}`;
}
const FIRST = line(false, 0, '192.0.2.1', 8200);
const LAST = line(true, 66, '2001:db8::2', 80);
const sdp = (...lines: string[]): string => ['v=0', 'a=ice-ufrag:x', ...lines, 'a=end-of-candidates', ''].join('\r\n');
const priorities = (said: string): number[] =>
	[...said.matchAll(/^a=candidate:\S+ \d+ \S+ (\d+)/gm)].map((found) => Number(found[1]));

test('a call that was never restarted has the candidates as they are', () => {
	const said = sdp(FIRST, LAST);
	assert.equal(ranked(said, { count: 0, only: null }), said);
});

test('the worst of a restart ranks above the best before it, and below what TCP has in browsers', () => {
	for (const count of [1, 2, 999, 1000]) {
		const [, worst = 0] = priorities(ranked(sdp(FIRST, LAST), { count, only: null }));
		const [best = 0] = priorities(ranked(sdp(FIRST, LAST), { count: count - 1, only: null }));
		assert.ok(worst > best);
	}
	assert.ok(priorities(ranked(sdp(FIRST), { count: 5000, only: null }))[0]! < 90 * 2 ** 24);
});

test('at first what worked is tried, by UDP and TCP, and the other family', () => {
	const kept = [FIRST, line(true, 0, '192.0.2.1', 8200), line(false, 4, '2001:db8::1', 8200)];
	const left = [line(false, 1, '192.0.2.1', 443), line(false, 8, '10.0.0.1', 8200), LAST];
	const only = { address: '192.0.2.1', port: 8200 };
	assert.equal(ranked(sdp(...kept, ...left), { count: 0, only }), sdp(...kept));
});
