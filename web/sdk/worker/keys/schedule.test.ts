// SPDX-License-Identifier: Apache-2.0
// The same vectors as test/unit/e2e: the C side made them, the browser's side must agree.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hex, toBase64url, fromBase64url } from '../../shared/bytes';
import { helloProof, attachProof } from '../connection/socket';
import { joinTokens } from '../link/secrets';
import { unhex } from '../testing';
import { parseFrame, writeHeader } from '../wire/frame';
import { announceHash, serviceEpochSecret, servicePrk, streamBaseKey } from './schedule';
import { Opener, Sealer, parseSFrameHeader, writeSFrameHeader } from './sframe';

declare const __ROOT__: string;

interface Frame {
	readonly ctr: number | string;
	readonly header: Readonly<Record<string, number | string>> & { readonly bytes: string };
	readonly plain: string;
	readonly object: string;
}
interface Stream {
	readonly member: number;
	readonly device_key: string;
	readonly announce_hash: string;
	readonly stream: number;
	readonly stream_nonce: string;
	readonly base_key: string;
	readonly kid: number | string;
	readonly first_ctr: number | string;
	readonly frames: readonly Frame[];
}
interface Vectors {
	readonly base64url: readonly { readonly bytes: string; readonly text: string }[];
	readonly links: readonly {
		readonly organizer_secret: string;
		readonly link_secret: string;
		readonly organizer_token: string;
		readonly join_token: string;
	}[];
	readonly epochs: readonly {
		readonly seed: string;
		readonly session_uid: string;
		readonly epoch: number;
		readonly epoch_secret: string;
		readonly prk: string;
		readonly streams: readonly Stream[];
	}[];
	readonly sframe_headers: readonly Readonly<Record<'kid' | 'ctr' | 'bytes', string>>[];
	readonly proofs: Readonly<Record<'device_seed' | 'device_key' | 'challenge', string>> &
		Readonly<Record<'token' | 'hello' | 'ticket' | 'attach', string>>;
}

const vectors = JSON.parse(readFileSync(`${__ROOT__}/test/vectors/schedule.json`, 'utf8')) as Vectors;

test('base64url', () => {
	for (const { bytes, text } of vectors.base64url) {
		assert.equal(toBase64url(unhex(bytes)), text);
		assert.equal(hex(fromBase64url(text) ?? new Uint8Array([1])), bytes);
	}
	for (const bad of ['A', 'AB=', 'A+', 'AB', '5h']) assert.equal(fromBase64url(bad), null, bad);
});

test('tokens of a link', async () => {
	for (const link of vectors.links) {
		const base = { number: '418205937', pin: new Uint8Array(16) };
		const organizer = await joinTokens({ ...base, kind: 'organizer', secret: unhex(link.organizer_secret) });
		assert.equal(hex(organizer.organizerToken ?? new Uint8Array()), link.organizer_token);
		assert.equal(hex(organizer.joinToken ?? new Uint8Array()), link.join_token);
		const attendee = await joinTokens({ ...base, kind: 'attendee', secret: unhex(link.link_secret) });
		assert.equal(hex(attendee.joinToken ?? new Uint8Array()), link.join_token);
		assert.equal(attendee.organizerToken, undefined);
	}
});

test('from a seed to the key of a stream', async () => {
	for (const epoch of vectors.epochs) {
		assert.equal(hex(await serviceEpochSecret(unhex(epoch.seed), epoch.epoch)), epoch.epoch_secret);
		const prk = await servicePrk(unhex(epoch.seed), unhex(epoch.session_uid), epoch.epoch);
		assert.equal(hex(prk), epoch.prk);
		for (const stream of epoch.streams) {
			const deviceKey = unhex(stream.device_key);
			assert.equal(hex(await announceHash(stream.member, deviceKey)), stream.announce_hash);
			const nonce = unhex(stream.stream_nonce);
			const key = await streamBaseKey(prk, { from: stream.member, deviceKey, stream: stream.stream, nonce });
			assert.equal(hex(key), stream.base_key);
		}
	}
});

test('frames open and seal as in C', async () => {
	for (const stream of vectors.epochs.flatMap((epoch) => epoch.streams)) {
		const opener = await Opener.create(unhex(stream.base_key), BigInt(stream.kid));
		const sealer = BigInt(stream.first_ctr) === 0n ? await Sealer.create(unhex(stream.base_key), BigInt(stream.kid)) : null;
		for (const frame of stream.frames) {
			const metadata = unhex(frame.header.bytes);
			const opened = await opener.open(unhex(frame.object), metadata);
			assert.equal(hex(opened?.plain ?? new Uint8Array([0])), frame.plain);
			assert.equal(opened?.ctr, BigInt(frame.ctr));
			const parsed = parseFrame(new Uint8Array([...metadata, ...unhex(frame.object)]));
			assert.ok(parsed);
			assert.equal(hex(writeHeader(parsed.header)), frame.header.bytes);
			if (!sealer) continue;
			const sealed = await sealer.seal(unhex(frame.plain), (length) => {
				assert.equal(length, frame.object.length / 2);
				return metadata;
			});
			assert.equal(hex(sealed.object), frame.object);
		}
	}
});

test('each single-bit flip of a sealed frame is refused', async () => {
	const stream = vectors.epochs[0]?.streams[0];
	const frame = stream?.frames[1];
	assert.ok(stream && frame);
	const opener = await Opener.create(unhex(stream.base_key), BigInt(stream.kid));
	const [metadata, object] = [unhex(frame.header.bytes), unhex(frame.object)];
	for (const whole of [metadata, object]) {
		for (let bit = 0; bit < whole.length * 8; bit++) {
			whole[bit >> 3] = (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			assert.equal(await opener.open(object, metadata), null, `bit ${bit}`);
			whole[bit >> 3] = (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7));
		}
	}
	assert.ok(await opener.open(object, metadata));
});

test('SFrame headers in their shortest form only', () => {
	for (const { kid, ctr, bytes } of vectors.sframe_headers) {
		assert.equal(hex(writeSFrameHeader(BigInt(kid), BigInt(ctr))), bytes);
		const parsed = parseSFrameHeader(unhex(bytes));
		assert.deepEqual(parsed, { kid: BigInt(kid), ctr: BigInt(ctr), len: bytes.length / 2 });
	}
	for (const bad of ['', '80', '8007', '9000ff', '08', '0807', 'ff01']) assert.equal(parseSFrameHeader(unhex(bad)), null, bad);
});

test('proofs of the device', async () => {
	const { proofs } = vectors;
	// PKCS #8 of an Ed25519 seed: a fixed head and the 32 bytes.
	const pkcs8 = unhex(`302e020100300506032b657004220420${proofs.device_seed}`);
	const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, false, ['sign']);
	const device = {
		publicKey: unhex(proofs.device_key),
		sign: async (data: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, data)),
	};
	const challenge = unhex(proofs.challenge);
	assert.equal(hex(await helloProof(device, challenge, proofs.token)), proofs.hello);
	assert.equal(hex(await attachProof(device, challenge, unhex(proofs.ticket))), proofs.attach);
});
