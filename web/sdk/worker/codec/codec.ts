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
}

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
	handleCapture(): void;
	wantsPicture(): boolean;
	/** planes: tight, as pictureLen() says. */
	handlePicture(planes: Uint8Array, nowMs: number): void;
	pollUnit(): OutgoingUnit | null;
	handleSent(bytes: number): void;
	handleCredit(bytesTotal: number): void;
	handleNeed(cells: bigint): void;
	handleEpoch(epoch: number): void;
	handlePause(): void;
	pollPaused(): boolean;
	handleResume(): void;
	stats(): ShareStats;
	destroy(): void;
}

/** core/screen/view.h: the viewer's side of one stream instance. */
export interface ViewEngine {
	/** metadata: the 36 bytes of the header. False when the unit was malformed. */
	handleFrame(metadata: Uint8Array, unit: Uint8Array, frameBytes: number): boolean;
	handleUnreadable(frameBytes: number): void;
	pollDirty(): Rect | null;
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
