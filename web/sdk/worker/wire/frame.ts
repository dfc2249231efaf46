// SPDX-License-Identifier: Apache-2.0
// The header in clear of every data frame: core/wire/frame.h has the layout and the rules.
import type { Bytes } from '../../shared/bytes';

export const HEADER_LEN = 36;
export const FRAME_MAX = 4 * 1024 * 1024 + 4096;
export const FRAME_SMALL_MAX = 16 * 1024;

export const FrameClass = { SCREEN: 1, CHAT: 2, CONTROL: 3, POINTER: 4 } as const;
export const FrameFlag = { KEY: 1, LAST: 2 } as const;

export interface FrameHeader {
	readonly frameClass: number;
	readonly flags: number;
	readonly epoch: number;
	readonly from: number;
	readonly to: number;
	readonly stream: number;
	readonly picture: number;
	readonly base: number;
	readonly cells: bigint;
	readonly length: number;
}

/** Reads and checks a header and that exactly its object follows; null for anything else. */
export function parseFrame(bytes: Bytes): { header: FrameHeader; metadata: Bytes; object: Bytes } | null {
	if (bytes.length < HEADER_LEN) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const header: FrameHeader = {
		frameClass: view.getUint8(1),
		flags: view.getUint8(2),
		epoch: view.getUint8(3),
		from: view.getUint32(4),
		to: view.getUint32(8),
		stream: view.getUint32(12),
		picture: view.getUint32(16),
		base: view.getUint32(20),
		cells: view.getBigUint64(24),
		length: view.getUint32(32),
	};
	if (view.getUint8(0) !== 1 || !isSane(header) || header.length !== bytes.length - HEADER_LEN) return null;
	return { header, metadata: bytes.subarray(0, HEADER_LEN), object: bytes.subarray(HEADER_LEN) };
}

function isSane(header: FrameHeader): boolean {
	const { SCREEN, POINTER } = FrameClass;
	if (header.frameClass < SCREEN || header.frameClass > POINTER || (header.flags & ~3) !== 0) return false;
	const max = header.frameClass === SCREEN ? FRAME_MAX : FRAME_SMALL_MAX;
	if (header.length > max - HEADER_LEN) return false;
	const isKey = (header.flags & FrameFlag.KEY) !== 0;
	if (header.frameClass !== SCREEN) return !isKey && header.base === 0 && header.cells === 0n;
	if (header.picture === 0) return false;
	if (!isKey) return header.base === header.picture - 1;
	const isOneBit = header.cells !== 0n && (header.cells & (header.cells - 1n)) === 0n;
	return isOneBit && header.base === header.picture;
}

export function writeHeader(header: FrameHeader): Bytes {
	const out = new Uint8Array(HEADER_LEN);
	const view = new DataView(out.buffer);
	view.setUint8(0, 1);
	view.setUint8(1, header.frameClass);
	view.setUint8(2, header.flags);
	view.setUint8(3, header.epoch & 0xff);
	view.setUint32(4, header.from);
	view.setUint32(8, header.to);
	view.setUint32(12, header.stream);
	view.setUint32(16, header.picture);
	view.setUint32(20, header.base);
	view.setBigUint64(24, header.cells);
	view.setUint32(32, header.length);
	return out;
}
