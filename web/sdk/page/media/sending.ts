// SPDX-License-Identifier: Apache-2.0
// My microphone or my camera on its way to the server: the producer follows the track, the room's rights
// and who muted whom.
import type { MediaKind, MediaRoom, MediaStreamInfo } from '../../shared/media';
import type { Device, DeviceProblem, OwnDevice } from '../../shared/types';
import type { Encoded } from './effort';
import type { MediaLink, Port, Producer } from './link';
import { Mute } from './mute';
import { OwnTrack } from './own';
import { Rise } from './rise';
import { figure, reportsOf } from './stats';

export interface SendingPorts {
	/** The track, or why there is none, is another. */
	changed(): void;
	/** It did not work; worth another try. */
	later(): void;
	room(): MediaRoom;
	link(): MediaLink | null;
}

let lastToken = 0;

export class Sending {
	readonly own: OwnTrack;
	readonly mute = new Mute();
	#producer: Producer | null = null;
	/** Of a camera. */
	#rise: Rise | null = null;
	/** The track that the producer sends. */
	#sent: MediaStreamTrack | null = null;
	/** The room has announced the producer's stream. */
	#wasAnnounced = false;

	constructor(
		readonly kind: MediaKind,
		private readonly port: Port,
		private readonly ports: SendingPorts,
	) {
		this.own = new OwnTrack(kind, { changed: () => ports.changed() });
	}

	get producer(): Producer | null {
		return this.#producer;
	}

	/** What has been made of the camera's pictures; null: none are sent. */
	async encoded(): Promise<Encoded | null> {
		const reports = reportsOf(await this.#producer?.getStats().catch(() => null));
		const outbound = reports.filter((one) => one['type'] === 'outbound-rtp');
		// Encodings are made together: each counts the whole time.
		const [most] = outbound.sort((a, b) => figure(b, 'framesEncoded') - figure(a, 'framesEncoded'));
		return most === undefined ? null : {
			isLimited: outbound.some((one) => one['qualityLimitationReason'] === 'cpu'),
			captured: figure(reports.find((one) => one['type'] === 'media-source'), 'frames'),
			encoded: figure(most, 'framesEncoded'),
			encodeS: figure(most, 'totalEncodeTime'),
		};
	}

	/** What the room says of it. */
	get #announced(): MediaStreamInfo | undefined {
		const id = Number(this.#producer?.id);
		return this.ports.room().streams.find((info) => info.stream === id);
	}

	/** Brings what is sent to what should be. */
	async sync(): Promise<void> {
		const { track } = this.own;
		const room = this.ports.room();
		const announced = this.#announced;
		if (announced) this.#wasAnnounced = true;
		// Closed by the server: with the right to it, or with the media process.
		if (this.#producer && this.#wasAnnounced && !announced) this.forget();
		if (track && !(this.kind === 'audio' ? room.mayAudio : room.mayVideo)) return this.own.stop('not_allowed');
		if (!track) return this.#close();
		if (!this.#producer) return this.#produce(track);
		if (this.#sent !== track) {
			this.#sent = track;
			await this.#producer.replaceTrack({ track });
		}
	}

	/** The transports are gone, or the stream is. */
	forget(): void {
		this.#rise?.stop();
		this.#rise = null;
		this.#producer?.close();
		this.#producer = this.#sent = null;
		this.#wasAnnounced = false;
		this.mute.handleGone();
	}

	/** The organizer's mute; a camera that he stopped has no light either. */
	obey(): void {
		if (this.mute.handleHeld(this.#announced?.muted ?? false) && this.kind === 'video') this.own.stop('stopped');
		this.applyMute();
	}

	/** The server stops forwarding; the track is silent before it knows. */
	applyMute(): void {
		if (this.own.track) this.own.track.enabled = !this.mute.isSilent;
	}

	async tellMute(): Promise<void> {
		if (!this.#producer || !this.mute.isToTell(this.#announced?.paused ?? false)) return;
		this.mute.asked = this.mute.on;
		await this.port.call('mediaPause', [Number(this.#producer.id), this.mute.on]);
	}

	shown(devices: readonly Device[]): OwnDevice {
		const { own } = this;
		return {
			state: this.#state(),
			byOrganizer: this.#announced?.muted ?? false,
			problem: own.problem,
			device: own.device || own.wanted,
			devices,
		};
	}

	#state(): OwnDevice['state'] {
		if (this.own.isAsking && !this.own.track) return 'asking';
		if (!this.own.track) return 'off';
		if (this.mute.isSilent) return 'muted';
		if (!this.ports.room().isUp) return 'preview';
		return this.#announced && this.ports.link()?.state === 'connected' ? 'on' : 'connecting';
	}

	async #close(): Promise<void> {
		const producer = this.#producer;
		if (!producer) return;
		this.forget();
		await this.port.call('mediaClose', [Number(producer.id)]);
	}

	async #produce(track: MediaStreamTrack): Promise<void> {
		const link = this.ports.link();
		if (!link) return;
		if (!link.canSend(this.kind)) return this.own.stop('no_codec');
		this.applyMute();
		this.#sent = track;
		try {
			const producer = await link.produce(this.kind, track, ++lastToken);
			if (link !== this.ports.link()) return producer.close();
			this.#producer = producer;
			if (this.kind === 'video' && producer.rtpSender) {
				this.#rise = new Rise(producer.rtpSender, (isHeld) => this.port.call('mediaHeld', [isHeld]));
			}
			this.obey();
		} catch (error) {
			this.#sent = null;
			const problem = refusedFor(error);
			if (problem) this.own.stop(problem);
			else this.ports.later();
			return;
		}
		await this.tellMute();
	}
}

/** Null: worth another try. */
function refusedFor(error: unknown): DeviceProblem | null {
	const why = error instanceof Error ? error.message : '';
	if (why === 'denied') return 'not_allowed';
	return why === 'invalid' ? 'failed' : null;
}
