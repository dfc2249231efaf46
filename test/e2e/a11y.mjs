// SPDX-License-Identifier: Apache-2.0
// axe-core finds nothing on any screen of the real product, in both themes and three sizes. With TESSERA_SHOTS=yes
// pictures of them go to test-screens, to be looked at. (web/app/gallery does the same for states that are hard to reach.)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:tls";
import { captureScreen, openPage, screenshot, startChromium } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { button, complaints, field, isStatus, joinInBrowser, says, shown, startSharing } from "./lib/room.mjs";
import { startRelay } from "../peers/delay.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = [[390, 844], [1440, 900], [2560, 1440]];
const keepsPictures = process.env.TESSERA_SHOTS === "yes";

async function audit(page) {
	return page.evaluate(async () => {
		await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
		const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
		const wide = document.documentElement.scrollWidth - innerWidth;
		return [
			...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary?.split("\n")[1]?.trim() ?? ""}`).join(" | ")}`),
			...(wide > 0 ? [`${wide} px wider than the window`] : []),
		];
	});
}

/** A page that is looked at: see(name) audits it in both themes and all sizes. */
async function eyes(ctx, problems, options) {
	const chromium = await startChromium(ctx, { reducedMotion: "reduce", ...options });
	await chromium.addInitScript(axe);
	const page = await openPage(ctx, chromium);
	const see = async (name, { resize = true } = {}) => {
		for (const [width, height] of resize ? sizes : [[0, 0]]) {
			if (resize) await page.setViewportSize({ width, height });
			for (const colorScheme of ["light", "dark"]) {
				await page.emulateMedia({ colorScheme });
				const problemsNow = await audit(page);
				if (keepsPictures) await screenshot(page, `${name}-${resize ? `${width}x${height}` : "open"}-${colorScheme}`);
				for (const problem of problemsNow) problems.push(`${name} ${width}x${height} ${colorScheme}: ${problem}`);
			}
		}
		if (resize) await page.setViewportSize({ width: 1440, height: 900 });
	};
	return { chromium, page, see };
}

const silent = (page) => equal(complaints(page).filter((line) => !/status of 4\d\d|ERR_CONNECTION|WebSocket connection/.test(line)), [], "the page complains of nothing");
const popover = { resize: false }; // closes when the window changes its size
const closeDialog = (page) => page.keyboard.press("Escape");

test("coming in", async (ctx) => {
	const problems = [];
	const server = await startServer(ctx);
	const session = await server.createSession();
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--no-view"]);
	await ada.in();
	const origin = new URL(session.attendee).origin;
	const { page, see } = await eyes(ctx, problems);
	await page.goto(`${origin}/`);
	await see("front");
	await page.goto(`${origin}/j/${session.number}`);
	await shown(page, "textbox", "Your name");
	await see("join-by-number");
	await field(page, "Your name").fill("Milo");
	await button(page, "Join").click();
	await see("join-password-missing");
	await page.getByLabel("Password").fill("wrong");
	await button(page, "Join").click();
	await shown(page, "heading", "That did not let you in");
	await see("join-refused");
	await button(page, "Knock instead").click();
	await isStatus(page, "waiting");
	await see("lobby");
	await until(() => ada.member("Milo"), "Ada sees him");
	ada.tell({ do: "lobby_text", member: ada.member("Milo").id, text: "one moment please" });
	await says(page, "one moment please");
	await see("lobby-text");
	await ada.ask({ do: "deny", member: ada.member("Milo").id, text: "come another time" });
	await says(page, "come another time");
	await see("denied");
	await ada.ask({ do: "lock", on: true });
	await page.goto("about:blank");
	await joinInBrowser(page, session.attendee, "Milo", { then: null });
	await shown(page, "heading", "The meeting is locked");
	await see("join-locked");
	silent(page);
	equal(problems, [], "what is found");
}, { timeoutMs: 240_000 });

test("in the room", async (ctx) => {
	const problems = [];
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx)]);
	const session = await server.createSession();
	const way = await startRelay(ctx, server.ports[0]);
	await startTerminal(display, "ls -la /usr/bin | head -200; exec sleep 600");
	const { page, see } = await eyes(ctx, problems);
	await joinInBrowser(page, way.link(session.organizer), "Ada");
	await see("room-alone");
	const people = [];
	for (const name of ["Milo", "Ines", "Maximiliane von Hohenstein-Wittelsbach"]) {
		const person = new Endpoint(ctx, server, session.attendee, name, name === "Milo" ? ["--share", display.name] : ["--no-view"]);
		await person.in();
		people.push(person);
	}
	const [milo, ines, max] = people;
	milo.tell({ do: "chat", text: "hello everybody, here is https://example.org/a/rather/long/path?with=a&query=too" });
	ines.tell({ do: "chat", text: "for you alone", to: milo.member("Ada").id });
	max.tell({ do: "hand", on: true });
	await says(page, "for you alone");
	await see("room-people");
	await button(page, "Actions for Milo").click();
	await see("room-menu", popover);
	await closeDialog(page);
	for (const [name, open] of [["settings", "Settings of the meeting"], ["invite", "Invite"], ["trust", "Server key"], ["more", "More"]]) {
		await button(page, open).click();
		await see(`room-${name}`, ["trust", "more"].includes(name) ? popover : {});
		await closeDialog(page);
	}
	await page.keyboard.press("Control+k");
	await see("room-palette");
	await closeDialog(page);
	await page.evaluate(() => document.activeElement?.blur());
	await page.keyboard.press("?");
	await see("room-shortcuts");
	await closeDialog(page);
	for (const [name, item] of [["remove", "Remove…"], ["bar", "Remove and bar…"], ["hand-over", "Hand over as organizer…"]]) {
		await button(page, "Actions for Ines").click();
		await page.getByRole("menuitem", { name: new RegExp(`^${item}`) }).click();
		await see(`room-${name}`);
		await closeDialog(page);
	}
	await button(page, "Lock the meeting").click();
	await shown(page, "button", "Unlock the meeting");
	const luca = new Endpoint(ctx, server, session.attendee, "Luca", ["--no-view", "--knock"]);
	await luca.is("waiting");
	await says(page, "Luca waits");
	await see("room-knock");
	await button(page, "Actions for Milo").click();
	await page.getByRole("menuitem", { name: /^Make presenter/ }).click();
	await until(async () => (await page.evaluate(() => globalThis.tessera.screens()[0]?.state)) === "live", "Milo shares");
	await see("room-share");
	milo.tell({ do: "pause", mode: "frozen" });
	await says(page, "Milo has paused");
	await see("room-paused");
	milo.tell({ do: "resume" });
	way.refuse(true);
	way.cut();
	await isStatus(page, "reconnecting");
	await see("room-away");
	way.refuse(false);
	await isStatus(page, "joined", { timeoutMs: 40_000 });
	await button(page, "Leave").click();
	await see("room-leave");
	await closeDialog(page);
	await button(page, "More").click();
	await page.getByRole("menuitem", { name: /^End the meeting/ }).click();
	await see("room-end");
	await button(page, "End for all").click();
	await says(page, "The meeting is over");
	await see("ended");
	silent(page);
	equal(problems, [], "what is found");
}, { timeoutMs: 400_000 });

test("presenting, elsewhere, left and removed", async (ctx) => {
	const problems = [];
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1440, height: 900 })]);
	const session = await server.createSession();
	const { page: presenter, see } = await eyes(ctx, problems, { display, args: [...captureScreen, "--window-size=1400,860"] });
	await joinInBrowser(presenter, session.organizer, "Ada");
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	await startSharing(presenter);
	await says(presenter, "to 1 person");
	await see("presenter");
	await button(presenter, "Pause").click();
	await shown(presenter, "button", "Go on");
	await see("presenter-paused");
	await button(presenter, "Stop").click();
	const other = await eyes(ctx, problems);
	await joinInBrowser(other.page, session.attendee, "Ines");
	const second = await openPage(ctx, other.chromium);
	await joinInBrowser(second, session.attendee, "Ines");
	await says(other.page, "another tab");
	await other.see("elsewhere");
	await second.close();
	await button(other.page, "Use it here").click();
	await isStatus(other.page, "joined");
	await button(other.page, "Leave").click();
	await says(other.page, "You have left");
	await other.see("left");
	await button(other.page, "Come back").click();
	await shown(other.page, "button", "Join");
	await button(other.page, "Join").click();
	await isStatus(other.page, "joined");
	await button(presenter, "Actions for Ines").click();
	await presenter.getByRole("menuitem", { name: /^Remove…/ }).click();
	await button(presenter, "Remove").click();
	await says(other.page, "You were removed");
	await other.see("removed");
	for (const page of [presenter, other.page]) silent(page);
	equal(problems, [], "what is found");
}, { timeoutMs: 240_000 });

/** One GET by hand: status, headers and the bytes of the body as they are sent. */
function get(url, path, headers = {}) {
	return new Promise((resolve, reject) => {
		const { hostname, port, host } = new URL(url);
		const socket = connect({ host: hostname, port, rejectUnauthorized: false }, () =>
			socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${Object.entries(headers).map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n`),
		);
		const chunks = [];
		socket.on("data", (data) => chunks.push(data));
		socket.on("error", reject);
		socket.on("end", () => {
			const all = Buffer.concat(chunks);
			const at = all.indexOf("\r\n\r\n");
			const [first, ...lines] = all.subarray(0, at).toString("latin1").split("\r\n");
			resolve({
				status: Number(first.split(" ")[1]),
				headers: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])),
				body: all.length - at - 4,
			});
		});
	});
}

test("the first load is small and its headers are strict", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const origin = new URL(session.attendee).origin;
	// What is fetched once the page has come to rest keeps nobody waiting.
	const page = await openPage(ctx, await startChromium(ctx), null, () => (globalThis.requestIdleCallback = () => 0));
	const asked = [];
	page.on("request", (request) => asked.push(request.url()));
	await page.goto(session.attendee);
	await shown(page, "button", "Join");
	await page.waitForLoadState("networkidle"); // half a second without a request
	const files = [...new Set(asked.filter((url) => url.startsWith(origin)).map((url) => new URL(url).pathname))];
	let total = 0;
	for (const file of files) {
		const { status, body, headers } = await get(origin, file, { "Accept-Encoding": "br, gzip" });
		equal(status, 200, file);
		ctx.say(`${body} ${headers["content-encoding"] ?? "as it is"} ${file}`);
		total += body;
	}
	check(total < 150_000, `the first load is ${total} bytes`);
	check(!asked.some((url) => !url.startsWith(origin) && !url.startsWith("data:") && !url.startsWith("blob:")), "nothing comes from anywhere else");
	const { headers } = await get(origin, `/j/${session.number}`);
	ctx.say(JSON.stringify(headers));
	equal(headers["referrer-policy"], "no-referrer", "no referrer");
	equal(headers["x-content-type-options"], "nosniff", "no sniffing");
	for (const part of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'", "frame-ancestors 'none'", "base-uri 'none'"])
		check(headers["content-security-policy"].includes(part), part);
	check(!headers["content-security-policy"].includes("unsafe-inline"), "no inline script or style");
	check(headers["permissions-policy"].includes("display-capture=(self)"), "permissions");
	equal(headers["cache-control"], "no-cache", "the page is asked for anew each time");
});

await run({ atOnce: 2 });
