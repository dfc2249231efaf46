// SPDX-License-Identifier: Apache-2.0
// A whole meeting as people hold it: Ada organizes in Chromium, Milo attends in another, Ines in Firefox.
// Then once more by the keyboard alone.
import { openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { button, complaints, field, isStatus, joinInBrowser, says, shown, words } from "./lib/room.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

/** Ada and her browser, in the room. */
async function meeting(ctx, args = []) {
	const server = await startServer(ctx);
	const session = await server.createSession({ args });
	const ada = await openPage(ctx, await startChromium(ctx, { viewport: { width: 1440, height: 900 } }));
	await joinInBrowser(ada, session.organizer, "Ada");
	return { server, session, ada };
}

/** Opens the menu of a person and presses what it offers. */
async function act(page, name, what) {
	await button(page, `Actions for ${name}`).click();
	await page.getByRole(/^May /.test(what) ? "menuitemcheckbox" : "menuitem", { name: new RegExp(`^${what}`) }).click();
	if (/^May /.test(what)) await page.keyboard.press("Escape");
}

const setting = async (page, name) => {
	await button(page, "Settings of the meeting").click();
	await page.getByRole("switch", { name: new RegExp(`^${name}`) }).click();
	await page.keyboard.press("Escape");
};

async function write(page, text, to) {
	if (to) await page.getByRole("combobox", { name: /^To/ }).selectOption({ label: to });
	await field(page, "Message").fill(text);
	await button(page, "Send").click();
}

const lines = (page) => page.evaluate(() => document.querySelector(".log")?.innerText ?? "");
const reads = (page, text) => until(async () => (await lines(page)).includes(text), `the chat says "${text}"`);
const isPerson = (page, name, what) => until(async () => (await page.evaluate(() => document.querySelector(".roll")?.innerText ?? "")).match(new RegExp(`${name}[^\\n]*\\n+${what}`)), `${name} is shown as ${what}`);
const isGone = (page, name) => until(async () => !(await page.evaluate(() => document.querySelector(".roll").innerText)).includes(name), `${name} is gone`);

test("a whole meeting", async (ctx) => {
	const { session, ada } = await meeting(ctx, ["--lobby"]);
	const chromium = await startChromium(ctx);
	const milo = await openPage(ctx, chromium);
	const ines = await openPage(ctx, await startFirefox(ctx));

	// The lobby: a text both ways, admit, deny with a word.
	await joinInBrowser(milo, session.attendee, "Milo", { then: "waiting" });
	await shown(milo, "heading", "The organizer will let you in");
	await says(ada, "Milo waits");
	await field(milo, "A line to the organizer").fill("it is me, Milo");
	await button(milo, "Send").click();
	await says(ada, "it is me, Milo");
	check(!(await words(milo)).includes("Ada"), "who waits is told nothing of the room");
	await ada.getByText(/^Write/).first().click();
	await field(ada, "A line to Milo").fill("one moment");
	await ada.locator(".knock-answer").getByRole("button", { name: "Send" }).click();
	await says(milo, "one moment");
	await button(ada, "Admit: Milo").click();
	await isStatus(milo, "joined");
	await joinInBrowser(ines, session.attendee, "Ines", { then: "waiting" });
	await says(ada, "Ines waits");
	await button(ada, "Not now: Ines").click();
	await says(ines, "You were not let in");
	await setting(ada, "Lobby");
	await button(ines, "Join again").click();
	await shown(ines, "button", "Join");
	await button(ines, "Join").click();
	await isStatus(ines, "joined");
	await isPerson(milo, "Ines", "Attendee");
	await isPerson(milo, "Ada", "Organizer");

	// Chat: to all, to one, switched off apart for one and for all.
	await write(milo, "hello everybody");
	for (const page of [ada, ines]) await reads(page, "hello everybody");
	await write(milo, "for Ada alone", "Ada");
	await reads(ada, "for Ada alone");
	await write(ada, "the next to all");
	await reads(ines, "the next to all");
	check(!(await lines(ines)).includes("for Ada alone"), "Ines does not read what is private");
	await act(ada, "Milo", "May chat privately");
	await act(ada, "Milo", "May chat with everyone");
	await says(milo, "The organizer took your right to chat.");
	await act(ada, "Milo", "May chat with everyone");
	await shown(milo, "textbox", "Message");
	await write(milo, "I may again");
	await reads(ada, "I may again");
	await setting(ada, "Chat with everyone");
	await setting(ada, "Private chat");
	await says(ines, "The organizer has switched chat off for everyone.");
	await setting(ada, "Chat with everyone");
	await setting(ada, "Private chat");
	await shown(ines, "textbox", "Message");

	// Hands, in their order.
	await button(ines, "Hand").click();
	await isPerson(ada, "Ines", "Hand up, 1st");
	await button(milo, "Hand").click();
	await isPerson(ada, "Milo", "Hand up, 2nd");
	await act(ada, "Ines", "Lower hand");
	await isPerson(ada, "Milo", "Hand up, 1st");
	await button(milo, "Hand up").click();
	await isPerson(ada, "Milo", "Attendee");

	// The presenter's place is passed, taken in open mode, taken back.
	check(!(await button(milo, "Screen").isShown()), "Milo cannot share yet");
	await act(ada, "Milo", "Make presenter");
	await isPerson(ines, "Milo", "Presenter");
	await shown(milo, "button", "Screen");
	await act(ada, "Ada", "Become presenter");
	await until(async () => !(await button(milo, "Screen").isShown()), "Milo cannot share any more");
	await setting(ada, "Everyone may present");
	await shown(milo, "button", "Screen");
	await setting(ada, "Everyone may present");

	// Locked: who comes can only knock.
	await button(ada, "Lock the meeting").click();
	await shown(ada, "button", "Unlock the meeting");
	const late = await openPage(ctx, await startChromium(ctx));
	await joinInBrowser(late, session.attendee, "Luca", { then: null });
	await shown(late, "heading", "The meeting is locked");
	await button(late, "Knock").click();
	await isStatus(late, "waiting");
	await button(ada, "Admit: Luca").click();
	await isStatus(late, "joined");
	await button(ada, "Unlock the meeting").click();

	// Removed; removed and barred, who then meets the lobby under any name.
	await act(ada, "Luca", "Remove…");
	await button(ada, "Remove").click();
	await says(late, "You were removed");
	await isGone(ada, "Luca");
	await act(ada, "Ines", "Remove and bar…");
	await button(ada, "Remove and bar").click();
	await says(ines, "You were removed");
	await joinInBrowser(ines, session.attendee, "Somebody else", { then: "waiting" });
	await says(ada, "Somebody else waits");
	await button(ada, "Not now: Somebody else").click();

	// Handed over for good, then ended for all within two seconds.
	await act(ada, "Milo", "Hand over as organizer…");
	await button(ada, "Hand over").click();
	await isPerson(milo, "Milo", "Organizer");
	await until(async () => !(await button(ada, "Settings of the meeting").isShown()), "Ada leads no longer");
	await button(milo, "More").click();
	await milo.getByRole("menuitem", { name: /^End the meeting for all/ }).click();
	const start = performance.now();
	await button(milo, "End for all").click();
	for (const page of [ada, milo]) await says(page, "The meeting is over");
	check(performance.now() - start < 2000, "over for all within two seconds");
	equal(await ada.evaluate(() => document.querySelectorAll("canvas").length), 0, "no picture is left");
	for (const page of [ada, milo, ines, late])
		equal(complaints(page).filter((line) => !/status of 4\d\d/.test(line)), [], "no page complains"); // a refused join is a 4xx
}, { timeoutMs: 300_000 });

/** Presses Tab until what has the focus has this name. */
async function tabTo(page, name) {
	const seen = [];
	for (let n = 0; n < 60; n++) {
		const here = await page.evaluate(() => {
			const at = document.activeElement;
			return at?.getAttribute("aria-label") ?? at?.labels?.[0]?.innerText ?? at?.innerText ?? "";
		});
		if (here.replace(/\s+/g, " ").trim().startsWith(name)) {
			const ring = await page.evaluate(() => {
				const style = getComputedStyle(document.activeElement);
				return style.outlineStyle !== "none" || style.boxShadow !== "none";
			});
			check(ring, `the focus is seen on ${name}`);
			return;
		}
		seen.push(here.slice(0, 20));
		await page.keyboard.press("Tab");
	}
	throw new Error(`Tab never comes to "${name}": ${seen.join(" | ")}`);
}

/** Ctrl+K, what is to be done, Enter. */
async function palette(page, what) {
	await page.keyboard.press("Control+k");
	await shown(page, "dialog", "Find an action");
	await page.keyboard.type(what);
	await shown(page, "option", new RegExp(what, "i"));
	await page.keyboard.press("Enter");
}

test("a whole meeting by the keyboard alone", async (ctx) => {
	const server = await startServer(ctx);
	const session = await server.createSession();
	const page = await openPage(ctx, await startChromium(ctx, { viewport: { width: 1440, height: 900 } }));
	await page.goto(session.organizer);
	await tabTo(page, "Your name");
	await page.keyboard.type("Ada");
	await page.keyboard.press("Enter");
	await isStatus(page, "joined");
	const milo = new Endpoint(ctx, server, session.attendee, "Milo", ["--no-view"]);
	await milo.in();
	const ines = new Endpoint(ctx, server, session.attendee, "Ines", ["--no-view"]);
	await ines.in();
	await isPerson(page, "Ines", "Attendee");

	// Write to all, though the chat is hidden; then to one, by the palette.
	await page.keyboard.press("c");
	await until(async () => !(await field(page, "Message").isShown()), "the chat is hidden");
	await page.keyboard.press("m");
	await until(() => page.evaluate(() => document.activeElement.matches("textarea")), "the focus is where to write");
	await page.keyboard.type("hello");
	await page.keyboard.press("Enter");
	await milo.next("chat", 0, "Milo reads it", (event) => event.text === "hello" && !event.private);
	await palette(page, "Write to Milo privately");
	await until(() => page.evaluate(() => document.activeElement.matches("textarea")), "the focus is where to write");
	await page.keyboard.type("only you");
	await page.keyboard.press("Enter");
	await milo.next("chat", 0, "Milo reads it", (event) => event.text === "only you" && event.private);
	await page.evaluate(() => document.activeElement.blur());

	await palette(page, "Lock the meeting");
	await until(() => milo.roster.locked, "locked");
	const luca = new Endpoint(ctx, server, session.attendee, "Luca", ["--no-view", "--knock"]);
	await luca.is("waiting");
	await says(page, "Luca waits");
	await tabTo(page, "Admit");
	await page.keyboard.press("Enter");
	await luca.in();

	milo.tell({ do: "hand", on: true });
	await isPerson(page, "Milo", "Hand up, 1st");
	await palette(page, "Lower Milo");
	await until(() => milo.member("Milo").hand === 0, "the hand is down");

	await palette(page, "Make Milo presenter");
	await until(() => milo.roster.presenter === milo.me, "Milo presents");
	await tabTo(page, "Actions for Ines");
	await page.keyboard.press("Enter");
	await shown(page, "menuitem", /^Remove…/);
	for (let n = 0; n < 20; n++) {
		if ((await page.evaluate(() => document.activeElement.innerText)).startsWith("Remove…")) break;
		await page.keyboard.press("ArrowDown");
	}
	await page.keyboard.press("Enter");
	await shown(page, "heading", "Remove Ines?");
	equal(await page.evaluate(() => document.activeElement.innerText.trim()), "Keep in the room", "the safe button has the focus");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await ines.is("over");

	await page.keyboard.press("?");
	await shown(page, "dialog", "Keyboard shortcuts");
	await page.keyboard.press("Escape");
	await palette(page, "End the meeting for all");
	await shown(page, "heading", "End the meeting for all?");
	await page.keyboard.press("Tab");
	const start = performance.now();
	await page.keyboard.press("Enter");
	await milo.is("over");
	await says(page, "The meeting is over");
	check(performance.now() - start < 2000, "over for all within two seconds");
}, { timeoutMs: 200_000 });

await run({ atOnce: 2 });
