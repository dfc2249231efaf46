// SPDX-License-Identifier: Apache-2.0
// A translator of UDP addresses, as a program: what comes to HOST goes on to SERVER from a socket for each client. usage: nat.mjs HOST SERVER
// PORT... Says "ready"; a line on stdin gives every client another socket, as when a translator forgets, or gets another address itself.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";

const [host, server, ...ports] = process.argv.slice(2);
const clients = new Map();

async function translate(port) {
	const inner = createSocket("udp4").on("error", () => undefined);
	inner.on("message", (bytes, { address, port: from }) => {
		const name = `${address} ${from} ${port}`;
		const outer = clients.get(name) ?? createSocket("udp4").on("error", () => undefined).on("message", (back) => inner.send(back, from, address));
		clients.set(name, outer);
		outer.send(bytes, port, server);
	});
	inner.bind(port, host);
	await once(inner, "listening");
}

for (const port of ports) await translate(Number(port));
createInterface({ input: process.stdin }).on("line", () => {
	for (const outer of clients.values()) outer.close();
	clients.clear();
});
console.log("ready");
