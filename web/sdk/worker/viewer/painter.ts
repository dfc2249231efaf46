// SPDX-License-Identifier: Apache-2.0
// One canvas. Draws rectangles, keeps the canvas at the picture's size, forgets on demand.
import type { Rect, ViewEngine } from '../codec/codec';

export class Painter {
	readonly #context: OffscreenCanvasRenderingContext2D | null;

	constructor(private readonly canvas: OffscreenCanvas) {
		this.#context = canvas.getContext('2d', { alpha: false });
	}

	/** Sets the size; that erases, so only when it differs. */
	fit(width: number, height: number): void {
		if (this.canvas.width === width && this.canvas.height === height) return;
		this.canvas.width = width;
		this.canvas.height = height;
	}

	drawRect(engine: ViewEngine, rect: Rect): void {
		const pixels = engine.rgba(rect);
		if (!pixels || !this.#context) return;
		this.#context.putImageData(new ImageData(pixels, rect.width, rect.height), rect.x, rect.y);
	}

	/** The part of an image that lies in `shown`; the whole of it lies in `rect`. */
	drawImage(image: ImageBitmap, rect: Rect, shown: Rect): void {
		const { x, y, width, height } = shown;
		this.#context?.drawImage(image, x - rect.x, y - rect.y, width, height, x, y, width, height);
	}

	erase(): void {
		if (!this.#context) return;
		this.#context.fillStyle = '#000';
		this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
	}
}
