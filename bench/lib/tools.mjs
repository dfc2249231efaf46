// SPDX-License-Identifier: Apache-2.0
// What several benches need: medians, memory and processors of processes, the load generator.
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, runProgram, start } from "../../test/e2e/lib/process.mjs";

export const benchLoad = join(build, "bench/bench-load");
export const benchSslWrite = join(build, "bench/bench-ssl-write");
export const benchGlass = join(build, "bench/bench-glass");
export const benchSlow = join(build, "bench/bench-slow");
export const benchReplay = join(build, "bench/bench-replay");

export function quantile(values, q) {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = Math.floor(at);
	return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}
export const median = (values) => quantile(values, 0.5);
export const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Proportional share of memory of a process, in KiB. */
export async function pssKiB(pid) {
	const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
	return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)[1]);
}

/** The server under test on one processor, its clients on the other, when there are two. */
export async function pin(pid, processor) {
	if (cpus().length > 1) await runProgram("taskset", ["-apc", String(processor), String(pid)]);
}

/** Starts bench-ssl-write with the server's own certificate; {pid, port}. */
export async function startPeer(ctx, server, args = []) {
	const proc = start(ctx, benchSslWrite, [join(server.state, "cert.pem"), join(server.state, "key.pem"), ...args]);
	const port = await new Promise((resolve, reject) => {
		createInterface({ input: proc.child.stdout }).once("line", resolve);
		proc.exited.then((end) => reject(new Error(`bench-ssl-write ended (${JSON.stringify(end)}): ${proc.output()}`)));
	});
	return { ...proc, port };
}

/** bench-load, filled and ready. run(ms, what) gives what it measured; end() lets it end. */
export async function startLoad(ctx, args, { onProcessor = 1, fillMs = 300_000 } = {}) {
	const proc = start(ctx, benchLoad, args, { stdio: ["pipe", "pipe", "pipe"] });
	if (onProcessor !== null) await pin(proc.pid, onProcessor);
	const waiting = [];
	createInterface({ input: proc.child.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
	const answer = (what, ms) =>
		new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`bench-load: ${what} took more than ${ms / 1000} s`)), ms);
			waiting.push({ resolve });
			proc.exited.then(() => reject(new Error(`bench-load ended while ${what}: ${proc.output()}`)));
			proc.exited.then(() => clearTimeout(timer));
			waiting.at(-1).resolve = (line) => {
				clearTimeout(timer);
				resolve(line);
			};
		});
	if ((await answer("filling", fillMs)) !== "ready") throw new Error(`bench-load: ${proc.output()}`);
	return {
		...proc,
		run: async (ms, what = "run") => {
			const line = answer(what, ms + 130_000);
			proc.child.stdin.write(`${what} ${ms}\n`);
			return JSON.parse(await line);
		},
		end: async () => {
			proc.child.stdin.end();
			await proc.exited;
		},
	};
}
