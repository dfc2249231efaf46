// SPDX-License-Identifier: Apache-2.0
// Signalling on the wire is typed (proto/session.proto); mediasoup-client wants the words of SDP.
// Here is the one table between the two.
import {
	Codec, Direction as WireDirection, DtlsRole, MediaKind as WireKind, Protocol, RtcpFeedback, RtpExtension,
} from '../../gen/session_pb';
import type {
	Consumer, IceParameters as WireIce, MediaReady, RtpCapabilities as WireCapabilities, RtpCodec as WireCodec,
	RtpParameters as WireParameters, Transport as WireTransport,
} from '../../gen/session_pb';
import type {
	ConsumerSetup, Direction, DtlsParameters, IceParameters, MediaCodec, MediaKind, MediaSetup, RtpCapabilities, RtpCodec,
	RtpEncoding, RtpParameters, SentRtp, TransportSetup,
} from '../../shared/media';
import type { ClientBody } from '../wire/message';

type Rtp = NonNullable<Extract<ClientBody, { case: 'streamOpen' }>['value']['rtp']>;

const URIS: Readonly<Record<RtpExtension, string>> = {
	[RtpExtension.EXTENSION_NONE]: '',
	[RtpExtension.EXTENSION_MID]: 'urn:ietf:params:rtp-hdrext:sdes:mid',
	[RtpExtension.EXTENSION_RID]: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
	[RtpExtension.EXTENSION_REPAIRED_RID]: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
	[RtpExtension.EXTENSION_AUDIO_LEVEL]: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
	[RtpExtension.EXTENSION_ABS_SEND_TIME]: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
	[RtpExtension.EXTENSION_TRANSPORT_CC]: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
};
const FEEDBACK: Readonly<Record<RtcpFeedback, readonly [type: string, parameter: string]>> = {
	[RtcpFeedback.FEEDBACK_NONE]: ['', ''],
	[RtcpFeedback.FEEDBACK_NACK]: ['nack', ''],
	[RtcpFeedback.FEEDBACK_NACK_PLI]: ['nack', 'pli'],
	[RtcpFeedback.FEEDBACK_CCM_FIR]: ['ccm', 'fir'],
	[RtcpFeedback.FEEDBACK_TRANSPORT_CC]: ['transport-cc', ''],
};
const CODECS: Readonly<Record<Codec, string>> = {
	[Codec.NONE]: '', [Codec.OPUS]: 'opus', [Codec.VP8]: 'vp8', [Codec.VP9]: 'vp9', [Codec.RTX]: 'rtx',
};
const ROLES: Readonly<Record<DtlsRole, DtlsParameters['role']>> = {
	[DtlsRole.DTLS_AUTO]: 'auto', [DtlsRole.DTLS_CLIENT]: 'client', [DtlsRole.DTLS_SERVER]: 'server',
};
const DIRECTIONS: Readonly<Record<Direction, WireDirection>> = { send: WireDirection.SEND, receive: WireDirection.RECEIVE };
const OPUS_PARAMETERS = { minptime: 10 };

/** The number that a table gives this value; 0, which means none everywhere, when it has none. */
function numberOf(table: Readonly<Record<number, unknown>>, is: (value: never) => boolean): number {
	const found = Object.entries(table).find(([, value]) => is(value as never));
	return found ? Number(found[0]) : 0;
}

const known = <T extends object>(value: T | null): value is T => value !== null;
const kindOf = (kind: WireKind): MediaKind => (kind === WireKind.KIND_AUDIO ? 'audio' : 'video');
export const wireKind = (kind: MediaKind): WireKind => (kind === 'audio' ? WireKind.KIND_AUDIO : WireKind.KIND_VIDEO);
export const wireDirection = (direction: Direction): WireDirection => DIRECTIONS[direction];

// ---- downwards --------------------------------------------------------------------------

function codecOf(codec: WireCodec): RtpCodec | null {
	const name = CODECS[codec.codec];
	if (!name) return null;
	const kind = kindOf(codec.kind);
	const isOpus = codec.codec === Codec.OPUS;
	return {
		kind,
		mimeType: `${kind}/${name === 'opus' || name === 'rtx' ? name : name.toUpperCase()}`,
		payloadType: codec.payloadType,
		preferredPayloadType: codec.payloadType,
		clockRate: isOpus ? 48_000 : 90_000,
		...(isOpus ? { channels: 2 } : {}),
		parameters: {
			...(isOpus ? { ...OPUS_PARAMETERS, useinbandfec: Number(codec.fec), usedtx: Number(codec.dtx) } : {}),
			...(codec.codec === Codec.RTX ? { apt: codec.apt } : {}),
			...(codec.codec === Codec.VP9 ? { 'profile-id': codec.profileId } : {}),
		},
		rtcpFeedback: codec.feedback.flatMap((feedback) => {
			const [type, parameter] = FEEDBACK[feedback] ?? ['', ''];
			return type ? [{ type, parameter }] : [];
		}),
	};
}

function capabilitiesOf(capabilities: WireCapabilities): RtpCapabilities {
	return {
		codecs: capabilities.codecs.map(codecOf).filter(known),
		headerExtensions: capabilities.extensions.flatMap(({ extension, id, kind }) => {
			const uri = URIS[extension];
			// A browser repeats lost sound under the same number: whatever it writes anew then would be another packet
			// under the same nonce, which gives the authentication key of GCM away.
			const isAnew = extension === RtpExtension.EXTENSION_TRANSPORT_CC && kindOf(kind) === 'audio';
			const direction = isAnew ? { direction: 'sendonly' as const } : {};
			return uri ? [{ kind: kindOf(kind), uri, preferredId: id, ...direction }] : [];
		}),
	};
}

function parametersOf(rtp: WireParameters): RtpParameters {
	return {
		mid: rtp.mid,
		codecs: rtp.codecs.map(codecOf).filter(known),
		headerExtensions: rtp.extensions.flatMap(({ extension, id }) => (URIS[extension] ? [{ uri: URIS[extension], id }] : [])),
		encodings: rtp.encodings.map((encoding): RtpEncoding => ({
			...(encoding.ssrc ? { ssrc: encoding.ssrc } : {}),
			...(encoding.rtxSsrc ? { rtx: { ssrc: encoding.rtxSsrc } } : {}),
		})),
		rtcp: { cname: rtp.cname },
	};
}

export function iceOf(ice: WireIce | undefined): IceParameters | null {
	if (!ice) return null;
	return { usernameFragment: ice.ufrag, password: ice.password, iceLite: true };
}

const asHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':').toUpperCase();

function transportOf(transport: WireTransport | undefined): TransportSetup | null {
	const iceParameters = iceOf(transport?.ice);
	if (!transport || !iceParameters || !transport.dtls) return null;
	return {
		iceParameters,
		iceCandidates: transport.candidates.map(({ foundation, priority, address, protocol, port }) => ({
			foundation, priority, address, ip: address, port, type: 'host',
			...(protocol === Protocol.TCP ? { protocol: 'tcp', tcpType: 'passive' } : { protocol: 'udp' }),
		})),
		dtlsParameters: {
			role: ROLES[transport.dtls.role] ?? 'auto',
			fingerprints: transport.dtls.fingerprints.map(({ algorithm, value }) => ({ algorithm, value: asHex(value) })),
		},
	};
}

/** Null when something is missing in it. */
export function setupOf(ready: MediaReady): MediaSetup | null {
	const [send, receive] = [transportOf(ready.send), transportOf(ready.receive)];
	return ready.router && send && receive ? { router: capabilitiesOf(ready.router), send, receive } : null;
}

export function consumerOf(consumer: Consumer): ConsumerSetup | null {
	const codec = CODECS[consumer.rtp?.codecs[0]?.codec ?? Codec.NONE];
	if (!consumer.rtp || !codec || codec === 'rtx') return null;
	return {
		stream: consumer.stream,
		kind: kindOf(consumer.kind),
		codec: codec as MediaCodec,
		rtp: parametersOf(consumer.rtp),
		spatialLayers: Math.max(1, consumer.spatialLayers),
	};
}

// ---- upwards ----------------------------------------------------------------------------

/** "L3T3_KEY": 3 and 3; "L1T2": 1 and 2. */
function layersOf(mode: string | undefined): { spatialLayers: number; temporalLayers: number } {
	const [, spatial = '1', temporal = '1'] = /^[LS](\d)T(\d)/.exec(mode ?? '') ?? [];
	return { spatialLayers: Number(spatial), temporalLayers: Number(temporal) };
}

export function wireParameters(kind: MediaKind, rtp: SentRtp): Rtp {
	return {
		mid: rtp.mid ?? '',
		cname: rtp.rtcp?.cname ?? '',
		codecs: rtp.codecs.flatMap(({ mimeType, payloadType, parameters = {}, rtcpFeedback = [] }) => {
			const codec: Codec = numberOf(CODECS, (name: string) => name === mimeType.split('/')[1]?.toLowerCase());
			if (codec === Codec.NONE) return [];
			return [{
				codec,
				kind: wireKind(kind),
				payloadType,
				apt: Number(parameters['apt'] ?? 0),
				profileId: Number(parameters['profile-id'] ?? 0),
				fec: Number(parameters['useinbandfec'] ?? 0) === 1,
				dtx: Number(parameters['usedtx'] ?? 0) === 1,
				feedback: rtcpFeedback
					.map(({ type, parameter = '' }): RtcpFeedback =>
						numberOf(FEEDBACK, (pair: readonly string[]) => pair[0] === type && pair[1] === parameter))
					.filter((feedback) => feedback !== RtcpFeedback.FEEDBACK_NONE),
			}];
		}),
		extensions: (rtp.headerExtensions ?? []).flatMap(({ uri, id }) => {
			const extension: RtpExtension = numberOf(URIS, (known: string) => known === uri);
			return extension === RtpExtension.EXTENSION_NONE ? [] : [{ extension, id, kind: wireKind(kind) }];
		}),
		encodings: (rtp.encodings ?? []).map(({ ssrc, rid, rtx, scalabilityMode, maxBitrate }) => ({
			ssrc: ssrc ?? 0, rid: rid ?? '', rtxSsrc: rtx?.ssrc ?? 0, maxBitrate: maxBitrate ?? 0, ...layersOf(scalabilityMode),
		})),
	};
}

type Dtls = NonNullable<Extract<ClientBody, { case: 'transportConnect' }>['value']['dtls']>;

/** Only SHA-256 is looked at. */
export function wireDtls({ role, fingerprints }: DtlsParameters): Dtls {
	return {
		role: numberOf(ROLES, (name: string) => name === role),
		fingerprints: fingerprints
			.filter(({ algorithm }) => algorithm.toLowerCase() === 'sha-256')
			.map(({ value }) => ({
				algorithm: 'sha-256', value: Uint8Array.from(value.split(':'), (byte) => parseInt(byte, 16)),
			})),
	};
}
