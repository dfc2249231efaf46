// SPDX-License-Identifier: Apache-2.0
// My microphone or my camera, as far as the browser has to do with it: asking for it, losing it,
// another one in its place. Knows nothing of rooms.
import type { MediaKind } from '../../shared/media';
import type { DeviceProblem } from '../../shared/types';

const CONSTRAINTS: Readonly<Record<MediaKind, MediaTrackConstraints>> = {
	audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
	video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } },
};
const PERMISSION: Readonly<Record<MediaKind, string>> = { audio: 'microphone', video: 'camera' };

/** What getUserMedia()'s error means for a person. */
export function problemOf(error: unknown): DeviceProblem {
	switch (error instanceof DOMException ? error.name : '') {
		case 'NotAllowedError':
		case 'SecurityError':
			return 'refused';
		case 'NotFoundError':
		case 'OverconstrainedError':
			return 'no_device';
		case 'NotReadableError':
		case 'AbortError':
			return 'in_use';
		default:
			return 'failed';
	}
}

export interface OwnTrackPorts {
	/** Its track, or why there is none, is another. */
	changed(): void;
}

export class OwnTrack {
	track: MediaStreamTrack | null = null;
	problem: DeviceProblem | null = null;
	isAsking = false;
	/** The person's wish; '' is whatever the browser takes. */
	wanted = '';
	/** Counts askings: an older one that is answered late is nobody's any more. */
	#asking = 0;
	#watching = false;

	constructor(
		readonly kind: MediaKind,
		private readonly ports: OwnTrackPorts,
	) {}

	get device(): string {
		return this.track?.getSettings().deviceId ?? '';
	}

	/** Asks the browser. The track before stays until there is another one. */
	async start(device = this.wanted): Promise<boolean> {
		const asking = ++this.#asking;
		this.isAsking = true;
		this.wanted = device;
		this.ports.changed();
		const got = await this.#ask(device).catch((error: unknown) => problemOf(error));
		if (asking !== this.#asking) {
			if (typeof got !== 'string') got.stop();
			return false;
		}
		this.isAsking = false;
		if (typeof got === 'string') {
			this.problem = got;
			this.ports.changed();
			return false;
		}
		this.#take(got);
		return true;
	}

	stop(problem: DeviceProblem | null = null): void {
		this.#asking += 1;
		this.isAsking = false;
		this.problem = problem;
		const { track } = this;
		this.track = null;
		track?.stop();
		this.ports.changed();
	}

	async #ask(device: string): Promise<MediaStreamTrack | DeviceProblem> {
		if (!navigator.mediaDevices) return 'unsupported';
		const take = (constraints: MediaTrackConstraints): Promise<MediaStream> =>
			navigator.mediaDevices.getUserMedia({ [this.kind]: constraints });
		const any = CONSTRAINTS[this.kind];
		const wanted = device === '' ? any : { ...any, deviceId: { exact: device } };
		const stream = await take(wanted).catch((error: unknown) => {
			if (device === '' || problemOf(error) !== 'no_device') throw error;
			// The one that was chosen is gone; there may be others.
			this.wanted = '';
			return take(any);
		});
		return stream.getTracks()[0] ?? 'no_device';
	}

	#take(track: MediaStreamTrack): void {
		const before = this.track;
		this.track = track;
		this.problem = null;
		if (this.kind === 'video') track.contentHint = 'motion';
		track.onended = () => void this.#lost(track);
		track.onmute = () => this.#silenced(track, 'system_muted');
		track.onunmute = () => this.#silenced(track, null);
		before?.stop();
		void this.#watchPermission();
		this.ports.changed();
	}

	/** Chromium says that it is unmuted only when it was muted; Firefox begins muted. */
	#silenced(track: MediaStreamTrack, problem: DeviceProblem | null): void {
		if (this.track !== track) return;
		this.problem = problem;
		this.ports.changed();
	}

	/**
	 * Unplugged, or taken away by the browser: another microphone takes over where there is one. Another
	 * camera does not: it shows what nobody has looked at yet.
	 */
	async #lost(track: MediaStreamTrack): Promise<void> {
		if (this.track !== track) return;
		if ((await this.#permission()) === 'denied') return this.stop('revoked');
		if (this.track !== track) return;
		if (this.kind === 'video') return this.stop('unplugged');
		const others = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === 'audioinput');
		if (this.track !== track) return;
		if (others.length > 0) await this.start('');
		// Whoever pressed something meanwhile has decided otherwise.
		if (this.track === track && !this.isAsking) this.stop('unplugged');
	}

	async #permission(): Promise<PermissionState | null> {
		const status = await this.#permissionStatus();
		return status?.state ?? null;
	}

	/** Not every browser knows these names. */
	#permissionStatus(): Promise<PermissionStatus | null> {
		const name = PERMISSION[this.kind] as PermissionName;
		return navigator.permissions?.query({ name }).catch(() => null) ?? Promise.resolve(null);
	}

	async #watchPermission(): Promise<void> {
		if (this.#watching) return;
		this.#watching = true;
		const status = await this.#permissionStatus();
		if (status) {
			status.onchange = () => {
				if (status.state === 'denied' && this.track) this.stop('revoked');
			};
		}
	}
}
