// SPDX-License-Identifier: Apache-2.0
// A presenter that shares the recorded desktop session (screen.mjs) at the pace of the recording.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "../../test/e2e/lib/process.mjs";
import { benchReplay } from "./tools.mjs";

/** Of a picture of 1920 x 1080: 4 x 3 cells of 512 pixels. */
export const CELLS = 12;

/** Lines of a program's stdout, one per call. */
function answers(proc, what) {
	const lines = [];
	const waiting = [];
	createInterface({ input: proc.child.stdout }).on("line", (line) => (waiting.shift() ?? ((l) => lines.push(l)))(line));
	return () =>
		new Promise((resolve, reject) => {
			if (lines.length > 0) resolve(lines.shift());
			else waiting.push(resolve);
			proc.exited.then((end) => reject(new Error(`${what} ended (${JSON.stringify(end)}): ${proc.output()}`)));
		});
}

/** Joins as the presenter and shows the first picture; play(ms) gives what was sent. */
export async function startReplay(ctx, server, link, file) {
	const proc = start(ctx, benchReplay, ["--cert", join(server.state, "cert.pem"), file, link], { stdio: ["pipe", "pipe", "pipe"] });
	const answer = answers(proc, "the presenter");
	if ((await answer()) !== "ready") throw new Error(`the presenter: ${proc.output()}`);
	const ask = async (command) => {
		proc.child.stdin.write(`${command}\n`);
		return JSON.parse(await answer());
	};
	return {
		...proc,
		play: async (ms) => {
			const before = await ask("stat");
			const after = await ask(`play ${ms}`);
			return { bytes: after.bytes - before.bytes, pictures: after.pictures - before.pictures, superseded: after.superseded - before.superseded };
		},
		end: async () => {
			proc.child.stdin.end();
			await proc.exited;
		},
	};
}
