// SPDX-License-Identifier: Apache-2.0
// The lossy image of a part of a captured frame, by the browser's own encoder.
import { PixelFormat } from '../codec/codec';
import type { PreviewAsk } from '../codec/codec';
import type { Bytes } from '../../shared/bytes';
import type { Capture } from './captures';

/** Null when it cannot be made. */
export async function makePreview({ bytes, shape, colorSpace }: Capture, ask: PreviewAsk): Promise<Bytes | null> {
	const { x, y, width, height } = ask.rect;
	const format = shape.format === PixelFormat.I420 ? 'I420' : 'BGRX';
	try {
		const canvas = new OffscreenCanvas(width, height);
		const context = canvas.getContext('2d', { alpha: false });
		const size = { codedWidth: shape.width, codedHeight: shape.height };
		const frame = new VideoFrame(bytes, { format, ...size, timestamp: 0, colorSpace });
		context?.drawImage(frame, x, y, width, height, 0, 0, width, height);
		frame.close();
		const blob = context ? await canvas.convertToBlob({ type: 'image/jpeg', quality: ask.quality / 100 }) : null;
		return blob?.type === 'image/jpeg' ? new Uint8Array(await blob.arrayBuffer()) : null;
	} catch {
		return null;
	}
}
