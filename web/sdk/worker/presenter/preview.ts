// SPDX-License-Identifier: Apache-2.0
// The lossy image of a part of a captured frame, by the browser's own encoder.
import type { PreviewAsk } from '../codec/codec';
import type { Bytes } from '../../shared/bytes';
import type { Shape } from './capture';

/** Takes the frame. Null when it cannot be made. */
export async function makePreview(frame: VideoFrame, shape: Shape, ask: PreviewAsk): Promise<Bytes | null> {
	const { x, y, width, height } = ask.rect;
	try {
		const canvas = new OffscreenCanvas(width, height);
		const context = canvas.getContext('2d', { alpha: false });
		// drawImage() counts in the size of display, which need not be that of the pixels.
		const across = frame.displayWidth / shape.width;
		const down = frame.displayHeight / shape.height;
		context?.drawImage(frame, x * across, y * down, width * across, height * down, 0, 0, width, height);
		const blob = context ? await canvas.convertToBlob({ type: 'image/jpeg', quality: ask.quality / 100 }) : null;
		return blob?.type === 'image/jpeg' ? new Uint8Array(await blob.arrayBuffer()) : null;
	} catch {
		return null;
	} finally {
		frame.close();
	}
}
