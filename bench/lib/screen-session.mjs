// SPDX-License-Identifier: Apache-2.0
// A desktop session recorded once, exactly, and coded by ours and by the peers from the same pictures;
// VNC, which cannot be fed pictures, gets the same script on a screen of its own.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../../test/e2e/lib/process.mjs";
import { benchFilm, benchSession, decodeAsWasm, judge, LENGTH, QUICK_LENGTH, recording, withoutFault } from "./screen.mjs";
import { runTight } from "./tight.mjs";

const FILM = "animation";
const FILM_LENGTH = 14;
const QUICK_FILM_LENGTH = 8;
const LINE_KBIT = 4000;
const TEXT_MS = 300;
const SOURCE = "scroll-terminal"; // source code that scrolls at full speed
const SOURCE_MBIT = 1;
const BOUNDS = { bytes: { "zstd1-tiles": 0.12, "tight-c6": 0.25, "x264-crf23": 0.6 }, cpu: { "x264-crf23": 0.25 } };

const sum = (values) => values.reduce((a, b) => a + b, 0);

async function play(record, args = []) {
	const { stdout } = await runProgram(benchSession, [record.file, record.phases, ...args], { timeoutMs: 400_000 });
	return JSON.parse(stdout);
}

/** A film on a line of 4 Mbit/s, and somebody who types beside it; in virtual time. */
async function watchFilm(ctx, seconds, { emit, say }) {
	const record = await recording(ctx, "film", { seconds, reuse: true, say });
	const { stdout } = await runProgram(benchFilm, [record.file, `${LINE_KBIT}`, ...record.text], { timeoutMs: 100_000 });
	const run = JSON.parse(stdout);
	emit("film_mbit", run.mbit, "Mbit/s", "line", run.mbit / (LINE_KBIT / 1000));
	emit("film_text_p95", run.p95, "ms");
	emit("film_text_max", run.max, "ms");
	judge(say, "film_mbit", run.mbit, LINE_KBIT / 1000);
	judge(say, `what is typed is there exactly, at the latest after (ms; ${run.texts} changes, half within ${run.p50})`, run.max, TEXT_MS);
	say(`film: ${run.previews.toFixed(1)} previews and ${(run.pictures / run.seconds).toFixed(1)} pictures a second; all exact ${run.exact_after} s after its end`);
}

/** Every picture that ours made is decoded by the browser's module, and is the source's. */
async function checkWasm(stream, say) {
	const { pictures, frames, decodeMs } = await decodeAsWasm([stream]);
	say(`decoded natively and as WASM: all ${pictures} pictures (${frames} frames) are the source's, bit for bit; WASM took ${(decodeMs / 1000).toFixed(2)} s`);
}

/** of(phase): what the peer needed for it. */
function emitBytes(phases, who, of, { emit, say }) {
	for (const phase of phases) emit(`bytes/${phase.name}`, phase.ours.bytes, "bytes", who, of(phase) > 0 ? phase.ours.bytes / of(phase) : "-");
	const still = phases.filter(({ name }) => name !== "first" && name !== FILM);
	const ours = sum(still.map((phase) => phase.ours.bytes));
	const ratio = ours / sum(still.map(of));
	emit("bytes", ours, "bytes", who, ratio);
	judge(say, `bytes without the film, against ${who}`, ratio, BOUNDS.bytes[who]);
}

function emitCpu(phases, cost, { emit, say }) {
	const total = (pick) => sum(phases.map(pick));
	const [encode, x264, idle] = [total((p) => p.ours.cpu), total((p) => p["x264-crf23"].cpu), total((p) => p.idle)];
	const ours = cost.client + cost.server + encode;
	for (const phase of phases) emit(`cpu/${phase.name}`, phase.ours.cpu, "s", "x264-crf23", phase.ours.cpu / phase["x264-crf23"].cpu);
	emit("cpu", ours, "s", "x264-crf23", ours / x264);
	judge(say, "cpu", ours / x264, BOUNDS.cpu["x264-crf23"]);
	say(`cpu: ours ${encode.toFixed(2)} s detect and encode, ${cost.client.toFixed(2)} capture, ${cost.server.toFixed(2)} of the X server for it`);
	say(`cpu: x264-crf23 ${x264.toFixed(2)} s convert and encode, ${idle.toFixed(2)} of it on pictures that had not changed; its capture is not counted`);
	say(`cpu: the longest picture took ours ${(1000 * Math.max(...phases.map((p) => p.worst))).toFixed(1)} ms; decoding all of it ${total((p) => p.decode).toFixed(2)} s`);
}

/** What scrolling source code takes of a line. */
async function emitScroll(phases, record, { emit, say }) {
	const starts = (await readFile(record.phases, "utf8")).trim().split("\n").map((line) => line.split(" "));
	const at = starts.findIndex(([name]) => name === SOURCE);
	const mbit = (8 * phases.find(({ name }) => name === SOURCE).ours.bytes) / (Number(starts[at + 1][1]) - Number(starts[at][1]));
	emit("scroll_mbit", mbit, "Mbit/s");
	judge(say, "scroll_mbit", mbit, SOURCE_MBIT);
}

export async function bench(ctx, { quick, emit, say }) {
	const seconds = quick ? QUICK_LENGTH : LENGTH;
	const record = await recording(ctx, "office", { seconds, reuse: quick || process.env.TESSERA_BENCH_REUSE === "1", say });
	const { frames, ticks, late } = record.cost;
	say(`recorded ${frames} pictures in ${ticks} ticks of 1/30 s, ${late} ticks missed`);
	const stream = join(record.folder, "stream");
	const run = await play(record, ["--stream", stream]);
	await checkWasm(stream, say);
	for (const who of ["zstd1-tiles", "x264-crf23"]) emitBytes(run.phases, who, (phase) => phase[who].bytes, { emit, say });
	emitCpu(run.phases, record.cost, { emit, say });
	await emitScroll(run.phases, record, { emit, say });
	await watchFilm(ctx, quick ? QUICK_FILM_LENGTH : FILM_LENGTH, { emit, say });
	if (quick) return say("--quick: the first phases only, without tight-c6 and I420");
	const tight = await withoutFault(() => runTight(ctx, seconds), say);
	const seen = run.phases.filter(({ name }) => name !== "first");
	emitBytes(seen, "tight-c6", ({ name }) => tight.phases[name], { emit, say });
	say(`tight-c6: Xvnc took ${tight.cpu.toFixed(2)} s of processor time, its drawing included`);
	const i420 = await play(record, ["--i420", "--no-peers"]);
	const still = i420.phases.filter(({ name }) => name !== "first" && name !== FILM);
	emit("bytes_i420", sum(still.map((phase) => phase.ours.bytes)), "bytes");
	emit("cpu_i420", sum(i420.phases.map((phase) => phase.ours.cpu)), "s");
}
