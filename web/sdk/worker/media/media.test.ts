// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { Grade, Path, QualitiesSchema, Role, StateSchema, StreamClass } from '../../gen/session_pb';
import type { MediaPeople } from '../../shared/types';
import { Counter } from '../counter';
import { Replica } from '../state/replica';
import { Media } from './media';

function room(): { media: Media; told: () => MediaPeople } {
	const replica = new Replica(new Counter());
	replica.apply(create(StateSchema, {
		stateSeq: 1n, full: true,
		members: [{ id: 1, name: 'Ada', role: Role.ORGANIZER }, { id: 2, name: 'Bob', role: Role.ATTENDEE }],
		streams: [
			{ id: 7, from: 1, streamClass: StreamClass.STREAM_AUDIO }, { id: 8, from: 1, streamClass: StreamClass.STREAM_VIDEO },
		],
	}));
	let last: MediaPeople | null = null;
	const media = new Media(replica, {
		request: async () => ({ kind: 'lost' }),
		open: async () => ({ stream: 0, result: { kind: 'lost' } }),
		bind: () => undefined,
		isUp: () => true,
		canPlay: false,
		mayOpen: () => true,
		room: () => undefined,
		people: (people) => (last = people),
		gone: () => undefined,
	});
	return { media, told: () => last ?? assert.fail('nothing was told') };
}

test('lines of members and the layer of a camera are told, of those who are here', () => {
	const { media, told } = room();
	media.handleQualities(create(QualitiesSchema, {
		members: [{ member: 1, grade: Grade.GOOD, path: Path.UDP, lossUp: 12 }, { member: 99, grade: Grade.POOR }],
	}));
	media.handleQualities(create(QualitiesSchema, {
		layers: [{ stream: 7, on: true, kbitS: 30 }, { stream: 8, on: true, spatial: 1, kbitS: 480 }, { stream: 99, on: true }],
	}));
	assert.deepEqual(told().qualities.map(({ member, grade, lossUp }) => [member, grade, lossUp]), [[1, 'good', 1.2]]);
	assert.deepEqual(told().layers, [{ member: 1, on: true, spatial: 1, kbit: 480 }]);
	media.handleGone(0);
	assert.deepEqual([told().qualities, told().layers], [[], []]);
});

test('who comes asks for everything at once, before the page does', async () => {
	const replica = new Replica(new Counter());
	replica.me = 2;
	replica.apply(create(StateSchema, {
		stateSeq: 1n, full: true,
		members: [{ id: 1, name: 'Ada', role: Role.ORGANIZER }, { id: 2, name: 'Bob', role: Role.ATTENDEE }],
		streams: [
			{ id: 7, from: 1, streamClass: StreamClass.STREAM_AUDIO }, { id: 8, from: 1, streamClass: StreamClass.STREAM_VIDEO },
			{ id: 9, from: 2, streamClass: StreamClass.STREAM_AUDIO },
		],
	}));
	const asked: (string | undefined)[] = [];
	const media = new Media(replica, {
		request: async (body) => {
			asked.push(body.case);
			return { kind: 'lost' };
		},
		open: async () => ({ stream: 0, result: { kind: 'lost' } }),
		bind: () => undefined,
		isUp: () => true,
		canPlay: true,
		mayOpen: () => true,
		room: () => undefined,
		people: () => undefined,
		gone: () => undefined,
	});
	media.handleState();
	assert.deepEqual(asked, ['mediaJoin', 'streamSubscribe', 'streamSubscribe', 'consumerWants'], 'not my own');
	const calls = [media.join(), media.subscribe(7, true), media.subscribe(8, true)];
	assert.equal(asked.length, 4, 'what the page asks for is on its way');
	await Promise.all(calls);
	await media.join();
	assert.equal(asked.length, 5, 'and is given out once');
	media.handleState();
	assert.equal(asked.length, 5, 'only who comes asks ahead');
});
