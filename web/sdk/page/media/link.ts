// SPDX-License-Identifier: Apache-2.0
// The two transports of one membership, by mediasoup-client, and how they come back by
// themselves. When the control connection or the media process is lost this object is thrown away.
import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import type {
	ConsumerSetup, Direction, DtlsParameters, IceParameters, MediaCodec, MediaKind, MediaSetup, SentRtp, TransformOptions,
	TransportSetup,
} from '../../shared/media';
import type { MediaPath } from '../../shared/types';
import type { WorkerPort } from '../port';
import { handlerFactory } from './capabilities';
import { rankRestarts } from './rank';
import type { Reached } from './rank';
import { LOOK_MS, Silence } from './silence';
import { heardOf, pathOf } from './stats';

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
/** What a browser takes the line for before it has measured; the server begins with the same. Chromium's own 300 is one layer. */
const START_KBIT = 1000;
/** VP9 has its layers in one stream. */
const SVC: types.RtpEncodingParameters[] = [{ maxBitrate: 1_500_000, scalabilityMode: 'L3T3_KEY' }];
/** What is sent: the first that this browser encodes. */
const CODECS: Readonly<Record<MediaKind, readonly MediaCodec[]>> = { audio: ['opus'], video: ['vp8', 'vp9'] };

/** A path that falters may come back by itself for so long. */
const FALTER_MS = 1200;
const AGAIN_MS = [1000, 2000, 5000, 10_000] as const;
/** After so many restarts without a connection, what is restarted is taken for broken. */
const TRIES_MAX = 4;
/** For credentials that nobody had at hand. */
const SPARE_EACH_MS = 1000;
/** Who is not through by then is behind a wall. */
const WALL_MS = 12_000;

interface Side {
	readonly direction: Direction;
	readonly transport: Transport;
	/** The newest sender or receiver, which knows how DTLS gets on. */
	end: RTCRtpSender | RTCRtpReceiver | null;
	readonly silence: Silence;
	/** Credentials for the next restart: when it is needed, the control connection may be as stuck as this path. The
	 * server lets the old ones hold until these are used. */
	spare: Promise<IceParameters | null> | null;
	askedAt: number;
	timer: ReturnType<typeof setTimeout> | undefined;
	wall: ReturnType<typeof setTimeout> | undefined;
	/** How often its ICE was restarted. */
	restarts: number;
	/** Of them, those since something came last. */
	vain: number;
	/** What came by it so far, and where the server was reached then. */
	mark: number;
	reached: Reached | null;
	/** What the newest restart offers; null: everything. */
	only: Reached | null;
	tries: number;
	restarting: boolean;
	isBlocked: boolean;
	wasUp: boolean;
}

export interface LinkPorts {
	changed(): void;
	/** Nothing comes any more. */
	silent(): void;
	/** A transport that no restart of ICE brings back (its DTLS has failed): only new ones help. */
	broken(): void;
}

/** mediasoup-client wants arrays that it may write to. */
const writable = <T>(value: unknown): T => structuredClone(value) as T;

export class MediaLink {
	/** A transport is made when there is something for it: it costs the browser a peer connection. */
	readonly #sides = new Map<Direction, Side>();
	readonly #listening: ReturnType<typeof setInterval>;
	#isClosed = false;

	private constructor(
		private readonly device: Device,
		private readonly setup: MediaSetup,
		private readonly port: Port,
		private readonly ports: LinkPorts,
	) {
		this.#listening = setInterval(() => void this.#listen(), LOOK_MS);
	}

	static async create(setup: MediaSetup, port: Port, ports: LinkPorts): Promise<MediaLink> {
		const device = new Device({ handlerFactory: handlerFactory() });
		await device.load({ routerRtpCapabilities: writable(setup.router) });
		return new MediaLink(device, setup, port, ports);
	}

	get state(): 'off' | 'connecting' | 'connected' | 'reconnecting' | 'blocked' {
		const used = [...this.#sides.values()].filter((side) => side.transport.connectionState !== 'new');
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
		const { name, codec } = this.#codecFor(kind);
		const encodings = name === 'vp9' ? SVC : SIMULCAST;
		return this.#transport('send').produce({
			track,
			...(codec ? { codec } : {}),
			...(kind === 'video' ? { encodings: encodings.map((encoding) => ({ ...encoding })) } : {}),
			codecOptions: kind === 'audio'
				? { opusFec: true, opusDtx: true, opusStereo: false }
				: { videoGoogleStartBitrate: START_KBIT },
			stopTracks: false,
			disableTrackOnPause: false,
			onRtpSender: (sender) => this.#seal(sender, { do: 'seal', token, codec: name }),
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
		for (const side of this.#sides.values()) if (side.transport.connectionState !== 'new') void this.#restart(side);
	}

	async path(): Promise<MediaPath> {
		for (const { transport } of this.#sides.values()) {
			if (transport.connectionState !== 'connected') continue;
			const { path } = pathOf(await transport.getStats());
			if (path !== 'unknown') return path;
		}
		return 'unknown';
	}

	close(): void {
		this.#isClosed = true;
		clearInterval(this.#listening);
		for (const side of this.#sides.values()) {
			clearTimeout(side.timer);
			clearTimeout(side.wall);
			side.transport.close();
		}
	}

	// ---- inside ---------------------------------------------------------------------------

	#transport(direction: Direction): Transport {
		const known = this.#sides.get(direction);
		if (known) return known.transport;
		const isSend = direction === 'send';
		const options = this.#options(direction, isSend ? this.setup.send : this.setup.receive);
		const transport = isSend ? this.device.createSendTransport(options) : this.device.createRecvTransport(options);
		if (isSend) this.#listenProduce(transport);
		this.#sides.set(direction, this.#side(direction, transport));
		return transport;
	}

	#listenProduce(transport: Transport): void {
		transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
			const token = appData['token'] as number;
			this.port.call('mediaOpen', [kind, token, rtpParameters as unknown as SentRtp]).then((opened) => {
				if ('stream' in opened) done({ id: String(opened.stream) });
				else failed(new Error(opened.refused));
			}, failed);
		});
	}

	/** Nothing is sent or played in the clear: without a transform there is no stream. */
	#seal(end: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void {
		const side = this.#sides.get(options.do === 'seal' ? 'send' : 'receive');
		if (side) side.end = end;
		(end as { transform?: unknown }).transform = this.port.transform(options);
	}

	#codecFor(kind: MediaKind): { readonly name: MediaCodec; readonly codec: types.RtpCodecCapability | undefined } {
		const known = this.device.sendRtpCapabilities.codecs ?? [];
		const found = CODECS[kind].flatMap((name) =>
			known.filter(({ mimeType }) => mimeType.toLowerCase() === `${kind}/${name}`).map((codec) => ({ name, codec })));
		return found[0] ?? { name: kind === 'audio' ? 'opus' : 'vp8', codec: undefined };
	}

	#options(id: Direction, setup: TransportSetup): types.TransportOptions {
		return writable({ id, ...setup });
	}

	#side(direction: Direction, transport: Transport): Side {
		const side: Side = {
			direction, transport, end: null, silence: new Silence(), spare: null, askedAt: 0, timer: undefined,
			wall: undefined, restarts: 0, vain: 0, mark: 0, reached: null, only: null, tries: 0, restarting: false,
			isBlocked: false, wasUp: false,
		};
		const { _pc: pc } = transport.handler as unknown as { readonly _pc: RTCPeerConnection };
		rankRestarts(pc, () => ({ count: side.restarts, only: side.only }));
		transport.on('connect', ({ dtlsParameters }, done) => {
			// It is told while ICE is at work: nobody waits for the answer.
			this.port.call('mediaConnect', [direction, dtlsParameters as unknown as DtlsParameters])
				.then((ok) => ok || this.#break(), () => this.#break());
			done();
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
			this.#spare(side);
		} else if (state === 'disconnected') this.#restartIn(side, FALTER_MS);
		else if (state === 'failed' && isOver(side)) return this.#break();
		else if (state === 'failed') this.#restartIn(side, 0);
		if (state !== 'connected') {
			side.wall ??= setTimeout(() => {
				side.isBlocked = true;
				this.ports.changed();
			}, WALL_MS);
		}
		this.ports.changed();
	}

	/** Looks for a transport whose DTLS is over: a browser may not say so by itself. */
	look(): void {
		if ([...this.#sides.values()].some(isOver)) this.#break();
	}

	#askRestart({ direction }: Side): Promise<IceParameters | null> {
		return this.port.call('mediaRestart', [direction]).catch(() => null);
	}

	/** Asks for what the next restart needs, unless it is there. */
	#spare(side: Side): void {
		if (side.spare || performance.now() - side.askedAt < SPARE_EACH_MS) return;
		side.askedAt = performance.now();
		const asked = this.#askRestart(side).then((ice) => {
			if (!ice && side.spare === asked) side.spare = null;
			return ice;
		});
		side.spare = asked;
	}

	/** Looks whether a path that was up carries nothing any more: then all of them are made anew. */
	async #listen(): Promise<void> {
		const sides = [...this.#sides.values()].filter(({ transport }) => transport.connectionState === 'connected');
		const said = await Promise.all(sides.map((side) => this.#isSilent(side)));
		if (!said.includes(true) || this.#isClosed) return;
		this.restart();
		this.ports.silent();
	}

	async #isSilent(side: Side): Promise<boolean> {
		if (side.restarting) return false;
		const { mark, reached } = heardOf(await side.end?.getStats().catch(() => null));
		if (mark !== side.mark) {
			side.mark = mark;
			side.reached = reached;
			side.vain = 0;
			this.#spare(side);
		}
		return side.silence.look(performance.now(), mark);
	}

	#break(): void {
		if (!this.#isClosed) this.ports.broken();
	}

	#restartIn(side: Side, ms: number): void {
		clearTimeout(side.timer);
		side.timer = setTimeout(() => void this.#restart(side), ms);
	}

	async #restart(side: Side): Promise<void> {
		clearTimeout(side.timer);
		if (this.#isClosed || side.restarting) return;
		side.restarting = true;
		const iceParameters = (await side.spare) ?? (await this.#askRestart(side));
		side.spare = null;
		if (iceParameters && !this.#isClosed) {
			side.only = side.vain === 0 ? side.reached : null;
			side.restarts += 1;
			side.vain += 1;
			await side.transport.restartIce({ iceParameters: writable(iceParameters) }).catch(() => undefined);
		}
		side.restarting = false;
		if (this.#isClosed) return;
		if (side.transport.connectionState === 'connected') return;
		if (side.wasUp && side.tries >= TRIES_MAX) return this.#break();
		this.#restartIn(side, AGAIN_MS[Math.min(side.tries, AGAIN_MS.length - 1)] ?? 0);
		side.tries += 1;
	}
}

/** DTLS has failed, or the server has ended it. */
function isOver({ transport, end }: Side): boolean {
	const state = end?.transport?.state;
	return transport.connectionState !== 'connected' && (state === 'failed' || state === 'closed');
}
