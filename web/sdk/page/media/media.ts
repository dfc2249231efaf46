// SPDX-License-Identifier: Apache-2.0
// The page's half of audio and video. It is loaded when somebody can be heard or seen, or wants to
// be. One loop brings what is (transports, producers, consumers) to what should be (the room's
// streams, my devices, the tiles on the page); everything else only changes one of the two.
import type { MediaKind, MediaRoom, MediaStreamInfo } from '../../shared/media';
import type {
	Device, DeviceProblem, MediaInspection, MediaMember, MediaPath, MediaState, MediaView, MemberId, OwnDevice,
} from '../../shared/types';
import { LevelMeter } from './level';
import { MediaLink } from './link';
import type { Consumer, Port, Producer } from './link';
import { Mute } from './mute';
import { OwnTrack } from './own';
import { Pace } from './pace';
import { Patience } from './patience';
import { Speakers } from './speakers';
import { Tiles } from './tiles';
import { wantFor } from './want';

const KINDS = ['audio', 'video'] as const;
const AUDIO_PRIORITY = 255;
const RETRY_MS = 2000;
const LOOK_MS = 3000;
/** The server takes 200 messages at once and 50 a second, of all kinds, and closes who sends more. */
const SUBSCRIBE_BURST = 80;
const SUBSCRIBE_PER_S = 25;
/** So many at a time: in between, my own devices have their turn. */
const SUBSCRIBE_AT_ONCE = 20;
/** So many looks in a row at a computer that is too slow, before it is said. */
const SLOW_LOOKS = 3;

interface Own {
	readonly track: OwnTrack;
	readonly mute: Mute;
	producer: Producer | null;
	/** The track that the producer sends. */
	sent: MediaStreamTrack | null;
	/** The room has announced the producer's stream. */
	wasAnnounced: boolean;
}

interface Received {
	readonly info: MediaStreamInfo;
	/** Null: it cannot be played here. */
	readonly consumer: Consumer | null;
	readonly patience: Patience;
}

const NO_ROOM: MediaRoom = { isUp: false, me: 0 as MemberId, mayAudio: false, mayVideo: false, streams: [] };
const SUPPORTED = 'RTCPeerConnection' in globalThis && 'RTCRtpScriptTransform' in globalThis;

export class Media {
	readonly #own: Readonly<Record<MediaKind, Own>>;
	readonly #tiles = new Tiles(() => this.#want());
	readonly #speakers = new Speakers(() => this.#show());
	readonly #meter = new LevelMeter();
	readonly #received = new Map<number, Received>();
	readonly #pace = new Pace(SUBSCRIBE_BURST, SUBSCRIBE_PER_S);
	/** Streams that could not be had, and when to ask again. */
	readonly #putOff = new Map<number, number>();
	#room = NO_ROOM;
	#link: MediaLink | null = null;
	#isAway = false;
	/** Counts what was thrown away: a link made for one before is nobody's. */
	#drops = 0;
	#notBefore = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#isSyncing = false;
	#again = false;
	#lastToken = 0;
	#active = 0 as MemberId;
	#devices: readonly MediaDeviceInfo[] = [];
	#path: MediaPath = 'unknown';
	#slowLooks = 0;
	#told = '';
	#toldWants = '';

	constructor(
		private readonly port: Port,
		private readonly changed: (view: MediaView) => void,
	) {
		const own = (kind: MediaKind): Own => ({
			track: new OwnTrack(kind, { changed: () => this.#ownChanged() }),
			mute: new Mute(), producer: null, sent: null, wasAnnounced: false,
		});
		this.#own = { audio: own('audio'), video: own('video') };
		navigator.mediaDevices?.addEventListener('devicechange', () => void this.#listDevices());
		addEventListener('online', () => this.#link?.restart());
		setInterval(() => void this.#look(), LOOK_MS);
		void this.#listDevices();
	}

	// ---- what the room says ---------------------------------------------------------------

	handleRoom(room: MediaRoom): void {
		if (this.#room.isUp && !room.isUp) this.#drop();
		this.#room = room;
		for (const kind of KINDS) this.#obey(this.#own[kind], kind);
		this.#sync();
	}

	handleGone(retryMs: number): void {
		this.#drop();
		this.#isAway = true;
		this.#later(retryMs);
		this.#show();
	}

	handleActive(member: MemberId): void {
		if (member === this.#active) return;
		this.#active = member;
		this.#want();
	}

	/** The membership is over: no device stays on. */
	end(): void {
		this.#drop();
		this.#room = NO_ROOM;
		for (const kind of KINDS) this.#own[kind].track.stop();
		this.#meter.watch(null);
	}

	// ---- what the person does -------------------------------------------------------------

	async turn(kind: MediaKind, on: boolean): Promise<void> {
		const own = this.#own[kind];
		if (!on) return own.track.stop();
		if (!SUPPORTED) return own.track.stop('unsupported');
		own.mute.set(false);
		await own.track.start();
		void this.#listDevices();
	}

	async mute(kind: MediaKind, on: boolean): Promise<void> {
		const own = this.#own[kind];
		own.mute.set(on);
		this.#applyMute(own);
		this.#show();
		await this.#tellMute(own);
	}

	async choose(kind: MediaKind, device: string): Promise<void> {
		const own = this.#own[kind];
		own.track.wanted = device;
		if (own.track.track) await own.track.start(device);
		this.#show();
	}

	chooseSpeaker(device: string): void {
		this.#speakers.choose(device);
	}

	playSound(): void {
		this.#speakers.play();
	}

	/** Shows this member's camera in the element until the returned function is called. */
	attach(member: MemberId, element: HTMLVideoElement): () => void {
		this.#tiles.add(member, element);
		this.#showIn(member, element);
		return () => {
			this.#tiles.remove(element);
			element.srcObject = null;
		};
	}

	/** 0 to 1, of my microphone just now. */
	level(): number {
		return this.#meter.level();
	}

	// ---- the loop -------------------------------------------------------------------------

	#ownChanged(): void {
		this.#meter.watch(this.#own.audio.track.track);
		for (const element of this.#tiles.elementsOf(this.#room.me)) this.#showIn(this.#room.me, element);
		for (const kind of KINDS) this.#applyMute(this.#own[kind]);
		this.#sync();
	}

	#later(ms: number): void {
		this.#notBefore = Date.now() + ms;
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#sync(), ms + 1);
	}

	#sync(): void {
		this.#again = true;
		this.#show();
		if (!this.#isSyncing) void this.#run();
	}

	async #run(): Promise<void> {
		this.#isSyncing = true;
		while (this.#again) {
			this.#again = false;
			await this.#step().catch(() => this.#later(RETRY_MS));
		}
		this.#isSyncing = false;
		this.#show();
		this.#want();
	}

	async #step(): Promise<void> {
		if (!this.#room.isUp || !SUPPORTED) return;
		if (!this.#link && !(await this.#open())) return;
		for (const kind of KINDS) await this.#syncOwn(this.#own[kind], kind);
		await this.#syncReceived();
	}

	#isNeeded(): boolean {
		return this.#others().length > 0 || KINDS.some((kind) => this.#own[kind].track.track);
	}

	#others(): readonly MediaStreamInfo[] {
		return this.#room.streams.filter((info) => info.from !== this.#room.me);
	}

	async #open(): Promise<boolean> {
		if (!this.#isNeeded() || Date.now() < this.#notBefore) return false;
		const drops = this.#drops;
		const setup = await this.port.call('mediaJoin', []);
		if (drops !== this.#drops) {
			this.#again = true;
			return false;
		}
		this.#isAway = setup === null;
		if (!setup) {
			this.#later(RETRY_MS);
			return false;
		}
		const link = await MediaLink.create(setup, this.port, { changed: () => this.#show() });
		if (drops !== this.#drops) {
			link.close();
			this.#again = true;
			return false;
		}
		this.#link = link;
		return true;
	}

	/** Everything that hangs on the transports. My devices stay on: they go on when there are new ones. */
	#drop(): void {
		this.#drops += 1;
		this.#link?.close();
		this.#link = null;
		for (const own of Object.values(this.#own)) this.#forgetProducer(own);
		for (const { info } of this.#received.values()) this.#speakers.remove(info.stream);
		this.#received.clear();
		this.#putOff.clear();
		this.#toldWants = '';
		this.#refreshVideos();
	}

	#forgetProducer(own: Own): void {
		own.producer?.close();
		own.producer = own.sent = null;
		own.wasAnnounced = false;
		own.mute.handleGone();
	}

	async #syncOwn(own: Own, kind: MediaKind): Promise<void> {
		const { track } = own.track;
		const may = kind === 'audio' ? this.#room.mayAudio : this.#room.mayVideo;
		const announced = own.producer && this.#announced(own.producer);
		if (announced) own.wasAnnounced = true;
		// Closed by the server: with the right to it, or with the media process.
		if (own.producer && own.wasAnnounced && !announced) this.#forgetProducer(own);
		if (track && !may) return own.track.stop('not_allowed');
		if (!track) return this.#stopProducer(own);
		if (!own.producer) return this.#produce(own, kind, track);
		if (own.sent !== track) {
			own.sent = track;
			await own.producer.replaceTrack({ track });
		}
	}

	#announced(producer: Producer): MediaStreamInfo | undefined {
		return this.#room.streams.find((info) => info.stream === Number(producer.id));
	}

	async #stopProducer(own: Own): Promise<void> {
		const { producer } = own;
		if (!producer) return;
		this.#forgetProducer(own);
		await this.port.call('mediaClose', [Number(producer.id)]);
	}

	async #produce(own: Own, kind: MediaKind, track: MediaStreamTrack): Promise<void> {
		const link = this.#link;
		if (!link) return;
		if (!link.canSend(kind)) return own.track.stop('no_codec');
		this.#applyMute(own);
		own.sent = track;
		try {
			const producer = await link.produce(kind, track, ++this.#lastToken);
			if (link !== this.#link) return producer.close();
			own.producer = producer;
			this.#obey(own, kind);
		} catch (error) {
			own.sent = null;
			const problem = refusedFor(error);
			if (problem) own.track.stop(problem);
			else this.#later(RETRY_MS);
			return;
		}
		await this.#tellMute(own);
	}

	/** The organizer's mute; a camera that he stopped has no light either. */
	#obey(own: Own, kind: MediaKind): void {
		const held = own.producer && this.#announced(own.producer)?.muted;
		if (own.mute.handleHeld(held ?? false) && kind === 'video') own.track.stop('stopped');
		this.#applyMute(own);
	}

	/** The server stops forwarding; the track is silent before it knows. */
	#applyMute({ mute, track: { track } }: Own): void {
		if (track) track.enabled = !mute.isSilent;
	}

	async #tellMute({ producer, mute }: Own): Promise<void> {
		if (!producer || !mute.isToTell(this.#announced(producer)?.paused ?? false)) return;
		mute.asked = mute.on;
		await this.port.call('mediaPause', [Number(producer.id), mute.on]);
	}

	async #syncReceived(): Promise<void> {
		const others = this.#others();
		const wanted = new Set(others.map((info) => info.stream));
		for (const [stream, { consumer }] of this.#received) {
			if (wanted.has(stream)) continue;
			consumer?.close();
			this.#speakers.remove(stream);
			this.#received.delete(stream);
			this.#refreshVideos();
		}
		const now = Date.now();
		const missing = others.filter(({ stream }) => !this.#received.has(stream) && (this.#putOff.get(stream) ?? 0) <= now);
		await Promise.all(missing.slice(0, SUBSCRIBE_AT_ONCE).map((info) => this.#receive(info)));
		if (missing.length > SUBSCRIBE_AT_ONCE) this.#again = true;
	}

	async #receive(info: MediaStreamInfo): Promise<void> {
		const link = this.#link;
		await wait(this.#pace.take(performance.now()));
		if (!link || link !== this.#link) return;
		const setup = await this.port.call('mediaSubscribe', [info.stream, true]);
		if (link !== this.#link) return;
		if (setup && !link.canReceive(setup)) {
			this.#received.set(info.stream, { info, consumer: null, patience: new Patience() });
			return;
		}
		const consumer = setup && (await link.consume(setup, `m${info.from}`).catch(() => null));
		if (link !== this.#link) return consumer?.close();
		if (!consumer) return this.#askLater(info.stream);
		this.#received.set(info.stream, { info, consumer, patience: new Patience() });
		if (info.kind === 'audio') this.#speakers.add(info.stream, consumer.track);
		else for (const element of this.#tiles.elementsOf(info.from)) this.#showIn(info.from, element);
	}

	/** What the server may have made of it goes before it is asked for again. */
	#askLater(stream: number): void {
		this.#putOff.set(stream, Date.now() + RETRY_MS);
		void this.port.call('mediaSubscribe', [stream, false]);
		setTimeout(() => this.#sync(), RETRY_MS + 1);
	}

	/** Tells the server what can be heard and seen here now. */
	#want(): void {
		if (!this.#link) return;
		const wants = [...this.#received.values()].filter(({ consumer }) => consumer).map(({ info }) =>
			info.kind === 'audio'
				? { stream: info.stream, on: true, maxSpatial: 0, maxTemporal: 0, priority: AUDIO_PRIORITY }
				: wantFor(info.stream, this.#tiles.of(info.from), info.from === this.#active));
		const told = JSON.stringify(wants);
		if (told === this.#toldWants) return;
		this.#toldWants = told;
		if (wants.length > 0) void this.port.call('mediaWant', [wants]);
	}

	// ---- what is shown ----------------------------------------------------------------------

	#refreshVideos(): void {
		const members = new Set([...this.#room.streams.map((info) => info.from), this.#room.me]);
		for (const member of members) for (const element of this.#tiles.elementsOf(member)) this.#showIn(member, element);
	}

	#showIn(member: MemberId, element: HTMLVideoElement): void {
		const received = [...this.#received.values()].find(({ info }) => info.kind === 'video' && info.from === member);
		// Before the room there is no member yet: what is shown is my own preview.
		const track = member === this.#room.me ? this.#own.video.track.track : (received?.consumer?.track ?? null);
		const shown = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : null;
		if ((shown ?? null) === track) return;
		element.srcObject = track && new MediaStream([track]);
		if (track) void element.play().catch(() => undefined);
	}

	async #listDevices(): Promise<void> {
		this.#devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
		this.#show();
	}

	/** Browsers give no names before the person has said yes to something. */
	#named(kind: MediaDeviceKind): readonly Device[] {
		const known = this.#devices.filter((device) => device.kind === kind && device.deviceId !== '');
		return known.map(({ deviceId, label }) => ({ id: deviceId, label }));
	}

	#ownState(own: Own): OwnDevice['state'] {
		if (own.track.isAsking && !own.track.track) return 'asking';
		if (!own.track.track) return 'off';
		if (own.mute.isSilent) return 'muted';
		if (!this.#room.isUp) return 'preview';
		const announced = own.producer && this.#announced(own.producer);
		return announced && this.#link?.state === 'connected' ? 'on' : 'connecting';
	}

	#shownOwn(kind: MediaKind): OwnDevice {
		const own = this.#own[kind];
		const announced = own.producer && this.#announced(own.producer);
		return {
			state: this.#ownState(own),
			byOrganizer: announced?.muted ?? false,
			problem: own.track.problem,
			device: own.track.device || own.track.wanted,
			devices: this.#named(`${kind}input`),
		};
	}

	#members(): readonly MediaMember[] {
		const members = new Map<MemberId, MediaMember>();
		for (const { stream, from, kind, paused } of this.#room.streams) {
			const known = members.get(from) ?? { member: from, audio: 'none', video: 'none', playable: true };
			const playable = known.playable && this.#received.get(stream)?.consumer !== null;
			members.set(from, {
				...known,
				playable,
				...(kind === 'audio' ? { audio: paused ? 'muted' : 'on' } : { video: paused ? 'paused' : 'on' }),
			});
		}
		return [...members.values()];
	}

	#state(): MediaState {
		if (!SUPPORTED) return 'unsupported';
		if (this.#link) return this.#link.state;
		if (!this.#room.isUp || !this.#isNeeded()) return 'off';
		return this.#isAway ? 'unavailable' : 'connecting';
	}

	#show(): void {
		const view: MediaView = {
			state: this.#state(),
			path: this.#path,
			microphone: this.#shownOwn('audio'),
			camera: this.#shownOwn('video'),
			speakers: this.#named('audiooutput'),
			speaker: this.#speakers.device,
			members: this.#members(),
			soundBlocked: this.#speakers.isBlocked,
			overloaded: this.#slowLooks >= SLOW_LOOKS,
		};
		const told = JSON.stringify(view);
		if (told === this.#told) return;
		this.#told = told;
		this.changed(view);
	}

	async #look(): Promise<void> {
		if (!this.#link || document.visibilityState !== 'visible') return;
		this.#path = await this.#link.path();
		for (const received of this.#received.values()) if (received.info.kind === 'video') void this.#steady(received);
		const stats = await this.#own.video.producer?.getStats().catch(() => null);
		const all = [...(stats?.values() ?? [])] as Record<string, unknown>[];
		const slow = all.some((one) => one['qualityLimitationReason'] === 'cpu');
		this.#slowLooks = slow ? this.#slowLooks + 1 : 0;
		this.#show();
	}

	async #steady({ consumer, patience }: Received): Promise<void> {
		const stats = await consumer?.getStats().catch(() => null);
		const inbound = ([...(stats?.values() ?? [])] as Record<string, unknown>[]).find((one) => one['type'] === 'inbound-rtp');
		const receiver = consumer?.rtpReceiver as { jitterBufferTarget?: number | null } | undefined;
		if (!inbound || !receiver) return;
		receiver.jitterBufferTarget = patience.look(Number(inbound['packetsReceived'] ?? 0), Number(inbound['nackCount'] ?? 0));
	}

	// ---- for tests and support --------------------------------------------------------------

	async inspect(): Promise<MediaInspection> {
		const number = (from: Record<string, unknown> | undefined, name: string): number => Number(from?.[name] ?? 0);
		const find = (stats: RTCStatsReport | undefined, type: string): Record<string, unknown>[] =>
			([...(stats?.values() ?? [])] as Record<string, unknown>[]).filter((one) => one['type'] === type);
		const receiving = await Promise.all([...this.#received.values()].map(async ({ info, consumer }) => {
			const [inbound] = find(await consumer?.getStats().catch(() => undefined), 'inbound-rtp');
			return {
				member: info.from,
				kind: info.kind,
				packets: number(inbound, 'packetsReceived'),
				lost: number(inbound, 'packetsLost'),
				energy: number(inbound, 'totalAudioEnergy'),
				framesDecoded: number(inbound, 'framesDecoded'),
				width: number(inbound, 'frameWidth'),
				height: number(inbound, 'frameHeight'),
			};
		}));
		const sending = await Promise.all(KINDS.filter((kind) => this.#own[kind].producer).map(async (kind) => {
			const outbound = find(await this.#own[kind].producer?.getStats().catch(() => undefined), 'outbound-rtp');
			const active = outbound.filter((one) => number(one, 'packetsSent') > 0);
			return { kind, packets: active.reduce((sum, one) => sum + number(one, 'packetsSent'), 0), layers: active.length };
		}));
		return { state: this.#state(), path: this.#link ? await this.#link.path() : 'unknown', receiving, sending };
	}
}

const wait = (ms: number): Promise<void> => (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : Promise.resolve());

/** Null: worth another try. */
function refusedFor(error: unknown): DeviceProblem | null {
	const why = error instanceof Error ? error.message : '';
	if (why === 'denied') return 'not_allowed';
	return why === 'invalid' ? 'failed' : null;
}
