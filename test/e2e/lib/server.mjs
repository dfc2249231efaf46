// SPDX-License-Identifier: Apache-2.0
// A real tesserad on free ports with a state folder of its own, and the tessera command line.
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, runProgram, start } from "./process.mjs";
import { until } from "./tap.mjs";

const tesserad = join(build, "server/tesserad");
export const tessera = join(build, "endpoint/tessera");

export async function tempDir(ctx, prefix = "tsr-test-") {
	const dir = await mkdtemp(join(tmpdir(), prefix));
	ctx.onEnd(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
	return dir;
}

/**
 * Starts a server and waits until it is ready. `net`: in that network of startNetwork() or startTown(). `leaks`: its processes look for
 * what they leaked when stop() ends them, where they are built with the address sanitizer; without their sandbox, which forbids that.
 * TESSERA_LEAKS=yes makes every server do so.
 */
export async function startServer(ctx, { args = [], state, env = {}, net, leaks = false } = {}) {
	state ??= await tempDir(ctx);
	const [program, ...before] = [...(net?.exec ?? []), tesserad];
	const address = net?.addresses ? [] : ["--listen", net?.address ?? "127.0.0.1"]; // a town's server has no other
	const listen = ["--ports", "0,0,0", ...address, "--announce-fd", "3"];
	const proc = start(ctx, program, [...before, "--state", state, ...listen, ...args], {
		env: leaks ? { ...env, TESSERA_LEAKS: "yes" } : env,
		stdio: ["ignore", "pipe", "pipe", "pipe"],
	});
	const ready = await new Promise((resolve, reject) => {
		createInterface({ input: proc.child.stdio[3] }).once("line", resolve);
		proc.exited.then((end) => reject(new Error(`tesserad ended (${JSON.stringify(end)}): ${proc.output()}`)));
		setTimeout(() => reject(new Error("tesserad did not become ready in 30 s")), 30_000).unref();
	});
	const { ports } = JSON.parse(ready);
	const [host = net?.address ?? "localhost"] = net?.addresses ?? [];
	const server = new Server(proc, state, ports, host.includes(":") ? `[${host}]` : host);
	server.leaks = leaks && process.env.TESSERA_SANITIZED === "yes";
	if (process.env.TESSERA_LEAKS) ctx.onEnd(() => server.stop());
	return server;
}

class Server {
	constructor(proc, state, ports, host) {
		Object.assign(this, { proc, state, ports, url: `https://${host}:${ports[0]}`, pid: proc.pid });
	}

	/** {number, organizer, attendee}: a session and its two links on this server. */
	async createSession({ title = "Renderer review", args = [] } = {}) {
		const { stdout } = await runProgram(tessera, ["session", "create", "--state", this.state, "--title", title, "--json", ...args]);
		const made = JSON.parse(stdout);
		return { number: made.number, organizer: made.organizer_link, attendee: made.attendee_link };
	}

	/** Process ids of the children by role. */
	async children() {
		const found = {};
		for (const entry of await readdir("/proc")) {
			if (!/^\d+$/.test(entry)) continue;
			const [stat, cmd] = await Promise.all(
				["stat", "cmdline"].map((name) => readFile(`/proc/${entry}/${name}`, "utf8").catch(() => "")),
			);
			const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
			const role = /--role=(\w+)/.exec(cmd)?.[1];
			if (parent === this.pid && role) found[role] = Number(entry);
		}
		return found;
	}

	/** Ends the server in order. Where leaks are sought, each of its processes has looked through its memory by then. */
	async stop() {
		const { code } = await this.proc.stop();
		const said = this.proc.output().split("\n");
		const clean = said.filter((line) => line.includes("nothing leaked")).length;
		if (said.some((line) => line.includes("LeakSanitizer")) || (this.leaks && clean !== 3))
			throw new Error(`leaks: ${clean} of 3 processes have none:\n${said.filter((line) => !line.startsWith("{")).join("\n")}`);
		return code;
	}

	/** Kills the process of a role and waits until another has taken its place. */
	async kill(role) {
		const before = (await this.children())[role];
		process.kill(before, "SIGKILL");
		return until(async () => {
			const now = (await this.children())[role];
			return now && now !== before ? now : 0;
		}, `${role} is started again`);
	}

	/** GET on the metrics socket: /livez, /readyz or /metrics. */
	get(path) {
		return new Promise((resolve, reject) => {
			http.get({ socketPath: join(this.state, "metrics.sock"), path, agent: false }, (response) => {
				let body = "";
				response.on("data", (data) => (body += data));
				response.on("end", () => resolve({ status: response.statusCode, body }));
			}).on("error", reject);
		});
	}

	/** The sum of a metric over all its labels (those that contain `labels`). */
	async metric(name, labels = "") {
		const { body } = await this.get("/metrics");
		let sum = 0;
		for (const line of body.split("\n")) {
			const match = /^(\w+)(\{[^}]*\})? ([0-9.e+-]+)$/.exec(line);
			if (match && match[1] === name && (match[2] ?? "").includes(labels)) sum += Number(match[3]);
		}
		return sum;
	}

	/** A headless endpoint: `tessera join`. args: --share :N, --record-frames DIR ... */
	join(ctx, link, name, args = [], env = {}) {
		return start(ctx, tessera, ["join", link, "--name", name, "--cert", join(this.state, "cert.pem"), "--json", ...args], { env, signal: "SIGINT" });
	}
}
