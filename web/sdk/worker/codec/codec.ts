// SPDX-License-Identifier: Apache-2.0
// The screen engines and the policy table of tessera.wasm, behind interfaces that a test can
// fake. Only codec/wasm.ts knows pointers.
import type { PointerImage } from '../../shared/types';
import type { PolicyCheck } from '../state/policy';

export const PixelFormat = { BGRA: 1, I420: 2 } as const;
export type PixelFormatNumber = (typeof PixelFormat)[keyof typeof PixelFormat];

export interface Rect {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface ShareStats {
	readonly bytes: number;
	readonly pictures: number;
	readonly fps: number;
	readonly superseded: number;
	readonly unacked: number;
	readonly previews: number;
	readonly previewBytes: number;
	/** Cells that are not exact just now. */
	readonly held: number;
	/** What the line carries, estimated; 0: not known yet. */
	readonly lineKbitS: number;
	/** Copies of moved content in all pictures. */
	readonly copies: number;
}

/** A JPEG that is wanted of the newest capture. */
export interface PreviewAsk {
	readonly rect: Rect;
	/** 1 to 100. */
	readonly quality: number;
}

/** What enum tsr_share_prefer says. */
export const SharePrefer = { automatic: 0, text: 1, motion: 2 } as const;
export type SharePreferNumber = (typeof SharePrefer)[keyof typeof SharePrefer];

/** A frame of mine to be sealed: header fields but length, and its plaintext (a copy). */
export interface OutgoingUnit {
	readonly flags: number;
	readonly epoch: number;
	readonly picture: number;
	readonly base: number;
	readonly cells: bigint;
	readonly unit: Uint8Array<ArrayBuffer>;
}

/** core/screen/share.h: the presenter's side of one stream instance. */
export interface ShareEngine {
	/** The clock; before anything else that comes in. Who never tells it gets no previews. */
	handleTime(nowMs: number): void;
	/** When handleTime() and a drain are due though nothing else happens. */
	nextTimeout(): number | null;
	prefer(prefer: SharePreferNumber): void;
	handleCapture(): void;
	wantsPicture(): boolean;
	/** planes: tight, as pictureLen() says. */
	handlePicture(planes: Uint8Array, nowMs: number): void;
	pollPreview(): PreviewAsk | null;
	/** The answer to pollPreview(), at once or later; null: it could not be made. */
	handlePreview(image: Uint8Array | null): void;
	pollUnit(): OutgoingUnit | null;
	handleSent(bytes: number): void;
	handleCredit(bytesTotal: number): void;
	handleNeed(cells: bigint): void;
	handleEpoch(epoch: number): void;
	handlePause(): void;
	pollPaused(): boolean;
	handleResume(): void;
	/** Of the picture sent last, 16 hex digits: tsr_picture_digest(). */
	digest(): string;
	stats(): ShareStats;
	destroy(): void;
}

/** A lossy image above a cell. */
export interface ViewPreview {
	readonly cell: number;
	readonly serial: number;
	/** Where the whole image lies; it must have this size. */
	readonly rect: Rect;
	readonly image: Uint8Array<ArrayBuffer>;
}

/** core/screen/view.h: the viewer's side of one stream instance. */
export interface ViewEngine {
	/** metadata: the 36 bytes of the header. False when the unit was malformed. */
	handleFrame(metadata: Uint8Array, unit: Uint8Array, frameBytes: number): boolean;
	handleUnreadable(frameBytes: number): void;
	pollDirty(): Rect | null;
	/** Next preview to decode and draw, after the dirty rectangles. */
	pollPreview(): ViewPreview | null;
	/** The one of this cell, for drawing everything anew. */
	preview(cell: number): ViewPreview | null;
	/** The part of a decoded preview that is to be drawn now; null: it is gone or replaced. */
	previewShown(cell: number, serial: number): Rect | null;
	/** RGBA of a rectangle, valid until the next call of the module. */
	rgba(rect: Rect): Uint8ClampedArray<ArrayBuffer> | null;
	pollAck(): { readonly picture: number; readonly bytes: number } | null;
	pollRefresh(): 'no' | 'refresh' | 'unreadable';
	isInSync(): boolean;
	picture(): number;
	/** Of the pixels shown, 16 hex digits: tsr_picture_digest(). */
	digest(): string;
	bytes(): number;
	erase(): void;
	destroy(): void;
}

/** core/screen/pointer.h */
export interface ParsedPointer {
	readonly isVisible: boolean;
	readonly stream: number;
	readonly x: number;
	readonly y: number;
	readonly shape: number;
	/** Only with a new shape, and now and then. */
	readonly image: PointerImage | null;
}

export interface Codec {
	readonly policyCheck: PolicyCheck;
	/** The plaintext of a POINTER frame; null when it is malformed. */
	parsePointer(plain: Uint8Array): ParsedPointer | null;
	/** Null when the size is impossible or memory is out. */
	createShare(
		format: PixelFormatNumber, width: number, height: number, from: number, stream: number, epoch: number,
	): ShareEngine | null;
	createView(format: number, width: number, height: number): ViewEngine | null;
	pictureLen(format: PixelFormatNumber, width: number, height: number): number;
}
