// SPDX-License-Identifier: Apache-2.0
// From the start of the navigation to the first complete picture, as a guest has it who has never been
// here but for his name: each time a new Chromium with an empty profile. The presenter is
// `tessera join --share` of a desktop that never rests.
import { startChromium } from "../../test/e2e/lib/browser.mjs";
import { startDisplay, startTerminal } from "../../test/e2e/lib/display.mjs";
import { Endpoint } from "../../test/e2e/lib/endpoint.mjs";
import { startServer } from "../../test/e2e/lib/server.mjs";
import { until } from "../../test/e2e/lib/tap.mjs";
import { settled } from "./chromium.mjs";
import { median, quantile } from "./tools.mjs";

/**
 * Runs in the page before its own scripts: remembers the name, presses Join as soon as it is
 * there, and notes when the SDK's worker first reports a screen as live, which is when every cell
 * has been drawn (and the frame after that, in which it is seen).
 */
function script() {
	if (location.protocol !== "https:") return;
	localStorage.setItem("tessera.name", "Ada");
	const times = (globalThis.benchTimes = {});
	const press = new MutationObserver(() => {
		const button = document.querySelector("form.card button.btn--primary:not([disabled])");
		if (!button) return;
		press.disconnect();
		times.click = performance.now();
		button.click();
	});
	press.observe(document, { childList: true, subtree: true });
	const Native = globalThis.Worker;
	globalThis.Worker = class extends Native {
		constructor(...args) {
			super(...args);
			this.addEventListener("message", ({ data }) => {
				if (data.event === "session") times.session ??= performance.now();
				if (times.live || data.event !== "screens" || !data.value.some((screen) => screen.state === "live")) return;
				times.live = performance.now();
				requestAnimationFrame(() => (times.seen = performance.now()));
			});
		}
	};
}

async function joinOnce(ctx, link) {
	const browser = await startChromium(ctx);
	try {
		await browser.addInitScript(script);
		const page = browser.pages()[0] ?? (await browser.newPage());
		await page.goto("about:blank");
		await settled(browser);
		await page.goto(link, { waitUntil: "commit" });
		return await until(
			() => page.evaluate(() => (globalThis.benchTimes?.seen ? globalThis.benchTimes : null)),
			"the first complete picture",
			{ everyMs: 250, timeoutMs: 20_000 },
		).catch(async (error) => {
			const page_ = await page.evaluate(() => `${JSON.stringify(globalThis.benchTimes)} ${document.body?.innerText}`);
			throw new Error(`${error.message}; the page: ${page_}`);
		});
	} finally {
		await browser.close();
	}
}

export async function bench(ctx, { quick, emit, say }) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx)]);
	const session = await server.createSession();
	await startTerminal(display, "i=0; while :; do i=$((i+1)); seq $i $((i+3)); ls -l /usr/bin | sed -n ${i}p; sleep 0.1; done");
	const presenter = new Endpoint(ctx, server, session.organizer, "Presenter", ["--share", display.name]);
	await presenter.in();
	await until(() => presenter.events.find((event) => event.event === "share" && event.state === "open"), "the share is open");
	const seen = [];
	for (let i = 0; i < (quick ? 5 : 30); i++) {
		const times = await joinOnce(ctx, session.attendee);
		const text = ["click", "session", "live", "seen"].map((what) => `${what} ${(times[what] ?? NaN).toFixed(0)}`);
		say(`join: run ${i + 1}: ${text.join(", ")} ms`);
		seen.push(times.seen);
	}
	const [p50, p95] = [median(seen), quantile(seen, 0.95)];
	emit("p50", p50, "ms");
	emit("p95", p95, "ms");
	say(`join: bounds: p50 < 700 ${p50 < 700 ? "held" : "MISSED"}, p95 < 1200 ${p95 < 1200 ? "held" : "MISSED"}`);
}
