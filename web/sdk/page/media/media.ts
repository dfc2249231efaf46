// SPDX-License-Identifier: Apache-2.0
// The page's half of audio and video. It is loaded when the page has nothing better to do, or somebody can be
// heard or seen, or wants to be. One loop brings what is (transports, producers, consumers) to what should be
// (the room's streams, my devices, the tiles on the page); everything else only changes one of the two.
import type { MediaKind, MediaRoom } from '../../shared/media';
import type { MediaInspection, MediaPath, MediaState, MediaView, MemberId, PathTrial } from '../../shared/types';
import { Behind } from './behind';
import { askCapabilities } from './capabilities';
import { Devices } from './devices';
import { Effort } from './effort';
import { LevelMeter } from './level';
import { MediaLink } from './link';
import type { Port } from './link';
import { Receiving, othersOf } from './receiving';
import { Sending } from './sending';
import { Speakers } from './speakers';
import { figure, reportsOfType } from './stats';
import { Tiles } from './tiles';
import { tryPaths } from './trial';
import { UNTRIED } from './untried';
import { membersOf } from './view';

const KINDS = ['audio', 'video'] as const;
const RETRY_MS = 2000;
const LOOK_MS = 3000;

const NO_ROOM: MediaRoom = { isUp: false, isKept: false, me: 0 as MemberId, mayAudio: false, mayVideo: false, streams: [] };
const SUPPORTED = 'RTCPeerConnection' in globalThis && 'RTCRtpScriptTransform' in globalThis;

export class Media {
	readonly #own: Readonly<Record<MediaKind, Sending>>;
	readonly #tiles = new Tiles(() => this.#want());
	readonly #speakers = new Speakers(() => this.#show());
	readonly #meter = new LevelMeter();
	readonly #devices = new Devices(() => this.#show());
	readonly #receiving: Receiving;
	#room = NO_ROOM;
	#link: MediaLink | null = null;
	#isAway = false;
	/** Counts what was thrown away: a link made for one before is nobody's. */
	#drops = 0;
	#notBefore = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#isSyncing = false;
	#again = false;
	#active = 0 as MemberId;
	#path: MediaPath = 'unknown';
	#trial: PathTrial = UNTRIED;
	readonly #effort = new Effort();
	readonly #behind = new Behind();
	#isLooking = false;
	#told = '';

	constructor(
		private readonly port: Port,
		private readonly changed: (view: MediaView) => void,
	) {
		const ports = {
			changed: () => this.#ownChanged(),
			later: () => this.#later(RETRY_MS),
			room: () => this.#room,
			link: () => this.#link,
		};
		this.#own = { audio: new Sending('audio', port, ports), video: new Sending('video', port, ports) };
		this.#receiving = new Receiving(port, this.#speakers, {
			again: () => this.#sync(),
			videoChanged: (member) => this.#refreshVideo(member),
			link: () => this.#link,
			tilesOf: (member) => this.#tiles.of(member),
		});
		addEventListener('online', () => this.#link?.restart());
		setInterval(() => void this.#lookOnce(), LOOK_MS);
	}

	/** What is slow and needed by whoever joins: done while nobody waits for it. */
	async prepare(): Promise<void> {
		if (!SUPPORTED) return;
		await askCapabilities().catch(() => undefined);
		if (this.#link || this.#trial !== UNTRIED) return;
		await tryPaths((trial) => {
			this.#trial = trial;
			this.#show();
		});
	}

	// ---- what the room says ---------------------------------------------------------------

	handleRoom(room: MediaRoom): void {
		// Without the connection the call goes on; what the next one brings tells whether it may.
		if (!this.#room.isUp && room.isUp && !room.isKept) this.#drop();
		this.#room = room;
		for (const kind of KINDS) this.#own[kind].obey();
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
		for (const kind of KINDS) this.#own[kind].own.stop();
		this.#meter.watch(null);
	}

	// ---- what the person does -------------------------------------------------------------

	async turn(kind: MediaKind, on: boolean): Promise<void> {
		const { own, mute } = this.#own[kind];
		if (!on) return own.stop();
		if (!SUPPORTED) return own.stop('unsupported');
		mute.set(false);
		await own.start();
		void this.#devices.list();
	}

	async mute(kind: MediaKind, on: boolean): Promise<void> {
		const own = this.#own[kind];
		own.mute.set(on);
		own.applyMute();
		this.#show();
		await own.tellMute();
	}

	async choose(kind: MediaKind, device: string): Promise<void> {
		const { own } = this.#own[kind];
		own.wanted = device;
		if (own.track) await own.start(device);
		this.#show();
	}

	chooseSpeaker(device: string): void {
		this.#speakers.choose(device);
	}

	playSound(): void {
		this.#speakers.play();
	}

	playTone(): Promise<boolean> {
		return this.#speakers.playTone();
	}

	/** Shows this member's camera in the element until the returned function is called. */
	attach(member: MemberId, element: HTMLVideoElement): () => void {
		this.#tiles.add(member, element);
		this.#showIn(member, element);
		this.#want();
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
		this.#meter.watch(this.#own.audio.own.track);
		this.#refreshVideo(this.#room.me);
		for (const kind of KINDS) this.#own[kind].applyMute();
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

	/** Both directions at once: what I send does not wait for what I receive. */
	async #step(): Promise<void> {
		if (!this.#room.isUp || !SUPPORTED) return;
		if (!this.#link && !(await this.#open())) return;
		const [hasMore] = await Promise.all([
			this.#receiving.sync(othersOf(this.#room)).finally(() => this.#want()),
			...KINDS.map((kind) => this.#own[kind].sync()),
		]);
		if (hasMore) this.#again = true;
	}

	#isNeeded(): boolean {
		return othersOf(this.#room).length > 0 || KINDS.some((kind) => this.#own[kind].own.track);
	}

	async #open(): Promise<boolean> {
		if (!this.#isNeeded() || Date.now() < this.#notBefore) return false;
		const drops = this.#drops;
		const joining = this.port.call('mediaJoin', []);
		this.#receiving.ask(othersOf(this.#room));
		const setup = await joining;
		if (drops !== this.#drops) {
			this.#again = true;
			return false;
		}
		this.#isAway = setup === null;
		if (!setup) {
			this.#receiving.drop();
			this.#later(RETRY_MS);
			return false;
		}
		const link = await MediaLink.create(setup, this.port, {
			changed: () => this.#show(),
			silent: () => void this.port.call('mediaSilent', []),
			broken: () => this.#handleBroken(link),
		});
		if (drops !== this.#drops) {
			link.close();
			this.#again = true;
			return false;
		}
		this.#link = link;
		return true;
	}

	#handleBroken(link: MediaLink): void {
		if (link !== this.#link) return;
		this.#drop();
		this.#later(RETRY_MS);
		this.#show();
	}

	/** Everything that hangs on the transports. My devices stay on: they go on when there are new ones. */
	#drop(): void {
		this.#drops += 1;
		this.#link?.close();
		this.#link = null;
		for (const kind of KINDS) this.#own[kind].forget();
		this.#receiving.drop();
	}

	#want(): void {
		this.#receiving.want(this.#active);
	}

	// ---- what is shown ----------------------------------------------------------------------

	#refreshVideo(member: MemberId): void {
		for (const element of this.#tiles.elementsOf(member)) this.#showIn(member, element);
	}

	#showIn(member: MemberId, element: HTMLVideoElement): void {
		// Before the room there is no member yet: what is shown is my own preview.
		const track = member === this.#room.me ? this.#own.video.own.track : this.#receiving.cameraOf(member);
		const shown = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : null;
		if ((shown ?? null) === track) return;
		element.srcObject = track && new MediaStream([track]);
		if (track) void element.play().catch(() => undefined);
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
			trial: this.#trial,
			microphone: this.#own.audio.shown(this.#devices.named('audioinput')),
			camera: this.#own.video.shown(this.#devices.named('videoinput')),
			speakers: this.#devices.named('audiooutput'),
			speaker: this.#speakers.device,
			members: membersOf(this.#room, (stream) => this.#receiving.isPlayable(stream)),
			soundBlocked: this.#speakers.isBlocked,
			overloaded: this.#effort.isTooMuch,
			sealing: this.#behind.view,
		};
		const told = JSON.stringify(view);
		if (told === this.#told) return;
		this.#told = told;
		this.changed(view);
	}

	/** A slow computer answers later than the next look is due. */
	async #lookOnce(): Promise<void> {
		if (this.#isLooking) return;
		this.#isLooking = true;
		await this.#look().catch(() => undefined);
		this.#isLooking = false;
	}

	async #look(): Promise<void> {
		const link = this.#link;
		if (!link) this.#behind.end();
		if (!link || document.visibilityState !== 'visible') return;
		link.look();
		this.#path = await link.path();
		void this.#receiving.steady();
		this.#behind.look(await this.port.call('mediaLoad', []));
		this.#effort.look(await this.#own.video.encoded(), performance.now());
		this.#show();
	}

	// ---- for tests and support --------------------------------------------------------------

	async inspect(): Promise<MediaInspection> {
		const receiving = await Promise.all(this.#receiving.all.map(async ({ info, consumer }) => {
			const [inbound] = reportsOfType(await consumer?.getStats().catch(() => null), 'inbound-rtp');
			return {
				member: info.from,
				kind: info.kind,
				packets: figure(inbound, 'packetsReceived'),
				lost: figure(inbound, 'packetsLost'),
				energy: figure(inbound, 'totalAudioEnergy'),
				framesDecoded: figure(inbound, 'framesDecoded'),
				width: figure(inbound, 'frameWidth'),
				height: figure(inbound, 'frameHeight'),
			};
		}));
		const sending = await Promise.all(KINDS.filter((kind) => this.#own[kind].producer).map(async (kind) => {
			const outbound = reportsOfType(await this.#own[kind].producer?.getStats().catch(() => null), 'outbound-rtp');
			const active = outbound.filter((one) => figure(one, 'packetsSent') > 0);
			return { kind, packets: active.reduce((sum, one) => sum + figure(one, 'packetsSent'), 0), layers: active.length };
		}));
		return { state: this.#state(), path: this.#link ? await this.#link.path() : 'unknown', receiving, sending };
	}
}
