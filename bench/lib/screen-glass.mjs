// SPDX-License-Identifier: Apache-2.0
// From a change on the presenter's X display to the same pixels in a viewer's canvas. A terminal
// draws; its first row is a mark of one colour that tells which change it is. bench-glass says when X has
// it, the page says in which animation frame its canvas has it; both by the clock of this machine.
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openPage, startChromium } from "../../test/e2e/lib/browser.mjs";
import { startDisplay, startTerminal } from "../../test/e2e/lib/display.mjs";
import { Endpoint } from "../../test/e2e/lib/endpoint.mjs";
import { runProgram, start } from "../../test/e2e/lib/process.mjs";
import { joinInBrowser, stageEquals } from "../../test/e2e/lib/room.mjs";
import { startServer } from "../../test/e2e/lib/server.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";
import { benchGlass, quantile, rest } from "./tools.mjs";

const SPOT = [12, 12]; // inside the mark
const WORDS = "static int handle_key(struct view *view, const struct frame *frame, struct slice unit)".split(" ");

/**
 * Runs in the page: notes in which frame the canvas first shows each mark. Reading a pixel back costs this
 * software-rendered page milliseconds, so it looks only while a mark is under way.
 */
function watchCanvas([x, y]) {
	const seen = (globalThis.benchSeen = {});
	let wanted = 0;
	let isLooking = false;
	const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
	const look = () => {
		const canvas = document.querySelector("canvas.canvas");
		if (canvas?.width > x) {
			probe.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
			const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
			if (blue === 0x5a) seen[red * 256 + green] ??= (performance.timeOrigin + performance.now()) * 1000;
		}
		isLooking = !(wanted in seen);
		if (isLooking) requestAnimationFrame(look);
	};
	globalThis.benchWant = (n) => {
		wanted = n;
		if (!isLooking) requestAnimationFrame(look);
		isLooking = true;
	};
}

/** The mark, in the first row; then the cursor goes back to where the text is. */
const mark = (n) => `\x1b7\x1b[1;1H\x1b[48;2;${n >> 8};${n & 255};90m${" ".repeat(12)}\x1b[0m\x1b8`;
/** One word more; a new line now and then. */
const typed = (n) => `${n % 12 ? "" : "\r\n"}${WORDS[n % WORDS.length]} ${mark(n)}`;
/** Three lines more, so that all of the window moves up. */
const scrolled = (n) => `${[0, 1, 2].map((i) => `\r\n${n}.${i}\t${WORDS.join(" ").slice(n % 20)}`).join("")}${mark(n)}`;

export async function bench(ctx, { quick, emit, say }) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1920, height: 1080, windowManager: false })]);
	const session = await server.createSession();
	const dir = await mkdtemp(join(tmpdir(), "tsr-glass-"));
	ctx.onEnd(() => rm(dir, { recursive: true, force: true }));
	const pipe = join(dir, "text");
	await runProgram("mkfifo", [pipe]);
	await startTerminal(display, `stty -echo; exec cat ${pipe}`, { geometry: "160x50+0+0" });
	const terminal = await open(pipe, "w");
	ctx.onEnd(() => terminal.close());
	await terminal.write("\x1b[2;50r\x1b[2J\x1b[3;1H"); // the first row does not scroll
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view", "--share", display.name]);
	await ada.in();
	const page = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(page, session.attendee, "Milo");
	await stageEquals(page, display);
	await page.evaluate(watchCanvas, SPOT);
	const drawn = new Map();
	createInterface({ input: start(ctx, benchGlass, [display.name, ...SPOT.map(String)]).child.stdout }).on("line", (line) => {
		const [n, at] = line.split(" ").map(Number);
		drawn.set(n, at);
	});

	let n = 0;
	const turn = async (text, count, everyMs) => {
		const first = n + 1;
		for (let i = 0; i < count; i++) {
			await page.evaluate((next) => globalThis.benchWant(next), ++n);
			await terminal.write(text(n));
			await rest(everyMs * (0.6 + 0.8 * Math.random())); // in step with nobody's frames
		}
		await until(() => page.evaluate((last) => last in globalThis.benchSeen, n), "the last change is seen");
		const seen = await page.evaluate(() => globalThis.benchSeen);
		const delays = [];
		for (let i = first; i <= n; i++) {
			// A change that another one overtook was never to be seen by itself: it came with the next.
			let shown = i;
			while (!(shown in seen)) shown++;
			if (drawn.has(i)) delays.push((seen[shown] - drawn.get(i)) / 1000);
		}
		if (delays.length < count / 2) throw new Error(`only ${delays.length} of ${count} changes were measured`);
		return delays;
	};
	await turn(typed, 10, 100); // warm
	const count = quick ? 60 : 200;
	const all = [];
	for (const [name, text, everyMs] of [["typing", typed, 120], ["scrolling", scrolled, 70]]) {
		const delays = await turn(text, count, everyMs);
		say(`screen-glass: ${name}: ${[0.05, 0.5, 0.95, 1].map((q) => quantile(delays, q).toFixed(1)).join(" / ")} ms (5 %, half, 95 %, worst)`);
		emit(`${name}_p50`, quantile(delays, 0.5), "ms");
		emit(`${name}_p95`, quantile(delays, 0.95), "ms");
		all.push(...delays);
	}
	await stageEquals(page, display);
	const [p50, p95] = [quantile(all, 0.5), quantile(all, 0.95)];
	emit("p50", p50, "ms");
	emit("p95", p95, "ms");
	say(`screen-glass: bounds 40 and 90 ms: ${p50 <= 40 && p95 <= 90 ? "held" : "MISSED"}`);
}
