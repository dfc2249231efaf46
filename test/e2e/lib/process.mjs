// SPDX-License-Identifier: Apache-2.0
// Child processes that are always ended, and whose last words are shown when a case fails.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const build = process.env.TESSERA_BUILD ?? fileURLToPath(new URL("../../../build", import.meta.url));

/** Starts a program; it ends with the case. Returns {child, lines(stream), output(), exited}. */
export function start(ctx, command, args, { env = {}, stdio = ["ignore", "pipe", "pipe"], signal = "SIGTERM", quiet = false } = {}) {
	const child = spawn(command, args, { env: { ...process.env, ...env }, stdio });
	const kept = [];
	for (const stream of [child.stdout, child.stderr])
		if (stream)
			createInterface({ input: stream }).on("line", (line) => {
				kept.push(line);
				if (kept.length > 400) kept.shift();
			});
	const exited = new Promise((resolve) => {
		child.on("error", (error) => resolve({ error, code: -1 }));
		child.on("exit", (code, why) => resolve({ code, signal: why }));
	});
	const stop = async (how = signal) => {
		if (child.exitCode === null && child.signalCode === null) child.kill(how);
		const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
		const end = await exited;
		clearTimeout(timer);
		return end;
	};
	ctx.onEnd(() => stop());
	if (!quiet) ctx.onFail.push(async () => ctx.say(`last words of ${command}:\n${kept.slice(-60).join("\n")}`));
	return { child, exited, stop, output: () => kept.join("\n"), pid: child.pid };
}

/** Runs a program to its end; throws with its output unless it ends with 0 (or what is expected). */
export async function runProgram(command, args, { env = {}, input, expect = 0, timeoutMs = 30_000 } = {}) {
	const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
	let stdout = "";
	let stderr = "";
	child.stdout.on("data", (data) => (stdout += data));
	child.stderr.on("data", (data) => (stderr += data));
	if (input !== undefined) child.stdin.end(input);
	const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
	const code = await new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", resolve);
	});
	clearTimeout(timer);
	if (expect !== null && code !== expect) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
	return { code, stdout, stderr };
}
