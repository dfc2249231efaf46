// SPDX-License-Identifier: Apache-2.0
// A real X display, shared by `tessera join --share`, is pixel for pixel what every viewer has.
import { join } from "node:path";
import { openPage, startChromium, startFirefox } from "./lib/browser.mjs";
import { startDisplay, startTerminal } from "./lib/display.mjs";
import { Endpoint } from "./lib/endpoint.mjs";
import { digest, difference, readDisplay, readPpm } from "./lib/pixels.mjs";
import { stageEquals, joinInBrowser } from "./lib/room.mjs";
import { startServer, tempDir } from "./lib/server.mjs";
import { run, test, until } from "./lib/tap.mjs";

/** The recorded picture equals the display. Both are read again until the display has been still. */
async function recordedEquals(dir, stream, display) {
	let why;
	await until(async () => {
		const before = await readDisplay(display);
		const shown = await readPpm(join(dir, `stream-${stream}.ppm`));
		const after = await readDisplay(display);
		if (digest(before) !== digest(after)) return false;
		why = difference(shown, after);
		return !why;
	}, "the recorded picture equals the display").catch((error) => {
		throw new Error(`${error.message}; ${why}`);
	});
}

test("a native endpoint sees exactly what another shares", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx)]);
	const session = await server.createSession();
	const dir = await tempDir(ctx);
	await startTerminal(display, "i=0; while [ $i -lt 60 ]; do seq $i $((i+40)); i=$((i+1)); done; exec sleep 600");
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	const milo = new Endpoint(ctx, server, session.attendee, "Milo", ["--record-frames", dir]);
	await milo.in();
	const { stream } = await until(() => milo.picture, "a first picture");
	await recordedEquals(dir, stream, display);
	await display.command("xdotool", ["mousemove", "400", "300", "click", "4"]);
	await startTerminal(display, "ls -la /usr/bin | head -80; exec sleep 600", { title: "second", geometry: "90x40+400+100" });
	await recordedEquals(dir, stream, display);
	// A late joiner has it at once.
	const late = await tempDir(ctx);
	const ines = new Endpoint(ctx, server, session.attendee, "Ines", ["--record-frames", late]);
	await ines.in();
	await until(() => ines.picture, "a picture for the late one", { timeoutMs: 3000 });
	await recordedEquals(late, stream, display);
});

test("Chromium and Firefox show exactly what is on the screen", async (ctx) => {
	const [server, display] = await Promise.all([startServer(ctx), startDisplay(ctx, { width: 1024, height: 640 })]);
	const session = await server.createSession();
	await startTerminal(display, "seq 1 500; exec sleep 600");
	const ada = new Endpoint(ctx, server, session.organizer, "Ada", ["--share", display.name]);
	await ada.in();
	const chromium = await startChromium(ctx);
	const page = await openPage(ctx, chromium);
	await joinInBrowser(page, session.attendee, "Milo");
	await stageEquals(page, display);
	const firefox = await startFirefox(ctx);
	const other = await firefox.newPage();
	await joinInBrowser(other, session.attendee, "Ines");
	await stageEquals(other, display);
	await startTerminal(display, "ls -la /usr/bin | head -300; exec sleep 600", { title: "second", geometry: "80x30+300+100" });
	await stageEquals(page, display);
	await stageEquals(other, display);
});

await run();
