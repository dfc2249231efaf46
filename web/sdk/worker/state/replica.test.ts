// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Path, Role, StateSchema, StreamClass } from '../../gen/session_pb';
import { Counter } from '../counter';
import { Replica } from './replica';

const state = (init: MessageInitShape<typeof StateSchema>): ReturnType<typeof create<typeof StateSchema>> =>
	create(StateSchema, init);
const ada = { id: 1, name: 'Ada', role: Role.ORGANIZER, presenter: true, joinedMs: 10n };
const bob = { id: 2, name: 'Bob', role: Role.ATTENDEE, joinedMs: 20n };
const screen = { id: 7, from: 1, streamClass: StreamClass.STREAM_SCREEN };
const settings = { organizer: 1, presenter: 1 };

test('a full state, then deltas', () => {
	const replica = new Replica(new Counter());
	replica.me = 2;
	const first = replica.apply(state({ stateSeq: 5n, full: true, members: [bob, ada], streams: [screen], settings }));
	assert.deepEqual(first.streamsNew.map((stream) => stream.id), [7]);
	assert.deepEqual(replica.roster().inside.map((member) => member.name), ['Ada', 'Bob']);

	const paused = replica.apply(state({ stateSeq: 6n, streams: [{ ...screen, paused: 1 }] }));
	assert.deepEqual([paused.streamsNew.length, paused.streamsChanged.length], [0, 1]);

	const gone = replica.apply(state({ stateSeq: 7n, membersGone: [1], streamsGone: [7], settings: { organizer: 2 } }));
	assert.deepEqual(gone.streamsGone.map((stream) => stream.id), [7]);
	assert.equal(replica.members.has(1), false);
	assert.equal(replica.nameOf(1), 'Ada', 'who is gone keeps a name');
	assert.equal(replica.findStream(7)?.from, 1, 'late frames of a closed stream can be read');
	assert.equal(replica.settings?.organizer, 2);
	assert.equal(replica.gaps, 0);
});

test('a full state in parts', () => {
	const replica = new Replica(new Counter());
	replica.apply(state({ stateSeq: 5n, full: true, members: [ada], settings }));
	replica.apply(state({ stateSeq: 5n, members: [bob] }));
	replica.apply(state({ stateSeq: 6n, members: [{ ...bob, hand: 1 }] }));
	assert.deepEqual([replica.members.size, replica.members.get(2)?.hand, replica.gaps], [2, 1, 0]);
});

test('a full state replaces everything, and keeps the streams that stayed', () => {
	const replica = new Replica(new Counter());
	replica.apply(state({ stateSeq: 1n, full: true, members: [ada, bob], streams: [screen, { ...screen, id: 8 }], settings }));
	const again = replica.apply(state({ stateSeq: 9n, full: true, members: [ada], streams: [screen], settings }));
	assert.deepEqual(again.streamsGone.map((stream) => stream.id), [8]);
	assert.deepEqual(again.streamsNew, []);
	assert.deepEqual([...replica.members.keys()], [1]);
	assert.deepEqual(again.membersGone, [2]);
});

test('a gap is noticed', () => {
	const replica = new Replica(new Counter());
	replica.apply(state({ stateSeq: 1n, full: true, members: [ada], settings }));
	replica.apply(state({ stateSeq: 3n, members: [bob] }));
	assert.equal(replica.gaps, 1);
});

test('waiters apart, the absent marked', () => {
	const replica = new Replica(new Counter());
	const waiter = { id: 3, name: 'Eve', role: Role.WAITING };
	replica.apply(state({ stateSeq: 1n, full: true, members: [ada, waiter, { ...bob, path: Path.AWAY }], settings }));
	assert.deepEqual(replica.roster().waiting.map((member) => member.id), [3]);
	assert.equal(replica.isAway(2), true);
	assert.equal(replica.isAway(1), false);
});

test('a state without end is bounded', () => {
	const counter = new Counter();
	const replica = new Replica(counter);
	for (let n = 0; n < 30; n++) {
		const ids = Array.from({ length: 1000 }, (_, at) => 1000 * n + at + 1);
		const members = ids.map((id) => ({ id, name: `n${id}` }));
		replica.apply(state({ stateSeq: BigInt(n), members, streams: ids.map((id) => ({ id, from: 1 })) }));
	}
	assert.equal(replica.members.size, 2200);
	assert.equal(replica.streams.size, 8800);
	assert.ok((counter.all()['overflow'] ?? 0) > 40_000);
	replica.apply(state({ stateSeq: 31n, members: [{ id: 5, name: 'still follows' }] }));
	assert.equal(replica.nameOf(5), 'still follows');
});

test('a name cannot turn the direction of text, break the line or go on for ever', () => {
	const replica = new Replica(new Counter());
	const members = [{ id: 1, name: 'A\u202ebc\u2066\n\u0000d' }, { id: 2, name: 'x'.repeat(1e6) }];
	replica.apply(state({ stateSeq: 1n, members }));
	assert.equal(replica.nameOf(1), 'Abcd');
	assert.equal(replica.nameOf(2).length, 64);
});
