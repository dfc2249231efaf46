// SPDX-License-Identifier: Apache-2.0
// Audio and video between page and worker: signalling in the shape that mediasoup-client takes
// and gives, and who sends what. Plain data only.
import type { MemberId, RefusalReason } from './types';

export type MediaKind = 'audio' | 'video';
export type Direction = 'send' | 'receive';
export type MediaCodec = 'opus' | 'vp8' | 'vp9';

export interface RtcpFeedback {
	readonly type: string;
	readonly parameter: string;
}
export interface RtpCodec {
	readonly kind: MediaKind;
	readonly mimeType: string;
	readonly payloadType: number;
	readonly preferredPayloadType: number;
	readonly clockRate: number;
	readonly channels?: number;
	readonly parameters: Readonly<Record<string, number>>;
	readonly rtcpFeedback: readonly RtcpFeedback[];
}
export interface RtpCapabilities {
	readonly codecs: readonly RtpCodec[];
	readonly headerExtensions: readonly {
		readonly kind: MediaKind;
		readonly uri: string;
		readonly preferredId: number;
		/** As the server sees it; both ways where it is left out. */
		readonly direction?: 'sendonly';
	}[];
}
export interface RtpEncoding {
	readonly ssrc?: number;
	readonly rid?: string;
	readonly rtx?: { readonly ssrc: number };
	readonly scalabilityMode?: string;
	readonly maxBitrate?: number;
}
export interface RtpParameters {
	readonly mid: string;
	readonly codecs: readonly RtpCodec[];
	readonly headerExtensions: readonly { readonly uri: string; readonly id: number }[];
	readonly encodings: readonly RtpEncoding[];
	readonly rtcp: { readonly cname: string };
}

/** What mediasoup-client hands out; it says more than we announce, and that is left out. */
export interface SentRtp {
	readonly mid?: string;
	readonly codecs: readonly {
		readonly mimeType: string;
		readonly payloadType: number;
		readonly parameters?: Readonly<Record<string, unknown>>;
		readonly rtcpFeedback?: readonly { readonly type: string; readonly parameter?: string }[];
	}[];
	readonly headerExtensions?: readonly { readonly uri: string; readonly id: number }[];
	readonly encodings?: readonly RtpEncoding[];
	readonly rtcp?: { readonly cname?: string };
}

export interface IceParameters {
	readonly usernameFragment: string;
	readonly password: string;
	readonly iceLite: true;
}
export interface DtlsParameters {
	readonly role: 'auto' | 'client' | 'server';
	readonly fingerprints: readonly { readonly algorithm: string; readonly value: string }[];
}
export interface TransportSetup {
	readonly iceParameters: IceParameters;
	readonly iceCandidates: readonly {
		readonly foundation: string;
		readonly priority: number;
		readonly address: string;
		readonly ip: string;
		readonly protocol: 'udp' | 'tcp';
		readonly port: number;
		readonly type: 'host';
		readonly tcpType?: 'passive';
	}[];
	readonly dtlsParameters: DtlsParameters;
}
export interface MediaSetup {
	readonly router: RtpCapabilities;
	readonly send: TransportSetup;
	readonly receive: TransportSetup;
}
export interface ConsumerSetup {
	readonly stream: number;
	readonly kind: MediaKind;
	readonly codec: MediaCodec;
	readonly rtp: RtpParameters;
	readonly spatialLayers: number;
}
export interface ConsumerWant {
	readonly stream: number;
	readonly on: boolean;
	readonly maxSpatial: number;
	readonly maxTemporal: number;
	readonly priority: number;
}

/** A microphone or camera as State announces it, mine included. */
export interface MediaStreamInfo {
	readonly stream: number;
	readonly from: MemberId;
	readonly kind: MediaKind;
	readonly paused: boolean;
	/** Paused by the organizer. */
	readonly muted: boolean;
}

export type MediaOpened = { readonly stream: number } | { readonly refused: RefusalReason };

/** What the worker tells the page's half of media; the app never sees it. */
export interface MediaRoom {
	/** The session is there: transports may be made. */
	readonly isUp: boolean;
	/** Those of the connection before go on. */
	readonly isKept: boolean;
	readonly me: MemberId;
	readonly mayAudio: boolean;
	readonly mayVideo: boolean;
	readonly streams: readonly MediaStreamInfo[];
}

/** How well encryption keeps up with microphones, cameras and what comes from others. */
export interface SealingLoad {
	readonly frames: number;
	/** Of them: waited for long enough to be noticed. */
	readonly late: number;
	/** Waited for so long that they were of no use. */
	readonly leftOut: number;
	readonly worstMs: number;
}

/** What a RTCRtpScriptTransform is for. */
export type TransformOptions =
	/** My frames; which stream they are of is told by mediaOpen() with the same token. */
	| { readonly do: 'seal'; readonly token: number; readonly codec: MediaCodec }
	| { readonly do: 'open'; readonly stream: number; readonly codec: MediaCodec };
