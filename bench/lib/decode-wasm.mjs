// SPDX-License-Identifier: Apache-2.0
// decode-wasm.mjs TESSERA.WASM STREAM...: decodes what viewers got (bench/screen/stream.h) as the browser does, and
// compares each whole picture with the source by its digest. Prints one line of JSON; exit code 1 when one differs.
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const HEADER = 36;
const [, , modulePath, ...streams] = process.argv;
const core = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(modulePath)), {}).exports;
core._initialize();
const memory = (at, len) => new Uint8Array(core.memory.buffer, at, len);
const headerAt = core.tsr_alloc(HEADER);
const digestAt = core.tsr_alloc(8);
const result = { streams: 0, frames: 0, pictures: 0, wrong: 0, refused: 0, decodeMs: 0 };

/** The next len bytes of a file, or null at its end. */
function read(file, len) {
	const bytes = Buffer.alloc(len);
	let n = 0;
	while (n < len) {
		const got = readSync(file, bytes, n, len - n, null);
		if (got === 0 && n === 0) return null;
		if (got === 0) throw new Error("the stream is cut off");
		n += got;
	}
	return bytes;
}

function compare(view, digest) {
	result.pictures++;
	core.tsr_wasm_view_digest(view, digestAt);
	const seen = Buffer.from(memory(digestAt, 8)).readBigUInt64LE(0);
	if (seen !== digest || !core.tsr_wasm_view_in_sync(view)) result.wrong++;
}

function decode(path) {
	const file = openSync(path, "r");
	const head = read(file, 12);
	const view = core.tsr_wasm_view_create(head.readUInt32LE(0), head.readUInt32LE(4), head.readUInt32LE(8));
	for (let frame = read(file, HEADER + 12); frame; frame = read(file, HEADER + 12)) {
		const len = frame.readUInt32LE(HEADER + 8);
		const unit = read(file, len);
		memory(core.tsr_wasm_view_input(view, len), len).set(unit);
		memory(headerAt, HEADER).set(frame.subarray(0, HEADER));
		const start = performance.now();
		if (core.tsr_wasm_view_frame(view, headerAt, len, HEADER + len) !== 0) result.refused++;
		result.decodeMs += performance.now() - start;
		result.frames++;
		const digest = frame.readBigUInt64LE(HEADER);
		if (digest !== 0n) compare(view, digest);
	}
	core.tsr_wasm_view_destroy(view);
	closeSync(file);
	result.streams++;
}

streams.forEach(decode);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.wrong || result.refused || result.pictures === 0 ? 1 : 0;
