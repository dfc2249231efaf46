// SPDX-License-Identifier: Apache-2.0
// A real X server on a display that it chooses itself, and real applications on it.
import { createInterface } from "node:readline";
import { runProgram, start } from "./process.mjs";
import { until } from "./tap.mjs";

/** {name: ":N", env, run(program, args), screenshot(file)}. Fails when Xvfb ends. */
export async function startDisplay(ctx, { width = 1280, height = 720, windowManager = true } = {}) {
	const server = start(ctx, "Xvfb", ["-displayfd", "3", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp", "-noreset", "-dpi", "96"], {
		stdio: ["ignore", "pipe", "pipe", "pipe"],
		quiet: true,
	});
	const number = await new Promise((resolve, reject) => {
		createInterface({ input: server.child.stdio[3] }).once("line", resolve);
		server.exited.then((end) => reject(new Error(`Xvfb ended: ${JSON.stringify(end)} ${server.output()}`)));
	});
	const name = `:${number.trim()}`;
	const env = { DISPLAY: name };
	const display = {
		name,
		env,
		width,
		height,
		server,
		run: (program, args = []) => start(ctx, program, args, { env, quiet: true }),
		command: (program, args = [], options = {}) => runProgram(program, args, { ...options, env }),
	};
	if (windowManager) {
		display.run("openbox", ["--sm-disable"]);
		await until(async () => (await display.command("xprop", ["-root", "_NET_SUPPORTING_WM_CHECK"])).stdout.includes("window id"), "openbox runs");
	}
	return display;
}

/** An xterm that runs a shell command, and is on the screen when this returns. */
export async function startTerminal(display, command, { geometry = "100x30+20+40", title = "terminal" } = {}) {
	const terminal = display.run("xterm", ["-T", title, "-geometry", geometry, "-fa", "DejaVu Sans Mono", "-fs", "11", "-e", "sh", "-c", command]);
	await until(async () => (await display.command("xdotool", ["search", "--name", `^${title}$`], { expect: null })).stdout.trim(), `${title} is shown`);
	return terminal;
}
