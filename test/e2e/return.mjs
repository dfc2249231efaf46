// SPDX-License-Identifier: Apache-2.0
// Going away and coming back: reload, back, a second tab, a lost network, sleep. The last picture stays,
// dimmed, and the member returns by himself as the same member.
import { readFile, readdir } from "node:fs/promises";
import { startRelay } from "../peers/delay.mjs";
import { captureScreen, openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { digest } from "./lib/pixels.mjs";
import { button, field, inspect, isStatus, joinInBrowser, readStage, says, screens, shown, stageEquals, startSharing, status } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ada shares a still display from the command line; Milo may come by a way that can be cut. */
async function room(ctx) {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 900, height: 600 })]);
	const session = await server.createSession();
	await startTerminal(display, "seq 1 200; exec sleep 600");
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name, "--no-view"]);
	await ada.in();
	const way = await startRelay(ctx, server.ports[0]);
	return { server, display, session, ada, way };
}

const seat = (ada, name) => until(() => ada.member(name), `Ada sees ${name}`);

/** The same seat as before, with nobody new beside it. */
async function isSame(ada, before, members = 2) {
	await until(() => {
		const now = ada.member(before.name);
		return now && !now.away && now.id === before.id && ada.roster.members.length === members;
	}, `${before.name} is the same member again`);
}

const isDimmed = (page) => page.evaluate(() => document.querySelector(".view--dimmed") !== null);
const chromiumAndFirefox = [["Chromium", startChromium], ["Firefox", startFirefox]];

for (const [name, start] of chromiumAndFirefox)
	test(`${name}: reloaded, it is back in its place without a question`, async (ctx) => {
		const { display, session, ada } = await room(ctx);
		const page = await openPage(ctx, await start(ctx));
		await joinInBrowser(page, session.attendee, "Milo");
		const before = await seat(ada, "Milo");
		await stageEquals(page, display);
		equal(await page.evaluate(() => location.hash), "", "the secret is not in the address bar");
		await page.reload();
		await isStatus(page, "joined");
		await isSame(ada, before);
		await stageEquals(page, display);
		check(await page.evaluate(() => !document.querySelector("form.card")), "no name was asked for");
	});

test("away to another page and back", async (ctx) => {
	const { server, display, session, ada } = await room(ctx);
	const page = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(page, session.attendee, "Milo");
	const before = await seat(ada, "Milo");
	await page.goto(`${server.url.replace("localhost", "127.0.0.1")}/`);
	await until(() => ada.member("Milo")?.away, "Ada sees that he is away");
	await page.goBack();
	await isStatus(page, "joined");
	await isSame(ada, before);
	await stageEquals(page, display);
	await page.goForward();
	await until(() => ada.member("Milo")?.away, "away again");
	await page.goBack();
	await isStatus(page, "joined");
	await isSame(ada, before);
});

test("a duplicated tab takes the seat, and the first can have it back", async (ctx) => {
	const { display, session, ada } = await room(ctx);
	const chromium = await startChromium(ctx);
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, session.attendee, "Milo");
	const before = await seat(ada, "Milo");
	const opened = chromium.waitForEvent("page");
	await page.evaluate(() => void window.open(location.href)); // a copy of sessionStorage, as a duplicate has
	const copy = await opened;
	await isStatus(copy, "joined");
	await says(page, "You are in this meeting in another tab");
	await isSame(ada, before);
	await stageEquals(copy, display);
	for (const [here, there] of [[page, copy], [copy, page], [page, copy], [copy, page], [page, copy]]) {
		await button(here, "Use it here").click();
		await isStatus(here, "joined");
		await says(there, "You are in this meeting in another tab");
	}
	await isSame(ada, before);
	await stageEquals(page, display);
	await wait(1500);
	equal([(await status(page)).kind, (await status(copy)).kind], ["joined", "closed"], "they do not take it from each other");
});

test("the same link twice in one browser is one member", async (ctx) => {
	const { session, ada } = await room(ctx);
	const chromium = await startChromium(ctx);
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, session.attendee, "Milo");
	const before = await seat(ada, "Milo");
	const second = await openPage(ctx, chromium);
	await joinInBrowser(second, session.attendee, "Milo");
	await says(page, "You are in this meeting in another tab");
	await isSame(ada, before);
});

for (const [name, start] of chromiumAndFirefox)
	test(`${name}: the network is lost for a while`, async (ctx) => {
		const { display, session, ada, way } = await room(ctx);
		const page = await openPage(ctx, await start(ctx));
		await joinInBrowser(page, way.link(session.attendee), "Milo");
		const before = await seat(ada, "Milo");
		const draft = () => page.evaluate(() => document.querySelector("textarea").value);
		await field(page, "Message").fill("half a sentence");
		await until(async () => (await draft()) === "half a sentence", "the draft is written");
		await stageEquals(page, display); // last of all: a window that was slow to be drawn is there by now
		const picture = digest(await readStage(page));
		way.refuse(true);
		way.cut();
		await isStatus(page, "reconnecting");
		await until(() => isDimmed(page), "the picture is dimmed");
		await says(page, "Trying again");
		equal(digest(await readStage(page)), picture, "the last picture stays");
		await until(() => ada.member("Milo")?.away, "Ada sees that he is away");
		await display.command("xsetroot", ["-solid", "#506070"]);
		await wait(2500);
		equal(digest(await readStage(page)), picture, "it still does");
		way.refuse(false);
		await isStatus(page, "joined", { timeoutMs: 30_000 });
		await isSame(ada, before);
		await stageEquals(page, display);
		await until(async () => !(await isDimmed(page)), "it is no longer dimmed");
		equal(await draft(), "half a sentence", "the draft is still there");
	});

test("trying again at once is one click", async (ctx) => {
	const { session, ada, way } = await room(ctx);
	const page = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(page, way.link(session.attendee), "Milo");
	const before = await seat(ada, "Milo");
	way.refuse(true);
	way.cut();
	await until(async () => (await status(page)).attempt >= 4, "it has tried in vain", { timeoutMs: 40_000 });
	way.refuse(false);
	await button(page, "Try now").click();
	await isStatus(page, "joined", { timeoutMs: 3000 });
	await isSame(ada, before);
});

/** Process ids of a browser: the one with this profile, and all that it started. */
async function processesOf(profile) {
	const all = [];
	for (const entry of await readdir("/proc")) {
		if (!/^\d+$/.test(entry)) continue;
		const [stat, cmd] = await Promise.all(["stat", "cmdline"].map((file) => readFile(`/proc/${entry}/${file}`, "utf8").catch(() => "")));
		if (stat) all.push({ pid: Number(entry), parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]), isIt: cmd.includes(profile) });
	}
	const found = new Set(all.filter((p) => p.isIt).map((p) => p.pid));
	for (let size = 0; size !== found.size; ) {
		size = found.size;
		for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
	}
	found.delete(process.pid);
	return [...found];
}

test("a computer that slept comes back by itself", async (ctx) => {
	const { display, session, ada, way } = await room(ctx);
	const chromium = await startChromium(ctx);
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, way.link(session.attendee), "Milo");
	const before = await seat(ada, "Milo");
	await stageEquals(page, display);
	// Asleep: every process stands still, and meanwhile the network forgets its connections.
	const asleep = await processesOf(chromium.profile);
	check(asleep.length > 3, "the browser's processes are found");
	for (const pid of asleep) process.kill(pid, "SIGSTOP");
	try {
		way.cut();
		await until(() => ada.member("Milo")?.away, "Ada sees that he is away");
		await display.command("xsetroot", ["-solid", "#705060"]);
		await wait(6000);
	} finally {
		for (const pid of asleep) process.kill(pid, "SIGCONT");
	}
	await isStatus(page, "joined", { timeoutMs: 20_000 });
	await isSame(ada, before);
	await stageEquals(page, display);
});

test("a tab that the browser froze comes back by itself", async (ctx) => {
	const { display, session, ada, way } = await room(ctx);
	const chromium = await startChromium(ctx);
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, way.link(session.attendee), "Milo");
	const before = await seat(ada, "Milo");
	const cdp = await chromium.newCDPSession(page);
	await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
	way.cut();
	await wait(3000);
	await cdp.send("Page.setWebLifecycleState", { state: "active" });
	await isStatus(page, "joined", { timeoutMs: 20_000 });
	await isSame(ada, before);
	await stageEquals(page, display);
});

test("a presenter whose network is lost presents on", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 900, height: 600 })]);
	const session = await server.createSession();
	const way = await startRelay(ctx, server.ports[0]);
	const chromium = await startChromium(ctx, { display, args: [...captureScreen, "--window-size=700,500"], viewport: null });
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, way.link(session.organizer), "Ada");
	const milo = new Endpoint(ctx, server, session.attendee, "Milo");
	await milo.in();
	const viewer = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(viewer, session.attendee, "Ines");
	const { share } = await startSharing(page);
	await until(async () => (await screens(viewer))[0]?.state === "live", "Ines sees it");
	const [{ key }] = await screens(viewer);
	way.refuse(true);
	way.cut();
	await until(async () => (await screens(viewer))[0]?.state === "interrupted", "Ines sees that it is interrupted");
	await says(viewer, "Ada’s connection is gone");
	check(await readStage(viewer), "and the last picture");
	await shown(page, "heading", "Sharing is interrupted");
	way.refuse(false);
	await until(async () => (await screens(viewer))[0]?.state === "live", "it goes on by itself", { timeoutMs: 30_000 });
	equal((await screens(viewer)).map((screen) => screen.key), [key], "as the same screen");
	equal((await inspect(page)).shares.map((s) => s.share), [share], "and the same share");
	await until(() => milo.picture && milo.views.size === 1, "for the other viewer too");
});

await run({ atOnce: 2 });
