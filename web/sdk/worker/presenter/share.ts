// SPDX-License-Identifier: Apache-2.0
// One share of mine: a source of frames above, at most one stream instance below. The stream is
// opened anew (with a new nonce) when the size changes or the link came back; the share lives on.
import { FrameClass } from '../wire/frame';
import { SharePrefer } from '../codec/codec';
import type { Codec, ShareEngine } from '../codec/codec';
import type { Counter } from '../counter';
import type { Bytes } from '../../shared/bytes';
import type { CommandResult, Lagging, PauseMode, ShareEnd, ShareKey, SharePreference, ShareTotals } from '../../shared/types';
import type { Sealer } from '../keys/sframe';
import { writeHeader } from '../wire/frame';
import { sameShape } from './capture';
import type { Shape } from './capture';
import { Captures } from './captures';
import type { Capture } from './captures';
import { makePreview } from './preview';

/** A window that is being resized gets a new stream when it has kept its size for so long. */
const SIZE_SETTLES_MS = 200;
/** After a pause a frame captured after it is awaited; none in this time: nothing moves. */
const FRESH_WAIT_MS = 500;
const DIGESTS_KEPT = 64;
/** Pictures under way to the return picture; more than a relay keeps. */
const UNDER_WAY_MAX = 512;

export interface OpenedStream {
	readonly stream: number;
	readonly epoch: number;
	readonly sealer: Sealer;
}

export interface SharePorts {
	me(): number;
	now(): number;
	/** Opens a stream instance and makes its key; a string says why not. */
	open(shape: Shape, label: string): Promise<OpenedStream | 'offline' | 'refused'>;
	close(stream: number): void;
	sealer(stream: number): Promise<{ epoch: number; sealer: Sealer } | null>;
	pause(stream: number, mode: PauseMode): Promise<CommandResult>;
	sendFrame(metadata: Bytes, object: Bytes): void;
	/** Whether what the viewers get of this stream is looked at. */
	isReturning(stream: number): boolean;
	dropScreen(stream: number): void;
	changed(): void;
	ended(why: ShareEnd): void;
	/** After the end: the source is no longer read and may be stopped. */
	released(): void;
}

/** What exists only while a stream is open. */
interface Live extends OpenedStream {
	readonly shape: Shape;
	readonly engine: ShareEngine;
	sealer: Sealer;
	epoch: number;
	outbox: Promise<void>;
	creditBytes: number;
	/** What the engine waits for though nothing else happens. */
	wake: ReturnType<typeof setTimeout> | undefined;
	/** Pictures not acknowledged yet and when they were captured. */
	capturedAt: Map<number, number>;
	/** While what the viewers get is looked at. */
	back: Back | null;
}

/** The return picture: when those were captured that have not come back, and how long the last one took. */
interface Back {
	readonly since: number;
	readonly under: Map<number, number>;
	lagMs: number | null;
}

export class Share {
	label: string;
	paused: PauseMode = 'none';
	#prefer: SharePreference = 'automatic';
	lagMs = 0;
	viewers = 0;
	viewersInSync = 0;
	behind: readonly Lagging[] = [];
	late = 0;
	/** What the server has counted, of this stream. */
	totals: ShareTotals | null = null;
	kbitS = 0;
	bytesSent = 0;
	/** Why the share cannot send just now: no stream yet, or the link is lost. */
	state: 'opening' | 'live' | 'interrupted' = 'opening';

	#live: Live | null = null;
	/** What opens a stream just now; another, or none, when the link was lost meanwhile. */
	#opening: object | null = null;
	#isOver = false;
	#captures: Captures;
	#newest: Capture | null = null;
	/** The one handed to the encoder last: what is frozen, and what a late preview shows. */
	#last: Capture | null = null;
	#isPumping = false;
	#pumpAgain = false;
	#holdUntil = 0;
	/** Captures from before a resume are not new. */
	#freshFrom = -Infinity;
	#changedAt: number;
	#settle: ReturnType<typeof setTimeout> | undefined;
	#pauseAnswer: ((result: CommandResult) => void)[] = [];
	readonly #digests: { picture: number; digest: string }[] = [];
	#countedBytes = 0;
	#supersededBefore = 0;

	constructor(
		readonly key: ShareKey,
		frames: ReadableStream<VideoFrame>,
		label: string,
		private readonly codec: Codec,
		private readonly ports: SharePorts,
		private readonly counter: Counter,
	) {
		this.label = label;
		this.#changedAt = ports.now();
		this.#captures = this.#read(frames);
	}

	get stream(): number {
		return this.#live?.stream ?? 0;
	}
	get shape(): Shape | null {
		return this.#live?.shape ?? this.#newest?.shape ?? null;
	}
	/** Age of what the viewers see just now; null while nobody looks, or nothing has come back. */
	get returnLagMs(): number | null {
		const back = this.#live?.back;
		if (!back) return null;
		const [oldest] = back.under.values();
		const waited = oldest === undefined || this.paused !== 'none' ? null : Math.round(this.ports.now() - oldest);
		return back.lagMs === null ? waited : Math.max(back.lagMs, waited ?? 0);
	}
	/** Captures that were never sent, because a newer one came or the line was full. */
	get superseded(): number {
		return this.#supersededBefore + (this.#live?.engine.stats().superseded ?? 0);
	}
	get preference(): SharePreference {
		return this.#prefer;
	}
	/** Copies of moved content that were found, since the stream was opened. */
	get copies(): number {
		return this.#live?.engine.stats().copies ?? 0;
	}
	/** Cells of which viewers see a lossy preview just now. */
	get held(): number {
		return this.#live?.engine.stats().held ?? 0;
	}
	get fps(): number {
		return this.#live && this.paused === 'none' ? this.#live.engine.stats().fps : 0;
	}
	/** Since a capture was news to the viewers; none is in a pause. */
	get stillMs(): number {
		if (this.paused !== 'none') return Infinity;
		return this.held > 0 ? 0 : this.ports.now() - this.#changedAt;
	}
	get digests(): readonly { picture: number; digest: string }[] {
		return this.#digests;
	}

	// ---- source -----------------------------------------------------------------------

	/** Puts another source under the share; nothing of the old one is sent any more. Resolves when that may be stopped. */
	changeSource(frames: ReadableStream<VideoFrame>, label: string): Promise<void> {
		const released = this.#captures.release();
		this.#newest = null;
		this.label = label;
		this.#captures = this.#read(frames);
		return released;
	}

	#read(frames: ReadableStream<VideoFrame>): Captures {
		return new Captures(frames, {
			now: () => this.ports.now(),
			inUse: () => [this.#newest, this.#last],
			capture: (capture) => this.#handleCapture(capture),
			ended: (why) => this.end(why),
		});
	}

	#handleCapture(capture: Capture): void {
		const { shape } = capture;
		this.#newest = capture;
		if (capture.at >= this.#freshFrom) this.#holdUntil = 0;
		const live = this.#live;
		if (!live) return void this.open();
		if (!sameShape(live.shape, shape)) return this.#handleOtherShape(shape);
		clearTimeout(this.#settle);
		this.#settle = undefined;
		live.engine.handleCapture();
		this.pump();
	}

	#handleOtherShape(shape: Shape): void {
		if (this.paused !== 'none') return;
		const since = this.#settle;
		if (since !== undefined) return;
		this.#settle = setTimeout(() => {
			this.#settle = undefined;
			const newest = this.#newest;
			if (newest && this.#live && !sameShape(this.#live.shape, newest.shape)) {
				if (sameShape(newest.shape, shape)) void this.#reopen();
				else this.#handleOtherShape(newest.shape);
			}
		}, SIZE_SETTLES_MS);
	}

	// ---- stream -----------------------------------------------------------------------

	/** Opens the stream when there is a frame, a link and none open. */
	async open(): Promise<void> {
		// A paused share comes back with the picture it was frozen at, never with a newer one.
		const frozen = this.paused === 'none' ? null : this.#last;
		const shape = frozen?.shape ?? this.#newest?.shape;
		if (this.#live || this.#opening || this.#isOver || !shape) return;
		const opening = (this.#opening = {});
		const opened = await this.ports.open(shape, this.label);
		// The stream went with the link that was lost; the next one is opened when it is back.
		if (this.#opening !== opening) return typeof opened === 'object' ? this.ports.close(opened.stream) : undefined;
		this.#opening = null;
		if (opened === 'refused') return this.end('not_presenter');
		if (opened === 'offline') return;
		if (this.#isOver) return this.ports.close(opened.stream);
		const { format, width, height } = shape;
		const engine = this.codec.createShare(format, width, height, this.ports.me(), opened.stream, opened.epoch);
		if (!engine) {
			this.ports.close(opened.stream);
			return this.end('failed');
		}
		const outbox = Promise.resolve();
		this.#live = { ...opened, shape, engine, outbox, creditBytes: 0, wake: undefined, capturedAt: new Map(), back: null };
		engine.handleTime(this.ports.now());
		engine.prefer(SharePrefer[this.#prefer]);
		this.handleReturning(this.ports.isReturning(opened.stream));
		this.state = 'live';
		this.#countedBytes = this.bytesSent;
		this.#digests.length = 0;
		if (this.paused !== 'none') this.#freeze(engine, frozen?.bytes ?? null);
		else engine.handleCapture();
		this.ports.changed();
		this.pump();
		// An epoch that came while the key was made was told to nobody.
		void this.handleEpoch();
	}

	#freeze(engine: ShareEngine, picture: Uint8Array | null): void {
		if (picture && this.paused === 'frozen') {
			engine.handleCapture();
			if (engine.wantsPicture()) engine.handlePicture(picture, this.ports.now());
		}
		engine.handlePause();
	}

	async #reopen(): Promise<void> {
		const live = this.#live;
		if (!live) return;
		this.#drop();
		this.ports.close(live.stream);
		await this.open();
	}

	/** The link is lost: the server has closed the stream. */
	handleDown(): void {
		this.#opening = null;
		this.#drop();
		this.state = 'interrupted';
	}

	/** The server closed it, not we: the right or the place was lost. */
	handleStreamGone(stream: number): void {
		if (this.#live?.stream === stream) this.end('not_presenter');
	}

	async handleEpoch(): Promise<void> {
		const live = this.#live;
		if (!live) return;
		const next = await this.ports.sealer(live.stream);
		if (!next || this.#live !== live || next.epoch === live.epoch) return;
		live.sealer = next.sealer;
		live.epoch = next.epoch;
		live.engine.handleEpoch(next.epoch);
		this.pump();
	}

	handleCredit(bytes: number, picture: number): void {
		const live = this.#live;
		if (!live) return;
		live.creditBytes = bytes;
		live.engine.handleTime(this.ports.now());
		live.engine.handleCredit(bytes);
		for (const [sent, at] of live.capturedAt) {
			if (sent > picture) break;
			this.lagMs = Math.round(this.ports.now() - at);
			live.capturedAt.delete(sent);
		}
		this.pump();
	}

	/** What the viewers get is looked at from now on, or no longer. */
	handleReturning(on: boolean): void {
		const live = this.#live;
		if (live) live.back = on ? { since: this.ports.now(), under: new Map(), lagMs: null } : null;
	}

	/** It has come back. One that was sent before anybody looked counts from then on. */
	handleReturned(picture: number): void {
		const back = this.#live?.back;
		if (!back) return;
		let at = back.lagMs === null ? back.since : null;
		for (const [sent, capturedAt] of back.under) {
			if (sent > picture) break;
			at = capturedAt;
			back.under.delete(sent);
		}
		if (at !== null) back.lagMs = Math.round(this.ports.now() - at);
	}

	handleNeed(cells: bigint): void {
		this.#live?.engine.handleNeed(cells);
		this.pump();
	}

	/** What the line does not carry exactly in time: in short, film or late text. */
	prefer(preference: SharePreference): void {
		this.#prefer = preference;
		this.#live?.engine.prefer(SharePrefer[preference]);
		this.pump();
	}

	// ---- pause ------------------------------------------------------------------------

	async pause(mode: PauseMode): Promise<CommandResult> {
		const before = this.paused;
		if (mode === before) return { ok: true };
		this.paused = mode;
		const live = this.#live;
		this.ports.changed();
		if (!live) return { ok: true }; // the stream will be opened as it is to be
		if (mode === 'none') return this.#resume(live, before);
		if (before !== 'none') return this.ports.pause(live.stream, mode);
		live.engine.handlePause();
		const answered = new Promise<CommandResult>((resolve) => this.#pauseAnswer.push(resolve));
		this.pump();
		return answered;
	}

	async #resume(live: Live, before: PauseMode): Promise<CommandResult> {
		const result = await this.ports.pause(live.stream, 'none');
		if (!result.ok) {
			this.paused = before;
			this.ports.changed();
			return result;
		}
		if (this.#live !== live || this.paused !== 'none') return result;
		live.engine.handleResume();
		// What was captured during the pause must not appear, so a newer frame is awaited. A
		// still screen gives none; then what is held is what the screen shows now.
		this.#freshFrom = this.ports.now();
		this.#holdUntil = this.#freshFrom + FRESH_WAIT_MS;
		setTimeout(() => {
			if (this.#live !== live || this.paused !== 'none' || this.#holdUntil === 0) return;
			this.#holdUntil = 0;
			if (this.#newest && !sameShape(live.shape, this.#newest.shape)) return void this.#reopen();
			live.engine.handleCapture();
			this.pump();
		}, FRESH_WAIT_MS);
		return result;
	}

	async #sendPause(live: Live): Promise<void> {
		await live.outbox;
		if (this.#live !== live || this.paused === 'none') return;
		const result = await this.ports.pause(live.stream, this.paused);
		for (const resolve of this.#pauseAnswer.splice(0)) resolve(result);
	}

	// ---- pump -------------------------------------------------------------------------

	/** Moves pictures from the source through codec and cipher to the socket, as credit allows. */
	pump(): void {
		this.#pumpAgain = true;
		if (!this.#isPumping) void this.#pumpAll();
	}

	async #pumpAll(): Promise<void> {
		this.#isPumping = true;
		try {
			while (this.#pumpAgain && this.#live) {
				this.#pumpAgain = false;
				await this.#pumpOnce(this.#live);
			}
		} catch {
			this.end('failed');
		} finally {
			this.#isPumping = false;
		}
	}

	async #pumpOnce(live: Live): Promise<void> {
		live.engine.handleTime(this.ports.now());
		for (let goesOn = true; goesOn && this.#live === live;) {
			this.#sendUnits(live);
			goesOn = live.engine.wantsPicture() ? this.#givePicture(live) : this.#givePreview(live);
		}
		if (this.#live !== live) return;
		if (live.engine.pollPaused()) void this.#sendPause(live);
		this.#wakeWhenDue(live);
	}

	#wakeWhenDue(live: Live): void {
		clearTimeout(live.wake);
		const due = live.engine.nextTimeout();
		live.wake = due === null ? undefined : setTimeout(() => this.pump(), Math.max(1, due - this.ports.now()));
	}

	/** False when there is none to be given now. */
	#givePicture(live: Live): boolean {
		if (this.paused !== 'none') return this.#giveLast(live);
		const newest = this.#newest;
		if (!newest || this.#holdUntil !== 0 || !sameShape(newest.shape, live.shape)) return false;
		this.#encode(live, newest);
		return true;
	}

	/** A pause shows the last picture; what was held of it goes out before. */
	#giveLast(live: Live): boolean {
		const last = this.#last;
		if (!last || !sameShape(last.shape, live.shape) || !live.engine.wantsPicture()) return false;
		live.engine.handlePicture(last.bytes, this.ports.now());
		return true;
	}

	/** Has a preview made, if one is wanted; it goes on when it is. */
	#givePreview(live: Live): boolean {
		const ask = live.engine.pollPreview();
		if (!ask) return false;
		const newest = this.paused === 'none' && this.#holdUntil === 0 ? this.#newest : null;
		const isFit = newest && sameShape(newest.shape, live.shape);
		void (isFit ? makePreview(newest, ask) : Promise.resolve(null)).then((image) => {
			if (this.#live !== live) return;
			live.engine.handlePreview(image);
			this.pump();
		});
		return true;
	}

	#encode(live: Live, capture: Capture): void {
		const before = live.engine.stats().pictures;
		this.#last = capture;
		live.engine.handlePicture(capture.bytes, this.ports.now());
		const picture = live.engine.stats().pictures;
		if (picture === before) return;
		this.#changedAt = this.ports.now();
		live.capturedAt.set(picture, capture.at);
		const { back } = live;
		if (back && back.under.size < UNDER_WAY_MAX) back.under.set(picture, Math.max(capture.at, back.since));
		if (!this.wantsDigests) return;
		this.#digests.push({ picture, digest: live.engine.digest() });
		if (this.#digests.length > DIGESTS_KEPT) this.#digests.shift();
	}

	/** Set by inspect(): hashing every picture is for tests only. */
	wantsDigests = false;

	#sendUnits(live: Live): void {
		for (let out = live.engine.pollUnit(); out; out = live.engine.pollUnit()) {
			const unit = out;
			let size = 0;
			const sealed = live.sealer.seal(unit.unit, (length) => {
				const metadata = writeHeader({
					frameClass: FrameClass.SCREEN, flags: unit.flags, epoch: unit.epoch, from: this.ports.me(), to: 0,
					stream: live.stream, picture: unit.picture, base: unit.base, cells: unit.cells, length,
				});
				size = metadata.length + length;
				return metadata;
			});
			live.engine.handleSent(size);
			this.bytesSent += size;
			live.outbox = live.outbox.then(async () => {
				const { metadata, object } = await sealed;
				if (this.#live === live) this.ports.sendFrame(metadata, object);
			});
		}
	}

	// ---- end --------------------------------------------------------------------------

	/** Ends the share: the stream is closed, frames and pictures are let go. */
	end(why: ShareEnd): void {
		if (this.#isOver) return;
		this.#isOver = true;
		const stream = this.stream;
		this.#drop();
		if (stream !== 0 && why !== 'not_presenter') this.ports.close(stream);
		if (stream !== 0) this.ports.dropScreen(stream);
		for (const kept of [this.#newest, this.#last]) kept?.bytes.fill(0);
		this.#newest = null;
		this.#last = null;
		clearTimeout(this.#settle);
		void this.#captures.release().then(() => this.ports.released());
		this.ports.ended(why);
	}

	/** Once a second. */
	tick(): void {
		const [oldest] = this.#live?.capturedAt.values() ?? [];
		if (oldest !== undefined) this.lagMs = Math.max(this.lagMs, Math.round(this.ports.now() - oldest));
		this.kbitS = Math.max(0, Math.round(((this.bytesSent - this.#countedBytes) * 8) / 1000));
		this.#countedBytes = this.bytesSent;
	}

	#drop(): void {
		const live = this.#live;
		this.#live = null;
		if (live) {
			const { superseded } = live.engine.stats();
			this.#supersededBefore += superseded;
			this.counter.add('capture_superseded', superseded);
		}
		clearTimeout(live?.wake);
		live?.engine.destroy();
		this.viewers = this.viewersInSync = this.lagMs = this.late = 0;
		this.behind = [];
		this.totals = null;
		for (const resolve of this.#pauseAnswer.splice(0)) resolve({ ok: false, reason: 'offline' });
	}
}
