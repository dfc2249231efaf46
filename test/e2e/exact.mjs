// SPDX-License-Identifier: Apache-2.0
// Real applications, recorded and coded: after every single picture what is decoded is what was on the screen,
// bit for bit, natively and in the browser's module, for both formats; and so it is for viewers who are slow, come late
// or again, while the presenter pauses and reconnects. bench/run screen-exact does the same with a longer session.
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { build, runProgram, start } from "./lib/process.mjs";
import { check, run, test } from "./lib/tap.mjs";

const decodeWasm = fileURLToPath(new URL("../../bench/lib/decode-wasm.mjs", import.meta.url));

/** What a person does in a few seconds: reads on, types, moves a window, opens and closes one. */
async function work(display) {
	const xdotool = (...args) => display.command("xdotool", args);
	const listing = "cat /usr/include/openssl/*.h | head -n 900 | while IFS= read -r line; do echo \"$line\"; done; exec cat";
	await startTerminal(display, listing, { geometry: "100x40+30+40", title: "reading" });
	const typing = await startTerminal(display, "exec cat", { geometry: "70x20+500+250", title: "typing" });
	await xdotool("type", "--delay", "15", "--", "What is typed here is seen there, exactly.\nThe quick brown fox. ");
	const glide = Array.from({ length: 24 }, (_, i) => ["mousemove", `${600 + i * 9}`, `${300 - i * 4}`, "sleep", "0.03"]).flat();
	await xdotool("mousemove", "600", "300", "keydown", "alt", "mousedown", "1", ...glide, "mouseup", "1", "keyup", "alt");
	await typing.stop();
	await xdotool("key", "--delay", "30", "a", "Return", "b", "Return");
}

async function record(ctx, folder) {
	const display = await startDisplay(ctx);
	const recorder = start(ctx, join(build, "bench/bench-screen-record"), ["record", display.name, join(folder, "recording")], {
		stdio: ["pipe", "pipe", "pipe"],
	});
	const lines = createInterface({ input: recorder.child.stdout })[Symbol.asyncIterator]();
	check((await lines.next()).value === "ready", `the recorder is ready: ${recorder.output()}`);
	recorder.child.stdin.write("go\n");
	await work(display);
	recorder.child.stdin.end();
	const { frames, ticks } = JSON.parse((await lines.next()).value);
	check(frames >= 15, `there is something to decode: ${frames} pictures`);
	await writeFile(join(folder, "phases"), "");
	await display.server.stop();
	return Math.ceil(ticks / 30);
}

const program = async (name, args) => JSON.parse((await runProgram(join(build, "bench", name), args, { timeoutMs: 100_000 })).stdout);
const decodeAsWasm = async (streams) =>
	JSON.parse((await runProgram(process.execPath, [decodeWasm, join(build, "wasm/tessera.wasm"), ...streams], { timeoutMs: 100_000 })).stdout);

test("every picture of a short session is seen exactly by viewers of every kind, natively and as WASM", async (ctx) => {
	const folder = await mkdtemp(join(tmpdir(), "tessera-exact-"));
	ctx.onEnd(() => rm(folder, { recursive: true, force: true }));
	const seconds = await record(ctx, folder);
	const [recording, phases, stream, viewers] = ["recording", "phases", "stream", "viewers"].map((name) => join(folder, name));
	for (const format of [[], ["--i420"]]) {
		const native = await program("bench-screen-session", [recording, phases, "--no-peers", "--stream", stream, ...format]);
		const wasm = await decodeAsWasm([stream]);
		check(wasm.pictures === native.pictures, `WASM saw all of ${native.pictures} pictures: ${wasm.pictures}`);
		await mkdir(viewers);
		const room = await program("bench-screen-viewers", [recording, `${seconds}`, viewers, ...format]);
		const seen = await decodeAsWasm((await readdir(viewers)).map((name) => join(viewers, name)));
		check(seen.frames === room.frames && seen.pictures === room.compared, `WASM saw what the viewers saw: ${JSON.stringify([room, seen])}`);
		ctx.say(`${format[0] ?? "BGRA"}: ${wasm.pictures} pictures; ${room.lives} times somebody joined, ${room.compared} times his picture was compared`);
		await rm(viewers, { recursive: true });
	}
});

await run();
