// SPDX-License-Identifier: Apache-2.0
// Captured frames to the planes that the codec takes, sample by sample as the browser captured
// them: NV12 is de-interleaved, RGBA reordered, nothing is ever converted in colour.
import { PixelFormat } from '../codec/codec';
import type { PixelFormatNumber } from '../codec/codec';

export interface Shape {
	readonly format: PixelFormatNumber;
	readonly width: number;
	readonly height: number;
}

export const sameShape = (a: Shape, b: Shape): boolean =>
	a.format === b.format && a.width === b.width && a.height === b.height;

/**
 * Firefox has no colours for the last row of an odd height, nor for the last column of an odd width: it refuses such a
 * rectangle, and without one leaves them out of the length. What is shared ends one pixel earlier there.
 */
function shapeWithColours(frame: VideoFrame, { width, height }: DOMRectReadOnly): Shape | null {
	const shape = { format: PixelFormat.I420, width, height };
	if (frame.allocationSize() >= pictureLen(shape)) return shape;
	const even = { ...shape, width: width & ~1, height: height & ~1 };
	return even.width > 0 && even.height > 0 ? even : null;
}

/** Null for a format that cannot be had exactly. */
export function shapeOf(frame: VideoFrame): Shape | null {
	const rect = frame.visibleRect;
	if (!rect || rect.width < 1 || rect.height < 1) return null;
	const { width, height } = rect;
	switch (frame.format) {
		case 'I420':
		case 'I420A':
		case 'NV12':
			return shapeWithColours(frame, rect);
		case 'BGRA':
		case 'BGRX':
		case 'RGBA':
		case 'RGBX':
		case null: // lives in the graphics card only: BGRA is all that can be read of it
			return { format: PixelFormat.BGRA, width, height };
		default:
			return null;
	}
}

export function pictureLen({ format, width, height }: Shape): number {
	if (format === PixelFormat.BGRA) return width * height * 4;
	return width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
}

function deinterleave(uv: Uint8Array, u: Uint8Array, v: Uint8Array): void {
	for (let at = 0; at < u.length; at++) {
		u[at] = uv[2 * at] as number;
		v[at] = uv[2 * at + 1] as number;
	}
}

function swapRedBlue(pixels: Uint8Array): void {
	for (let at = 0; at + 3 < pixels.length; at += 4) {
		const red = pixels[at] as number;
		pixels[at] = pixels[at + 2] as number;
		pixels[at + 2] = red;
	}
}

/** Copies the visible part of frames into buffers of its own; one copy at a time. */
export class PlaneReader {
	#interleaved = new Uint8Array(0);

	/** Fills out (pictureLen() bytes) with tight planes of the frame, whose shape is given. */
	async read(frame: VideoFrame, shape: Shape, out: Uint8Array<ArrayBuffer>): Promise<void> {
		const { x, y } = frame.visibleRect ?? { x: 0, y: 0 };
		const options = { rect: { x, y, width: shape.width, height: shape.height } };
		if (shape.format === PixelFormat.BGRA) {
			const layout = [{ offset: 0, stride: shape.width * 4 }];
			const isOpaque = frame.format === null;
			await frame.copyTo(out, { ...options, layout, ...(isOpaque ? { format: 'BGRA' } : {}) } as VideoFrameCopyToOptions);
			if (frame.format === 'RGBA' || frame.format === 'RGBX') swapRedBlue(out);
			return;
		}
		const { width, height } = shape;
		const chromaWidth = (width + 1) >> 1;
		const chroma = chromaWidth * ((height + 1) >> 1);
		const luma = width * height;
		if (frame.format !== 'NV12') {
			const layout = [
				{ offset: 0, stride: width },
				{ offset: luma, stride: chromaWidth },
				{ offset: luma + chroma, stride: chromaWidth },
			];
			return this.#readPlanar(frame, layout, luma, out, options);
		}
		if (this.#interleaved.length !== luma + 2 * chroma) this.#interleaved = new Uint8Array(luma + 2 * chroma);
		const both = this.#interleaved;
		const layout = [{ offset: 0, stride: width }, { offset: luma, stride: chromaWidth * 2 }];
		await frame.copyTo(both, { ...options, layout });
		out.set(both.subarray(0, luma));
		deinterleave(both.subarray(luma), out.subarray(luma, luma + chroma), out.subarray(luma + chroma));
	}

	/** I420A carries a fourth plane, which a screen does not need: it goes behind and is cut off. */
	async #readPlanar(
		frame: VideoFrame, layout: PlaneLayout[], luma: number, out: Uint8Array<ArrayBuffer>, options: VideoFrameCopyToOptions,
	): Promise<void> {
		if (frame.format !== 'I420A') {
			await frame.copyTo(out, { ...options, layout });
			return;
		}
		const whole = new Uint8Array(out.length + luma);
		const width = layout[0]?.stride ?? 0;
		await frame.copyTo(whole, { ...options, layout: [...layout, { offset: out.length, stride: width }] });
		out.set(whole.subarray(0, out.length));
	}
}
