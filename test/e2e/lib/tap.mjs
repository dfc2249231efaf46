// SPDX-License-Identifier: Apache-2.0
// The smallest harness for whole-system tests: cases run one after another, flat TAP comes out,
// whatever a case opened (servers, displays, browsers) is closed again in reverse order.
import { AsyncLocalStorage } from "node:async_hooks";

const cases = [];
const current = new AsyncLocalStorage();

export class Skip extends Error {}

/** Registers a case. fn gets a context: `ctx.onEnd(async () => ...)` cleans up, `ctx.say(text)` comments. */
export function test(name, fn, { timeoutMs = 120_000 } = {}) {
	cases.push({ name, fn, timeoutMs });
}

export function say(text) {
	for (const line of String(text).split("\n")) console.log(`# ${line}`);
}

async function within(promise, ms, what) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** Runs a case once, closes what it opened; the TAP line that it deserves, without its number. */
async function attempt({ name, fn, timeoutMs }) {
	const ends = [];
	const ctx = { onEnd: (end) => ends.push(end), say, onFail: [] };
	let verdict = { ok: true, line: name };
	const started = Date.now();
	try {
		await within(current.run(ctx, () => fn(ctx)), timeoutMs, name);
	} catch (error) {
		if (error instanceof Skip) {
			verdict = { ok: true, line: `${name} # SKIP ${error.message}` };
		} else {
			verdict.ok = false;
			say(error?.stack ?? error);
			for (const look of ctx.onFail) await within(look(), 10_000, "looking").catch((e) => say(e));
		}
	}
	for (const end of ends.reverse())
		await within(Promise.resolve().then(end), 20_000, "closing").catch((error) => {
			say(`closing: ${error?.stack ?? error}`);
			verdict.ok = false;
		});
	say(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
	return verdict;
}

/** Runs what was registered; a name on the command line chooses the cases that contain it. Real
 *  browsers on shared machines now and then stand still: a case that fails is tried once more, and
 *  that it was is said. */
export async function run() {
	const wanted = process.argv[2];
	const chosen = cases.filter((c) => !wanted || c.name.includes(wanted));
	let failed = 0;
	console.log(`1..${chosen.length}`);
	for (const [index, chosenCase] of chosen.entries()) {
		let verdict = await attempt(chosenCase);
		if (!verdict.ok) {
			verdict = await attempt(chosenCase);
			if (verdict.ok) say(`UNSTEADY: ${chosenCase.name} passed at its second try only`);
		}
		if (!verdict.ok) failed++;
		console.log(`${verdict.ok ? "ok" : "not ok"} ${index + 1} - ${verdict.line}`);
	}
	process.exit(failed ? 1 : 0);
}

/** Asks again and again until check() gives something true; fails with what it last gave. */
export async function until(check, what, { timeoutMs = 15_000, everyMs = 25 } = {}) {
	const end = Date.now() + timeoutMs;
	let last;
	for (;;) {
		try {
			last = await check();
			if (last) return last;
		} catch (error) {
			last = error;
		}
		if (Date.now() > end) throw new Error(`never: ${what} (last: ${last?.message ?? JSON.stringify(last)})`);
		await new Promise((resolve) => setTimeout(resolve, everyMs));
	}
}

export function check(claim, what) {
	if (!claim) throw new Error(`not so: ${what}`);
}

export function equal(got, want, what) {
	const a = JSON.stringify(got);
	const b = JSON.stringify(want);
	if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}
