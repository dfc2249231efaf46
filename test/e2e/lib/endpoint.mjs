// SPDX-License-Identifier: Apache-2.0
// `tessera join --json` as an object: its events, and commands to it.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "./process.mjs";
import { tessera } from "./server.mjs";
import { until } from "./tap.mjs";

export class Endpoint {
	constructor(ctx, server, link, name, args = [], env = {}) {
		this.events = [];
		this.roster = null;
		this.status = "joining";
		this.pictures = new Map(); // stream -> last "picture" event
		this.views = new Map();
		this.proc = start(ctx, tessera, ["join", link, "--name", name, "--cert", join(server.state, "cert.pem"), "--json", ...args], {
			env,
			stdio: ["pipe", "pipe", "pipe"],
			signal: "SIGINT",
		});
		createInterface({ input: this.proc.child.stdout }).on("line", (line) => this.take(JSON.parse(line)));
		this.name = name;
		this.pid = this.proc.pid;
	}

	take(event) {
		event.at = performance.now();
		this.events.push(event);
		if (event.event === "roster") this.roster = event;
		if (event.event === "status") {
			this.status = event.status;
			this.me = event.member;
			this.reason = event.reason;
		}
		if (event.event === "picture") this.pictures.set(event.stream, event);
		if (event.event === "view" && event.state === "open") this.views.set(event.stream, event);
		if (event.event === "view" && event.state === "closed") {
			this.views.delete(event.stream);
			this.pictures.delete(event.stream);
		}
	}

	tell(command) {
		this.proc.child.stdin.write(`${JSON.stringify(command)}\n`);
	}

	/** Sends a command and waits for the server's answer: 0, or a tessera.v1.Refusal. */
	async ask(command) {
		const from = this.events.length;
		this.tell(command);
		const sent = await this.next("sent", from, `${this.name}: ${command.do} is sent`);
		const result = await until(
			() => this.events.slice(from).find((e) => e.event === "result" && e.request === sent.request),
			`${this.name}: an answer to ${command.do}`,
		);
		return result.refusal;
	}

	/** The first event of a kind from an index of this.events on (that also satisfies `where`). */
	next(kind, from, what, where = () => true) {
		return until(() => this.events.slice(from).find((e) => e.event === kind && where(e)), what ?? `${this.name}: ${kind}`);
	}

	in() {
		return until(() => this.status === "in" && this.roster && this.member(this.me), `${this.name} is in`);
	}

	is(status) {
		return until(() => this.status === status, `${this.name} is ${status}`);
	}

	member(who) {
		return this.roster?.members.find((m) => m.id === who || m.name === who);
	}

	/** The newest picture of the only share. */
	get picture() {
		return [...this.pictures.values()].at(-1);
	}
}
