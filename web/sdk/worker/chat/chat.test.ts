// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../shared/bytes';
import type { ChatMessage } from '../../shared/types';
import { Counter } from '../counter';
import { Chat } from './chat';

function chat(): { chat: Chat; heard: ChatMessage[]; counter: Counter } {
	const heard: ChatMessage[] = [];
	const counter = new Counter();
	const peers = { me: () => 1, nameOf: (member: number) => `member ${member}` };
	return { chat: new Chat(peers, counter, (message) => heard.push(message)), heard, counter };
}

test('a message is sent when the server answered what went after it', () => {
	const { chat: mine, heard } = chat();
	mine.compose(' hello ', 0, 1000);
	assert.equal(mine.takeUnsent(5n).length, 1);
	assert.equal(mine.takeUnsent(6n).length, 0);
	mine.handlePong(4n);
	mine.handlePong(5n);
	assert.deepEqual(heard.map(({ text, state }) => [text, state]), [['hello', 'sending'], ['hello', 'sent']]);
});

test('what a broken link left open goes again, and is known by its time', () => {
	const [mine, theirs] = [chat(), chat()];
	mine.chat.compose('once', 0, 1000);
	const [first] = mine.chat.takeUnsent(1n);
	mine.chat.handleDown();
	const [again] = mine.chat.takeUnsent(2n);
	assert.ok(first && again);
	for (const { plain } of [first, again]) theirs.chat.handlePlain(plain, 2, 0);
	assert.deepEqual(theirs.heard.map((message) => message.text), ['once']);
	assert.deepEqual(theirs.counter.all(), { replayed: 1 });
});

test('two messages in one millisecond are two', () => {
	const { chat: mine, heard } = chat();
	mine.compose('a', 0, 1000);
	mine.compose('b', 0, 1000);
	assert.equal(new Set(heard.map((message) => message.id)).size, 2);
});

test('bounds and malformed texts', () => {
	const { chat: mine, heard, counter } = chat();
	assert.equal(mine.compose('   ', 0, 1), null);
	assert.equal(mine.compose('x'.repeat(4001), 0, 1), null);
	assert.equal(mine.compose('€'.repeat(1400), 0, 1), null, 'bytes count, not characters');
	for (const bad of ['', '{', '[]', 'null', '{"t":1,"at":1}', '{"t":"x"}', '{"t":"x","at":-1}', '{"t":"","at":1}']) {
		mine.handlePlain(utf8(bad), 2, 0);
	}
	mine.handlePlain(new Uint8Array([0x7b, 0xff]), 2, 0);
	assert.deepEqual([heard.length, counter.all()], [0, { malformed_chat: 9 }]);
});

test('private and public are told apart', () => {
	const { chat: mine, heard } = chat();
	mine.handlePlain(utf8('{"t":"x","at":1}'), 2, 0);
	mine.handlePlain(utf8('{"t":"x","at":1}'), 2, 1);
	const told = heard.map(({ to, fromName, mine: own }) => [to, fromName, own]);
	assert.deepEqual(told, [[0, 'member 2', false], [1, 'member 2', false]]);
});

test('what cannot be sent any more has failed', () => {
	const { chat: mine, heard } = chat();
	mine.compose('late', 3, 1);
	mine.fail();
	assert.deepEqual(heard.map(({ state, toName }) => [state, toName]), [['sending', 'member 3'], ['failed', 'member 3']]);
});

test('a time that no calendar has does not reach the page', () => {
	const { chat: mine, heard, counter } = chat();
	for (const at of [Number.MAX_SAFE_INTEGER, 8.64e15 + 1, -1]) mine.handlePlain(utf8(JSON.stringify({ t: 'x', at })), 2, 0);
	mine.handlePlain(utf8(JSON.stringify({ t: 'x', at: 8.64e15 })), 2, 0);
	assert.deepEqual([heard.length, counter.all()], [1, { malformed_chat: 3 }]);
});
