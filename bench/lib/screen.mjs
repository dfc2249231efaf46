// SPDX-License-Identifier: Apache-2.0
// What the screen benches need: pictures of real applications, recordings of a session, and WASM.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDisplay } from "../../test/e2e/lib/display.mjs";
import { build, runProgram, start } from "../../test/e2e/lib/process.mjs";

export const benchKey = join(build, "bench/bench-screen-key");
export const benchRecord = join(build, "bench/bench-screen-record");
export const benchViewers = join(build, "bench/bench-screen-viewers");
export const benchFilm = join(build, "bench/bench-screen-film");
export const benchSession = join(build, "bench/bench-screen-session");
export const benchWasm = join(build, "bench/bench-screen-wasm");
export const wasmCore = join(build, "wasm/tessera.wasm");
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const cache = join(build, "bench/screen");

/** The film of office.sh goes on a little after this phase of it has begun; it is counted as the film. */
const FILM_IS_OVER = "pointer";
const FILM_LATE_S = 1;

export const wholeScreen = { width: 1920, height: 1080, windowManager: false };

/** Seconds of office.sh; what --quick leaves of it: a terminal that scrolls, and typing. */
export const LENGTH = 66;
export const QUICK_LENGTH = 12;

/** Decodes streams by the browser's module; fails when a picture is not the source's. */
export async function decodeAsWasm(streams) {
	const { stdout } = await runProgram(process.execPath, [here("decode-wasm.mjs"), wasmCore, ...streams], { timeoutMs: 600_000 });
	return JSON.parse(stdout);
}

/** Says whether a ratio holds its bound. */
export function judge(say, what, ratio, limit) {
	say(`${what}: ${ratio.toFixed(3)}, bound <= ${limit}: ${ratio <= limit ? "held" : "MISSED"}`);
}

/** What is kept of a script's doing is worth something until the script changes. */
const version = async (script) => createHash("sha256").update(await readFile(script)).digest("hex").slice(0, 12);

/** Pictures of real applications, made once for each version of the script: [{kind, name, file}]. */
export async function pictures(ctx, say) {
	const script = here("../pictures/pictures.sh");
	const folder = join(cache, `pictures-${await version(script)}`);
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

/** Runs a session of ../sessions/; onLine gets the words of each line, the first mark being time zero. False: an
 *  application missed its cue, and the run counts for nothing. */
export async function runSession(ctx, script, display, seconds, onLine) {
	const assets = join(cache, "assets");
	await mkdir(assets, { recursive: true });
	const session = start(ctx, here(`../sessions/${script}.sh`), [display, `${seconds}`], { env: { SESSION_ASSETS: assets } });
	createInterface({ input: session.child.stdout }).on("line", (line) => {
		const words = line.split(" ");
		if (words[1] !== FILM_IS_OVER) return onLine(words);
		words[3] = `${Number(words[3]) + FILM_LATE_S}`;
		setTimeout(() => onLine(words), FILM_LATE_S * 1000);
	});
	const end = await session.exited;
	if (end.code === 4) return false;
	if (end.code !== 0) throw new Error(`${script}.sh ended with ${end.code}:\n${session.output()}`);
	return true;
}

/** Once more where an application missed its cue, as happens on a busy machine. */
export async function withoutFault(once, say) {
	for (let i = 0; i < 3; i++) {
		const result = await once();
		if (result) return result;
		say("an application of the session missed its cue: once more");
	}
	throw new Error("the session failed three times");
}

async function recordOnce(ctx, script, folder, seconds) {
	const display = await startDisplay(ctx, wholeScreen);
	const recorder = start(ctx, benchRecord, ["record", display.name, join(folder, "recording"), `${display.server.pid}`], {
		stdio: ["pipe", "pipe", "pipe"],
	});
	const lines = createInterface({ input: recorder.child.stdout })[Symbol.asyncIterator]();
	if ((await lines.next()).value !== "ready") throw new Error(`bench-screen-record: ${recorder.output()}`);
	const phases = [];
	let text = null;
	const ok = await runSession(ctx, script, display.name, seconds, ([mark, name, ...more]) => {
		if (mark === "text") text = [name, ...more];
		if (mark !== "phase") return;
		if (phases.length === 0) recorder.child.stdin.write("go\n");
		if (name === "end") recorder.child.stdin.end();
		else phases.push(`${name} ${Math.round(Number(more[1]) * 1e6)}\n`);
	});
	recorder.child.stdin.end();
	const cost = JSON.parse((await lines.next()).value);
	await recorder.exited;
	await display.server.stop();
	await writeFile(join(folder, "phases"), phases.join(""));
	await writeFile(join(folder, "about.json"), JSON.stringify({ cost, text }));
	return ok;
}

/** A recording of a session: {folder, file, phases, cost, text}. An old one will do when `reuse`. */
export async function recording(ctx, script, { seconds, reuse, say }) {
	const folder = join(cache, `${script}-${seconds}-${await version(here(`../sessions/${script}.sh`))}`);
	const about = () => readFile(join(folder, "about.json"), "utf8").then(JSON.parse);
	if (!reuse || !(await about().catch(() => null))) {
		await rm(folder, { recursive: true, force: true });
		await mkdir(folder, { recursive: true });
		await withoutFault(() => recordOnce(ctx, script, folder, seconds), say);
	}
	return { folder, file: join(folder, "recording"), phases: join(folder, "phases"), ...(await about()) };
}
