// SPDX-License-Identifier: Apache-2.0
// One encoded frame on the wire:
//
//	clear bytes of the codec || SFrame object || u8 epoch
//
// metadata = clear bytes || u32 stream || u8 epoch. The clear bytes are what packetizers and the
// server's choice of layers must read; how many follows from the codec and the first of them.
import type { Bytes } from '../../shared/bytes';
import { concat, u32 } from '../../shared/bytes';
import type { MediaCodec } from '../../shared/media';

const OPUS_CLEAR = 1; // TOC
const VP8_KEY_CLEAR = 10; // frame tag, start code, size
const VP8_DELTA_CLEAR = 3; // frame tag
/** SFrame's shortest header and its tag, and the epoch. */
const SEALED_MIN = 1 + 16 + 1;

/** How many bytes of a frame stay clear, the same before and after it was sealed. */
export function clearLen(codec: MediaCodec, frame: Uint8Array): number {
	if (codec === 'vp9') return 0;
	const [first = 0] = frame;
	if (codec === 'opus') return OPUS_CLEAR;
	return first & 1 ? VP8_DELTA_CLEAR : VP8_KEY_CLEAR;
}

export function metadataOf(clear: Uint8Array, stream: number, epoch: number): Bytes {
	return concat(clear, u32(stream), new Uint8Array([epoch & 0xff]));
}

export interface SealedFrame {
	readonly clear: Bytes;
	readonly object: Bytes;
	readonly epoch: number;
}

/** Null when it is too short to be one of ours. */
export function parseSealed(codec: MediaCodec, frame: Bytes): SealedFrame | null {
	const len = clearLen(codec, frame);
	if (frame.length < len + SEALED_MIN) return null;
	const clear = frame.subarray(0, len);
	return { clear, object: frame.subarray(clear.length, -1), epoch: frame.at(-1) ?? 0 };
}
