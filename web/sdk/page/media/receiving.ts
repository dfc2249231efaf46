// SPDX-License-Identifier: Apache-2.0
// What comes from others: a consumer for each of their streams, and what is wanted of each.
import type { ConsumerSetup, ConsumerWant, MediaRoom, MediaStreamInfo } from '../../shared/media';
import type { MemberId } from '../../shared/types';
import type { Consumer, MediaLink, Port } from './link';
import { Pace } from './pace';
import { Patience } from './patience';
import { Speakers } from './speakers';
import { figure, reportsOfType } from './stats';
import { AUDIO_WANT, wantFor, wantUnseen } from './want';
import type { Tile } from './want';

const RETRY_MS = 2000;
/** The server takes 200 messages at once and 50 a second, of all kinds, and closes who sends more. */
const SUBSCRIBE_BURST = 80;
const SUBSCRIBE_PER_S = 25;
/** So many at a time: in between, my own devices have their turn. */
const SUBSCRIBE_AT_ONCE = 20;
/** A camera without a tile is wanted all the same for so long: the page may still be drawing it. */
const UNSEEN_MS = 1500;

export interface Received {
	readonly info: MediaStreamInfo;
	/** Null: it cannot be played here. */
	readonly consumer: Consumer | null;
	readonly patience: Patience;
}

export interface ReceivingPorts {
	/** Some of it came late, or comes later. */
	again(): void;
	/** A member's camera is another. */
	videoChanged(member: MemberId): void;
	link(): MediaLink | null;
	tilesOf(member: MemberId): readonly Tile[];
}

const wait = (ms: number): Promise<void> => (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : Promise.resolve());

export class Receiving {
	readonly #received = new Map<number, Received>();
	readonly #pace = new Pace(SUBSCRIBE_BURST, SUBSCRIBE_PER_S);
	/** Streams that were asked for, also before there are transports to receive them by. */
	readonly #asked = new Map<number, Promise<ConsumerSetup | null>>();
	/** Streams that could not be had, and when to ask again. */
	readonly #putOff = new Map<number, number>();
	/** Cameras that came lately, and until when they are wanted unseen. */
	readonly #unseen = new Map<number, number>();
	#told = '';

	constructor(
		private readonly port: Port,
		private readonly speakers: Speakers,
		private readonly ports: ReceivingPorts,
	) {}

	get all(): readonly Received[] {
		return [...this.#received.values()];
	}

	isPlayable(stream: number): boolean {
		return this.#received.get(stream)?.consumer !== null;
	}

	cameraOf(member: MemberId): MediaStreamTrack | null {
		return this.all.find(({ info }) => info.kind === 'video' && info.from === member)?.consumer?.track ?? null;
	}

	/** Asks for what sync() will take: the answers come while the transports are made. */
	ask(others: readonly MediaStreamInfo[]): void {
		for (const { stream } of this.#missing(others)) void this.#ask(stream);
	}

	/** Brings what is received to what there is. Returns whether there is more to be done. */
	async sync(others: readonly MediaStreamInfo[]): Promise<boolean> {
		const there = new Set(others.map((info) => info.stream));
		for (const [stream, received] of this.#received) if (!there.has(stream)) this.#end(stream, received);
		const some = this.#missing(others);
		const link = this.ports.link();
		const setups = await Promise.all(some.map(({ stream }) => this.#ask(stream)));
		// Together, so that the browser negotiates once.
		await Promise.all(some.map((info, at) => this.#receive(link, info, setups[at] ?? null)));
		return some.length === SUBSCRIBE_AT_ONCE;
	}

	/** The transports are gone. */
	drop(): void {
		for (const [stream, received] of this.#received) this.#end(stream, received);
		this.#asked.clear();
		this.#putOff.clear();
		this.#unseen.clear();
		this.#told = '';
	}

	/** Tells the server what can be heard and seen here now. */
	want(active: MemberId): void {
		if (!this.ports.link()) return;
		const wants = this.all.filter(({ consumer }) => consumer).map(({ info }) => this.#wantOf(info, active));
		const told = JSON.stringify(wants);
		if (told === this.#told) return;
		this.#told = told;
		if (wants.length > 0) void this.port.call('mediaWant', [wants]);
	}

	/** Lets pictures wait where packets are lost. */
	async steady(): Promise<void> {
		await Promise.all(this.all.map(async ({ info, consumer, patience }) => {
			if (info.kind !== 'video') return;
			const [inbound] = reportsOfType(await consumer?.getStats().catch(() => null), 'inbound-rtp');
			const receiver = consumer?.rtpReceiver as { jitterBufferTarget?: number | null } | undefined;
			if (inbound && receiver) {
				receiver.jitterBufferTarget = patience.look(figure(inbound, 'packetsReceived'), figure(inbound, 'nackCount'));
			}
		}));
	}

	#wantOf(info: MediaStreamInfo, active: MemberId): ConsumerWant {
		if (info.kind === 'audio') return { stream: info.stream, ...AUDIO_WANT };
		const tiles = this.ports.tilesOf(info.from);
		const isNew = tiles.length === 0 && Date.now() < (this.#unseen.get(info.stream) ?? 0);
		if (isNew && document.visibilityState === 'visible') return wantUnseen(info.stream);
		return wantFor(info.stream, tiles, info.from === active);
	}

	#missing(others: readonly MediaStreamInfo[]): readonly MediaStreamInfo[] {
		const now = Date.now();
		const isMissing = ({ stream }: MediaStreamInfo): boolean =>
			!this.#received.has(stream) && (this.#putOff.get(stream) ?? 0) <= now;
		return others.filter(isMissing).slice(0, SUBSCRIBE_AT_ONCE);
	}

	#ask(stream: number): Promise<ConsumerSetup | null> {
		const known = this.#asked.get(stream);
		if (known) return known;
		const asked: Promise<ConsumerSetup | null> = wait(this.#pace.take(performance.now())).then(() =>
			this.#asked.get(stream) === asked ? this.port.call('mediaSubscribe', [stream, true]) : null);
		this.#asked.set(stream, asked);
		return asked;
	}

	async #receive(link: MediaLink | null, info: MediaStreamInfo, setup: ConsumerSetup | null): Promise<void> {
		if (!link || link !== this.ports.link()) return;
		this.#asked.delete(info.stream);
		if (setup && !link.canReceive(setup)) {
			this.#received.set(info.stream, { info, consumer: null, patience: new Patience() });
			return;
		}
		const consumer = setup && (await link.consume(setup, `m${info.from}`).catch(() => null));
		if (link !== this.ports.link()) return consumer?.close();
		if (!consumer) return this.#askLater(info.stream);
		this.#received.set(info.stream, { info, consumer, patience: new Patience() });
		if (info.kind === 'audio') this.speakers.add(info.stream, consumer.track);
		else this.#handleCamera(info);
	}

	#handleCamera({ stream, from }: MediaStreamInfo): void {
		this.#unseen.set(stream, Date.now() + UNSEEN_MS);
		setTimeout(() => this.#unseen.delete(stream) && this.ports.again(), UNSEEN_MS + 1);
		this.ports.videoChanged(from);
	}

	#end(stream: number, { info, consumer }: Received): void {
		consumer?.close();
		this.speakers.remove(stream);
		this.#received.delete(stream);
		if (info.kind === 'video') this.ports.videoChanged(info.from);
	}

	/** What the server may have made of it goes before it is asked for again. */
	#askLater(stream: number): void {
		this.#putOff.set(stream, Date.now() + RETRY_MS);
		void this.port.call('mediaSubscribe', [stream, false]);
		setTimeout(() => this.ports.again(), RETRY_MS + 1);
	}
}

/** Those of others. */
export const othersOf = ({ me, streams }: MediaRoom): readonly MediaStreamInfo[] => streams.filter((info) => info.from !== me);
