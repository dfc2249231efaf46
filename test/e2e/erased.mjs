// SPDX-License-Identifier: Apache-2.0
// What must be forgotten is forgotten: seeds, pictures and words, in every server process and on disk. Each
// case has its positive control: the same scan finds it before.
import { randomBytes } from "node:crypto";
import { scanFiles, scanServer } from "../peers/memory.mjs";
import { CLASS, Close, Peer } from "../peers/rogue.mjs";
import { startServer } from "./lib/server.mjs";
import { check, equal, run, test, until } from "./lib/tap.mjs";

async function room(ctx) {
	const server = await startServer(ctx, { args: ["--threads", "2"] });
	const session = await server.createSession();
	const ada = await Peer.enter(ctx, server, session.organizer, { name: "Ada" });
	const milo = await Peer.enter(ctx, server, session.attendee, { name: "Milo" });
	await Promise.all([ada.watch(), milo.watch()]);
	return { server, session, ada, milo };
}

/** No process holds any of it, within a time. */
const gone = (server, needles, what, timeoutMs) =>
	until(async () => {
		const found = await scanServer(server, needles);
		const left = Object.entries(found).flatMap(([role, counts]) => Object.entries(counts).filter(([, n]) => n > 0).map(([name, n]) => `${role}: ${name} ${n} times`));
		if (left.length) throw new Error(left.join(", "));
		return true;
	}, what, { timeoutMs, everyMs: 250 });

test("the seed is erased at the end", async (ctx) => {
	const { server, ada, milo } = await room(ctx);
	const needles = { seed: ada.epochs.get(ada.epoch) };
	equal(needles.seed.length, 32, "the client knows the seed");
	check((await scanServer(server, needles)).edge.seed >= 1, "the same scan finds it in the edge before the end");
	ada.send({ end_session: {} });
	equal(await milo.reason(), Close.CLOSE_ENDED, "ended");
	await ada.over;
	await gone(server, needles, "no process holds the seed after the end", 5000);
	const [, control] = [await server.children(), await scanFiles(server.state, needles)];
	equal(control, [], "nor any file");
});

test("the seed of an epoch is erased after a removal", async (ctx) => {
	const { server, session, ada, milo } = await room(ctx);
	const jun = await Peer.enter(ctx, server, session.attendee, { name: "Jun" });
	const old = ada.epoch;
	const needles = { seed: ada.epochs.get(old) };
	check((await scanServer(server, needles)).edge.seed >= 1, "found before");
	equal((await ada.ask({ remove: { member: jun.me } })).refusal, 0, "Jun is removed");
	equal(await jun.reason(), Close.CLOSE_REMOVED, "he is told so");
	await until(() => ada.epoch > old && milo.epoch > old, "a new epoch");
	check(!jun.epochs.has(ada.epoch), "without him");
	check((await scanServer(server, { seed: ada.epochs.get(ada.epoch) })).edge.seed >= 1, "the new seed is found");
	await gone(server, needles, "no process holds the old seed 15 s later", 15_000);
	await Promise.all([ada.settle(), milo.settle()]);
});

test("words and pictures are gone after the end, and never on disk", async (ctx) => {
	const { server, ada, milo } = await room(ctx);
	const canary = `canary-${randomBytes(20).toString("hex")}`;
	const cell = randomBytes(3000);
	const [header, object] = await ada.chat(canary);
	const { stream } = await ada.openStream(CLASS.SCREEN);
	const [head, sealed] = ada.makeKey(stream, cell);
	ada.bulk.sendFrame(head, sealed);
	await until(() => milo.texts().includes(canary) && milo.bulk.frames.length === 1, "Milo has both");
	const needles = { text: Buffer.from(canary), cell: cell.subarray(100, 148), sealedText: object.subarray(0, 48), sealedCell: sealed.subarray(100, 148) };
	check(header.length === 36, "a header");
	const during = await scanServer(server, needles);
	check(during.edge.sealedCell >= 1 && during.edge.sealedText >= 1, "the edge holds the ciphertext while it is needed");
	for (const [role, found] of Object.entries(during)) equal([found.text, found.cell], [0, 0], `${role} never had the plaintext`);
	equal(await scanFiles(server.state, needles), [], "no file has any of it");
	ada.send({ end_session: {} });
	await Promise.all([ada.over, milo.over]);
	await gone(server, needles, "nothing of it is left in memory", 5000);
	equal(await scanFiles(server.state, needles), [], "nor in a file");
});

test("the relay forgets a share that is stopped, and one that is paused blank", async (ctx) => {
	const { server, ada, milo } = await room(ctx);
	for (const how of ["stop", "blank", "presenter"]) {
		const { stream } = await ada.openStream(CLASS.SCREEN);
		const [head, sealed] = ada.makeKey(stream, randomBytes(3000));
		ada.bulk.sendFrame(head, sealed);
		await until(() => milo.bulk.frames.some((f) => f.stream === stream), "Milo has it");
		const needles = { cell: sealed.subarray(500, 548) };
		check((await scanServer(server, needles)).edge.cell >= 1, `${how}: the edge keeps it for those who come late`);
		if (how === "stop") equal((await ada.ask({ stream_close: { stream } })).refusal, 0, "stopped");
		if (how === "blank") equal((await ada.ask({ stream_pause: { stream, mode: 2 } })).refusal, 0, "paused blank");
		if (how === "presenter") equal((await ada.ask({ make_presenter: { member: milo.me } })).refusal, 0, "somebody else presents");
		await gone(server, needles, `${how}: the edge has erased it`, 5000);
	}
	await milo.settle();
});

await run();
