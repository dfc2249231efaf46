// SPDX-License-Identifier: Apache-2.0
// What the screen benches need: pictures of real applications, recordings of a session, and WASM.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDisplay } from "../../test/e2e/lib/display.mjs";
import { build, runProgram, start } from "../../test/e2e/lib/process.mjs";

export const benchKey = join(build, "bench/bench-screen-key");
export const benchRecord = join(build, "bench/bench-screen-record");
export const benchSession = join(build, "bench/bench-screen-session");
export const wasmCore = join(build, "wasm/tessera.wasm");
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const cache = join(build, "bench/screen");

export const wholeScreen = { width: 1920, height: 1080, windowManager: false };

/** Says whether a ratio holds its bound. */
export function judge(say, what, ratio, limit) {
	say(`${what}: ${ratio.toFixed(3)}, bound <= ${limit}: ${ratio <= limit ? "held" : "MISSED"}`);
}

/** Pictures of real applications, made once for each version of the script: [{kind, name, file}]. */
export async function pictures(ctx, say) {
	const script = here("../pictures/pictures.sh");
	const stamp = createHash("sha256").update(await readFile(script)).digest("hex").slice(0, 12);
	const folder = join(cache, `pictures-${stamp}`);
	const list = () => readFile(join(folder, "list"), "utf8");
	let names = await list().catch(() => null);
	if (!names) {
		say("making the pictures: a minute, once");
		const display = await startDisplay(ctx, wholeScreen);
		await mkdir(folder, { recursive: true });
		await runProgram(script, [display.name, folder, benchRecord], { timeoutMs: 300_000 });
		await display.server.stop();
		names = await list();
	}
	return names
		.trim()
		.split("\n")
		.map((line) => line.split(" "))
		.map(([kind, name]) => ({ kind, name, file: join(folder, `${name}.bgra`) }));
}

/** Starts office.sh; onPhase(name, us since 1970) is called at each mark, "end" being the last. */
export async function runOffice(ctx, display, seconds, onPhase) {
	const assets = join(cache, "assets");
	await mkdir(assets, { recursive: true });
	const office = start(ctx, here("../sessions/office.sh"), [display, `${seconds}`], { env: { SESSION_ASSETS: assets } });
	createInterface({ input: office.child.stdout }).on("line", (line) => {
		const [mark, name, , epoch] = line.split(" ");
		if (mark === "phase") onPhase(name, Math.round(Number(epoch) * 1e6));
	});
	const end = await office.exited;
	if (end.code === 4) return false;
	if (end.code !== 0) throw new Error(`office.sh ended with ${end.code}:\n${office.output()}`);
	return true;
}

/** An application may miss its cue on a busy machine: such a run counts for nothing. */
export async function officeWithoutFault(once, say) {
	for (let i = 0; i < 3; i++) {
		const result = await once();
		if (result) return result;
		say("an application of the session missed its cue: once more");
	}
	throw new Error("office.sh failed three times");
}

async function recordOnce(ctx, folder, seconds) {
	const file = join(folder, "recording");
	const display = await startDisplay(ctx, wholeScreen);
	const recorder = start(ctx, benchRecord, ["record", display.name, file, `${display.server.pid}`], { stdio: ["pipe", "pipe", "pipe"] });
	const lines = createInterface({ input: recorder.child.stdout })[Symbol.asyncIterator]();
	if ((await lines.next()).value !== "ready") throw new Error(`bench-screen-record: ${recorder.output()}`);
	const phases = [];
	const ok = await runOffice(ctx, display.name, seconds, (name, us) => {
		if (phases.length === 0) recorder.child.stdin.write("go\n");
		if (name === "end") recorder.child.stdin.end();
		else phases.push([name, us]);
	});
	recorder.child.stdin.end();
	const cost = JSON.parse((await lines.next()).value);
	await recorder.exited;
	await display.server.stop();
	await writeFile(join(folder, "phases"), phases.map(([name, us]) => `${name} ${us}\n`).join(""));
	await writeFile(join(folder, "cost.json"), JSON.stringify(cost));
	return ok;
}

/** A recording of office.sh: {file, phases, cost}. An old one will do when `reuse`. */
export async function recording(ctx, { seconds, reuse, say }) {
	const folder = join(cache, `office-${seconds}`);
	const read = async () => ({
		file: join(folder, "recording"),
		phases: join(folder, "phases"),
		cost: JSON.parse(await readFile(join(folder, "cost.json"), "utf8")),
	});
	const old = reuse ? await read().catch(() => null) : null;
	if (old) return old;
	await mkdir(folder, { recursive: true });
	await officeWithoutFault(() => recordOnce(ctx, folder, seconds), say);
	return await read();
}
