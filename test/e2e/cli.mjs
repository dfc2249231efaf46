// SPDX-License-Identifier: Apache-2.0
// The command line as a person or a script meets it.
import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDisplay } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { runProgram } from "./lib/process.mjs";
import { startServer, tempDir, tessera } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** Sockets that a process listens on, of every family. */
async function listening(pid) {
	const mine = new Set();
	for (const fd of await readdir(`/proc/${pid}/fd`)) {
		const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""));
		if (inode) mine.add(inode[1]);
	}
	const found = [];
	for (const [table, state, column] of [["tcp", "0A", 9], ["tcp6", "0A", 9], ["udp", "07", 9], ["udp6", "07", 9]])
		for (const line of (await readFile(`/proc/${pid}/net/${table}`, "utf8")).split("\n").slice(1)) {
			const words = line.trim().split(/\s+/);
			if (words[3] === state && mine.has(words[column])) found.push(`${table} ${words[1]}`);
		}
	for (const line of (await readFile(`/proc/${pid}/net/unix`, "utf8")).split("\n").slice(1)) {
		const words = line.trim().split(/\s+/); // flags 00010000: listening
		if (words[3] === "00010000" && mine.has(words[6])) found.push(`unix ${words[7] ?? ""}`);
	}
	return found;
}

test("create, list and end", async (ctx) => {
	const server = await startServer(ctx);
	const state = ["--state", server.state];
	const empty = await runProgram(tessera, ["session", "list", ...state]);
	check(empty.stdout.includes("No sessions"), "an empty list says so and what to do");
	const made = await runProgram(tessera, ["session", "create", ...state, "--title", "Renderer review"]);
	const [organizer, attendee] = made.stdout.match(/https:\/\/\S+/g);
	check(/\/j\/[1-9]\d{8}#0o\.[\w-]{43}$/.test(organizer), "an organizer's link");
	check(/\/j\/[1-9]\d{8}#0\.[\w-]{43}\.[\w-]{22}$/.test(attendee), "an attendee's link");
	const number = /\/j\/(\d+)/.exec(organizer)[1];
	const list = JSON.parse((await runProgram(tessera, ["session", "list", ...state, "--json"])).stdout);
	equal(list.map((s) => [s.number, s.title]), [[number, "Renderer review"]], "it is listed");
	await runProgram(tessera, ["session", "end", number, ...state]);
	const gone = await runProgram(tessera, ["session", "end", number, ...state], { expect: 1 });
	check(gone.stderr.startsWith("tessera: "), "ending it twice is refused with a sentence");
});

test("a session ended by the administrator ends for all", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	const start = performance.now();
	await runProgram(tessera, ["session", "end", session.number, "--state", server.state]);
	await ada.is("over");
	check(performance.now() - start < 2000, "within two seconds");
});

test("a password besides the digits", async (ctx) => {
	const server = await startServer(ctx);
	const dir = await tempDir(ctx);
	const [right, wrong] = [join(dir, "right"), join(dir, "wrong")];
	await writeFile(right, "correct horse\n");
	await writeFile(wrong, "battery staple\n");
	const session = await server.createSession({ args: ["--password-file", right] });
	const digits = session.attendee.replace(/#.*/, "");
	const milo = new Endpoint(ctx, server, digits, "Milo", ["--no-view", "--password-file", right]);
	await milo.in();
	const jun = new Endpoint(ctx, server, digits, "Jun", ["--no-view", "--password-file", wrong]);
	await jun.is("over");
	const ines = new Endpoint(ctx, server, digits, "Ines", ["--no-view"]);
	await ines.is("over");
	const luca = new Endpoint(ctx, server, digits, "Luca", ["--no-view", "--knock"]);
	await luca.is("waiting");
});

test("the endpoint never listens", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 640, height: 480, windowManager: false })]);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await until(() => milo.picture, "Milo sees the screen");
	for (const endpoint of [ada, milo]) equal(await listening(endpoint.pid), [], `${endpoint.name} listens on nothing`);
	check((await listening(server.pid)).length > 0, "the same look finds what the server listens on");
});

test("what goes wrong is one sentence that says what to do", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const cert = ["--cert", join(server.state, "cert.pem")];
	const cases = [
		[["join", "nonsense"], 64, "copy it whole"],
		[["join", session.attendee, "--cert", "/nonexistent"], 1, "no certificate can be read"],
		[["join", session.attendee], 1, "--cert"],
		[["join", session.attendee, ...cert, "--share", ":987"], 1, "no X display can be opened"],
		[["join", session.attendee, ...cert, "--fps", "zero"], 64, "from 1 to 60"],
		[["join", session.attendee, ...cert, "--record-frames", "/proc/nothing/here"], 1, "folder"],
		[["session", "list", "--state", "/nonexistent"], 1, "start tesserad"],
		[["nothing"], 64, "--help"],
		[[], 64, "tessera session create"],
	];
	for (const [args, code, words] of cases) {
		const { stdout, stderr } = await runProgram(tessera, args, { expect: code });
		check(`${stdout}${stderr}`.includes(words), `tessera ${args.join(" ").slice(0, 60)} says "${words}": ${stdout}${stderr}`);
	}
});

test("doctor looks at the server and at the way to it", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const here = await runProgram(tessera, ["doctor", "--state", server.state]);
	check(/^ok {4}server/m.test(here.stdout), "the server is well");
	const way = await runProgram(tessera, ["doctor", session.attendee, "--cert", join(server.state, "cert.pem")]);
	check(/^ok {4}server: answers over TLS/m.test(way.stdout), "the way to it is open");
	await server.proc.stop();
	const gone = await runProgram(tessera, ["doctor", "--state", server.state], { expect: 1 });
	check(/^BAD {3}server/m.test(gone.stdout), "a stopped server is found out");
});

test("metrics, liveness and readiness", async (ctx) => {
	const server = await startServer(ctx);
	equal((await server.get("/livez")).status, 200, "alive");
	equal((await server.get("/readyz")).status, 200, "ready");
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	await until(async () => (await server.metric("tessera_members")) === 1, "one member is counted", { everyMs: 200 });
});

await run();
