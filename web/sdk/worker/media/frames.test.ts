// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bytes } from '../../shared/bytes';
import type { MediaCodec, TransformOptions } from '../../shared/media';
import { Counter } from '../counter';
import { Keyring } from '../keys/keyring';
import { clearLen, parseSealed } from './frames';
import { Transforms } from './transforms';
import type { EncodedFrame } from './transforms';

const uid = new Uint8Array(16).fill(7);
const instance = { from: 3, deviceKey: new Uint8Array(32).fill(9), stream: 12, nonce: new Uint8Array(16).fill(1) };
const bytes = (...all: readonly number[]): Bytes => new Uint8Array(all);
const frameOf = (length: number, first: number): Bytes => new Uint8Array(length).map((_, at) => (at === 0 ? first : at & 0xff));

/** One end: keys of the epochs given, and the pipes of one worker. */
function end(epochs: readonly number[]): { counter: Counter; keys: Keyring; transforms: Transforms } {
	const counter = new Counter();
	const keys = new Keyring(counter);
	keys.handleSession(uid);
	for (const epoch of epochs) keys.handleEpoch(epoch, new Uint8Array(32).fill(epoch));
	const transforms = new Transforms({
		sealer: () => keys.sealer(instance),
		epoch: () => keys.epoch,
		open: (_, { epoch, object }, metadata) => keys.open({ header: { epoch }, object, metadata }, instance, 'windowed'),
	}, counter);
	return { counter, keys, transforms };
}

/** Puts frames through one pipe, one after the other, and returns what comes out. */
async function through(transforms: Transforms, options: TransformOptions, frames: readonly Bytes[]): Promise<Bytes[]> {
	const out: Bytes[] = [];
	const pipe = transforms.run({
		options,
		readable: new ReadableStream<EncodedFrame>({
			start(controller) {
				for (const frame of frames) controller.enqueue({ data: frame.slice().buffer });
				controller.close();
			},
		}),
		writable: new WritableStream<EncodedFrame>({ write: ({ data }) => void out.push(new Uint8Array(data)) }),
	});
	await pipe;
	return out;
}

const seal = (codec: MediaCodec, token = 1): TransformOptions => ({ do: 'seal', token, codec });
const open = (codec: MediaCodec): TransformOptions => ({ do: 'open', stream: 12, codec });

test('what stays clear is fixed by codec', () => {
	assert.equal(clearLen('opus', frameOf(80, 0x78)), 1);
	assert.equal(clearLen('vp8', frameOf(900, 0x10)), 10, 'a key frame');
	assert.equal(clearLen('vp8', frameOf(900, 0x11)), 3, 'another');
	assert.equal(clearLen('vp9', frameOf(900, 0x82)), 0);
});

for (const [codec, first] of [['opus', 0x78], ['vp8', 0x10], ['vp8', 0x11], ['vp9', 0x82]] as const) {
	test(`${codec} ${first & 1 ? 'delta' : ''} comes out as it went in, and unreadable in between`, async () => {
		const [a, b] = [end([5]), end([5])];
		a.transforms.bind(1, 12);
		const header = clearLen(codec, bytes(first));
		const frames = [1200, 12, Math.max(1, header)].map((length) => frameOf(length, first));
		const headless = frameOf(Math.max(0, header - 1), first);
		const sealed = await through(a.transforms, seal(codec), [...frames, headless]);
		assert.equal(sealed.length, codec === 'vp9' ? 4 : 3, 'who has no header is no frame');
		const [whole] = sealed;
		assert.ok(whole);
		assert.deepEqual(whole.slice(0, header), frames[0]?.slice(0, header));
		assert.equal(Buffer.from(whole).indexOf(Buffer.from(frames[0]?.slice(header, header + 32) ?? [])), -1);
		assert.deepEqual((await through(b.transforms, open(codec), sealed)).slice(0, 3), frames);
		assert.deepEqual(b.counter.all(), {});
	});
}

test('nothing leaves before the stream is open, or without a key', async () => {
	const { transforms } = end([5]);
	assert.deepEqual(await through(transforms, seal('opus'), [frameOf(80, 0x78)]), []);
	const none = end([]);
	none.transforms.bind(1, 12);
	assert.deepEqual(await through(none.transforms, seal('opus'), [frameOf(80, 0x78)]), []);
});

test('who lacks the key gets nothing; short, cut and changed frames are dropped', async () => {
	const [a, stranger, b] = [end([5]), end([6]), end([5])];
	a.transforms.bind(1, 12);
	const sealed = await through(a.transforms, seal('vp8'), [frameOf(300, 0x10)]);
	assert.deepEqual(await through(stranger.transforms, open('vp8'), sealed), []);
	const [whole] = sealed;
	assert.ok(whole);
	const changed = [0, 9, 10, 200, whole.length - 2].map((at) => whole.map((byte, n) => (n === at ? byte ^ 0x40 : byte)));
	const cut = [0, 1, 9, 27, 28, whole.length - 1].map((length) => whole.slice(0, length));
	assert.deepEqual(await through(b.transforms, open('vp8'), [...changed, ...cut]), []);
	assert.deepEqual(await through(b.transforms, open('vp8'), [whole, whole]), [frameOf(300, 0x10)], 'once, not twice');
	assert.equal(b.counter.all()['replayed'], 1);
	assert.equal(parseSealed('vp9', bytes(1, 2, 3)), null);
});

test('frames that overtake each other are heard, each once', async () => {
	const [a, b] = [end([5]), end([5])];
	a.transforms.bind(1, 12);
	const frames = Array.from({ length: 40 }, (_, at) => frameOf(30 + at, 0x78));
	const sealed = await through(a.transforms, seal('opus'), frames);
	const shuffled = sealed.map((_, at) => sealed[at ^ 3] ?? bytes());
	assert.equal((await through(b.transforms, open('opus'), shuffled)).length, 40);
	assert.deepEqual(await through(b.transforms, open('opus'), shuffled), []);
	assert.equal(b.counter.all()['replayed'], 40);
});

test('a new epoch is used at once, and the one before still heard', async () => {
	const [a, b] = [end([5]), end([5, 6])];
	a.transforms.bind(1, 12);
	const before = await through(a.transforms, seal('opus'), [frameOf(40, 0x78)]);
	a.keys.handleEpoch(6, new Uint8Array(32).fill(6));
	const after = await through(a.transforms, seal('opus'), [frameOf(41, 0x78)]);
	assert.equal(after[0]?.at(-1), 6);
	assert.equal((await through(b.transforms, open('opus'), [...before, ...after])).length, 2);
	assert.equal(new Set(a.keys.uses.map((use) => use.keyHash)).size, 2);
});
