// SPDX-License-Identifier: Apache-2.0
// Runs a test that was built as a WASI program: run-wasi.mjs FILE.wasm [FOLDER, which it gets to read]
import { readFileSync, writeSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [, , program, folder] = process.argv;
const given = folder ? { args: ['test', '/folder'], preopens: { '/folder': folder } } : { args: ['test'] };
const wasi = new WASI({ version: 'preview1', env: process.env, returnOnExit: true, ...given });
const module = new WebAssembly.Module(readFileSync(program));

/** node 20's own fd_write aborts when the garbage collector starts inside it. */
function write(fd, vectors, n, written) {
	const view = new DataView(instance.exports.memory.buffer);
	let total = 0;
	for (let i = 0; i < n; i++) {
		const start = view.getUint32(vectors + i * 8, true);
		const len = view.getUint32(vectors + i * 8 + 4, true);
		const bytes = new Uint8Array(view.buffer, start, len);
		for (let at = 0; at < len;) at += writeSync(fd, bytes, at);
		total += len;
	}
	view.setUint32(written, total, true);
	return 0;
}

const instance = new WebAssembly.Instance(module, {
	wasi_snapshot_preview1: { ...wasi.wasiImport, fd_write: write },
});
process.exitCode = wasi.start(instance);
