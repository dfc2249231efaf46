// SPDX-License-Identifier: Apache-2.0
// What is on the screens: maps stream instances, which come and go with every reconnect, to
// screens as people see them. A screen keeps its canvas and last picture while its stream is
// away for good reasons, and loses them when it was stopped.
import { PauseMode as WirePause, StreamClass } from '../../gen/session_pb';
import type { Stream } from '../../gen/session_pb';
import type { Bytes } from '../../shared/bytes';
import type { PauseMode, Screen, ScreenKey, StreamId } from '../../shared/types';
import type { Codec } from '../codec/codec';
import type { Counter } from '../counter';
import { cleanName } from '../state/text';
import { asMember } from '../state/view';
import type { ClientBody, DataFrame } from '../wire/message';
import { Painter } from './painter';
import { StreamView } from './stream';

/** A presenter who changes what he shares closes one stream and opens the next. */
const GRACE_MS = 600;
/** A presenter who came back reopens his share within this. */
const RETURN_GRACE_MS = 6000;
const TICK_MS = 1000;
/** A presenter has at most four; more at once is a server's trick. */
const SLOTS_MAX = 8;
/** Frames that overtake the State which announces their stream, by the other connection. */
const EARLY_BYTES_MAX = 8 * 1024 * 1024;

export interface ViewerPorts {
	me(): number;
	nameOf(member: number): string;
	/** Link lost, may return. */
	isAway(member: number): boolean;
	isHere(member: number): boolean;
	isPresenter(member: number): boolean;
	/** Decrypts what policy permits, else null (counted). */
	decrypt(frame: DataFrame, stream: Stream): Promise<Bytes | null>;
	send(body: ClientBody): void;
	ack(body: ClientBody): void;
	/** A screen of mine is looked at as the viewers see it, or no longer. */
	returning(stream: number, on: boolean): void;
	/** It has come back and was drawn as this picture. */
	returned(stream: number, picture: number): void;
}

interface Slot {
	readonly key: ScreenKey;
	readonly from: number;
	stream: Stream;
	isOpen: boolean;
	isWanted: boolean;
	/** The server was told not to send it; it sends everything by itself otherwise, but mine. */
	isOff: boolean;
	view: StreamView | null;
	painter: Painter | null;
	grace: ReturnType<typeof setTimeout> | undefined;
	pictureAt: number;
	/** As it was shown last. */
	isUnreadable: boolean;
}

const PAUSES: Readonly<Record<WirePause, PauseMode>> = {
	[WirePause.PAUSE_NONE]: 'none', [WirePause.PAUSE_FROZEN]: 'frozen', [WirePause.PAUSE_BLANK]: 'blank',
};

export class Viewer {
	readonly #slots = new Map<ScreenKey, Slot>();
	readonly #timer: ReturnType<typeof setInterval>;
	/** Frames of streams that are not announced yet, and their bytes. */
	#early: DataFrame[] = [];
	#earlyBytes = 0;
	/** Bytes per stream of this bulk connection that the present view was not given: acks count them. */
	readonly #unfed = new Map<number, number>();
	#lastKey = 0;
	#isBulkUp = false;
	#isLinkUp = false;

	constructor(
		private readonly codec: Codec,
		private readonly ports: ViewerPorts,
		private readonly counter: Counter,
		private readonly changed: (screens: readonly Screen[]) => void,
	) {
		this.#timer = setInterval(() => this.#tick(), TICK_MS);
	}

	// ---- input ------------------------------------------------------------------------

	handleStreamNew(stream: Stream): void {
		if (stream.streamClass !== StreamClass.STREAM_SCREEN || this.#slotOf(stream.id)) return;
		const waiting = this.#waitingSlot(stream);
		if (!waiting && this.#slots.size >= SLOTS_MAX) return this.counter.add('overflow');
		const slot = waiting ?? this.#createSlot(stream);
		clearTimeout(slot.grace);
		slot.stream = stream;
		slot.isOpen = true;
		this.#subscribe(slot);
		this.#emit();
	}

	/** The screen that a new stream goes on: of several that have lost theirs the most similar one. */
	#waitingSlot(stream: Stream): Slot | undefined {
		const likeness = ({ stream: before }: Slot): number =>
			Number(before.label === stream.label) * 2 +
			Number(before.width === stream.width && before.height === stream.height);
		return [...this.#slots.values()]
			.filter((slot) => slot.from === stream.from && !slot.isOpen)
			.sort((a, b) => likeness(b) - likeness(a))[0];
	}

	handleStreamChanged(stream: Stream): void {
		const slot = this.#slotOf(stream.id);
		if (!slot) return;
		slot.stream = stream;
		if (stream.paused === WirePause.PAUSE_BLANK) {
			if (slot.view) slot.view.erase();
			else slot.painter?.erase();
		}
		this.#emit();
	}

	handleStreamGone(id: number): void {
		const slot = this.#slotOf(id);
		if (!slot) return;
		this.#dropView(slot);
		slot.isOpen = false;
		this.#startGrace(slot);
		this.#emit();
	}

	/** Members or settings changed: who is away keeps his last picture, who is gone does not. */
	handleRoster(): void {
		for (const slot of this.#slots.values()) {
			if (slot.isOpen) {
				this.#subscribe(slot);
				if (!this.#isAllowed(slot)) this.#dropView(slot);
			} else if (!this.ports.isHere(slot.from) || !this.ports.isPresenter(slot.from)) this.#remove(slot);
			else if (!this.ports.isAway(slot.from) && slot.grace === undefined) this.#startGrace(slot, RETURN_GRACE_MS);
		}
		this.#emit();
	}

	handleLink(isUp: boolean): void {
		this.#isLinkUp = isUp;
		this.#emit();
	}

	handleBulk(isUp: boolean): void {
		this.#isBulkUp = isUp;
		this.#dropEarly();
		for (const slot of this.#slots.values()) {
			this.#dropView(slot);
			slot.isOff = slot.from === this.ports.me();
		}
		this.#unfed.clear();
		if (isUp) for (const slot of this.#slots.values()) this.#subscribe(slot);
		this.#emit();
	}

	handleFrame(frame: DataFrame): void {
		const { stream, from } = frame.header;
		const slot = this.#slotOf(stream);
		if (!slot) return this.#keepEarly(frame);
		if (!slot.view || !slot.isOpen) return this.#skip(frame, slot.isOff ? null : 'unknown_stream');
		if (slot.stream.from !== from) return this.#skip(frame, 'wrong_sender');
		if (slot.stream.paused === WirePause.PAUSE_BLANK) return this.#skip(frame, 'paused_frame');
		slot.view.handleFrame(frame);
	}

	#keepEarly(frame: DataFrame): void {
		if (this.#earlyBytes + frame.size > EARLY_BYTES_MAX) return this.#skip(frame, 'unknown_stream');
		this.#early.push(frame);
		this.#earlyBytes += frame.size;
	}

	#takeEarly(stream: number): void {
		const mine = this.#early.filter((frame) => frame.header.stream === stream);
		this.#early = this.#early.filter((frame) => frame.header.stream !== stream);
		for (const frame of mine) {
			this.#earlyBytes -= frame.size;
			this.handleFrame(frame);
		}
	}

	#dropEarly(): void {
		if (this.#early.length > 0) this.counter.add('unknown_stream', this.#early.length);
		this.#early = [];
		this.#earlyBytes = 0;
	}

	/** Not used, but it came: the relay must not wait for it to be acknowledged. */
	#skip(frame: DataFrame, why: Parameters<Counter['add']>[0] | null): void {
		const { stream } = frame.header;
		this.#unfed.set(stream, (this.#unfed.get(stream) ?? 0) + frame.size);
		if (why) this.counter.add(why);
	}

	attachCanvas(key: ScreenKey, canvas: OffscreenCanvas): void {
		const slot = this.#slots.get(key);
		if (!slot) return;
		slot.painter = new Painter(canvas);
		slot.isWanted = true;
		if (slot.view) slot.view.redraw();
		else this.#subscribe(slot);
	}

	detachCanvas(key: ScreenKey): void {
		const slot = this.#slots.get(key);
		if (!slot) return;
		slot.painter?.erase();
		slot.painter = null;
		slot.isWanted = false;
		this.#dropView(slot);
		this.#turnOff(slot);
	}

	/** Erases every canvas and forgets all: left, closed, ended, sent to the lobby. */
	clear(): void {
		for (const slot of [...this.#slots.values()]) this.#remove(slot);
		this.#emit();
	}

	stop(): void {
		clearInterval(this.#timer);
		this.clear();
	}

	// ---- for my own shares -------------------------------------------------------------

	/** The screen that a stream of this member is shown on, while it is shown. */
	keyFrom(from: number, stream: number): ScreenKey | null {
		const slot = this.#slotOf(stream);
		return slot && slot.isOpen && slot.from === from && slot.stream.paused === WirePause.PAUSE_NONE ? slot.key : null;
	}
	keyOf(stream: number): ScreenKey | null {
		return this.#slotOf(stream)?.key ?? null;
	}
	/** Whether this stream of mine comes back to be looked at. */
	isReturning(stream: number): boolean {
		const slot = this.#slotOf(stream);
		return slot !== null && slot.from === this.ports.me() && slot.view !== null;
	}
	/** A share of mine has ended: its screen goes at once. */
	dropOwn(stream: number): void {
		const slot = this.#slotOf(stream);
		if (slot && slot.from === this.ports.me()) this.#remove(slot);
		this.#emit();
	}

	// ---- output -----------------------------------------------------------------------

	screens(): readonly Screen[] {
		return [...this.#slots.values()].filter((slot) => this.#isAllowed(slot)).map((slot) => this.#shown(slot));
	}

	inspect(): { screen: ScreenKey; stream: StreamId; picture: number; digest: string; bytes: number }[] {
		return [...this.#slots.values()].flatMap((slot) => {
			const { view } = slot;
			if (!view) return [];
			const { picture, digest, bytes } = view;
			return [{ screen: slot.key, stream: slot.stream.id as StreamId, picture, digest, bytes }];
		});
	}

	#shown(slot: Slot): Screen {
		const isMine = slot.from === this.ports.me();
		return {
			key: slot.key,
			from: asMember(slot.from),
			fromName: this.ports.nameOf(slot.from),
			mine: isMine,
			label: cleanName(slot.stream.label),
			width: slot.stream.width,
			height: slot.stream.height,
			paused: PAUSES[slot.stream.paused] ?? 'none',
			state: this.#stateOf(slot, isMine),
			pictureAt: slot.pictureAt,
		};
	}

	#stateOf(slot: Slot, isMine: boolean): Screen['state'] {
		if (!this.#isLinkUp || !slot.isOpen) return 'interrupted';
		if (isMine && !slot.view) return 'live';
		if (slot.view?.isUnreadable) return 'unreadable';
		if (slot.view?.isInSync) return 'live';
		if (slot.pictureAt === 0) return 'opening';
		return 'catching_up';
	}

	#emit(): void {
		this.changed(this.screens());
	}

	#slotOf(stream: number): Slot | null {
		for (const slot of this.#slots.values()) if (slot.stream.id === stream) return slot;
		return null;
	}

	/** Who is not the presenter shares nothing, whatever the server announces. */
	#isAllowed(slot: Slot): boolean {
		return slot.from === this.ports.me() || this.ports.isPresenter(slot.from);
	}

	#createSlot(stream: Stream): Slot {
		// Never one that was there: its canvas, which the page may still hold, is another.
		const key = `${stream.from}.${++this.#lastKey}` as ScreenKey;
		const isMine = stream.from === this.ports.me();
		const slot: Slot = {
			key, from: stream.from, stream, isOpen: true, isWanted: !isMine, view: null, painter: null, grace: undefined,
			pictureAt: 0, isOff: isMine, isUnreadable: false,
		};
		this.#slots.set(key, slot);
		return slot;
	}

	/** Watching starts at once; the canvas may come a moment later. Mine comes back when it has a canvas. */
	#subscribe(slot: Slot): void {
		const { stream } = slot;
		if (!this.#isBulkUp || !slot.isOpen || slot.view) return;
		if (!this.ports.isPresenter(slot.from)) return;
		if (!slot.isWanted) return this.#turnOff(slot);
		const engine = this.codec.createView(stream.format, stream.width, stream.height);
		if (!engine) return this.counter.add('malformed_picture');
		slot.view = new StreamView(engine, stream.width, stream.height, {
			decrypt: (frame) => this.ports.decrypt(frame, stream),
			ack: (picture, bytes) => this.#ack(stream.id, picture, bytes),
			refresh: (unreadable) =>
				this.ports.send({ case: 'streamRefresh', value: { stream: stream.id, unreadable } }),
			painter: () => slot.painter,
			progress: () => {
				if (slot.view?.isInSync) slot.pictureAt = Date.now();
				this.#emit();
			},
			shown: (picture) => {
				slot.pictureAt = Date.now();
				if (slot.from === this.ports.me()) this.ports.returned(stream.id, picture);
			},
		}, this.counter);
		if (slot.from === this.ports.me()) this.ports.returning(stream.id, true);
		if (slot.isOff) this.ports.send({ case: 'streamSubscribe', value: { stream: stream.id, on: true } });
		slot.isOff = false;
		this.#takeEarly(stream.id);
	}

	#turnOff(slot: Slot): void {
		if (slot.isOff || !slot.isOpen || !this.#isBulkUp) return;
		slot.isOff = true;
		this.ports.send({ case: 'streamSubscribe', value: { stream: slot.stream.id, on: false } });
	}

	#ack(stream: number, picture: number, bytes: number): void {
		const total = BigInt(bytes + (this.#unfed.get(stream) ?? 0));
		this.ports.ack({ case: 'streamAck', value: { stream, picture, bytes: total } });
	}

	#dropView(slot: Slot): void {
		const { view } = slot;
		slot.view = null;
		if (!view) return;
		const { id } = slot.stream;
		if (slot.from === this.ports.me()) this.ports.returning(id, false);
		this.#unfed.set(id, (this.#unfed.get(id) ?? 0) + view.given);
		view.stop();
	}

	#startGrace(slot: Slot, forMs = GRACE_MS): void {
		clearTimeout(slot.grace);
		slot.grace = undefined;
		if (!this.#isLinkUp || this.ports.isAway(slot.from)) return;
		const wait = slot.from === this.ports.me() ? RETURN_GRACE_MS : forMs;
		slot.grace = setTimeout(() => {
			// He may have lost his link in between: then the last picture stays for his return.
			slot.grace = undefined;
			if (slot.isOpen || this.ports.isAway(slot.from)) return;
			this.#remove(slot);
			this.#emit();
		}, wait);
	}

	#remove(slot: Slot): void {
		clearTimeout(slot.grace);
		this.#dropView(slot);
		slot.painter?.erase();
		slot.painter = null;
		this.#slots.delete(slot.key);
	}

	#tick(): void {
		let isNews = false;
		for (const slot of this.#slots.values()) {
			const isUnreadable = slot.view?.isUnreadable ?? false;
			if (isUnreadable !== slot.isUnreadable) isNews = true;
			slot.isUnreadable = isUnreadable;
		}
		if (isNews) this.#emit();
	}
}
