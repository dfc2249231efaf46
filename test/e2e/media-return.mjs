// SPDX-License-Identifier: Apache-2.0
// Sound comes back by itself when a process of the server dies.
import { hears, received, two } from "./lib/call.mjs";
import { button } from "./lib/room.mjs";
import { run, test, until } from "./lib/tap.mjs";

test("a media process that dies, then an edge: everybody is back by themselves", async (ctx) => {
	const { server, ada, bob } = await two(ctx);
	await button(ada, "Mic").click();
	await hears(bob, "Bob hears Ada");
	for (const role of ["media", "edge"]) {
		const started = performance.now();
		const { packets } = await received(bob, "audio");
		await server.kill(role);
		await until(async () => ((await received(bob, "audio"))?.packets ?? 0) < packets, `${role}: what was is gone`);
		await hears(bob, `${role}: Bob hears Ada again`);
		ctx.say(`heard again ${Math.round(performance.now() - started)} ms after ${role} was killed`);
	}
});

await run();
