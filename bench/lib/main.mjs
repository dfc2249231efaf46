// SPDX-License-Identifier: Apache-2.0
// The front of all benches: chooses, runs, prints one line per figure to stdout and all else to stderr.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

const benches = {
	join: "ms from navigation to the first complete picture in Chromium",
	idle: "memory of a server without sessions",
	"relay-fanout": "throughput to 200 viewers per core, against bare SSL_write",
	"relay-memory": "memory per idle viewer, against bare OpenSSL connections",
	"relay-slow": "age of the picture at a viewer with a tenth of the bandwidth",
	"relay-storm": "500 joins in 10 s during office.sh: time to a picture, the presenter's uplink",
	"relay-viewers": "processor time per viewer with 10, 200 and 2,000 viewers of office.sh",
	"screen-glass": "ms from a change on the presenter's X display to a viewer's canvas",
	"screen-exact": "what viewers of every kind see of real applications is exact, natively and as WASM",
	"screen-key": "whole pictures of real applications, against libwebp lossless",
	"screen-key-i420": "the same after a conversion to 4:2:0",
	"screen-session": "a recorded desktop session, against zstd, TigerVNC and x264",
	"screen-wasm": "the codec in Chromium against the same code native",
	"sfu-audio": "5 speakers to 50 listeners: processor time per packet, against Janus and a bare loop",
	"sfu-connect": "ms from the answer to DTLS connected, and from Join to a first frame in Chromium",
	"sfu-loss": "what somebody behind a bad line hears and sees",
	"sfu-memory": "memory per receiving transport with 3 streams",
	"sfu-move": "ms without a picture when the network of a call changes, in Chromium",
	"sfu-scale": "cost of a packet at 400 receivers over that at 25",
	"sfu-video": "a camera to 25 receivers: processor time per packet, against Janus and a bare loop",
	"viewer-cpu": "processor time of watching office.sh, against VP9 in the same page",
};

const say = (text) => process.stderr.write(`${text}\n`);

function usage(code) {
	say("usage: bench/run [--quick] [--keep] NAME... | --all | --list");
	for (const [name, what] of Object.entries(benches)) say(`  ${name.padEnd(14)}${what}`);
	process.exit(code);
}

/** Four digits are more than any of this is worth. */
const shown = (value) => (typeof value === "number" ? String(Number(value.toPrecision(4))) : value);

async function runBench(name, quick) {
	const ends = [];
	const lines = [];
	const ctx = { onEnd: (end) => ends.push(end), onFail: [], say };
	const emit = (metric, value, unit, peer = "-", ratio = "-", as = name) => {
		const line = [as, metric, shown(value), unit, peer, shown(ratio)].join("\t");
		lines.push(line);
		process.stdout.write(`${line}\n`);
	};
	const interrupted = async () => {
		for (const end of ends.reverse()) await Promise.resolve().then(end).catch(() => undefined);
		process.exit(130);
	};
	process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
	try {
		const { bench } = await import(`./${name}.mjs`);
		await bench(ctx, { quick, emit, say });
	} catch (error) {
		for (const look of ctx.onFail) await look().catch(() => undefined);
		throw error;
	} finally {
		for (const end of ends.reverse()) await Promise.resolve().then(end).catch((error) => say(`closing: ${error.message}`));
		process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
	}
	return lines;
}

const args = process.argv.slice(2);
const flags = new Set(args.filter((arg) => arg.startsWith("--")));
const names = flags.has("--all") ? Object.keys(benches) : args.filter((arg) => !arg.startsWith("--"));
if (flags.has("--list")) {
	process.stdout.write(`${Object.keys(benches).join("\n")}\n`);
	process.exit(0);
}
if (flags.has("--help")) usage(0);
for (const flag of flags) if (!["--all", "--quick", "--keep"].includes(flag)) usage(64);
if (names.length === 0 || names.some((name) => !(name in benches))) usage(64);

let failed = 0;
for (const name of names) {
	const busy = loadavg()[0];
	if (busy > cpus().length / 2) say(`${name}: the machine is busy (load ${busy.toFixed(1)}): milliseconds will be too many`);
	try {
		const lines = await runBench(name, flags.has("--quick"));
		if (flags.has("--all") || flags.has("--keep")) {
			const date = new Date().toISOString().replace(/[:T]/g, "-").slice(0, 19);
			mkdirSync("bench/results", { recursive: true });
			writeFileSync(`bench/results/${name}-${date}.tsv`, lines.map((line) => `${line}\n`).join(""));
		}
	} catch (error) {
		failed++;
		say(`${name}: FAILED: ${error.stack ?? error}`);
	}
}
process.exit(failed ? 1 : 0);
