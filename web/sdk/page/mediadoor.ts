// SPDX-License-Identifier: Apache-2.0
// The way to audio and video, which are large: what they are made of is loaded when the page has come to rest, or
// when the person presses a button for it, or when there is somebody to hear or to see.
import type { MediaKind, MediaRoom } from '../shared/media';
import type { Device, MediaInspection, MediaPeople, MediaView, MemberId, OwnDevice } from '../shared/types';
import type { Media } from './media/media';
import { IN_TIME } from './media/behind';
import { UNTRIED } from './media/untried';
import type { WorkerPort } from './port';

const OFF: OwnDevice = { state: 'off', byOrganizer: false, problem: null, device: '', devices: [] };
const NO_DEVICES: readonly Device[] = [];
export const NO_MEDIA: MediaView = {
	state: 'off', path: 'unknown', trial: UNTRIED, microphone: OFF, camera: OFF, speakers: NO_DEVICES, speaker: '', members: [],
	soundBlocked: false, overloaded: false, sealing: IN_TIME,
};
export const NO_PEOPLE: MediaPeople = { active: 0 as MemberId, speaking: [], qualities: [], layers: [] };
export const NO_INSPECTION: MediaInspection = { state: 'off', path: 'unknown', receiving: [], sending: [] };

export class MediaDoor {
	#media: Promise<Media | null> | null = null;
	#loaded: Media | null = null;
	#room: MediaRoom | null = null;
	#active = 0 as MemberId;
	/** Counts memberships that ended: what was pressed in one of them opens no device after it. */
	#ends = 0;

	constructor(
		private readonly port: WorkerPort,
		private readonly changed: (view: MediaView) => void,
	) {}

	/** Loads ahead what a call needs, and tries the network. */
	async prepare(): Promise<void> {
		await (await this.#load())?.prepare();
	}

	handleRoom(room: MediaRoom): void {
		this.#room = room;
		if (this.#loaded) this.#loaded.handleRoom(room);
		else if (room.streams.some((info) => info.from !== room.me)) void this.#load();
	}

	handleGone(retryMs: number): void {
		this.#loaded?.handleGone(retryMs);
	}

	handlePeople({ active }: MediaPeople): void {
		this.#active = active;
		this.#loaded?.handleActive(active);
	}

	async turn(kind: MediaKind, on: boolean): Promise<void> {
		const ends = this.#ends;
		const media = await this.#load();
		if (ends === this.#ends) await media?.turn(kind, on);
	}
	async mute(kind: MediaKind, on: boolean): Promise<void> {
		await this.#loaded?.mute(kind, on);
	}
	async choose(kind: MediaKind, device: string): Promise<void> {
		await (await this.#load())?.choose(kind, device);
	}
	chooseSpeaker(device: string): void {
		this.#loaded?.chooseSpeaker(device);
	}
	playSound(): void {
		this.#loaded?.playSound();
	}
	async playTone(): Promise<boolean> {
		return (await (await this.#load())?.playTone()) ?? false;
	}
	level(): number {
		return this.#loaded?.level() ?? 0;
	}

	/** The element shows the member's camera until the returned function is called. */
	attach(member: MemberId, element: HTMLVideoElement): () => void {
		let detach: (() => void) | null = null;
		let isOver = false;
		void this.#load().then((media) => {
			if (media && !isOver) detach = media.attach(member, element);
		});
		return () => {
			isOver = true;
			detach?.();
		};
	}

	/** The membership is over, or is a waiter's again. */
	end(): void {
		this.#ends += 1;
		this.#room = null;
		this.#loaded?.end();
	}

	async inspect(): Promise<MediaInspection> {
		return (await this.#loaded?.inspect()) ?? NO_INSPECTION;
	}

	/** Null when it cannot be loaded: the server was replaced since. The next press tries again. */
	#load(): Promise<Media | null> {
		this.#media ??= import('./media/media').then(({ Media }) => {
			const media = new Media(this.port, this.changed);
			this.#loaded = media;
			if (this.#room) media.handleRoom(this.#room);
			media.handleActive(this.#active);
			return media;
		}).catch(() => {
			this.#media = null;
			return null;
		});
		return this.#media;
	}
}
