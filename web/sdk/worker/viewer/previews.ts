// SPDX-License-Identifier: Apache-2.0
// Previews above the exact pixels: decoded by the browser, drawn as far as the engine says that they
// still hold. One cell is decoded at a time; of what comes meanwhile the newest counts.
import type { Rect, ViewEngine, ViewPreview } from '../codec/codec';
import type { Painter } from './painter';

export class Previews {
	readonly #busy = new Set<number>();
	readonly #next = new Map<number, ViewPreview>();
	#isOver = false;

	constructor(
		private readonly engine: ViewEngine,
		private readonly painter: () => Painter | null,
	) {}

	/** What the engine has: after each frame, when its dirty rectangles are drawn. */
	drain(): void {
		for (let preview = this.engine.pollPreview(); preview; preview = this.engine.pollPreview()) this.#take(preview);
	}

	/** All of them again, above a picture that was drawn anew. */
	redraw(): void {
		for (let cell = 0; cell < 64; cell++) {
			const preview = this.engine.preview(cell);
			if (preview) this.#take(preview);
		}
	}

	stop(): void {
		this.#isOver = true;
		this.#next.clear();
	}

	#take(preview: ViewPreview): void {
		if (this.#busy.has(preview.cell)) this.#next.set(preview.cell, preview);
		else void this.#show(preview);
	}

	async #show(preview: ViewPreview): Promise<void> {
		const { cell } = preview;
		this.#busy.add(cell);
		const image = await decode(preview);
		this.#busy.delete(cell);
		const next = this.#next.get(cell);
		this.#next.delete(cell);
		if (image && !this.#isOver) this.#draw(preview, image);
		image?.close();
		if (next && !this.#isOver) void this.#show(next);
	}

	#draw(preview: ViewPreview, image: ImageBitmap): void {
		const shown: Rect | null = this.engine.previewShown(preview.cell, preview.serial);
		if (shown) this.painter()?.drawImage(image, preview.rect, shown);
	}
}

/** Null for what is no image, or one of another size than it says. */
async function decode({ image, rect }: ViewPreview): Promise<ImageBitmap | null> {
	try {
		const decoded = await createImageBitmap(new Blob([image], { type: 'image/jpeg' }));
		if (decoded.width === rect.width && decoded.height === rect.height) return decoded;
		decoded.close();
		return null;
	} catch {
		return null;
	}
}
