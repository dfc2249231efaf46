// SPDX-License-Identifier: Apache-2.0
// Pictures as tight RGB bytes: what the X server has (xwd, independent of our capture), what the
// headless endpoint recorded (PPM) and what a page shows (its canvas).
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

export function digest(picture) {
	return `${picture.width}x${picture.height}:${createHash("sha256").update(picture.rgb).digest("hex").slice(0, 32)}`;
}

/** Everything on an X display, by xwd. */
export async function readDisplay(display) {
	const child = spawn("xwd", ["-root", "-silent", "-display", display.name], { stdio: ["ignore", "pipe", "inherit"] });
	const chunks = [];
	for await (const chunk of child.stdout) chunks.push(chunk);
	return parseXwd(Buffer.concat(chunks));
}

/** X11/XWDFile.h: a header of 25 big-endian words, colours, then rows. */
export function parseXwd(file) {
	const word = (n) => file.readUInt32BE(4 * n);
	const [headerSize, width, height, byteOrder, bitsPerPixel, rowBytes, nColors] = [word(0), word(4), word(5), word(7), word(11), word(12), word(19)];
	// 24 where windows of several visuals lie over each other: xwd puts them together itself.
	const step = bitsPerPixel / 8;
	if ((bitsPerPixel !== 32 && bitsPerPixel !== 24) || byteOrder !== 0) throw new Error(`xwd: ${bitsPerPixel} bits, order ${byteOrder}`);
	const pixels = file.subarray(headerSize + nColors * 12);
	const rgb = Buffer.alloc(width * height * 3);
	for (let y = 0, to = 0; y < height; y++)
		for (let x = 0, from = y * rowBytes; x < width; x++, from += step) {
			rgb[to++] = pixels[from + 2];
			rgb[to++] = pixels[from + 1];
			rgb[to++] = pixels[from];
		}
	return { width, height, rgb };
}

/** Binary PPM as `tessera join --record-frames` writes it. */
export async function readPpm(path) {
	const file = await readFile(path);
	const head = /^P6\n(\d+) (\d+)\n255\n/.exec(file.subarray(0, 64).toString("latin1"));
	return { width: Number(head[1]), height: Number(head[2]), rgb: file.subarray(head[0].length) };
}

/** What a canvas of a page shows, as {width, height, rgb}. Works for Playwright and Puppeteer pages. */
export async function readCanvas(page, selector) {
	const shown = await page.evaluate((sel) => {
		const source = document.querySelector(sel);
		if (!source) return null;
		const copy = document.createElement("canvas");
		copy.width = source.width;
		copy.height = source.height;
		const context = copy.getContext("2d", { willReadFrequently: true });
		context.drawImage(source, 0, 0);
		const { data } = context.getImageData(0, 0, copy.width, copy.height);
		let text = "";
		const rgb = new Uint8Array((data.length / 4) * 3);
		for (let i = 0, o = 0; i < data.length; i += 4) {
			rgb[o++] = data[i];
			rgb[o++] = data[i + 1];
			rgb[o++] = data[i + 2];
		}
		for (let i = 0; i < rgb.length; i += 32768) text += String.fromCharCode.apply(null, rgb.subarray(i, i + 32768));
		return { width: copy.width, height: copy.height, text: btoa(text) };
	}, selector);
	return shown && { width: shown.width, height: shown.height, rgb: Buffer.from(shown.text, "base64") };
}

/** In words, where two pictures differ; "" when they do not. */
export function difference(a, b) {
	if (a.width !== b.width || a.height !== b.height) return `${a.width}x${a.height} against ${b.width}x${b.height}`;
	let n = 0;
	let first = "";
	for (let i = 0; i < a.rgb.length; i += 3)
		if (a.rgb[i] !== b.rgb[i] || a.rgb[i + 1] !== b.rgb[i + 1] || a.rgb[i + 2] !== b.rgb[i + 2]) {
			const p = i / 3;
			if (!n++) first = `first at ${p % a.width},${Math.floor(p / a.width)}`;
		}
	return n ? `${n} of ${a.width * a.height} pixels differ, ${first}` : "";
}
