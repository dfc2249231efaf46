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

/** A comment; of cases that run at once each says which it is. */
export function say(text) {
	const number = current.getStore();
	for (const line of String(text).split("\n")) console.log(number ? `# ${number}: ${line}` : `# ${line}`);
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
		await within(fn(ctx), timeoutMs, name);
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

/** Runs what was registered; a name on the command line chooses the cases that contain it. `atOnce`: so many
 *  at the same time, for files whose cases mostly wait. Real browsers on shared machines now and then stand
 *  still: a case that fails is tried once more, alone, and that it was is said. */
export async function run({ atOnce = 1 } = {}) {
	const wanted = process.argv[2];
	const chosen = cases.filter((c) => !wanted || c.name.includes(wanted));
	const isCrowd = atOnce > 1 && chosen.length > 1;
	const verdicts = [];
	let told = 0;
	const tell = () => {
		for (; verdicts[told]; told++) console.log(`${verdicts[told].ok ? "ok" : "not ok"} ${told + 1} - ${verdicts[told].line}`);
	};
	const again = [];
	let next = 0;
	const work = async () => {
		while (next < chosen.length) {
			const index = next++;
			const verdict = await current.run(isCrowd ? index + 1 : 0, () => attempt(chosen[index]));
			if (verdict.ok) verdicts[index] = verdict;
			else again.push(index);
			tell();
		}
	};
	console.log(`1..${chosen.length}`);
	await Promise.all(Array.from({ length: atOnce }, work));
	for (const index of again) {
		verdicts[index] = await attempt(chosen[index]);
		if (verdicts[index].ok) say(`UNSTEADY: ${chosen[index].name} passed at its second try only`);
		tell();
	}
	process.exit(verdicts.every(({ ok }) => ok) ? 0 : 1);
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
