// SPDX-License-Identifier: Apache-2.0
// Audio and video as far as the worker has to do with them: signalling, who sends what, keys. The
// transports themselves live in the page (mediasoup-client needs a window).
import { MediaKind as WireKind, PauseMode, StreamClass } from '../../gen/session_pb';
import type { Consumer, ConsumerLayer, IceRestarted, MediaReady, Qualities, Speakers, Stream } from '../../gen/session_pb';
import type {
	ConsumerSetup, ConsumerWant, Direction, DtlsParameters, IceParameters, MediaKind, MediaOpened, MediaRoom, MediaSetup,
	SentRtp,
} from '../../shared/media';
import type { CommandResult, MediaLayer, MediaQuality, MediaPeople, RefusalReason } from '../../shared/types';
import type { RequestResult } from '../connection/connection';
import { commandResult, refusalOf } from '../connection/reasons';
import type { Replica } from '../state/replica';
import { asMember } from '../state/view';
import type { ClientBody } from '../wire/message';
import { consumerOf, iceOf, setupOf, wireDirection, wireDtls, wireParameters } from './convert';
import { gradeOf, pathOf, reasonOf } from './quality';

/** The media process is asked behind the edge; when nothing has come by then, nothing will. */
const PATIENCE_MS = 8000;
const WANTS_MAX = 32;
/** Streams that are asked for before the page asks: what fits on a first screen. */
const EARLY_MAX = 12;
const EARLY_TEMPORAL = 2;
const EARLY_PRIORITY = 255;

export interface MediaPorts {
	request(body: ClientBody): Promise<RequestResult>;
	/** Opens a stream of mine with a fresh nonce. */
	open(streamClass: StreamClass, rtp: ReturnType<typeof wireParameters>): Promise<{ stream: number; result: RequestResult }>;
	/** Frames of this sender belong to the stream. */
	bind(token: number, stream: number): void;
	isUp(): boolean;
	/** This browser can open what others send. */
	readonly canPlay: boolean;
	mayOpen(kind: MediaKind): boolean;
	room(room: MediaRoom): void;
	people(people: MediaPeople): void;
	gone(retryMs: number): void;
}

const CLASS_OF: Readonly<Record<MediaKind, StreamClass>> = {
	audio: StreamClass.STREAM_AUDIO, video: StreamClass.STREAM_VIDEO,
};

export function kindOfStream(stream: Stream): MediaKind | null {
	if (stream.streamClass === StreamClass.STREAM_AUDIO) return 'audio';
	return stream.streamClass === StreamClass.STREAM_VIDEO ? 'video' : null;
}

/** What is waited for by one who asked; the newest wins. */
class Awaited<T> {
	#resolve: ((value: T | null) => void) | null = null;

	next(): Promise<T | null> {
		this.give(null);
		return new Promise((resolve) => {
			const timer = setTimeout(() => this.give(null), PATIENCE_MS);
			this.#resolve = (value) => {
				clearTimeout(timer);
				resolve(value);
			};
		});
	}

	give(value: T | null): void {
		this.#resolve?.(value);
		this.#resolve = null;
	}
}

export class Media {
	readonly #setup = new Awaited<MediaSetup>();
	readonly #restarts = { send: new Awaited<IceParameters>(), receive: new Awaited<IceParameters>() };
	readonly #consumers = new Map<number, Awaited<ConsumerSetup>>();
	#speaking: ReadonlyMap<number, number> = new Map();
	#active = 0;
	#qualities = new Map<number, MediaQuality>();
	#layers: readonly ConsumerLayer[] = [];
	#told = '';
	#wasUp = false;
	/** There are transports, which do not hang on the connection. */
	#hasTransports = false;
	#isKept = false;
	/** Asked for before the page asked; each is given out once. */
	#earlySetup: Promise<MediaSetup | null> | null = null;
	readonly #earlyConsumers = new Map<number, Promise<ConsumerSetup | null>>();

	constructor(
		private readonly replica: Replica,
		private readonly ports: MediaPorts,
	) {}

	// ---- calls of the page --------------------------------------------------------------

	/** Null: there is no media process just now, or no connection. */
	join(): Promise<MediaSetup | null> {
		const early = this.#earlySetup;
		this.#earlySetup = null;
		return early ?? this.#join();
	}

	#join(): Promise<MediaSetup | null> {
		this.#earlyConsumers.clear();
		const coming = this.#setup.next();
		void this.#ask({ case: 'mediaJoin', value: {} }, this.#setup);
		return coming;
	}

	async connect(direction: Direction, dtls: DtlsParameters): Promise<boolean> {
		const value = { direction: wireDirection(direction), dtls: wireDtls(dtls) };
		return refusalOf(await this.ports.request({ case: 'transportConnect', value })) === null;
	}

	async restart(direction: Direction): Promise<IceParameters | null> {
		const awaited = this.#restarts[direction];
		const coming = awaited.next();
		void this.#ask({ case: 'iceRestart', value: { direction: wireDirection(direction) } }, awaited);
		return coming;
	}

	/** Opens my microphone's or camera's stream; token names the transform that seals its frames. */
	async open(kind: MediaKind, token: number, rtp: SentRtp): Promise<MediaOpened> {
		const { stream, result } = await this.ports.open(CLASS_OF[kind], wireParameters(kind, rtp));
		if (stream === 0) return { refused: refusalOf(result) ?? ('invalid' satisfies RefusalReason) };
		this.ports.bind(token, stream);
		return { stream };
	}

	async pause(stream: number, on: boolean): Promise<CommandResult> {
		const mode = on ? PauseMode.PAUSE_BLANK : PauseMode.PAUSE_NONE;
		return commandResult(await this.ports.request({ case: 'streamPause', value: { stream, mode } }));
	}

	/** My line carries less of my camera than I would send. */
	async hold(on: boolean): Promise<void> {
		await this.ports.request({ case: 'cameraHeld', value: { on } });
	}

	async close(stream: number): Promise<void> {
		await this.ports.request({ case: 'streamClose', value: { stream } });
	}

	subscribe(stream: number, on: boolean): Promise<ConsumerSetup | null> {
		const early = this.#earlyConsumers.get(stream);
		this.#earlyConsumers.delete(stream);
		return on && early ? early : this.#subscribe(stream, on);
	}

	async #subscribe(stream: number, on: boolean): Promise<ConsumerSetup | null> {
		const awaited = new Awaited<ConsumerSetup>();
		const coming = on ? awaited.next() : Promise.resolve(null);
		if (on) this.#consumers.set(stream, awaited);
		void this.#ask({ case: 'streamSubscribe', value: { stream, on } }, awaited);
		const consumer = await coming;
		if (this.#consumers.get(stream) === awaited) this.#consumers.delete(stream);
		return consumer;
	}

	async want(wants: readonly ConsumerWant[]): Promise<void> {
		for (let at = 0; at < wants.length; at += WANTS_MAX) {
			const some = wants.slice(at, at + WANTS_MAX).map((want) => ({ ...want }));
			await this.ports.request({ case: 'consumerWants', value: { wants: some } });
		}
	}

	/**
	 * What the page will ask for as soon as it has drawn the room, all in one go: transports, consumers, and the
	 * smallest picture of each, so that key frames are on their way meanwhile.
	 */
	#begin({ me, streams }: MediaRoom): void {
		const first = streams.filter((info) => info.from !== me).slice(0, EARLY_MAX);
		if (first.length === 0 || !this.ports.canPlay) return;
		this.#earlySetup = this.#join();
		for (const { stream } of first) this.#earlyConsumers.set(stream, this.#subscribe(stream, true));
		void this.want(first.map(({ stream, kind }) => ({
			stream, on: true, maxSpatial: 0, maxTemporal: EARLY_TEMPORAL, priority: kind === 'audio' ? EARLY_PRIORITY : 0,
		})));
	}

	#forgetEarly(): void {
		this.#earlySetup = null;
		this.#earlyConsumers.clear();
	}

	/** The answer comes as a message of its own, before or after the Result; a refusal is the end of it. */
	async #ask<T>(body: ClientBody, awaited: Awaited<T>): Promise<void> {
		if (refusalOf(await this.ports.request(body)) !== null) awaited.give(null);
	}

	/** Transports and streams of mine go on while the connection is another. */
	get keeps(): boolean {
		return this.#hasTransports;
	}

	/** Whether the server has kept them. */
	handleWelcome(isKept: boolean): void {
		this.#hasTransports = this.#isKept = isKept;
	}

	// ---- what the server says -----------------------------------------------------------

	handleReady(ready: MediaReady): void {
		this.#hasTransports = true;
		this.#setup.give(setupOf(ready));
	}

	handleRestarted({ direction, ice }: IceRestarted): void {
		const which = direction === wireDirection('send') ? 'send' : 'receive';
		this.#restarts[which].give(iceOf(ice));
	}

	handleConsumer(consumer: Consumer): void {
		const isOfItsKind = this.#kindOf(consumer.stream) === (consumer.kind === WireKind.KIND_AUDIO ? 'audio' : 'video');
		this.#consumers.get(consumer.stream)?.give(isOfItsKind ? consumerOf(consumer) : null);
	}

	handleGone(retryMs: number): void {
		this.#hasTransports = false;
		this.#forgetTalk();
		this.#forgetEarly();
		this.ports.gone(retryMs);
	}

	handleSpeakers({ active, members, levels }: Speakers): void {
		this.#active = active;
		this.#speaking = new Map(members.map((member, at) => [member, levels[at] ?? 127]));
		this.#tellPeople();
	}

	/** Qualities are of those that changed, layers of all that I receive. */
	handleQualities({ members, layers }: Qualities): void {
		if (layers.length > 0) this.#layers = layers;
		for (const quality of members) {
			if (!this.replica.members.has(quality.member)) continue;
			this.#qualities.set(quality.member, {
				grade: gradeOf(quality.grade),
				reason: reasonOf(quality.reason),
				path: pathOf(quality.path),
				rttMs: quality.rttMs,
				lossUp: quality.lossUp / 10,
				lossDown: quality.lossDown / 10,
				kbitUp: quality.kbitUp,
				kbitDown: quality.kbitDown,
			});
		}
		this.#tellPeople();
	}

	/** The room's streams, rights or the connection have changed, or may have. */
	handleState(): void {
		const streams = [...this.replica.streams.values()].flatMap((stream) => {
			const kind = kindOfStream(stream);
			if (!kind || !this.replica.members.has(stream.from)) return [];
			const paused = stream.paused !== PauseMode.PAUSE_NONE;
			return [{ stream: stream.id, from: asMember(stream.from), kind, paused, muted: paused && stream.muted }];
		});
		const isUp = this.ports.isUp();
		const room: MediaRoom = {
			isUp, isKept: this.#isKept, me: asMember(this.replica.me), streams,
			mayAudio: isUp && this.ports.mayOpen('audio'), mayVideo: isUp && this.ports.mayOpen('video'),
		};
		if (isUp && !this.#wasUp && !this.#isKept) this.#begin(room);
		this.#wasUp = isUp;
		const told = JSON.stringify(room);
		if (told === this.#told) return;
		this.#told = told;
		this.ports.room(room);
		this.#tellPeople();
	}

	handleDown(): void {
		this.#forgetEarly();
		this.#setup.give(null);
		for (const awaited of Object.values(this.#restarts)) awaited.give(null);
		for (const awaited of this.#consumers.values()) awaited.give(null);
		this.#forgetTalk();
		this.handleState();
	}

	#forgetTalk(): void {
		this.#speaking = new Map();
		this.#active = 0;
		this.#qualities.clear();
		this.#layers = [];
		this.#tellPeople();
	}

	#kindOf(stream: number): MediaKind | null {
		const known = this.replica.streams.get(stream);
		return known ? kindOfStream(known) : null;
	}

	#tellPeople(): void {
		for (const member of this.#qualities.keys()) if (!this.replica.members.has(member)) this.#qualities.delete(member);
		this.ports.people({
			active: asMember(this.#active),
			speaking: [...this.#speaking].map(([member, level]) => ({ member: asMember(member), level })),
			qualities: [...this.#qualities].map(([member, quality]) => ({ member: asMember(member), ...quality })),
			layers: this.#layers.flatMap((layer) => this.#layerOf(layer)),
		});
	}

	#layerOf({ stream, on, spatial, kbitS }: ConsumerLayer): MediaLayer[] {
		const known = this.replica.streams.get(stream);
		if (!known || kindOfStream(known) !== 'video') return [];
		return [{ member: asMember(known.from), on, spatial, kbit: kbitS }];
	}
}
