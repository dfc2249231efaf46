// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { PauseMode, StreamClass, StreamSchema } from '../../gen/session_pb';
import type { Stream } from '../../gen/session_pb';
import type { Bytes } from '../../shared/bytes';
import type { Screen } from '../../shared/types';
import type { Codec, ViewEngine } from '../codec/codec';
import { Counter } from '../counter';
import type { ClientBody, DataFrame } from '../wire/message';
import { Viewer } from './viewer';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** In sync after one readable frame; asks once. */
function engine(log: string[]): ViewEngine {
	let bytes = 0;
	let isInSync = false;
	return {
		handleFrame: (_metadata, unit, size) => {
			bytes += size;
			isInSync = unit.length > 0;
			return isInSync;
		},
		handleUnreadable: (size) => void (bytes += size),
		pollDirty: () => null,
		pollPreview: () => null,
		preview: () => null,
		previewShown: () => null,
		rgba: () => null,
		pollAck: () => ({ picture: 0, bytes }),
		pollRefresh: () => 'no',
		isInSync: () => isInSync,
		picture: () => (isInSync ? 1 : 0),
		digest: () => '',
		bytes: () => bytes,
		erase: () => {
			isInSync = false;
			log.push('erase');
		},
		destroy: () => void log.push('destroy'),
	};
}

function stand() {
	const log: string[] = [];
	const counter = new Counter();
	let screens: readonly Screen[] = [];
	let presenter = 2;
	const decrypted: number[] = [];
	const reads = { readable: true, hangs: false };
	const acks: bigint[] = [];
	const sent: ClientBody[] = [];
	const back: string[] = [];
	const codec = { createView: () => engine(log) } as unknown as Codec;
	const viewer = new Viewer(codec, {
		me: () => 1,
		nameOf: (member) => `member ${member}`,
		isAway: () => false,
		isHere: () => true,
		isPresenter: (member) => member === presenter,
		decrypt: (frame) => {
			decrypted.push(frame.size);
			if (reads.hangs) return new Promise<Bytes | null>(() => undefined);
			return Promise.resolve(reads.readable ? new Uint8Array(1) : null);
		},
		send: (body) => void sent.push(body),
		returning: (id, on) => void back.push(`${id} ${on ? 'on' : 'off'}`),
		returned: (id, picture) => void back.push(`${id} ${picture}`),
		ack: (body) => void (body.case === 'streamAck' && acks.push(BigInt(body.value.bytes ?? 0))),
	}, counter, (now) => (screens = now));
	viewer.handleLink(true);
	viewer.handleBulk(true);
	const stream = (id: number, from: number): Stream =>
		create(StreamSchema, { id, from, streamClass: StreamClass.STREAM_SCREEN, format: 1, width: 10, height: 10 });
	const frame = (id: number, from: number, size = 100): void => {
		const parts = { metadata: new Uint8Array(36), object: new Uint8Array(0), size };
		viewer.handleFrame({ header: { stream: id, from }, ...parts } as unknown as DataFrame);
	};
	return {
		viewer, counter, log, reads, decrypted, acks, sent, back, stream, frame,
		screens: () => screens,
		setPresenter: (member: number) => {
			presenter = member;
			viewer.handleRoster();
		},
	};
}

test('who is not the presenter has no screen, and loses it with his place', async () => {
	const room = stand();
	room.viewer.handleStreamNew(room.stream(7, 3));
	room.frame(7, 3);
	await settle();
	assert.deepEqual([room.screens(), room.decrypted], [[], []]);
	room.setPresenter(3);
	room.frame(7, 3);
	await settle();
	assert.equal(room.screens()[0]?.state, 'live');
	room.setPresenter(2);
	assert.deepEqual(room.screens(), []);
	assert.deepEqual(room.log, ['erase', 'destroy'], 'the picture is erased');
	room.viewer.stop();
});

test('what was being read when a blank pause came is erased as well', async () => {
	const room = stand();
	room.viewer.handleStreamNew(room.stream(7, 2));
	room.frame(7, 2);
	room.viewer.handleStreamChanged({ ...room.stream(7, 2), paused: PauseMode.PAUSE_BLANK });
	await settle();
	assert.deepEqual([room.decrypted, room.acks], [[100], [100n]], 'it was read');
	assert.deepEqual([room.log, room.screens()[0]?.state], [['erase', 'erase'], 'catching_up']);
	room.viewer.stop();
});

/** As much of a canvas as a painter touches. */
const canvas = (): OffscreenCanvas => ({ width: 0, height: 0, getContext: () => null }) as unknown as OffscreenCanvas;

test('my own screen comes back only while it is looked at', async () => {
	const room = stand();
	room.setPresenter(1);
	room.viewer.handleStreamNew(room.stream(7, 1));
	const key = room.screens()[0]?.key;
	assert.ok(key);
	assert.deepEqual([room.screens()[0]?.state, room.sent, room.back], ['live', [], []], 'nothing is asked for');
	room.viewer.attachCanvas(key, canvas());
	const asks = (on: boolean): unknown => ({ case: 'streamSubscribe', value: { stream: 7, on } });
	assert.deepEqual([room.sent, room.back], [[asks(true)], ['7 on']]);
	assert.equal(room.viewer.isReturning(7), true);
	room.frame(7, 1);
	await settle();
	assert.deepEqual(room.back, ['7 on', '7 1']);
	assert.deepEqual([room.screens()[0]?.state, room.acks], ['live', [100n]], 'it is acknowledged like any other');
	room.viewer.detachCanvas(key);
	assert.deepEqual([room.sent, room.back.at(-1)], [[asks(true), asks(false)], '7 off']);
	room.viewer.handleBulk(false);
	room.viewer.handleBulk(true);
	assert.equal(room.sent.length, 2, 'a new connection does not bring it back');
	room.viewer.attachCanvas(key, canvas());
	assert.deepEqual(room.sent.at(-1), asks(true));
	room.viewer.stop();
});

test('a picture that cannot be read is told apart from one that is late', async () => {
	const room = stand();
	room.viewer.handleStreamNew(room.stream(7, 2));
	assert.equal(room.screens()[0]?.state, 'opening');
	room.reads.readable = false;
	room.frame(7, 2);
	await settle();
	assert.equal(room.screens()[0]?.state, 'opening', 'it is asked for first');
	room.frame(7, 2);
	await settle();
	assert.equal(room.screens()[0]?.state, 'unreadable');
	room.reads.readable = true;
	room.frame(7, 2);
	await settle();
	assert.equal(room.screens()[0]?.state, 'live');
	room.viewer.stop();
});

test('a new screen never has the key of one that was there, whose canvas is another', () => {
	const room = stand();
	room.viewer.handleStreamNew(room.stream(7, 2));
	const [first] = room.screens();
	room.viewer.clear();
	room.viewer.handleStreamNew(room.stream(8, 2));
	assert.notEqual(room.screens()[0]?.key, first?.key);
	room.viewer.stop();
});

test('a server that does not wait for acknowledgements fills no memory', async () => {
	const room = stand();
	room.viewer.handleStreamNew(room.stream(7, 2));
	room.reads.hangs = true;
	for (let n = 0; n < 100; n++) room.frame(7, 2, 1024 * 1024);
	await settle();
	assert.ok(room.decrypted.length <= 17, `${room.decrypted.length} frames in hand`);
	assert.ok((room.counter.all()['overflow'] ?? 0) >= 80);
	room.viewer.stop();
});

test('screens without end are a few', () => {
	const room = stand();
	for (let id = 1; id < 5000; id++) room.viewer.handleStreamNew(room.stream(id, 2));
	assert.equal(room.screens().length, 8);
	room.viewer.stop();
});
