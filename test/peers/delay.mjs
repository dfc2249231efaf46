// SPDX-License-Identifier: Apache-2.0
// A TCP relay between a client and the server that holds back some of what passes, from a seed, makes
// the way long, and can cut or stop everything. It reads nothing: what passes is TLS.
import { createServer, connect } from "node:net";

/** Numbers of [0,1) that are the same at every run (mulberry32). */
export function seeded(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

/** A line of so many bytes a millisecond, for all connections in one direction; 0 = any number. */
function line(bytesPerMs) {
	let freeAt = 0;
	return async (length) => {
		if (bytesPerMs === 0) return;
		freeAt = Math.max(freeAt, performance.now()) + length / bytesPerMs;
		const wait = freeAt - performance.now();
		if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
	};
}

/** Passes writes on in their order; each is held back with the given chance, and what follows it waits behind it. */
function pass(from, to, carry, { chance, delayMs, lagMs }, random, held) {
	let tail = Promise.resolve();
	from.on("data", (data) => {
		const isHeld = random() < chance;
		if (isHeld) held.count++;
		const due = lagMs > 0 ? new Promise((resolve) => setTimeout(resolve, lagMs)) : undefined;
		if (!due) from.pause();
		tail = tail
			.then(() => due)
			.then(() => (isHeld ? new Promise((resolve) => setTimeout(resolve, delayMs)) : undefined))
			.then(() => carry(data.length))
			.then(() => held.gate)
			.then(() => {
				if (!to.destroyed) to.write(data);
				from.resume();
			});
	});
	from.on("end", () => tail.then(() => to.end()));
	from.on("error", () => to.destroy());
	from.on("close", () => tail.then(() => to.destroy()));
}

/**
 * {port, held(), cut(), refuse(on), stop(), go(), link(link)}.
 * chance: of each write in either direction to be held back for delayMs. lagMs: how long everything takes,
 * each way, without holding back what follows. bytesPerMs: what each direction carries; 0 = everything.
 */
export async function startRelay(ctx, port, { chance = 0, delayMs = 200, lagMs = 0, bytesPerMs = 0, seed = 1 } = {}) {
	const random = seeded(seed);
	const [up, down] = [line(bytesPerMs), line(bytesPerMs)];
	const sockets = new Set();
	const held = { count: 0, gate: Promise.resolve() };
	let open = () => {};
	let isRefusing = false;
	const server = createServer({ allowHalfOpen: true }, (client) => {
		if (isRefusing) return client.destroy();
		const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
		for (const socket of [client, upstream]) {
			socket.setNoDelay(true);
			sockets.add(socket);
			socket.on("close", () => sockets.delete(socket));
		}
		const how = { chance, delayMs, lagMs };
		pass(client, upstream, up, how, random, held);
		pass(upstream, client, down, how, random, held);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const cut = () => {
		for (const socket of sockets) socket.destroy();
	};
	const relay = {
		port: server.address().port,
		held: () => held.count,
		/** Ends every connection, as a network that changes does. */
		cut,
		/** New connections are refused while on. */
		refuse: (on) => (isRefusing = on),
		/** Nothing passes any more, without a word: a cable that was pulled. */
		stop: () => (held.gate = new Promise((resolve) => (open = resolve))),
		go: () => {
			open();
			held.gate = Promise.resolve();
		},
		/** A link of the server, by this way. */
		link: (link) => link.replace(`:${port}/`, `:${server.address().port}/`),
	};
	ctx.onEnd(async () => {
		relay.go();
		cut();
		server.close();
	});
	return relay;
}
