// SPDX-License-Identifier: Apache-2.0
// decode-wasm.mjs TESSERA.WASM STREAM: decodes what bench-screen-session --stream wrote as a viewer in the
// browser does, and compares each whole picture with the source by its digest. Prints one line of JSON.
import { openSync, readFileSync, readSync } from "node:fs";

const HEADER = 36;
const [, , modulePath, streamPath] = process.argv;
const core = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(modulePath)), {}).exports;
core._initialize();
const memory = (at, len) => new Uint8Array(core.memory.buffer, at, len);
const stream = openSync(streamPath, "r");

/** The next len bytes, or null at the end. */
function read(len) {
	const bytes = Buffer.alloc(len);
	let n = 0;
	while (n < len) {
		const got = readSync(stream, bytes, n, len - n, null);
		if (got === 0 && n === 0) return null;
		if (got === 0) throw new Error("the stream is cut off");
		n += got;
	}
	return bytes;
}

const head = read(12);
const view = core.tsr_wasm_view_create(head.readUInt32LE(0), head.readUInt32LE(4), head.readUInt32LE(8));
const headerAt = core.tsr_alloc(HEADER);
const digestAt = core.tsr_alloc(8);
const result = { frames: 0, pictures: 0, wrong: 0, refused: 0, decodeMs: 0 };
for (let frame = read(HEADER + 12); frame; frame = read(HEADER + 12)) {
	const digest = frame.readBigUInt64LE(HEADER);
	const len = frame.readUInt32LE(HEADER + 8);
	const unit = read(len);
	memory(core.tsr_wasm_view_input(view, len), len).set(unit);
	memory(headerAt, HEADER).set(frame.subarray(0, HEADER));
	const start = performance.now();
	if (core.tsr_wasm_view_frame(view, headerAt, len, HEADER + len) !== 0) result.refused++;
	result.decodeMs += performance.now() - start;
	result.frames++;
	if (digest === 0n) continue;
	result.pictures++;
	core.tsr_wasm_view_digest(view, digestAt);
	const seen = Buffer.from(memory(digestAt, 8)).readBigUInt64LE(0);
	if (seen !== digest || !core.tsr_wasm_view_in_sync(view)) result.wrong++;
}
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.wrong || result.refused || result.pictures === 0 ? 1 : 0;
