// SPDX-License-Identifier: Apache-2.0
// A share and a viewer in one process, by the real codec: what is captured is what is shown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Bytes } from '../../shared/bytes';
import type { PauseMode, ShareEnd, ShareKey } from '../../shared/types';
import type { Codec, ViewEngine } from '../codec/codec';
import { codecOf } from '../codec/wasm';
import { Counter } from '../counter';
import { Keyring } from '../keys/keyring';
import type { StreamInstance } from '../keys/schedule';
import { parseFrame } from '../wire/frame';
import { pictureLen, shapeOf } from './capture';
import { pictureDigest } from './digest';
import { Share } from './share';

const wasm = process.env['TESSERA_WASM'];
const options = { skip: wasm ? false : 'TESSERA_WASM names no module', timeout: 20_000 };
const WIDTH = 701; // odd: half a sample of chroma at the border
const HEIGHT = 523;

function loadCodec(): Codec {
	return codecOf(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm ?? '')), {}));
}

/** TSR_SHARE_CREDIT: so much may be under way, and one picture more. */
const CREDIT = 128 * 1024;

/** As much of a VideoFrame as the share touches. */
class FakeFrame {
	readonly visibleRect;
	readonly colorSpace = { toJSON: () => ({}) };
	isOpen = true;
	constructor(
		readonly format: string,
		readonly planes: Uint8Array,
		readonly width = WIDTH,
		readonly height = HEIGHT,
	) {
		this.visibleRect = { x: 0, y: 0, width, height };
	}
	close(): void {
		this.isOpen = false;
	}
	allocationSize(): number {
		return this.planes.length;
	}
	async copyTo(out: Uint8Array): Promise<void> {
		await Promise.resolve();
		out.set(this.planes);
	}
}

function i420(seed: number, width = WIDTH, height = HEIGHT): FakeFrame {
	const planes = new Uint8Array(pictureLen({ format: 2, width, height }));
	for (let at = 0; at < planes.length; at++) planes[at] = ((at >> 5) * seed + (at % 97 < 11 ? at : 0)) & 255;
	return new FakeFrame('I420', planes, width, height);
}

function noise(): FakeFrame {
	const planes = new Uint8Array(pictureLen({ format: 2, width: WIDTH, height: HEIGHT }));
	for (let at = 0; at < planes.length; at += 65536) crypto.getRandomValues(planes.subarray(at, at + 65536));
	return new FakeFrame('I420', planes);
}

class Source {
	readonly frames: ReadableStream<VideoFrame>;
	#controller: ReadableStreamDefaultController<VideoFrame> | null = null;
	constructor() {
		this.frames = new ReadableStream<VideoFrame>({ start: (controller) => void (this.#controller = controller) });
	}
	give(frame: FakeFrame): void {
		this.#controller?.enqueue(frame as unknown as VideoFrame);
	}
	stop(): void {
		this.#controller?.close();
	}
}

/** Server, relay and viewer in one: acknowledges at once, shows everything. */
class Stand {
	readonly codec = loadCodec();
	readonly counter = new Counter();
	readonly keys = new Keyring(this.counter);
	readonly source = new Source();
	readonly share: Share;
	readonly pauses: PauseMode[] = [];
	readonly opened: StreamInstance[] = [];
	readonly closed: number[] = [];
	frames = 0;
	bytes = 0;
	isOnline = true;
	isAcknowledging = true;
	isReturning = false;
	/** A clock that stands, when it is set. */
	clock: number | null = null;
	/** Something that happens while the stream's key has just been made; once. */
	afterOpen: () => void = () => undefined;
	readonly epochs: number[] = [];
	ended: ShareEnd | null = null;
	isReleased = false;
	view: ViewEngine | null = null;
	#received = 0;

	constructor() {
		this.keys.handleSession(new Uint8Array(16));
		this.keys.handleEpoch(1, new Uint8Array(32).fill(1));
		this.share = new Share(1 as ShareKey, this.source.frames, 'Entire screen', this.codec, {
			me: () => 4,
			now: () => this.clock ?? performance.now(),
			open: async (shape) => {
				if (!this.isOnline) return 'offline';
				const stream = this.opened.length + 10;
				const nonce = crypto.getRandomValues(new Uint8Array(16));
				this.opened.push({ from: 4, deviceKey: new Uint8Array(32), stream, nonce });
				this.view = this.codec.createView(shape.format, shape.width, shape.height);
				this.#received = 0;
				const sealing = await this.#sealer(stream);
				this.afterOpen();
				this.afterOpen = () => undefined;
				return sealing ? { stream, ...sealing } : 'offline';
			},
			close: (stream) => void this.closed.push(stream),
			sealer: (stream) => this.#sealer(stream),
			pause: async (_stream, mode) => {
				this.pauses.push(mode);
				return { ok: true };
			},
			sendFrame: (metadata, object) => void this.#receive(metadata, object),
			isReturning: () => this.isReturning,
			dropScreen: () => undefined,
			changed: () => undefined,
			ended: (why) => void (this.ended = why),
			released: () => void (this.isReleased = true),
		}, this.counter);
		this.share.wantsDigests = true;
	}

	#sealer(stream: number): ReturnType<Keyring['sealer']> {
		const instance = this.opened.find((known) => known.stream === stream);
		return instance ? this.keys.sealer(instance) : Promise.resolve(null);
	}

	async #receive(metadata: Bytes, object: Bytes): Promise<void> {
		this.frames += 1;
		this.bytes += metadata.length + object.length;
		const parsed = parseFrame(new Uint8Array([...metadata, ...object]));
		const instance = this.opened.find((known) => known.stream === parsed?.header.stream);
		assert.ok(parsed && instance && this.view, 'a frame of an open stream');
		const size = metadata.length + object.length;
		const plain = await this.keys.open(parsed, instance, 'stateful');
		assert.ok(plain, 'it opens');
		this.#received += size;
		assert.ok(this.view.handleFrame(metadata, plain, size), 'it is a unit');
		this.epochs.push(parsed.header.epoch);
		if (this.isAcknowledging) this.share.handleCredit(this.#received, parsed.header.picture);
	}

	async until(what: string, holds: () => boolean): Promise<void> {
		for (let n = 0; n < 1000; n++) {
			if (holds()) return;
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		assert.fail(what);
	}

	/** The viewer shows exactly this frame. */
	shows(frame: FakeFrame): boolean {
		const shape = shapeOf(frame as unknown as VideoFrame);
		const { view } = this;
		if (!shape || !view?.isInSync()) return false;
		return view.digest() === pictureDigest(shape.format, frame.planes);
	}
}

test('pictures arrive exactly', options, async () => {
	const stand = new Stand();
	for (const seed of [1, 3, 3, 7]) {
		const frame = i420(seed);
		stand.source.give(frame);
		await stand.until(`picture ${seed}`, () => stand.shows(frame));
		await stand.until('it is closed', () => !frame.isOpen);
		assert.equal(stand.view?.digest(), stand.share.digests.at(-1)?.digest);
	}
	assert.equal(stand.share.digests.at(-1)?.picture, 3, 'an equal frame is no picture');
});

test('NV12 and RGBA come out as planes and as BGRA', options, async () => {
	const stand = new Stand();
	const planar = i420(5);
	const luma = WIDTH * HEIGHT;
	const chroma = (planar.planes.length - luma) / 2;
	const nv12 = planar.planes.slice();
	for (let at = 0; at < chroma; at++) {
		nv12[luma + 2 * at] = planar.planes[luma + at] ?? 0;
		nv12[luma + 2 * at + 1] = planar.planes[luma + chroma + at] ?? 0;
	}
	stand.source.give(new FakeFrame('NV12', nv12));
	await stand.until('NV12', () => stand.shows(planar));
	const bgra = new Uint8Array(WIDTH * HEIGHT * 4).map((_, at) => (at % 4 === 3 ? 255 : (at * 7) & 255));
	const rgba = bgra.slice();
	for (let at = 0; at < rgba.length; at += 4) [rgba[at], rgba[at + 2]] = [bgra[at + 2] ?? 0, bgra[at] ?? 0];
	stand.source.give(new FakeFrame('RGBA', rgba));
	await stand.until('RGBA', () => stand.shows(new FakeFrame('BGRA', bgra)));
	assert.deepEqual(stand.closed, [10], 'another format is another stream');
});

test('the lag of what comes back is its age, also while it is awaited', options, async () => {
	const stand = new Stand();
	let clock = (stand.clock = 1000);
	const pass = (ms: number): void => void (stand.clock = clock += ms);
	const is = (want: number): void => assert.equal(stand.share.returnLagMs, want);
	stand.source.give(i420(1));
	await stand.until('first', () => stand.shows(i420(1)));
	assert.equal(stand.share.returnLagMs, null, 'nobody looks');
	pass(60_000);
	stand.share.handleReturning(true);
	assert.equal(stand.share.returnLagMs, null, 'nothing has come back');
	pass(300);
	stand.share.handleReturned(1);
	is(300); // the picture is old, but the screen stood still: counted from when it was asked for
	stand.source.give(i420(3));
	await stand.until('second', () => stand.shows(i420(3)));
	pass(700);
	is(700); // already now, though it has not come back
	stand.share.handleReturned(2);
	is(700);
	pass(5000);
	is(700); // the screen stands still again
	stand.share.handleReturned(2);
	is(700);
	stand.share.handleReturning(false);
	assert.equal(stand.share.returnLagMs, null);
	// The stream goes with the link; who looks on gets the next one's pictures.
	stand.isReturning = true;
	stand.share.handleDown();
	await stand.share.open();
	pass(200);
	stand.share.handleReturned(1);
	is(200);
});

test('paused: nothing goes, and nothing of the pause appears', options, async () => {
	const stand = new Stand();
	const before = i420(1);
	stand.source.give(before);
	await stand.until('first', () => stand.shows(before));
	assert.deepEqual(await stand.share.pause('frozen'), { ok: true });
	assert.deepEqual(stand.pauses, ['frozen']);
	const sent = stand.frames;
	for (const seed of [11, 13, 17]) stand.source.give(i420(seed));
	await new Promise((resolve) => setTimeout(resolve, 50));
	assert.equal(stand.frames, sent);
	await stand.share.pause('none');
	await new Promise((resolve) => setTimeout(resolve, 50));
	assert.equal(stand.frames, sent, 'what was captured during the pause waits for a newer frame');
	const after = i420(19);
	stand.source.give(after);
	await stand.until('after', () => stand.shows(after));
});

test('a still screen is shown after the pause, too', options, async () => {
	const stand = new Stand();
	stand.source.give(i420(1));
	await stand.until('first', () => stand.shows(i420(1)));
	await stand.share.pause('blank');
	const still = i420(2);
	stand.source.give(still);
	await stand.share.pause('none');
	await stand.until('still', () => stand.shows(still));
});

test('a paused share returns with the picture it was frozen at', options, async () => {
	const stand = new Stand();
	const frozen = i420(1);
	stand.source.give(frozen);
	await stand.until('first', () => stand.shows(frozen));
	await stand.share.pause('frozen');
	stand.source.give(i420(2));
	stand.isOnline = false;
	stand.share.handleDown();
	stand.isOnline = true;
	await stand.share.open();
	await stand.until('frozen again', () => stand.shows(frozen));
	await stand.until('paused again', () => stand.pauses.length === 2);
	assert.equal(stand.opened.length, 2);
	assert.notDeepEqual(stand.opened[0]?.nonce, stand.opened[1]?.nonce);
});

test('a new epoch, another size, another source, the end', options, async () => {
	const stand = new Stand();
	stand.source.give(i420(1));
	await stand.until('first', () => stand.shows(i420(1)));
	stand.keys.handleEpoch(2, new Uint8Array(32).fill(2));
	await stand.share.handleEpoch();
	const second = i420(2);
	stand.source.give(second);
	await stand.until('new epoch', () => stand.shows(second));
	const small = i420(3, 320, 200);
	stand.source.give(small);
	await stand.until('smaller', () => stand.shows(small));
	const other = new Source();
	stand.share.changeSource(other.frames, 'Window');
	const large = i420(4, 1200, 700);
	other.give(large);
	await stand.until('other source', () => stand.shows(large));
	assert.equal(stand.ended, null);
	other.stop();
	await stand.until('ended', () => stand.ended === 'source_ended');
	assert.equal(new Set(stand.keys.uses.map((use) => use.keyHash)).size, stand.keys.uses.length, 'each key is new');
	assert.deepEqual(stand.counter.all()['not_authentic'], undefined);
});

test('an epoch that comes while the stream is opened is switched to', options, async () => {
	const stand = new Stand();
	const frame = i420(1);
	stand.afterOpen = () => {
		stand.keys.handleEpoch(2, new Uint8Array(32).fill(2));
		void stand.share.handleEpoch();
	};
	stand.source.give(frame);
	await stand.until('first', () => stand.shows(frame) && stand.epochs.at(-1) === 2);
});

test('a link that is lost while a stream is opened does not end the share', options, async () => {
	const stand = new Stand();
	const frame = i420(1);
	stand.afterOpen = () => stand.share.handleDown();
	stand.source.give(frame);
	await stand.until('the stream of the lost link is given back', () => stand.closed.includes(10));
	assert.equal(stand.share.stream, 0);
	await stand.share.open();
	await stand.until('it goes on', () => stand.shows(frame));
	assert.equal(stand.opened.length, 2);
});

test('an uplink that stands still is seen to lag', options, async () => {
	const stand = new Stand();
	stand.isAcknowledging = false;
	stand.source.give(i420(1));
	await stand.until('sent', () => stand.frames > 0);
	await new Promise((resolve) => setTimeout(resolve, 60));
	stand.share.tick();
	assert.ok(stand.share.lagMs >= 50, `${stand.share.lagMs} ms`);
	for (let n = 2; n < 40; n++) stand.source.give(noise());
	await new Promise((resolve) => setTimeout(resolve, 100));
	const most = CREDIT + pictureLen({ format: 2, width: WIDTH, height: HEIGHT });
	assert.ok(stand.bytes <= most, `${stand.bytes} bytes are under way`);
});
