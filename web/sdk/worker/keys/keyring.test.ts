// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../shared/bytes';
import { Counter } from '../counter';
import { FrameClass, parseFrame, writeHeader } from '../wire/frame';
import type { DataFrame } from '../wire/message';
import { Keyring } from './keyring';
import type { Sealer } from './sframe';

const uid = new Uint8Array(16).fill(7);
const instance = { from: 3, deviceKey: new Uint8Array(32).fill(9), stream: 12, nonce: new Uint8Array(16).fill(1) };
const seed = (fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(fill);

function ring(): { keys: Keyring; counter: Counter } {
	const counter = new Counter();
	const keys = new Keyring(counter);
	keys.handleSession(uid);
	return { keys, counter };
}

async function frameOf({ epoch, sealer }: { epoch: number; sealer: Sealer }, text: string): Promise<DataFrame> {
	const { metadata, object } = await sealer.seal(utf8(text), (length) => writeHeader({
		frameClass: FrameClass.CHAT, flags: 0, epoch, from: 3, to: 0, stream: 12, picture: 1, base: 0, cells: 0n, length,
	}));
	const parsed = parseFrame(new Uint8Array([...metadata, ...object]));
	assert.ok(parsed);
	return { ...parsed, size: metadata.length + object.length };
}

test('what one seals the other opens, once', async () => {
	const [a, b] = [ring(), ring()];
	a.keys.handleEpoch(5, seed(1));
	b.keys.handleEpoch(5, seed(1));
	const sealing = await a.keys.sealer(instance);
	assert.ok(sealing);
	const frame = await frameOf(sealing, 'hello');
	assert.deepEqual(await b.keys.open(frame, instance, 'ordered'), utf8('hello'));
	assert.equal(await b.keys.open(frame, instance, 'ordered'), null);
	assert.deepEqual(b.counter.all(), { replayed: 1 });
	assert.deepEqual(await b.keys.open(frame, instance, 'stateful'), utf8('hello'));
});

test('an older counter is refused where order is the rule', async () => {
	const { keys, counter } = ring();
	keys.handleEpoch(5, seed(1));
	const sealing = await keys.sealer(instance);
	assert.ok(sealing);
	const [first, second] = [await frameOf(sealing, '1'), await frameOf(sealing, '2')];
	assert.ok(await keys.open(second, instance, 'ordered'));
	assert.equal(await keys.open(first, instance, 'ordered'), null);
	assert.deepEqual(counter.all(), { replayed: 1 });
});

test('the last two epochs are kept, the seed is wiped', async () => {
	const { keys, counter } = ring();
	const sealings = [];
	for (const epoch of [5, 6, 7]) {
		const given = seed(epoch);
		assert.equal(keys.handleEpoch(epoch, given), true);
		assert.deepEqual(given, seed(0));
		sealings.push(await keys.sealer(instance));
	}
	const texts = [];
	for (const sealing of sealings) {
		assert.ok(sealing);
		const plain = await keys.open(await frameOf(sealing, String(sealing.epoch)), instance, 'ordered');
		texts.push(plain && new TextDecoder().decode(plain));
	}
	assert.deepEqual(texts, [null, '6', '7']);
	assert.deepEqual(counter.all(), { unknown_epoch: 1 });
	assert.equal(keys.handleEpoch(6, seed(1)), false, 'no way back');
});

test('a frame may overtake its epoch', async () => {
	const [a, b] = [ring(), ring()];
	for (const { keys } of [a, b]) keys.handleEpoch(255, seed(1));
	a.keys.handleEpoch(256, seed(2));
	const sealing = await a.keys.sealer(instance);
	assert.ok(sealing);
	const opening = b.keys.open(await frameOf(sealing, 'early'), instance, 'ordered');
	b.keys.handleEpoch(256, seed(2));
	assert.deepEqual(await opening, utf8('early'));
});

test('no key and counter twice: every use is listed, by hash', async () => {
	const { keys } = ring();
	keys.handleEpoch(1, seed(1));
	const other = { ...instance, nonce: new Uint8Array(16).fill(2) };
	for (const each of [instance, other]) {
		const sealing = await keys.sealer(each);
		assert.ok(sealing);
		await frameOf(sealing, 'x');
		await frameOf(sealing, 'y');
	}
	assert.equal(new Set(keys.uses.map((use) => use.keyHash)).size, 2);
	assert.deepEqual(keys.uses.map(({ first, last }) => [first, last]), [[0, 1], [0, 1]]);
});

test('no seed, no key', async () => {
	const { keys, counter } = ring();
	assert.equal(keys.handleEpoch(1, new Uint8Array(0)), false);
	assert.equal(keys.handleEpoch(0, seed(1)), false);
	assert.equal(await keys.sealer(instance), null);
	assert.deepEqual(counter.all(), { bad_seed: 2 });
});

test('a stream id that is given twice does not give one key two counters', async () => {
	const { keys } = ring();
	keys.handleEpoch(5, seed(1));
	const [one, other] = await Promise.all([keys.sealer(instance), keys.sealer(instance)]);
	assert.ok(one && other);
	assert.equal(one.sealer, other.sealer);
	keys.handleEpoch(6, seed(2));
	assert.notEqual((await keys.sealer(instance))?.sealer, one.sealer, 'each epoch has its own');
	assert.equal(new Set(keys.uses.map((use) => use.keyHash)).size, keys.uses.length);
});

test('frames whose decryption ends out of turn are no replays', async () => {
	const { keys, counter } = ring();
	keys.handleEpoch(5, seed(1));
	const sealing = await keys.sealer(instance);
	assert.ok(sealing);
	const frames = [];
	for (let n = 0; n < 200; n++) frames.push(await frameOf(sealing, 'x'.repeat(n % 2 ? 1 : 12_000)));
	const turns: number[] = [];
	const opened = await Promise.all(frames.map(async (frame, n) => {
		const plain = await keys.open(frame, instance, 'ordered');
		turns.push(n);
		return plain !== null;
	}));
	assert.ok(opened.every(Boolean));
	assert.deepEqual(turns, [...turns].sort((a, b) => a - b), 'they come out as they came in');
	assert.deepEqual(counter.all(), {});
});

test('an epoch that goes while a key is made leaves no key of zeros', async () => {
	const [a, b] = [ring(), ring()];
	for (const { keys } of [a, b]) keys.handleEpoch(5, seed(1));
	const making = a.keys.sealer(instance);
	a.keys.forget();
	const [late, right] = await Promise.all([making, b.keys.sealer(instance)]);
	assert.ok(late && right);
	assert.equal(late.sealer.use.keyHash, right.sealer.use.keyHash);
});
