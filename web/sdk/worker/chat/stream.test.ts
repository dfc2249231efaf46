// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bytes } from '../../shared/bytes';
import { Counter } from '../counter';
import { Keyring } from '../keys/keyring';
import { Chat } from './chat';
import { ChatStream } from './stream';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

function stand() {
	const keys = new Keyring(new Counter());
	keys.handleSession(new Uint8Array(16));
	keys.handleEpoch(1, new Uint8Array(32).fill(1));
	const sent: { epoch: number; stream: number }[] = [];
	const chat = new Chat({ me: () => 1, nameOf: () => 'Ada' }, new Counter(), () => undefined);
	const own = { from: 1, deviceKey: new Uint8Array(32), nonce: new Uint8Array(16).fill(3) };
	let last = 10;
	const fake = { beforeSealer: () => undefined as void };
	const stream = new ChatStream(chat, {
		me: () => 1,
		open: async () => ++last,
		sealer: async (id) => {
			const made = await keys.sealer({ ...own, stream: id });
			fake.beforeSealer();
			return made;
		},
		sendFrame: (metadata: Bytes) => {
			const view = new DataView(metadata.buffer);
			return sent.push({ epoch: view.getUint8(3), stream: view.getUint32(12) }) > 0;
		},
		ping: () => undefined,
	});
	return { keys, chat, stream, sent, fake };
}

test('an epoch that comes while the chat stream is opened is switched to', async () => {
	const { keys, chat, stream, sent, fake } = stand();
	let switched: Promise<void> | undefined;
	fake.beforeSealer = () => {
		fake.beforeSealer = () => undefined;
		keys.handleEpoch(2, new Uint8Array(32).fill(2));
		switched = stream.handleEpoch();
	};
	await stream.handleReady();
	await switched;
	chat.compose('hello', 0, 1000);
	stream.flush();
	await settle();
	assert.deepEqual(sent, [{ epoch: 2, stream: 11 }]);
});

test('a link that is lost while the key is made loses no message', async () => {
	const { chat, stream, sent, fake } = stand();
	chat.compose('hello', 0, 1000);
	fake.beforeSealer = () => {
		fake.beforeSealer = () => undefined;
		stream.handleDown();
	};
	await stream.handleReady();
	await settle();
	assert.deepEqual(sent, [], 'the stream of the lost link is not used');
	await stream.handleReady();
	await settle();
	assert.deepEqual(sent, [{ epoch: 1, stream: 12 }]);
});
