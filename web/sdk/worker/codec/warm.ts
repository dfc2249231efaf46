// SPDX-License-Identifier: Apache-2.0
// A browser compiles WASM in a hurry first and well only what runs often. So that nobody's first
// picture pays for it, a made-up one is coded and decoded a few times while a person still types his name.
import { FrameClass, writeHeader } from '../wire/frame';
import { PixelFormat } from './codec';
import type { Codec, PixelFormatNumber, ShareEngine, ViewEngine } from './codec';

const EDGE = 256;
const ROUNDS = 6;
/** Rows of text are so high, and letters so wide. */
const LINE = 16;
const LETTER = 8;

/** Something like lines of text above something like a photograph, other letters for other seeds. */
function samplePicture(format: PixelFormatNumber, len: number, seed: number): Uint8Array {
	const bytes = new Uint8Array(len);
	const perPixel = format === PixelFormat.BGRA ? 4 : 1;
	for (let at = 0; at < len; at++) {
		const x = Math.floor(at / perPixel) % EDGE;
		const y = Math.floor(at / perPixel / EDGE);
		const letter = Math.imul(Math.floor(x / LETTER) * 31 + Math.floor(y / LINE) * 17 + seed, 0x9e3779b1) >>> 28;
		const isInk = y % LINE > 3 && x % LETTER > 1 && ((letter + 3) * (y % LINE) + x * letter) % 7 < 2;
		const noise = Math.imul(at + seed, 0x85ebca6b) >>> 29;
		bytes[at] = y > EDGE * 0.75 ? ((x + y) >> 2) + noise : isInk ? 32 + (at % perPixel) * 20 : 240;
	}
	return bytes;
}

function carry(share: ShareEngine, view: ViewEngine): void {
	for (let out = share.pollUnit(); out; out = share.pollUnit()) {
		const length = out.unit.length;
		const { flags, epoch, picture, base, cells } = out;
		const header = { frameClass: FrameClass.SCREEN, flags, epoch, from: 1, to: 0, stream: 1, picture, base, cells, length };
		share.handleSent(length);
		view.handleFrame(writeHeader(header), out.unit, length);
		while (view.pollDirty()) view.rgba({ x: 0, y: 0, width: EDGE, height: EDGE });
	}
}

/** A KEY and a DELTA there and back. */
function rehearse(codec: Codec, format: PixelFormatNumber, seed: number): void {
	const share = codec.createShare(format, EDGE, EDGE, 1, 1, 1);
	const view = codec.createView(format, EDGE, EDGE);
	const len = codec.pictureLen(format, EDGE, EDGE);
	for (const n of share && view ? [0, 1] : []) {
		share?.handleCapture();
		share?.handlePicture(samplePicture(format, len, seed + n), n * 100);
		if (share && view) carry(share, view);
		share?.handleCredit(Number.MAX_SAFE_INTEGER);
	}
	share?.destroy();
	view?.destroy();
}

/** In small parts, so that what is asked of the worker meanwhile is answered; aborted, it ends after the part it is at. */
export async function warmUp(codec: Codec, signal: AbortSignal): Promise<void> {
	for (let round = 0; round < ROUNDS; round++) {
		for (const format of [PixelFormat.BGRA, PixelFormat.I420]) {
			await new Promise((next) => setTimeout(next));
			if (signal.aborted) return;
			rehearse(codec, format, round);
		}
	}
}
