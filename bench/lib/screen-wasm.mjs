// SPDX-License-Identifier: Apache-2.0
// The codec in Chromium's worker against the same code built for this machine, on the same pictures by turns:
// a share encodes a whole picture, a view decodes it. Processor time of the thread on both sides, the shortest of
// each. What a page does besides, such as copying pixels into the module, is measured alone and taken off.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { startChromium } from "../../test/e2e/lib/browser.mjs";
import { runProgram } from "../../test/e2e/lib/process.mjs";
import { workerClock } from "./chromium.mjs";
import { benchWasm, judge, pictures as makePictures, wasmCore, wholeScreen } from "./screen.mjs";

const BOUNDS = { encode: 1.6, decode: 1.3 };
const HEADER_LEN = 36;

/** Runs in a worker: {wasm}, then {load}, then {encode}, {decode}, or what is none of it, {copy} and {open}, so many times. */
function work(headerLen, width, height) {
	const BGRA = 1;
	let core;
	let bgra;
	let frames = [];
	const u32 = (at) => new DataView(core.memory.buffer).getUint32(at, true);
	const bytesAt = (at, length) => new Uint8Array(core.memory.buffer, at, length);
	const createShare = () => {
		const share = core.tsr_wasm_share_create(BGRA, width, height, 1, 1, 1);
		bytesAt(core.tsr_wasm_share_source(share), bgra.length).set(bgra);
		return share;
	};
	const encode = () => {
		const share = createShare();
		const header = core.tsr_alloc(headerLen);
		let bytes = 0;
		frames = [];
		core.tsr_wasm_share_capture(share, 0, 0, 0, 0);
		core.tsr_wasm_share_picture(share, 0);
		while (core.tsr_wasm_share_poll(share)) {
			const out = core.tsr_wasm_share_out(share);
			const [unit, length] = [u32(out + 44), u32(out + 48)];
			core.tsr_wasm_frame_write(header, out);
			frames.push({ header: bytesAt(header, headerLen).slice(), unit: bytesAt(unit, length).slice() });
			bytes += length;
			core.tsr_wasm_share_sent(share, length);
			core.tsr_wasm_share_credit(share, bytes);
		}
		core.tsr_free(header);
		core.tsr_wasm_share_destroy(share);
		return { bytes };
	};
	const copy = () => {
		core.tsr_wasm_share_destroy(createShare());
		return {};
	};
	const open = () => {
		core.tsr_wasm_view_destroy(core.tsr_wasm_view_create(BGRA, width, height));
		return {};
	};
	const decode = (isChecked) => {
		const view = core.tsr_wasm_view_create(BGRA, width, height);
		const header = core.tsr_alloc(headerLen);
		for (const frame of frames) {
			const { length } = frame.unit;
			bytesAt(header, headerLen).set(frame.header);
			bytesAt(core.tsr_wasm_view_input(view, length), length).set(frame.unit);
			if (core.tsr_wasm_view_frame(view, header, length, length) !== 0) throw new Error("malformed");
		}
		if (isChecked) compare(bytesAt(core.tsr_wasm_view_rgba(view, 0, 0, width, height), bgra.length));
		core.tsr_free(header);
		core.tsr_wasm_view_destroy(view);
		return {};
	};
	const compare = (rgba) => {
		for (let at = 0; at < bgra.length; at += 4)
			if (rgba[at] !== bgra[at + 2] || rgba[at + 1] !== bgra[at + 1] || rgba[at + 2] !== bgra[at]) throw new Error(`pixel ${at / 4} is another`);
	};
	const load = async (what) => {
		if (what.wasm) {
			core = (await WebAssembly.instantiateStreaming(fetch(what.wasm), {})).instance.exports;
			core._initialize();
			return {};
		}
		bgra = new Uint8Array(await (await fetch(what.load)).arrayBuffer());
		encode();
		return decode(true);
	};
	globalThis.onmessage = async ({ data }) => {
		try {
			const acts = { encode, copy, decode, open };
			const [act] = Object.keys(data).filter((name) => name in acts);
			let reply = act ? {} : await load(data);
			for (let n = act ? data[act] : 0; n > 0; n--) reply = acts[act](false);
			globalThis.postMessage(reply);
		} catch (error) {
			globalThis.postMessage({ error: String(error) });
		}
	};
}

/** A page with that worker; ask(message) gives its answer and what it took, in ms. */
async function startPage(ctx, pictures) {
	const files = new Map(pictures.map(({ file }, n) => [`/picture-${n}`, file]));
	const server = createServer(async ({ url }, response) => {
		if (url === "/worker.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(`(${work})(${HEADER_LEN}, ${wholeScreen.width}, ${wholeScreen.height})`);
		if (url === "/tessera.wasm") return response.writeHead(200, { "content-type": "application/wasm" }).end(await readFile(wasmCore));
		if (files.has(url)) return response.writeHead(200).end(await readFile(files.get(url)));
		return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>bench</title>");
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	ctx.onEnd(() => server.close());
	const browser = await startChromium(ctx);
	const page = await browser.newPage();
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	await page.evaluate(() => (globalThis.worker = new Worker("/worker.js")));
	let clock = async () => 0;
	const ask = async (message) => {
		const from = await clock();
		const reply = await page.evaluate((data) => new Promise((done) => {
			globalThis.worker.onmessage = (event) => done(event.data);
			globalThis.worker.postMessage(data);
		}), message);
		if (reply.error) throw new Error(reply.error);
		return { ...reply, ms: (await clock()) - from };
	};
	await ask({ wasm: "/tessera.wasm" });
	clock = await workerClock(browser);
	return ask;
}

const mean = (ratios) => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);

/** The shortest of some rounds, per picture: {native: {encode, decode}, wasm: {encode, decode}}. */
async function compareOn(ask, n, file, { rounds, runs }) {
	const best = { native: { encode: Infinity, decode: Infinity }, wasm: { encode: Infinity, decode: Infinity } };
	const keep = (side, what, ms) => (best[side][what] = Math.min(best[side][what], ms));
	const gross = { encode: Infinity, decode: Infinity };
	const besides = { encode: Infinity, decode: Infinity };
	await ask({ load: `/picture-${n}` });
	for (let round = 0; round < rounds; round++) {
		const { stdout } = await runProgram(benchWasm, [wholeScreen.width, wholeScreen.height, runs, file].map(String), { timeoutMs: 120_000 });
		const [encode, decode, bytes] = stdout.trim().split(" ").map(Number);
		keep("native", "encode", encode);
		keep("native", "decode", decode);
		for (let run = 0; run < runs; run++) {
			const encoded = await ask({ encode: 1 });
			if (encoded.bytes !== bytes) throw new Error(`${file}: ${encoded.bytes} bytes, native ${bytes}`);
			gross.encode = Math.min(gross.encode, encoded.ms);
			gross.decode = Math.min(gross.decode, (await ask({ decode: 1 })).ms);
			besides.encode = Math.min(besides.encode, (await ask({ copy: 1 })).ms);
			besides.decode = Math.min(besides.decode, (await ask({ open: 1 })).ms);
		}
	}
	for (const what of ["encode", "decode"]) keep("wasm", what, gross[what] - besides[what]);
	return best;
}

export async function bench(ctx, { quick, emit, say }) {
	const pictures = await makePictures(ctx, say);
	const ask = await startPage(ctx, pictures);
	const ratios = { encode: [], decode: [] };
	for (const [n, { name, file }] of pictures.entries()) {
		const best = await compareOn(ask, n, file, quick ? { rounds: 2, runs: 4 } : { rounds: 7, runs: 5 });
		for (const what of ["encode", "decode"]) {
			const ratio = best.wasm[what] / best.native[what];
			ratios[what].push(ratio);
			emit(`${what}/${name}`, best.wasm[what], "ms", "native", ratio);
		}
	}
	for (const what of ["encode", "decode"]) {
		const ratio = mean(ratios[what]);
		emit(what, ratio, "times", "native", ratio);
		judge(say, `screen-wasm: ${what}`, ratio, BOUNDS[what]);
	}
}
