// SPDX-License-Identifier: Apache-2.0
// Byte offsets of the structs that cross the border of tessera.wasm (wasm/exports.c checks the
// same numbers at compile time). All values little-endian.

/** u32 each, at byte offsets 0, 4, ...: 44 bytes. */
export const FrameFields = {
	class: 0, flags: 4, epoch: 8, from: 12, to: 16, stream: 20, picture: 24, base: 28,
	cellsLo: 32, cellsHi: 36, length: 40, SIZE: 44,
} as const;

/** The header's fields but length (set length, then frame_write), then the unit. 52 bytes. */
export const ShareOut = {
	...FrameFields, unit: 44, unitLen: 48, SIZE: 52,
} as const;

/** u32 each. */
export const Rect = { x: 0, y: 4, width: 8, height: 12, SIZE: 16 } as const;

/** picture: u32 at 0; bytes: f64 at 8. */
export const AckOut = { picture: 0, bytes: 8, SIZE: 16 } as const;

/** bytes, keyBytes, previewBytes: f64 at 0, 8 and 32; the rest u32. */
export const ShareStats = {
	bytes: 0, keyBytes: 8, pictures: 16, fpsX10: 20, superseded: 24, unacked: 28, previewBytes: 32,
	previews: 40, held: 44, kbitS: 48, copies: 52, SIZE: 56,
} as const;

/** bytes: f64 at 0; the rest u32. */
export const ViewStats = {
	bytes: 0, applied: 8, skipped: 12, malformed: 16, unreadable: 20, previews: 24, SIZE: 32,
} as const;

/** u32 each. */
export const PreviewAsk = { ...Rect, quality: 16, SIZE: 20 } as const;

/** u32 each; two Rects; image points into the view and lives until its next call. */
export const ViewPreview = { cell: 0, serial: 4, rect: 8, shown: 24, image: 40, len: 44, SIZE: 48 } as const;

/** u32 each; image points into what was parsed: width * height * 4 bytes RGBA, not premultiplied; width 0: none. */
export const PointerFields = {
	visible: 0, stream: 4, x: 8, y: 12, shape: 16, width: 20, height: 24, hotX: 28, hotY: 32, image: 36, SIZE: 40,
} as const;
