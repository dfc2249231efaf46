// SPDX-License-Identifier: Apache-2.0
// The typed signalling through mediasoup-client's own eyes: what we make of the server's words must
// be what its checks accept, and what it hands out must come back to typed words whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ortc } from 'mediasoup-client';
import {
	Codec, ConsumerSchema, DtlsRole, MediaKind, MediaReadySchema, Protocol, RtcpFeedback, RtpExtension, RtpParametersSchema,
} from '../../gen/session_pb';
import type { MediaReady } from '../../gen/session_pb';
import { consumerOf, setupOf, wireDtls, wireParameters } from './convert';

const FEEDBACK = [
	RtcpFeedback.FEEDBACK_NACK, RtcpFeedback.FEEDBACK_NACK_PLI, RtcpFeedback.FEEDBACK_CCM_FIR,
	RtcpFeedback.FEEDBACK_TRANSPORT_CC,
];
const AUDIO = MediaKind.KIND_AUDIO;
const transport = {
	ice: { ufrag: 'abcd', password: 'secret' },
	candidates: [
		{ foundation: 'u', priority: 2130706431, address: '192.0.2.7', protocol: Protocol.UDP, port: 8200 },
		{ foundation: 't', priority: 1694498815, address: '2001:db8::7', protocol: Protocol.TCP, port: 443 },
	],
	dtls: { role: DtlsRole.DTLS_AUTO, fingerprints: [{ algorithm: 'sha-256', value: new Uint8Array(32).fill(0xa5) }] },
};

function ready(): MediaReady {
	return create(MediaReadySchema, {
		router: {
			codecs: [
				{ codec: Codec.OPUS, kind: AUDIO, payloadType: 100, fec: true, dtx: true, feedback: FEEDBACK.slice(3) },
				{ codec: Codec.VP8, kind: MediaKind.KIND_VIDEO, payloadType: 101, feedback: FEEDBACK },
				{ codec: Codec.RTX, kind: MediaKind.KIND_VIDEO, payloadType: 102, apt: 101 },
				{ codec: Codec.VP9, kind: MediaKind.KIND_VIDEO, payloadType: 103, feedback: FEEDBACK },
				{ codec: Codec.RTX, kind: MediaKind.KIND_VIDEO, payloadType: 104, apt: 103 },
			],
			extensions: [1, 2, 3, 4, 5, 6].map((id) => ({
				extension: id as RtpExtension, id, kind: id === 4 ? AUDIO : MediaKind.KIND_VIDEO,
			})),
		},
		send: transport,
		receive: transport,
	});
}

test('capabilities and transports have the shape that mediasoup-client takes', () => {
	const setup = setupOf(ready());
	assert.ok(setup);
	const caps = structuredClone(setup.router) as never;
	ortc.validateAndNormalizeRtpCapabilities(caps);
	const extended = ortc.getExtendedRtpCapabilities(structuredClone(caps), caps, false);
	assert.equal(extended.codecs.length, 3, 'Opus, VP8, VP9');
	assert.equal(extended.codecs[1]?.remoteRtxPayloadType, 102);
	assert.deepEqual(extended.codecs[0]?.localParameters, { minptime: 10, useinbandfec: 1, usedtx: 1 });
	assert.equal(extended.headerExtensions.length, 6);
	assert.equal(setup.send.iceParameters.iceLite, true);
	const ways = setup.send.iceCandidates.map(({ protocol, tcpType }) => [protocol, tcpType]);
	assert.deepEqual(ways, [['udp', undefined], ['tcp', 'passive']]);
	assert.match(setup.send.dtlsParameters.fingerprints[0]?.value ?? '', /^(A5:){31}A5$/);
	assert.equal(setupOf(create(MediaReadySchema, { router: ready().router!, send: transport })), null, 'half of it is nothing');
});

test('sound that a browser repeats is the very same packet', () => {
	const message = ready();
	message.router?.extensions.push({ ...message.router.extensions[5]!, kind: AUDIO });
	const caps = structuredClone(setupOf(message)?.router) as never;
	ortc.validateAndNormalizeRtpCapabilities(caps);
	const extended = ortc.getExtendedRtpCapabilities(structuredClone(caps), caps, false);
	const ways = extended.headerExtensions.filter(({ uri }) => uri.includes('transport-wide'));
	assert.deepEqual(ways.map(({ kind, direction }) => [kind, direction]), [['video', 'sendrecv'], ['audio', 'recvonly']]);
});

test('a consumer has what consume() checks', () => {
	const codecs = ready().router?.codecs ?? [];
	const consumer = consumerOf(create(ConsumerSchema, {
		stream: 9, kind: MediaKind.KIND_VIDEO, spatialLayers: 3,
		rtp: {
			mid: '4', codecs: codecs.slice(1, 3), cname: 'm3',
			extensions: [{ extension: RtpExtension.EXTENSION_MID, id: 1 }], encodings: [{ ssrc: 4_000_000_001, rtxSsrc: 7 }],
		},
	}));
	assert.ok(consumer);
	const rtp = structuredClone(consumer.rtp) as never;
	ortc.validateAndNormalizeRtpParameters(rtp);
	assert.equal(ortc.canReceive(rtp, structuredClone(setupOf(ready())?.router) as never), true);
	assert.equal(consumer.codec, 'vp8');
	assert.deepEqual(consumer.rtp.encodings, [{ ssrc: 4_000_000_001, rtx: { ssrc: 7 } }]);
});

test('what produce() hands out comes to typed words; what we do not speak is left out', () => {
	const sent = wireParameters('video', {
		mid: '1',
		codecs: [
			{
				mimeType: 'video/VP8',
				payloadType: 96,
				rtcpFeedback: [{ type: 'goog-remb' }, { type: 'transport-cc' }, { type: 'nack', parameter: 'pli' }],
			},
			{ mimeType: 'video/rtx', payloadType: 97, parameters: { apt: 96 } },
			{ mimeType: 'video/H264', payloadType: 98 },
		],
		headerExtensions: [
			{ uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', id: 10 },
			{ uri: 'urn:3gpp:video-orientation', id: 13 },
		],
		encodings: [{ rid: 'r0', maxBitrate: 150_000, scalabilityMode: 'L1T3' }, { rid: 'r1', scalabilityMode: 'L3T2_KEY' }],
		rtcp: { cname: '{a-b}' },
	});
	const wire = fromBinary(RtpParametersSchema, toBinary(RtpParametersSchema, create(RtpParametersSchema, sent)));
	const codecs = wire.codecs.map(({ codec, payloadType, apt }) => [codec, payloadType, apt]);
	assert.deepEqual(codecs, [[Codec.VP8, 96, 0], [Codec.RTX, 97, 96]]);
	assert.deepEqual(wire.codecs[0]?.feedback, [RtcpFeedback.FEEDBACK_TRANSPORT_CC, RtcpFeedback.FEEDBACK_NACK_PLI]);
	assert.deepEqual(wire.extensions.map(({ extension, id }) => [extension, id]), [[RtpExtension.EXTENSION_RID, 10]]);
	const layers = wire.encodings.map(({ rid, spatialLayers, temporalLayers }) => [rid, spatialLayers, temporalLayers]);
	assert.deepEqual(layers, [['r0', 1, 3], ['r1', 3, 2]]);
	assert.equal(wire.cname, '{a-b}');
});

test('of fingerprints only SHA-256 goes out', () => {
	const fingerprints = [{ algorithm: 'sha-1', value: '00:11' }, { algorithm: 'sha-256', value: 'FF:00:7F' }];
	const dtls = wireDtls({ role: 'client', fingerprints });
	assert.equal(dtls.role, DtlsRole.DTLS_CLIENT);
	assert.deepEqual(dtls.fingerprints?.map(({ value }) => [...(value ?? [])]), [[255, 0, 127]]);
});
