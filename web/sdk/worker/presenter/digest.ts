// SPDX-License-Identifier: Apache-2.0
import { PixelFormat } from '../codec/codec';
import type { PixelFormatNumber } from '../codec/codec';

/** tsr_picture_digest() of tight planes: FNV-1a, 64 bits as 16 hex digits; alpha is left out. For tests. */
export function pictureDigest(format: PixelFormatNumber, planes: Uint8Array): string {
	const skipsAlpha = format === PixelFormat.BGRA;
	let hi = 0xcbf29ce4;
	let lo = 0x84222325;
	for (let at = 0; at < planes.length; at++) {
		if (skipsAlpha && (at & 3) === 3) continue;
		lo = (lo ^ (planes[at] as number)) >>> 0;
		// times 2^40 + 0x1b3, in halves
		const low = lo * 0x1b3;
		hi = (Math.imul(hi, 0x1b3) + Math.floor(low / 0x100000000) + (lo << 8)) >>> 0;
		lo = low >>> 0;
	}
	return hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');
}
