// SPDX-License-Identifier: Apache-2.0
// tight-c6: office.sh inside TigerVNC's Xvnc while its vncviewer looks on, lossless, compression level
// 6; bytes from server to viewer, counted by a proxy between them.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startDisplay } from "../../test/e2e/lib/display.mjs";
import { start } from "../../test/e2e/lib/process.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";
import { runSession, wholeScreen } from "./screen.mjs";

async function startXvnc(ctx, folder) {
	const args = ["-displayfd", "3", "-geometry", "1920x1080", "-depth", "24", "-dpi", "96", "-SecurityTypes", "None", "-rfbport", "-1"];
	const server = start(ctx, "Xvnc", [...args, "-rfbunixpath", join(folder, "rfb"), "-nolisten", "tcp", "-noreset"], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
	const number = await new Promise((resolve, reject) => {
		createInterface({ input: server.child.stdio[3] }).once("line", resolve);
		server.exited.then(() => reject(new Error(`Xvnc ended: ${server.output()}`)));
	});
	return { ...server, name: `:${number.trim()}` };
}

/** Passes everything on and tells onBytes how many came from the server. */
async function startProxy(ctx, path, onBytes) {
	const proxy = createServer((viewer) => {
		const server = connect(path);
		server.on("data", (data) => onBytes(data.length));
		viewer.pipe(server).pipe(viewer);
		for (const end of [viewer, server]) end.on("error", () => [viewer, server].forEach((socket) => socket.destroy()));
	});
	await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
	ctx.onEnd(() => proxy.close());
	return proxy.address().port;
}

async function cpuSeconds(pid) {
	const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** {phases: {NAME: bytes}, cpu}, or null when an application missed its cue. */
export async function runTight(ctx, seconds) {
	const folder = await mkdtemp(join(tmpdir(), "tessera-tight-"));
	ctx.onEnd(() => rm(folder, { recursive: true, force: true }));
	const [screen, server] = await Promise.all([startDisplay(ctx, wholeScreen), startXvnc(ctx, folder)]);
	const phases = {};
	let phase = null;
	let total = 0;
	const port = await startProxy(ctx, join(folder, "rfb"), (n) => {
		total += n;
		if (phase) phases[phase] += n;
	});
	const viewer = start(
		ctx,
		"vncviewer",
		["-FullScreen=1", "-AutoSelect=0", "-FullColor=1", "-PreferredEncoding=Tight", "-NoJPEG=1", "-CustomCompressLevel=1", "-CompressLevel=6", "-RemoteResize=0", `127.0.0.1::${port}`],
		{ env: { DISPLAY: screen.name, HOME: folder } },
	);
	await until(() => total > 0, "vncviewer is connected");
	let cpu = 0;
	const ok = await runSession(ctx, "office", server.name, seconds, async ([, name]) => {
		const first = !phase;
		phase = name === "end" ? null : name;
		if (phase) phases[phase] = 0;
		if (first) cpu -= await cpuSeconds(server.pid);
		if (!phase) cpu += await cpuSeconds(server.pid);
	});
	if (viewer.child.exitCode !== null) throw new Error(`vncviewer ended: ${viewer.output()}`);
	await viewer.stop();
	await server.stop();
	await screen.server.stop();
	return ok ? { phases, cpu } : null;
}
