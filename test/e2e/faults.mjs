// SPDX-License-Identifier: Apache-2.0
// What goes wrong around the server: a full or read-only disk, and starts that cannot be. What runs goes on;
// what cannot be done is said in one sentence that tells what to do.
import { mkdir, mkdtemp, open, readdir, rm, writeFile, chown, readFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { freshSource, join, Peer, Refusal } from "../peers/rogue.mjs";
import { runProgram, build } from "./lib/process.mjs";
import { startServer, tempDir, tessera } from "./lib/server.mjs";
import { check, equal, run, Skip, test, until } from "./lib/tap.mjs";

const tesserad = path(build, "server/tesserad");

/** A small file system of its own for a state folder. Needs root and the right to mount. */
async function smallDisk(ctx, size = "8m") {
	const dir = await mkdtemp(path(tmpdir(), "tsr-disk-"));
	ctx.onEnd(() => rm(dir, { recursive: true, force: true }));
	const mounted = await runProgram("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0700`, "tmpfs", dir], { expect: null }).catch(() => ({ code: 1 }));
	if (mounted.code !== 0) throw new Skip("no right to mount a tmpfs here");
	ctx.onEnd(() => runProgram("umount", ["-l", dir], { expect: null }));
	return dir;
}

async function meeting(ctx, state) {
	const server = await startServer(ctx, { state });
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	const milo = await Peer.enter(ctx, server, session.attendee, { name: "Milo" });
	const pids = JSON.stringify(await server.children());
	return { server, session, ada, milo, pids };
}

/** Fills a file system to the last byte; returns what to remove. */
async function fill(dir) {
	const name = path(dir, "ballast");
	const file = await open(name, "w");
	const block = Buffer.alloc(65536);
	for (let size = block.length; size >= 1; size = size >> 1)
		for (;;) {
			const wrote = await file.write(block, 0, size).catch(() => null);
			if (!wrote?.bytesWritten) break;
		}
	await file.close();
	return name;
}

/** While nothing can be kept: what runs goes on, what must be kept is refused clearly. */
async function nothingIsKept({ server, session, ada, milo }) {
	const refused = await until(async () => {
		const answer = await join(server, session.attendee, { name: "Late", from: freshSource() });
		return answer.status === 503 && answer;
	}, "joining is refused");
	equal(refused.json.error, "not_now", "with a word");
	const created = await runProgram(tessera, ["session", "create", "--state", server.state, "--json"], { expect: null });
	check(created.code !== 0, "a session is not made");
	check(/[a-z].*/.test(created.stderr + created.stdout) && (created.stderr + created.stdout).trim().split("\n").length <= 2, `in a sentence: ${created.stderr}${created.stdout}`);
	equal((await ada.ask({ set_locked: { on: true } })).refusal, Refusal.REFUSAL_NOT_NOW, "the lock cannot be kept");
	check(!ada.settings.locked, "and does not hold");
	const from = ada.frames.length;
	await milo.chat("we go on");
	await until(() => ada.frames.slice(from).some((f) => ada.read(f) === "we go on"), "chat goes on");
	equal((await milo.ask({ set_hand: { up: true } })).refusal, 0, "hands go on");
	await milo.ask({ set_hand: { up: false } });
	const again = await milo.again();
	equal(again.me, milo.me, "who is in returns");
	return again;
}

async function allWorksAgain({ server, session, ada, pids }) {
	await until(async () => (await join(server, session.attendee, { name: "Late", from: freshSource() })).status === 200, "joining works again", { timeoutMs: 30_000 });
	equal((await ada.ask({ set_locked: { on: true } })).refusal, 0, "the lock is kept");
	equal((await ada.ask({ set_locked: { on: false } })).refusal, 0, "and taken off");
	await server.createSession();
	equal(JSON.stringify(await server.children()), pids, "the processes are the same");
	equal((await server.get("/readyz")).status, 200, "ready");
}

test("a full disk: a clear refusal, what runs goes on, and it recovers", async (ctx) => {
	const disk = await smallDisk(ctx);
	const room = await meeting(ctx, disk);
	const ballast = await fill(disk);
	room.milo = await nothingIsKept(room);
	await rm(ballast);
	await allWorksAgain(room);
	// Who was told "not now" left no trace: the session still takes him.
	const late = await Peer.enter(ctx, room.server, room.session.attendee, { name: "Late" });
	check(late.me, "in");
}, { timeoutMs: 120_000 });

/** Makes files so that nobody can write them, not even root, nor who has them open already. */
async function freeze(ctx, ...files) {
	const thaw = () => runProgram("chattr", ["-i", ...files], { expect: null });
	const made = await runProgram("chattr", ["+i", ...files], { expect: null }).catch((error) => ({ code: 1, stderr: error.message }));
	ctx.onEnd(thaw);
	if (made.code !== 0) {
		await thaw();
		throw new Skip(`chattr: ${made.stderr.trim()}`);
	}
	return thaw;
}

test("a database that becomes read-only: the same", async (ctx) => {
	const state = await tempDir(ctx);
	const room = await meeting(ctx, state);
	const files = (await readdir(state)).filter((name) => name.startsWith("tessera.db"));
	const thaw = await freeze(ctx, ...files.map((name) => path(state, name)), state);
	room.milo = await nothingIsKept(room);
	await thaw();
	await allWorksAgain(room);
}, { timeoutMs: 120_000 });

/** A start that must fail: not 0, and one sentence of tesserad's own that says what to do. */
async function failsToStart(args, what, says, options = {}) {
	const { code, stdout, stderr } = await runProgram(tesserad, args, { expect: null, timeoutMs: 20_000, ...options });
	check(code !== 0 && code !== null, `${what}: ended with ${code}`);
	const sentences = stderr.split("\n").filter((line) => line.startsWith("tesserad: "));
	equal(sentences.length, 1, `${what}: one sentence, not ${JSON.stringify(stderr)}`);
	check(says.test(sentences[0]), `${what}: ${sentences[0]}`);
	check(!stdout.includes("ready"), `${what}: not ready`);
}

const free = ["--ports", "0,0,0", "--listen", "127.0.0.1"];

test("a port in use", async (ctx) => {
	const other = net.createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => other.once("listening", resolve));
	ctx.onEnd(() => other.close());
	const { port } = other.address();
	await failsToStart(["--state", await tempDir(ctx), "--ports", `${port},0,0`, "--listen", "127.0.0.1"], "the first port", new RegExp(`port ${port} is in use.*--ports`));
	await failsToStart(["--state", await tempDir(ctx), "--ports", `0,0,${port}`, "--listen", "127.0.0.1"], "the last port", new RegExp(`port ${port} is in use.*--ports`));
});

test("a certificate that is missing, unreadable or none", async (ctx) => {
	const dir = await tempDir(ctx);
	const state = await tempDir(ctx);
	await writeFile(path(dir, "nonsense.pem"), "nonsense\n");
	const made = await tempDir(ctx);
	const server = await startServer(ctx, { state: made });
	await server.proc.stop();
	const [cert, key] = [path(made, "cert.pem"), path(made, "key.pem")];
	const other = await tempDir(ctx);
	await (await startServer(ctx, { state: other })).proc.stop();
	await failsToStart(["--state", state, ...free, "--cert", path(dir, "none.pem"), "--key", key], "no such file", /--cert .*none\.pem: there is no such file/);
	await failsToStart(["--state", state, ...free, "--cert", path(dir, "nonsense.pem"), "--key", key], "no certificate", /certificate/);
	await failsToStart(["--state", state, ...free, "--cert", cert, "--key", path(dir, "nonsense.pem")], "no key", /key/);
	await failsToStart(["--state", state, ...free, "--cert", cert, "--key", path(other, "key.pem")], "another's key", /key/);
	await failsToStart(["--state", state, ...free, "--cert", cert], "half of it", /--cert and --key belong together/);
	await writeFile(path(made, "cert.pem"), "spoiled\n");
	await failsToStart(["--state", made, ...free], "its own, spoiled", /cert\.pem/);
});

test("a state folder that cannot be used", async (ctx) => {
	const dir = await tempDir(ctx);
	await writeFile(path(dir, "file"), "");
	await failsToStart(["--state", path(dir, "file"), ...free], "a file", /not a directory.*--state/);
	await failsToStart(["--state", `/proc/${"x".repeat(10)}`, ...free], "a place where none can be", /--state/);
	await failsToStart(["--state", path(dir, "x".repeat(120)), ...free], "a path too long for a socket", /shorter/);
	if (process.getuid() === 0) {
		const theirs = path(dir, "theirs");
		await mkdir(theirs, { mode: 0o700 });
		await chown(theirs, 65534, 65534);
		await failsToStart(["--state", theirs, ...free], "somebody else's", /another user.*--state/);
	}
	const spoiled = path(dir, "spoiled");
	await mkdir(spoiled, { mode: 0o700 });
	await writeFile(path(spoiled, "tessera.db"), "this is no database, and long enough to be looked at as one ".repeat(50));
	await failsToStart(["--state", spoiled, ...free], "a database that is none", /tessera\.db|database|log lines above/);
	const key = path(dir, "key");
	await mkdir(key, { mode: 0o700 });
	await writeFile(path(key, "token.key"), "short", { mode: 0o600 });
	await failsToStart(["--state", key, ...free], "a token key that is none", /token\.key|log lines above/);
});

test("a second server on the same state", async (ctx) => {
	const server = await startServer(ctx);
	await failsToStart(["--state", server.state, ...free], "the second", /another tesserad is running.*--state/);
	await server.createSession();
	equal((await server.get("/livez")).status, 200, "the first goes on");
});

/** A state folder that a server has run on. */
async function usedState(ctx, state) {
	await (await startServer(ctx, { state })).proc.stop();
	check((await readFile(path(state, "tessera.db"))).length > 0, "there is a database");
	return state;
}

test("a read-only database file at the start", async (ctx) => {
	const state = await usedState(ctx, await tempDir(ctx));
	await freeze(ctx, path(state, "tessera.db"));
	await failsToStart(["--state", state, ...free], "read-only", /written|read-only|log lines above/);
});

test("a read-only file system at the start", async (ctx) => {
	const disk = await usedState(ctx, await smallDisk(ctx));
	await runProgram("mount", ["-o", "remount,ro", disk]);
	await failsToStart(["--state", disk, ...free], "read-only", /written|read-only|log lines above/);
});

await run();
