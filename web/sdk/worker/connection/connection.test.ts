// SPDX-License-Identifier: Apache-2.0
// The connection against a server that says things out of turn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ToClientSchema, ToServerSchema } from '../../gen/session_pb';
import { Counter } from '../counter';
import { Connection } from './connection';

class FakeSocket {
	static readonly OPEN = 1;
	static readonly all: FakeSocket[] = [];
	readonly readyState = 1;
	readonly bufferedAmount = 0;
	binaryType = '';
	readonly sent: Uint8Array[] = [];
	onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
	onclose: (() => void) | null = null;
	constructor() {
		FakeSocket.all.push(this);
	}
	send(bytes: Uint8Array): void {
		this.sent.push(bytes);
	}
	isClosed = false;
	close(): void {
		this.isClosed = true;
	}
	say(body: NonNullable<MessageInitShape<typeof ToClientSchema>['body']>): void {
		const bytes = toBinary(ToClientSchema, create(ToClientSchema, { body }));
		const whole = new Uint8Array([0, ...bytes]);
		this.onmessage?.({ data: whole.buffer });
	}
	cases(): (string | undefined)[] {
		return this.sent.map((bytes) => fromBinary(ToServerSchema, bytes.subarray(1)).body.case);
	}
}

const device = { publicKey: new Uint8Array(32), sign: async () => new Uint8Array(64) };
const challenge = { case: 'challenge', value: { nonce: new Uint8Array(32), version: 1 } } as const;
const welcome = (member: number) => ({ case: 'welcome', value: { member, bulkTicket: new Uint8Array(16) } }) as const;
/** The proof that answers a challenge is made by WebCrypto, elsewhere: until it is sent, at most 3 s. */
async function settle(socket = FakeSocket.all.at(-1)): Promise<void> {
	const end = Date.now() + 3000;
	do await new Promise((resolve) => setTimeout(resolve, 30));
	while (Date.now() < end && socket?.sent.length === 0);
}

function start(): { connection: Connection; counter: Counter; heard: string[]; socket(): FakeSocket } {
	(globalThis as { WebSocket: unknown }).WebSocket = FakeSocket;
	FakeSocket.all.length = 0;
	const counter = new Counter();
	const connection = new Connection('https://localhost', counter);
	const heard: string[] = [];
	connection.on('welcome', ({ member }) => heard.push(`welcome ${member}`));
	connection.on('waiting', () => heard.push('waiting'));
	connection.on('message', ({ case: name }) => heard.push(String(name)));
	connection.on('down', ({ attempt, nextTryAt }) => heard.push(`down ${attempt} ${nextTryAt > 0}`));
	connection.start({ token: 't', ticket: 'r', name: 'Ada', device, keepsMedia: () => true });
	return { connection, counter, heard, socket: () => FakeSocket.all[0] as FakeSocket };
}

test('a second Welcome, or one before the Hello, changes nothing', async () => {
	const { connection, counter, heard, socket } = start();
	socket().say(welcome(9));
	for (let n = 0; n < 3; n++) socket().say(challenge);
	await settle();
	socket().say(welcome(1));
	socket().say(welcome(2));
	socket().say({ case: 'waiting', value: {} });
	assert.deepEqual(heard, ['welcome 1']);
	assert.deepEqual(socket().cases(), ['hello'], 'one proof for each connection');
	assert.equal(FakeSocket.all.length, 2, 'one bulk connection');
	assert.equal(counter.all()['unexpected_message'], 5);
	connection.stop();
});

test('who waits in the lobby is told nothing of the session', async () => {
	const { connection, heard, socket } = start();
	socket().say(challenge);
	await settle();
	socket().say({ case: 'waiting', value: {} });
	socket().say({ case: 'state', value: { full: true } });
	socket().say({ case: 'epoch', value: { epoch: 1 } });
	socket().say({ case: 'lobbyText', value: { text: 'soon' } });
	socket().say(welcome(1));
	socket().say({ case: 'state', value: { full: true } });
	assert.deepEqual(heard, ['waiting', 'lobbyText', 'welcome 1', 'state']);
	connection.stop();
});

test('who is let in and thrown out at once waits longer each time', async () => {
	const { connection, heard, socket } = start();
	socket().say(challenge);
	await settle();
	socket().say(welcome(1));
	socket().onclose?.();
	connection.retryNow();
	const again = FakeSocket.all.at(-1) as FakeSocket;
	again.say(challenge);
	await settle();
	again.say(welcome(1));
	again.onclose?.();
	assert.deepEqual(heard.filter((line) => line.endsWith('true')), ['down 1 true', 'down 2 true']);
	connection.stop();
});

test('the pong of a ping of the link does not say that chat was taken', async () => {
	const { connection, socket } = start();
	socket().say(challenge);
	await settle();
	socket().say(welcome(1));
	connection.probe();
	const ping = fromBinary(ToServerSchema, (socket().sent.at(-1) as Uint8Array).subarray(1)).body;
	assert.deepEqual([ping.case, ping.case === 'ping' && ping.value.stamp], ['ping', 0n]);
	connection.stop();
});

test('sockets that were opened ahead are taken, with what they have heard', async () => {
	(globalThis as { WebSocket: unknown }).WebSocket = FakeSocket;
	FakeSocket.all.length = 0;
	const connection = new Connection('https://localhost', new Counter());
	connection.prepare();
	const [first, second] = FakeSocket.all as [FakeSocket, FakeSocket];
	first.say(challenge);
	second.say(challenge);
	connection.start({ token: 't', ticket: 'r', name: 'Ada', device, keepsMedia: () => false });
	await settle(first);
	first.say(welcome(1));
	await settle(second);
	assert.deepEqual([first.cases(), second.cases()], [['hello'], ['attach']]);
	assert.equal(FakeSocket.all.length, 2);
	connection.stop();
});

test('a socket that was opened ahead and closed is not taken', async () => {
	(globalThis as { WebSocket: unknown }).WebSocket = FakeSocket;
	FakeSocket.all.length = 0;
	const connection = new Connection('https://localhost', new Counter());
	connection.prepare();
	for (const socket of [...FakeSocket.all]) socket.onclose?.();
	connection.start({ token: 't', ticket: 'r', name: 'Ada', device, keepsMedia: () => false });
	assert.equal(FakeSocket.all.length, 3);
	connection.stop();
});

/** One who is in, and whose call has fallen silent. */
async function race(): Promise<ReturnType<typeof start> & { rival: FakeSocket }> {
	const started = start();
	started.socket().say(challenge);
	await settle();
	started.socket().say(welcome(1));
	started.connection.race();
	return { ...started, rival: FakeSocket.all.at(-1) as FakeSocket };
}

test('when nothing comes of the call a second connection is opened beside the first, and takes over if it is alive', async () => {
	const { connection, heard, socket, rival } = await race();
	assert.equal(connection.isUp, true, 'nothing is given up yet');
	rival.say(challenge);
	assert.deepEqual(await connection.request({ case: 'mediaJoin', value: {} }), { kind: 'lost' }, 'the call asks too early');
	await settle(rival);
	assert.deepEqual(rival.cases(), ['hello']);
	const hello = fromBinary(ToServerSchema, (rival.sent[0] as Uint8Array).subarray(1)).body;
	assert.ok(hello.case === 'hello' && hello.value.keepsMedia, 'the call goes on beside it');
	assert.equal(socket().isClosed, false, 'a goodbye would end the call');
	rival.say(welcome(1));
	assert.equal(socket().isClosed, true);
	socket().say({ case: 'state', value: { full: true } });
	assert.deepEqual(heard, ['welcome 1', 'down 1 false', 'welcome 1'], 'the first is not heard any more');
	connection.stop();
});

test('a first connection that answers makes the second one go', async () => {
	const { connection, heard, socket, rival } = await race();
	socket().say({ case: 'pong', value: { stamp: 0n } });
	rival.say(challenge);
	assert.deepEqual(rival.sent, []);
	assert.deepEqual(heard, ['welcome 1', 'pong']);
	connection.stop();
});
