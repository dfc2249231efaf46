// SPDX-License-Identifier: Apache-2.0
// From an epoch's seed to the key of one stream instance: core/e2e/schedule.h, in WebCrypto.
import { concat, u16, u32, utf8 } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import { expand, extract, hkdf, sha256 } from './hkdf';
import { SUITE } from './sframe';

export const SEED_LEN = 32;
export const NONCE_LEN = 16;
const BASE_KEY_LEN = 32;

export function announceHash(member: number, deviceKey: Bytes): Promise<Bytes> {
	return sha256(utf8('announce'), u32(member), deviceKey);
}

export function serviceEpochSecret(seed: Bytes, epoch: number): Promise<Bytes> {
	return hkdf(seed, concat(utf8('tessera service epoch'), u32(epoch)), 32);
}

export async function servicePrk(seed: Bytes, sessionUid: Bytes, epoch: number): Promise<Bytes> {
	const secret = await serviceEpochSecret(seed, epoch);
	const prk = await extract(await sha256(utf8('service'), sessionUid, u32(epoch)), secret);
	secret.fill(0);
	return prk;
}

/** One instance of a stream, as StreamOpen and Member announce it. */
export interface StreamInstance {
	readonly from: number;
	readonly deviceKey: Bytes;
	readonly stream: number;
	readonly nonce: Bytes;
}

export async function streamBaseKey(prk: Bytes, instance: StreamInstance): Promise<Bytes> {
	const announced = await announceHash(instance.from, instance.deviceKey);
	return expand(
		prk,
		concat(utf8('sender'), announced, u32(instance.stream), instance.nonce, u16(SUITE)),
		BASE_KEY_LEN,
	);
}
