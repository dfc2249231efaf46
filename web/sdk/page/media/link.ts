// SPDX-License-Identifier: Apache-2.0
// The two transports of one membership, by mediasoup-client, and how they come back by
// themselves. When the control connection or the media process is lost this object is thrown away.
import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import type {
	ConsumerSetup, Direction, DtlsParameters, MediaCodec, MediaKind, MediaSetup, SentRtp, TransformOptions, TransportSetup,
} from '../../shared/media';
import type { MediaPath } from '../../shared/types';
import type { WorkerPort } from '../port';

export type Port = Pick<WorkerPort, 'call' | 'transform'>;
export type Producer = types.Producer;
export type Consumer = types.Consumer;
type Transport = types.Transport;

/** Layers from the smallest up; the router chooses one of them for each who watches. */
const SIMULCAST: types.RtpEncodingParameters[] = [
	{ scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: 'L1T3' },
	{ scaleResolutionDownBy: 2, maxBitrate: 500_000, scalabilityMode: 'L1T3' },
	{ scaleResolutionDownBy: 1, maxBitrate: 1_500_000, scalabilityMode: 'L1T3' },
];
const CODEC: Readonly<Record<MediaKind, MediaCodec>> = { audio: 'opus', video: 'vp8' };

/** A path that falters may come back by itself for so long. */
const FALTER_MS = 1200;
const AGAIN_MS = [1000, 2000, 5000, 10_000] as const;
/** Who is not through by then is behind a wall. */
const WALL_MS = 12_000;

interface Side {
	readonly direction: Direction;
	readonly transport: Transport;
	timer: ReturnType<typeof setTimeout> | undefined;
	wall: ReturnType<typeof setTimeout> | undefined;
	tries: number;
	restarting: boolean;
	isBlocked: boolean;
	wasUp: boolean;
}

export interface LinkPorts {
	changed(): void;
}

/** mediasoup-client wants arrays that it may write to. */
const writable = <T>(value: unknown): T => structuredClone(value) as T;

export class MediaLink {
	readonly #sides: readonly Side[];
	#isClosed = false;

	private constructor(
		private readonly device: Device,
		setup: MediaSetup,
		private readonly port: Port,
		private readonly ports: LinkPorts,
	) {
		const send = device.createSendTransport(this.#options('send', setup.send));
		const receive = device.createRecvTransport(this.#options('receive', setup.receive));
		this.#sides = [this.#side('send', send), this.#side('receive', receive)];
		send.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
			const token = appData['token'] as number;
			this.port.call('mediaOpen', [kind, token, rtpParameters as unknown as SentRtp]).then((opened) => {
				if ('stream' in opened) done({ id: String(opened.stream) });
				else failed(new Error(opened.refused));
			}, failed);
		});
	}

	static async create(setup: MediaSetup, port: Port, ports: LinkPorts): Promise<MediaLink> {
		const device = new Device();
		await device.load({ routerRtpCapabilities: writable(setup.router) });
		return new MediaLink(device, setup, port, ports);
	}

	get state(): 'off' | 'connecting' | 'connected' | 'reconnecting' | 'blocked' {
		const used = this.#sides.filter((side) => side.transport.connectionState !== 'new');
		if (used.some((side) => side.isBlocked)) return 'blocked';
		if (used.some((side) => side.transport.connectionState !== 'connected')) {
			return used.some((side) => side.wasUp) ? 'reconnecting' : 'connecting';
		}
		return used.length > 0 ? 'connected' : 'off';
	}

	canSend(kind: MediaKind): boolean {
		return this.device.canProduce(kind);
	}

	canReceive(consumer: ConsumerSetup): boolean {
		const wanted = consumer.rtp.codecs[0]?.mimeType.toLowerCase();
		return (this.device.recvRtpCapabilities.codecs ?? []).some((codec) => codec.mimeType.toLowerCase() === wanted);
	}

	/** Rejects with an Error whose message is a RefusalReason, or with what the browser says. */
	produce(kind: MediaKind, track: MediaStreamTrack, token: number): Promise<Producer> {
		const mime = `${kind}/${CODEC[kind]}`;
		const codec = this.device.sendRtpCapabilities.codecs?.find((known) => known.mimeType.toLowerCase() === mime);
		return this.#transport('send').produce({
			track,
			...(codec ? { codec } : {}),
			...(kind === 'video' ? { encodings: SIMULCAST.map((encoding) => ({ ...encoding })) } : {}),
			...(kind === 'audio' ? { codecOptions: { opusFec: true, opusDtx: true, opusStereo: false } } : {}),
			stopTracks: false,
			disableTrackOnPause: false,
			onRtpSender: (sender) => this.#seal(sender, { do: 'seal', token, codec: CODEC[kind] }),
			appData: { token },
		});
	}

	consume({ stream, kind, codec, rtp }: ConsumerSetup, speaker: string): Promise<Consumer> {
		return this.#transport('receive').consume({
			id: String(stream),
			producerId: String(stream),
			kind,
			rtpParameters: writable(rtp),
			streamId: speaker,
			onRtpReceiver: (receiver) => this.#seal(receiver, { do: 'open', stream, codec }),
		});
	}

	/** The network is another: do not wait until silence tells. */
	restart(): void {
		for (const side of this.#sides) if (side.transport.connectionState !== 'new') void this.#restart(side);
	}

	async path(): Promise<MediaPath> {
		for (const { transport } of this.#sides) {
			if (transport.connectionState !== 'connected') continue;
			const stats = [...(await transport.getStats()).values()] as Record<string, unknown>[];
			const isTaken = (one: Record<string, unknown>): boolean => one['nominated'] === true || one['selected'] === true;
			const pair = stats.find((one) =>
				one['type'] === 'candidate-pair' && one['state'] === 'succeeded' && isTaken(one));
			const remote = stats.find((one) => one['id'] === pair?.['remoteCandidateId']);
			if (remote?.['protocol'] === 'tcp') return 'tcp';
			if (remote?.['protocol'] === 'udp') return 'udp';
		}
		return 'unknown';
	}

	close(): void {
		this.#isClosed = true;
		for (const side of this.#sides) {
			clearTimeout(side.timer);
			clearTimeout(side.wall);
			side.transport.close();
		}
	}

	// ---- inside ---------------------------------------------------------------------------

	#transport(direction: Direction): Transport {
		const side = this.#sides.find((one) => one.direction === direction);
		if (!side) throw new Error('no such transport');
		return side.transport;
	}

	/** Nothing is sent or played in the clear: without a transform there is no stream. */
	#seal(end: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void {
		(end as { transform?: unknown }).transform = this.port.transform(options);
	}

	#options(id: Direction, setup: TransportSetup): types.TransportOptions {
		return writable({ id, ...setup });
	}

	#side(direction: Direction, transport: Transport): Side {
		const side: Side = {
			direction, transport, timer: undefined, wall: undefined, tries: 0, restarting: false, isBlocked: false, wasUp: false,
		};
		transport.on('connect', ({ dtlsParameters }, done, failed) => {
			this.port.call('mediaConnect', [direction, dtlsParameters as unknown as DtlsParameters])
				.then((ok) => (ok ? done() : failed(new Error('refused'))), failed);
		});
		transport.on('connectionstatechange', (state) => this.#moved(side, state));
		return side;
	}

	#moved(side: Side, state: types.ConnectionState): void {
		if (this.#isClosed) return;
		if (state === 'connected') {
			clearTimeout(side.timer);
			clearTimeout(side.wall);
			side.timer = side.wall = undefined;
			side.tries = 0;
			side.isBlocked = false;
			side.wasUp = true;
		} else if (state === 'disconnected') this.#restartIn(side, FALTER_MS);
		else if (state === 'failed') this.#restartIn(side, 0);
		if (state !== 'connected') {
			side.wall ??= setTimeout(() => {
				side.isBlocked = true;
				this.ports.changed();
			}, WALL_MS);
		}
		this.ports.changed();
	}

	#restartIn(side: Side, ms: number): void {
		clearTimeout(side.timer);
		side.timer = setTimeout(() => void this.#restart(side), ms);
	}

	async #restart(side: Side): Promise<void> {
		clearTimeout(side.timer);
		if (this.#isClosed || side.restarting) return;
		side.restarting = true;
		const iceParameters = await this.port.call('mediaRestart', [side.direction]).catch(() => null);
		if (iceParameters && !this.#isClosed) {
			await side.transport.restartIce({ iceParameters: writable(iceParameters) }).catch(() => undefined);
		}
		side.restarting = false;
		if (this.#isClosed || side.transport.connectionState === 'connected') return;
		this.#restartIn(side, AGAIN_MS[Math.min(side.tries, AGAIN_MS.length - 1)] ?? 0);
		side.tries += 1;
	}
}
