// SPDX-License-Identifier: Apache-2.0
// Exactness, not speed: what viewers of every kind see of real applications, natively and as WASM, is what was on the
// screen, bit for bit. One difference makes it fail.
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runProgram } from "../../test/e2e/lib/process.mjs";
import { benchRecord, benchSession, benchViewers, decodeAsWasm, LENGTH, pictures, QUICK_LENGTH, recording } from "./screen.mjs";

const FORMATS = { bgra: [], i420: ["--i420"] };
const patient = { timeoutMs: 600_000 };

/** One encoder and one decoder, one picture after the other. */
async function checkPictures(ctx, { emit, say }) {
	const list = await pictures(ctx, say);
	const folder = dirname(list[0].file);
	const [file, stream] = [join(folder, "recording"), join(folder, "stream")];
	await runProgram(benchRecord, ["collect", file, ...list.map((picture) => picture.file)], patient);
	for (const [format, args] of Object.entries(FORMATS)) {
		await runProgram(benchSession, [file, "/dev/null", "--no-peers", "--stream", stream, ...args], patient);
		const { pictures: n } = await decodeAsWasm([stream]);
		if (n !== list.length) throw new Error(`only ${n} of ${list.length} pictures were compared`);
		emit(`pictures_${format}`, n, "exact");
	}
}

async function checkViewers(ctx, seconds, { emit, say }) {
	const record = await recording(ctx, "office", { seconds, reuse: true, say });
	for (const [format, args] of Object.entries(FORMATS)) {
		const folder = join(record.folder, "viewers");
		await rm(folder, { recursive: true, force: true });
		await mkdir(folder);
		const { stdout } = await runProgram(benchViewers, [record.file, `${seconds}`, folder, ...args], patient);
		const { lives, frames, compared } = JSON.parse(stdout);
		const streams = (await readdir(folder)).map((name) => join(folder, name));
		const wasm = await decodeAsWasm(streams);
		if (wasm.frames !== frames || wasm.pictures !== compared) throw new Error(`WASM compared ${wasm.pictures} of ${compared} pictures`);
		say(`${format}: ${lives} times somebody joined, ${frames} frames arrived, ${compared} times a whole picture was compared`);
		emit(`compared_${format}`, compared, "exact");
		await rm(folder, { recursive: true, force: true });
	}
}

export async function bench(ctx, { quick, emit, say }) {
	await checkPictures(ctx, { emit, say });
	await checkViewers(ctx, quick ? QUICK_LENGTH : LENGTH, { emit, say });
}
