// SPDX-License-Identifier: Apache-2.0
// The module as the browser sees it: what it imports, and a share that is viewed, through exports only.
import { readFileSync } from 'node:fs';
import { Buffer } from 'node:buffer';

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const core = new WebAssembly.Instance(module, {}).exports;
core._initialize();

const u32 = (ptr) => new DataView(core.memory.buffer).getUint32(ptr, true);
const f64 = (ptr) => new DataView(core.memory.buffer).getFloat64(ptr, true);
const bytes = (ptr, len) => new Uint8Array(core.memory.buffer, ptr, len);

function check(claim, what) {
	if (!claim) throw new Error(what);
}

/** Hands every frame of the share to the view; returns how many. */
function carry(share, view) {
	const header = core.tsr_alloc(36);
	let n = 0;
	while (core.tsr_wasm_share_poll(share)) {
		const out = core.tsr_wasm_share_out(share);
		const len = u32(out + 48);
		const unit = bytes(u32(out + 44), len).slice();
		new DataView(core.memory.buffer).setUint32(out + 40, len + 20, true);
		core.tsr_wasm_frame_write(header, out);
		core.tsr_wasm_share_sent(share, 36 + len + 20);
		bytes(core.tsr_wasm_view_input(view, len), len).set(unit);
		check(core.tsr_wasm_view_frame(view, header, len, 36 + len + 20) === 0, 'the view took the frame');
		const ack = core.tsr_alloc(16);
		if (core.tsr_wasm_view_ack(view, ack)) core.tsr_wasm_share_credit(share, f64(ack + 8));
		core.tsr_free(ack);
		n++;
	}
	core.tsr_free(header);
	return n;
}

function paint(share, len, seed) {
	const pixels = bytes(core.tsr_wasm_share_source(share), len);
	for (let i = 0; i < len; i++) pixels[i] = ((i >> 6) * seed + (i % 61 < 9 ? i : 0)) & 255;
	return pixels.slice();
}

function roundTrip(format, width, height) {
	const share = core.tsr_wasm_share_create(format, width, height, 7, 9, 1);
	const view = core.tsr_wasm_view_create(format, width, height);
	const len = core.tsr_wasm_picture_len(format, width, height);
	const rect = core.tsr_alloc(16);
	check(share && view && rect, 'created');
	for (let picture = 1; picture <= 5; picture++) {
		const pixels = paint(share, len, picture);
		core.tsr_wasm_share_capture(share, 0, 0, 0, 0);
		check(core.tsr_wasm_share_wants(share) === 1, 'a picture is wanted');
		check(core.tsr_wasm_share_picture(share, picture * 100) === 0, 'the picture was taken');
		check(carry(share, view) > 0, 'frames came');
		check(core.tsr_wasm_view_in_sync(view) === 1, 'in sync');
		check(core.tsr_wasm_view_picture(view) === picture, 'the number is right');
		let n = 0;
		while (core.tsr_wasm_view_dirty(view, rect)) n++;
		check(n > 0, 'something is to be drawn');
		const rgba = core.tsr_wasm_view_rgba(view, 0, 0, width, height);
		check(rgba !== 0, 'converted');
		if (format === 1) compareBgra(pixels, bytes(rgba, len));
	}
	core.tsr_free(rect);
	core.tsr_wasm_view_destroy(view);
	core.tsr_wasm_share_destroy(share);
}

function compareBgra(bgra, rgba) {
	for (let i = 0; i < bgra.length; i += 4)
		check(bgra[i] === rgba[i + 2] && bgra[i + 1] === rgba[i + 1] && bgra[i + 2] === rgba[i] &&
			rgba[i + 3] === 255, `pixel ${i / 4} is exact`);
}

/** Black, white, grey and red of BT.601 limited range. */
function colours() {
	const cases = [[16, 128, 128, 0, 0, 0], [235, 128, 128, 255, 255, 255], [126, 128, 128, 128, 128, 128],
		[81, 90, 240, 254, 0, 0]];
	for (const [y, u, v, r, g, b] of cases) {
		const share = core.tsr_wasm_share_create(2, 2, 2, 1, 1, 1);
		const view = core.tsr_wasm_view_create(2, 2, 2);
		bytes(core.tsr_wasm_share_source(share), 6).set([y, y, y, y, u, v]);
		core.tsr_wasm_share_capture(share, 0, 0, 0, 0);
		check(core.tsr_wasm_share_picture(share, 1) === 0 && carry(share, view) === 1, 'sent');
		const got = bytes(core.tsr_wasm_view_rgba(view, 0, 0, 2, 2), 16);
		check(Math.abs(got[0] - r) <= 1 && Math.abs(got[1] - g) <= 1 && Math.abs(got[2] - b) <= 1,
			`${[y, u, v]} is ${[r, g, b]}, not ${got.slice(0, 3)}`);
		core.tsr_wasm_view_destroy(view);
		core.tsr_wasm_share_destroy(share);
	}
}

function hostile() {
	const view = core.tsr_wasm_view_create(1, 100, 100);
	const header = core.tsr_alloc(36);
	bytes(header, 36).fill(255);
	check(core.tsr_wasm_view_frame(view, header, 0, 36) < 0, 'a bad header is refused');
	check(core.tsr_wasm_view_input(view, 0x7fffffff) === 0, 'no buffer without bound');
	check(core.tsr_wasm_view_rgba(view, 90, 90, 20, 20) === 0, 'no pixels outside the picture');
	check(core.tsr_wasm_view_create(1, 16384, 16384) === 0, 'no picture without bound');
	core.tsr_free(header);
	core.tsr_wasm_view_destroy(view);
}

/** Thousands of shares must not make the memory grow without end. */
function leaks() {
	roundTrip(1, 600, 40);
	const before = core.memory.buffer.byteLength;
	for (let i = 0; i < 50; i++) roundTrip(1, 600, 40);
	check(core.memory.buffer.byteLength <= before + 65536 * 16, 'the memory stays');
}

const cases = {
	'imports nothing': () => check(WebAssembly.Module.imports(module).length === 0,
		JSON.stringify(WebAssembly.Module.imports(module))),
	'exports what tessera.d.ts declares': () => {
		const text = readFileSync(new URL('tessera.d.ts', import.meta.url), 'utf8');
		const declared = [...text.matchAll(/^\t(tsr_\w+)\(/gm)].map((m) => m[1]).sort();
		const exported = WebAssembly.Module.exports(module).map((e) => e.name).filter((n) => n.startsWith('tsr_')).sort();
		check(Buffer.from(declared.join()).equals(Buffer.from(exported.join())),
			`${declared.length} declared, ${exported.length} exported`);
	},
	'a BGRA share is viewed exactly': () => roundTrip(1, 1033, 517),
	'an I420 share of odd size is viewed': () => roundTrip(2, 1033, 517),
	'colours are right': colours,
	'hostile calls are refused': hostile,
	'nothing leaks': leaks,
	'the policy answers': () => check(core.tsr_wasm_policy_check(0xffff, 0, 0, 0) !== 0, 'no such act'),
};

console.log(`1..${Object.keys(cases).length}`);
let failed = 0;
Object.entries(cases).forEach(([name, run], i) => {
	try {
		run();
		console.log(`ok ${i + 1} - ${name}`);
	} catch (error) {
		failed++;
		console.log(`# ${error.message}\nnot ok ${i + 1} - ${name}`);
	}
});
process.exit(failed ? 1 : 0);
