// SPDX-License-Identifier: Apache-2.0
// The numbers are those of core/session/policy.h, and the answers those of the module.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { codecOf } from '../codec/wasm';
import { Act, ActorBit, OWN_STREAM, Policy, SessionBit, TargetBit } from './policy';

declare const __ROOT__: string;
const header = readFileSync(`${__ROOT__}/core/session/policy.h`, 'utf8');

function bitsOf(prefix: string): Record<string, number> {
	const found = header.matchAll(new RegExp(`${prefix}_([A-Z_]+) =\\s*1 << (\\d+)`, 'g'));
	return Object.fromEntries([...found].map(([, name, bit]) => [name, 1 << Number(bit)]));
}

test('numbers of acts and facts are those of the header', () => {
	const acts = [...header.matchAll(/X\(([A-Z_]+), "/g)].map(([, name]) => name);
	for (const [name, number] of Object.entries(Act)) assert.equal(acts.indexOf(name) + 1, number, name);
	for (const [bits, prefix] of [[ActorBit, 'TSR_ACTOR'], [TargetBit, 'TSR_TARGET'], [SessionBit, 'TSR_SESSION']] as const) {
		const known = bitsOf(prefix);
		for (const [name, bit] of Object.entries(bits)) assert.equal(known[name], bit, `${prefix}_${name}`);
	}
});

const wasm = process.env['TESSERA_WASM'];
test('the table answers', { skip: wasm ? false : 'TESSERA_WASM names no module' }, () => {
	const module = new WebAssembly.Module(readFileSync(wasm ?? ''));
	const policy = new Policy(codecOf(new WebAssembly.Instance(module, {})).policyCheck);
	const organizer = ActorBit.ORGANIZER | ActorBit.PRESENTER | ActorBit.MAY_SHARE;
	const attendee = ActorBit.ATTENDEE | ActorBit.MAY_CHAT_PUBLIC | ActorBit.MAY_SHARE;
	const chat = SessionBit.CHAT_PUBLIC;
	assert.ok(policy.sessionActions(organizer, chat).includes('end_session'));
	assert.ok(policy.sessionActions(organizer, chat).includes('share_screen'));
	assert.deepEqual(policy.sessionActions(attendee, chat), ['chat_public', 'raise_hand']);
	assert.deepEqual(policy.sessionActions(attendee, 0), ['raise_hand']);
	assert.ok(policy.sessionActions(attendee, chat | SessionBit.OPEN).includes('take_presenter'));
	assert.ok(policy.memberActions(organizer, TargetBit.WAITING, chat).includes('admit'));
	assert.ok(policy.memberActions(organizer, TargetBit.ATTENDEE, chat).includes('remove'));
	assert.deepEqual(policy.memberActions(attendee, TargetBit.ORGANIZER, chat), []);
	const screen = OWN_STREAM | TargetBit.SCREEN | TargetBit.ALL;
	assert.equal(policy.allows(Act.SEND_SCREEN, attendee, screen, chat), false);
	assert.equal(policy.allows(Act.SEND_SCREEN, organizer, screen, chat), true);
	assert.equal(policy.allows(Act.SEND_SCREEN, organizer, screen | TargetBit.PAUSED, chat), false);
});
