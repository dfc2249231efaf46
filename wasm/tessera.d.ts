// SPDX-License-Identifier: Apache-2.0
// What tessera.wasm exports. Little-endian, 32-bit pointers into `memory`. Struct layouts: layout.ts.
//
// The module is a WASI reactor without imports:
//   const { instance } = await WebAssembly.instantiate(bytes, {});
//   const core = instance.exports as unknown as TesseraCore;
//   core._initialize();
// `memory` may grow in every call that creates something: take views of memory.buffer afresh
// after each call, never keep them.
//
// Pixel formats: 1 = BGRA (rows of width * 4 bytes), 2 = I420 (Y: width * height, then U and V:
// ((width + 1) >> 1) * ((height + 1) >> 1) each; no padding). So VideoFrame.copyTo() takes
//   layout: [{offset: 0, stride: w}, {offset: w * h, stride: cw}, {offset: w * h + cw * ch, stride: cw}]
//
// Functions that return `number` for success give 0 or a negative TSR_ERR_*; questions give 0 or 1.
// 64-bit sets of cells travel as two 32-bit halves, low first. Byte totals are plain numbers (exact to 2^53).

export type Pointer = number;
/** Opaque objects; 0 = out of memory or bad size. */
export type Share = Pointer & { readonly __share?: never };
export type View = Pointer & { readonly __view?: never };

export interface TesseraCore {
	readonly memory: WebAssembly.Memory;
	_initialize(): void;

	/** Memory for the caller's own buffers; 0 when there is none. */
	tsr_alloc(len: number): Pointer;
	tsr_free(ptr: Pointer): void; // 0 is fine

	/** tsr_policy_check() of core/session/policy.h: 0 = allowed, else a positive error. */
	tsr_wasm_policy_check(act: number, actorBits: number, targetBits: number, sessionBits: number): number;

	// ---- frame header, 36 bytes (core/wire/frame.h) --------------------------------------
	/** Parses len bytes at ptr into FrameFields at out. 0 or negative. */
	tsr_wasm_frame_parse(out: Pointer, ptr: Pointer, len: number): number;
	/** Writes the 36 bytes of a header at out from FrameFields at fields. */
	tsr_wasm_frame_write(out: Pointer, fields: Pointer): void;

	// ---- pointer (core/screen/pointer.h) ------------------------------------------------
	/** Parses the plaintext of a POINTER frame into PointerFields at out. 0 or negative. */
	tsr_wasm_pointer_parse(out: Pointer, ptr: Pointer, len: number): number;

	// ---- presenter (core/screen/share.h) ------------------------------------------------
	tsr_wasm_share_create(format: number, width: number, height: number, from: number, stream: number, epoch: number): Share;
	tsr_wasm_share_destroy(share: Share): void;
	/** Where the capture has to be copied to before share_picture(); tsr_wasm_picture_len() bytes. */
	tsr_wasm_share_source(share: Share): Pointer;
	/** A new capture is available. Damage rectangle, or width 0 for "unknown". */
	tsr_wasm_share_capture(share: Share, x: number, y: number, width: number, height: number): void;
	/** 1: copy the newest capture to share_source() and call share_picture(). */
	tsr_wasm_share_wants(share: Share): number;
	tsr_wasm_share_picture(share: Share, now_ms: number): number;
	/** The clock; before anything else that comes in. Who never tells it has nothing held, and no previews. */
	tsr_wasm_share_time(share: Share, now_ms: number): void;
	/** When share_time() and a drain are due though nothing else happens; negative: never. */
	tsr_wasm_share_timeout(share: Share): number;
	/** 0 automatic, 1 text (never lossy), 2 motion. */
	tsr_wasm_share_prefer(share: Share, prefer: number): void;
	/** 1: a JPEG as PreviewAsk at out says is wanted of the newest capture. */
	tsr_wasm_share_preview_poll(share: Share, out: Pointer): number;
	/** Where the image has to be copied to, 256 KiB; 0 when out of memory. */
	tsr_wasm_share_preview_input(share: Share): Pointer;
	/** The answer to share_preview_poll(), at once or later; len 0: it could not be made. */
	tsr_wasm_share_preview(share: Share, len: number): void;
	/** 1: a frame is to be sent; share_out() has it. Call again until 0; after each, share_sent(). */
	tsr_wasm_share_poll(share: Share): number;
	/** Points to ShareOut; fixed for the life of the share. */
	tsr_wasm_share_out(share: Share): Pointer;
	/** bytes = 36 + length of the SFrame object. */
	tsr_wasm_share_sent(share: Share, bytes: number): void;
	tsr_wasm_share_credit(share: Share, bytes_total: number): void;
	tsr_wasm_share_need(share: Share, cells_lo: number, cells_hi: number): void;
	tsr_wasm_share_epoch(share: Share, epoch: number): void;
	tsr_wasm_share_pause(share: Share): void;
	/** 1 once: send StreamPause now. Ask after each drain. */
	tsr_wasm_share_paused(share: Share): number;
	/** After the server confirmed StreamPause{NONE}. */
	tsr_wasm_share_resume(share: Share): void;
	/** Fills ShareStats at out. */
	tsr_wasm_share_stats(share: Share, out: Pointer): void;
	/** 64-bit digest of the picture sent last, as view_digest() (tests). */
	tsr_wasm_share_digest(share: Share, out: Pointer): void;

	// ---- viewer (core/screen/view.h) ----------------------------------------------------
	tsr_wasm_view_create(format: number, width: number, height: number): View;
	tsr_wasm_view_destroy(view: View): void;
	/** A buffer of at least len bytes for the unit of the next frame; 0 when out of memory or len too big. */
	tsr_wasm_view_input(view: View, len: number): Pointer;
	/** header: 36 bytes; the unit (decrypted) is unit_len bytes at view_input(). frame_bytes = 36 + SFrame object. */
	tsr_wasm_view_frame(view: View, header: Pointer, unit_len: number, frame_bytes: number): number;
	/** A frame that did not decrypt. */
	tsr_wasm_view_unreadable(view: View, frame_bytes: number): void;
	/** A new epoch's seed arrived: what could not be read may be asked for again. */
	tsr_wasm_view_epoch(view: View): void;
	/** 1: a Rect at out is to be drawn. Until 0, after each frame. */
	tsr_wasm_view_dirty(view: View, out: Pointer): number;
	/** Converts a rectangle to RGBA (alpha 255), rows of width * 4 bytes, into memory that the view owns
	 *  and keeps until the next call; 0 when out of memory or outside the picture. Ready for
	 *  new ImageData(new Uint8ClampedArray(memory.buffer, ptr, w * h * 4), w, h). */
	tsr_wasm_view_rgba(view: View, x: number, y: number, width: number, height: number): Pointer;
	/** 1: ViewPreview at out is to be decoded and drawn. Until 0, after view_dirty(). */
	tsr_wasm_view_preview_poll(view: View, out: Pointer): number;
	/** 1: ViewPreview at out is the preview of this cell, for drawing everything anew. */
	tsr_wasm_view_preview(view: View, cell: number, out: Pointer): number;
	/** 1: Rect at out is the part of this preview that is to be drawn now; 0: it is gone or replaced. */
	tsr_wasm_view_preview_shown(view: View, cell: number, serial: number, out: Pointer): number;
	/** 1: AckOut at out is to go into StreamAck. */
	tsr_wasm_view_ack(view: View, out: Pointer): number;
	/** 0: nothing; 1: send StreamRefresh; 2: send StreamRefresh{unreadable}. */
	tsr_wasm_view_refresh(view: View): number;
	tsr_wasm_view_in_sync(view: View): number;
	tsr_wasm_view_picture(view: View): number;
	/** 64-bit digest of the picture as two u32 at out, low first (tests). */
	tsr_wasm_view_digest(view: View, out: Pointer): void;
	/** Fills ViewStats at out. */
	tsr_wasm_view_stats(view: View, out: Pointer): void;
	tsr_wasm_view_erase(view: View): void;

	// ---- geometry -----------------------------------------------------------------------
	tsr_wasm_picture_len(format: number, width: number, height: number): number;
	/** Edge of a cell in pixels, 0 when the size is not possible. */
	tsr_wasm_cell_edge(width: number, height: number): number;
}
