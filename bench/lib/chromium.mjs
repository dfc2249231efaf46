// SPDX-License-Identifier: Apache-2.0
// Processor time of the processes and threads of a browser from startChromium().
import { readFile, readdir } from "node:fs/promises";

const TICKS_PER_S = 100;
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** [{pid, args, ticks}] of a browser and all its children. */
async function processesOf(browser) {
	const all = new Map();
	for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
		const [stat, args] = await Promise.all(["stat", "cmdline"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")));
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		all.set(Number(pid), { pid, parent: Number(fields[1]), args, ticks: Number(fields[11]) + Number(fields[12]) });
	}
	const isOf = (found) => {
		for (let at = found; at; at = all.get(at.parent)) if (at.args.includes(`--user-data-dir=${browser.profile}`)) return true;
		return false;
	};
	return [...all.values()].filter(isOf);
}

/** Resolves when a browser just started has done with starting: half a second at under 4 % of a core. */
export async function settled(browser) {
	const ticks = async () => (await processesOf(browser)).reduce((sum, found) => sum + found.ticks, 0);
	const end = performance.now() + 10_000;
	for (let was = await ticks(), is; performance.now() < end; was = is) {
		await rest(500);
		is = await ticks();
		if (is - was <= 0.02 * TICKS_PER_S) return;
	}
	throw new Error("a browser with an empty page does not come to rest");
}

/** Seconds that the renderer and GPU processes have had. */
export async function drawingSeconds(browser) {
	const drawing = (await processesOf(browser)).filter(({ args }) => /--type=(renderer|gpu-process)/.test(args));
	return drawing.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_S;
}

/** A function that gives the milliseconds that the only dedicated worker of a browser has had. */
export async function workerClock(browser) {
	for (const { pid } of await processesOf(browser))
		for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
			const path = `/proc/${pid}/task/${thread}`;
			const name = await readFile(`${path}/comm`, "utf8").catch(() => "");
			if (name.startsWith("DedicatedWorker")) return async () => Number((await readFile(`${path}/schedstat`, "utf8")).split(" ")[0]) / 1e6;
		}
	throw new Error("no worker in the browser");
}
