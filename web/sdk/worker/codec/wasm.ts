// SPDX-License-Identifier: Apache-2.0
// tessera.wasm behind codec.ts. Memory may grow in any call: views of it are made afresh.
import type { Pointer, Share, TesseraCore, View } from '../../../../wasm/tessera';
import {
	AckOut, PointerFields, PreviewAsk as AskOut, Rect as RectOut, ShareOut, ShareStats as StatsOut,
	ViewPreview as PreviewOut, ViewStats,
} from '../../../../wasm/layout';
import type {
	Codec, OutgoingUnit, ParsedPointer, PixelFormatNumber, PreviewAsk, Rect, ShareEngine, SharePreferNumber,
	ShareStats, ViewEngine, ViewPreview,
} from './codec';
import { HEADER_LEN } from '../wire/frame';

const SCRATCH_LEN = 128;
/** TSR_PREVIEW_IMAGE_MAX */
const PREVIEW_MAX = 256 * 1024;

class Core {
	readonly scratch: Pointer;

	constructor(readonly exports: TesseraCore) {
		exports._initialize();
		this.scratch = exports.tsr_alloc(SCRATCH_LEN);
		if (this.scratch === 0) throw new Error('tessera.wasm: out of memory');
	}

	get view(): DataView {
		return new DataView(this.exports.memory.buffer);
	}

	write(ptr: Pointer, bytes: Uint8Array): void {
		new Uint8Array(this.exports.memory.buffer, ptr, bytes.length).set(bytes);
	}

	rect(ptr: Pointer): Rect {
		const { view } = this;
		const u32 = (offset: number): number => view.getUint32(ptr + offset, true);
		return { x: u32(RectOut.x), y: u32(RectOut.y), width: u32(RectOut.width), height: u32(RectOut.height) };
	}

	digest(ptr: Pointer): string {
		return this.view.getBigUint64(ptr, true).toString(16).padStart(16, '0');
	}

	copy(ptr: Pointer, len: number): Uint8Array<ArrayBuffer> {
		return new Uint8Array(this.exports.memory.buffer, ptr, len).slice() as Uint8Array<ArrayBuffer>;
	}
}

class WasmShare implements ShareEngine {
	constructor(
		private readonly core: Core,
		private readonly share: Share,
	) {}

	handleTime(nowMs: number): void {
		this.core.exports.tsr_wasm_share_time(this.share, nowMs);
	}
	nextTimeout(): number | null {
		const next = this.core.exports.tsr_wasm_share_timeout(this.share);
		return next < 0 ? null : next;
	}
	prefer(prefer: SharePreferNumber): void {
		this.core.exports.tsr_wasm_share_prefer(this.share, prefer);
	}
	pollPreview(): PreviewAsk | null {
		const { exports, scratch } = this.core;
		if (exports.tsr_wasm_share_preview_poll(this.share, scratch) !== 1) return null;
		return { rect: this.core.rect(scratch), quality: this.core.view.getUint32(scratch + AskOut.quality, true) };
	}
	handlePreview(image: Uint8Array | null): void {
		const { exports } = this.core;
		const input = image && image.length <= PREVIEW_MAX ? exports.tsr_wasm_share_preview_input(this.share) : 0;
		if (image && input !== 0) this.core.write(input, image);
		exports.tsr_wasm_share_preview(this.share, image && input !== 0 ? image.length : 0);
	}
	handleCapture(): void {
		this.core.exports.tsr_wasm_share_capture(this.share, 0, 0, 0, 0);
	}
	wantsPicture(): boolean {
		return this.core.exports.tsr_wasm_share_wants(this.share) === 1;
	}
	handlePicture(planes: Uint8Array, nowMs: number): void {
		this.core.write(this.core.exports.tsr_wasm_share_source(this.share), planes);
		this.core.exports.tsr_wasm_share_picture(this.share, nowMs);
	}
	pollUnit(): OutgoingUnit | null {
		if (this.core.exports.tsr_wasm_share_poll(this.share) !== 1) return null;
		const out = this.core.exports.tsr_wasm_share_out(this.share);
		const { view } = this.core;
		const u32 = (offset: number): number => view.getUint32(out + offset, true);
		return {
			flags: u32(ShareOut.flags),
			epoch: u32(ShareOut.epoch),
			picture: u32(ShareOut.picture),
			base: u32(ShareOut.base),
			cells: (BigInt(u32(ShareOut.cellsHi)) << 32n) | BigInt(u32(ShareOut.cellsLo)),
			unit: this.core.copy(u32(ShareOut.unit), u32(ShareOut.unitLen)),
		};
	}
	handleSent(bytes: number): void {
		this.core.exports.tsr_wasm_share_sent(this.share, bytes);
	}
	handleCredit(bytesTotal: number): void {
		this.core.exports.tsr_wasm_share_credit(this.share, bytesTotal);
	}
	handleNeed(cells: bigint): void {
		this.core.exports.tsr_wasm_share_need(this.share, Number(cells & 0xffffffffn), Number(cells >> 32n));
	}
	handleEpoch(epoch: number): void {
		this.core.exports.tsr_wasm_share_epoch(this.share, epoch);
	}
	handlePause(): void {
		this.core.exports.tsr_wasm_share_pause(this.share);
	}
	pollPaused(): boolean {
		return this.core.exports.tsr_wasm_share_paused(this.share) === 1;
	}
	handleResume(): void {
		this.core.exports.tsr_wasm_share_resume(this.share);
	}
	digest(): string {
		const { exports, scratch } = this.core;
		exports.tsr_wasm_share_digest(this.share, scratch);
		return this.core.digest(scratch);
	}
	stats(): ShareStats {
		const { scratch } = this.core;
		this.core.exports.tsr_wasm_share_stats(this.share, scratch);
		const { view } = this.core;
		return {
			bytes: view.getFloat64(scratch + StatsOut.bytes, true),
			pictures: view.getUint32(scratch + StatsOut.pictures, true),
			fps: view.getUint32(scratch + StatsOut.fpsX10, true) / 10,
			superseded: view.getUint32(scratch + StatsOut.superseded, true),
			unacked: view.getUint32(scratch + StatsOut.unacked, true),
			previews: view.getUint32(scratch + StatsOut.previews, true),
			previewBytes: view.getFloat64(scratch + StatsOut.previewBytes, true),
			held: view.getUint32(scratch + StatsOut.held, true),
			lineKbitS: view.getUint32(scratch + StatsOut.kbitS, true),
			copies: view.getUint32(scratch + StatsOut.copies, true),
		};
	}
	destroy(): void {
		this.core.exports.tsr_wasm_share_destroy(this.share);
	}
}

class WasmView implements ViewEngine {
	constructor(
		private readonly core: Core,
		private readonly handle: View,
	) {}

	handleFrame(metadata: Uint8Array, unit: Uint8Array, frameBytes: number): boolean {
		const { exports, scratch } = this.core;
		const input = exports.tsr_wasm_view_input(this.handle, unit.length);
		if (input === 0) return false;
		this.core.write(input, unit);
		this.core.write(scratch, metadata.subarray(0, HEADER_LEN));
		return exports.tsr_wasm_view_frame(this.handle, scratch, unit.length, frameBytes) >= 0;
	}
	handleUnreadable(frameBytes: number): void {
		this.core.exports.tsr_wasm_view_unreadable(this.handle, frameBytes);
	}
	pollDirty(): Rect | null {
		const { exports, scratch } = this.core;
		return exports.tsr_wasm_view_dirty(this.handle, scratch) === 1 ? this.core.rect(scratch) : null;
	}
	pollPreview(): ViewPreview | null {
		const { exports, scratch } = this.core;
		return exports.tsr_wasm_view_preview_poll(this.handle, scratch) === 1 ? this.#preview() : null;
	}
	preview(cell: number): ViewPreview | null {
		const { exports, scratch } = this.core;
		return exports.tsr_wasm_view_preview(this.handle, cell, scratch) === 1 ? this.#preview() : null;
	}
	previewShown(cell: number, serial: number): Rect | null {
		const { exports, scratch } = this.core;
		return exports.tsr_wasm_view_preview_shown(this.handle, cell, serial, scratch) === 1 ? this.core.rect(scratch) : null;
	}
	#preview(): ViewPreview {
		const { scratch, view } = this.core;
		const u32 = (offset: number): number => view.getUint32(scratch + offset, true);
		return {
			cell: u32(PreviewOut.cell),
			serial: u32(PreviewOut.serial),
			rect: this.core.rect(scratch + PreviewOut.rect),
			image: this.core.copy(u32(PreviewOut.image), u32(PreviewOut.len)),
		};
	}
	rgba({ x, y, width, height }: Rect): Uint8ClampedArray<ArrayBuffer> | null {
		const pixels = this.core.exports.tsr_wasm_view_rgba(this.handle, x, y, width, height);
		if (pixels === 0) return null;
		const { buffer } = this.core.exports.memory;
		return new Uint8ClampedArray(buffer, pixels, width * height * 4) as Uint8ClampedArray<ArrayBuffer>;
	}
	pollAck(): { picture: number; bytes: number } | null {
		const { exports, scratch } = this.core;
		if (exports.tsr_wasm_view_ack(this.handle, scratch) !== 1) return null;
		const { view } = this.core;
		return {
			picture: view.getUint32(scratch + AckOut.picture, true),
			bytes: view.getFloat64(scratch + AckOut.bytes, true),
		};
	}
	pollRefresh(): 'no' | 'refresh' | 'unreadable' {
		const wanted = this.core.exports.tsr_wasm_view_refresh(this.handle);
		if (wanted === 0) return 'no';
		return wanted === 2 ? 'unreadable' : 'refresh';
	}
	isInSync(): boolean {
		return this.core.exports.tsr_wasm_view_in_sync(this.handle) === 1;
	}
	picture(): number {
		return this.core.exports.tsr_wasm_view_picture(this.handle);
	}
	digest(): string {
		const { exports, scratch } = this.core;
		exports.tsr_wasm_view_digest(this.handle, scratch);
		return this.core.digest(scratch);
	}
	bytes(): number {
		const { exports, scratch } = this.core;
		exports.tsr_wasm_view_stats(this.handle, scratch);
		return this.core.view.getFloat64(scratch + ViewStats.bytes, true);
	}
	erase(): void {
		this.core.exports.tsr_wasm_view_erase(this.handle);
	}
	destroy(): void {
		this.core.exports.tsr_wasm_view_destroy(this.handle);
	}
}

function parsePointer(core: Core, plain: Uint8Array): ParsedPointer | null {
	const { exports, scratch } = core;
	const input = exports.tsr_alloc(Math.max(1, plain.length));
	if (input === 0) return null;
	core.write(input, plain);
	const isGood = exports.tsr_wasm_pointer_parse(scratch, input, plain.length) === 0;
	const parsed = isGood ? readPointer(core) : null;
	exports.tsr_free(input);
	return parsed;
}

function readPointer(core: Core): ParsedPointer {
	const { view, scratch } = core;
	const u32 = (offset: number): number => view.getUint32(scratch + offset, true);
	const [width, height] = [u32(PointerFields.width), u32(PointerFields.height)];
	const rgba = (): Uint8ClampedArray<ArrayBuffer> =>
		new Uint8ClampedArray(core.copy(u32(PointerFields.image), width * height * 4).buffer);
	return {
		isVisible: u32(PointerFields.visible) !== 0,
		stream: u32(PointerFields.stream),
		x: u32(PointerFields.x),
		y: u32(PointerFields.y),
		shape: u32(PointerFields.shape),
		image: width > 0 ? { width, height, hotX: u32(PointerFields.hotX), hotY: u32(PointerFields.hotY), rgba: rgba() } : null,
	};
}

/** Loads the module; rejects when it cannot be had or does not fit. */
export async function loadCodec(url: string): Promise<Codec> {
	const response = fetch(url, { credentials: 'omit' });
	const { instance } = await WebAssembly.instantiateStreaming(response, {});
	return codecOf(instance);
}

export function codecOf(instance: WebAssembly.Instance): Codec {
	const core = new Core(instance.exports as unknown as TesseraCore);
	const { exports } = core;
	return {
		policyCheck: (act, actor, target, session) => exports.tsr_wasm_policy_check(act, actor, target, session),
		parsePointer: (plain) => parsePointer(core, plain),
		createShare: (format, width, height, from, stream, epoch) => {
			const share = exports.tsr_wasm_share_create(format, width, height, from, stream, epoch);
			return share === 0 ? null : new WasmShare(core, share);
		},
		createView: (format, width, height) => {
			const view = exports.tsr_wasm_view_create(format, width, height);
			return view === 0 ? null : new WasmView(core, view);
		},
		pictureLen: (format: PixelFormatNumber, width, height) => exports.tsr_wasm_picture_len(format, width, height),
	};
}
