// SPDX-License-Identifier: Apache-2.0
// Whole pictures of real applications: ours against libwebp lossless. The program runs both by turns.
import { start } from "../../test/e2e/lib/process.mjs";
import { createInterface } from "node:readline";
import { benchKey, judge, pictures } from "./screen.mjs";

const BOUNDS = {
	bgra: { text_bytes: 0.55, photo_bytes: 1.0, encode_ms: 0.1, decode_ms: 1.2 },
	i420: { text_bytes: 0.55 },
};
/** A text picture may miss the bound of all of them by so much. */
const LEEWAY = 1.25;

export async function measure(ctx, { quick, emit, say }, format) {
	const list = await pictures(ctx, say);
	const args = [format, quick ? "2" : "7", ...list.flatMap(({ kind, name, file }) => [kind, name, file])];
	const program = start(ctx, benchKey, args, { quiet: true });
	for await (const line of createInterface({ input: program.child.stdout })) {
		const [metric, value, unit, peer, ratio] = line.split("\t");
		emit(metric, Number(value), unit, peer, Number(ratio));
		const [what, name] = metric.split("/");
		const bound = BOUNDS[format][what];
		if (!bound) continue;
		if (!name) judge(say, metric, Number(ratio), bound);
		else if (what === "text_bytes" && ratio > bound * LEEWAY) judge(say, metric, Number(ratio), bound * LEEWAY);
	}
	const end = await program.exited;
	if (end.code !== 0) throw new Error(`bench-screen-key ended with ${end.code}: ${program.output()}`);
}

export const bench = (ctx, options) => measure(ctx, options, "bgra");
