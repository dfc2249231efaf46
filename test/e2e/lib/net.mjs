// SPDX-License-Identifier: Apache-2.0
// A network of two ends: one is here, the other in a namespace of its own, for a server. Firefox takes no
// loopback candidate, so nothing on one machine reaches it otherwise. Needs the right to make networks.
import { runProgram } from "./process.mjs";
import { Skip } from "./tap.mjs";

const ip = (...args) => runProgram("ip", args);
let made = 0;

/** {address: the server's, here: ours, exec: what to run the server by, down()/up(): the cable}. */
export async function startNetwork(ctx) {
	const name = `tsr${process.pid}x${++made}`;
	const [near, far] = [`${name}a`.slice(-15), `${name}b`.slice(-15)];
	const block = `10.${64 + (process.pid % 64)}.${(process.pid >> 6) % 256}`;
	const [here, address] = [`${block}.${4 * made + 1}`, `${block}.${4 * made + 2}`];
	await ip("netns", "add", name).catch((error) => {
		throw new Skip(`no right to make a network: ${error.message.split("\n").at(-1)}`);
	});
	ctx.onEnd(() => ip("netns", "delete", name));
	await ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name);
	await ip("address", "add", `${here}/30`, "dev", near);
	await ip("link", "set", near, "up");
	await ip("-n", name, "address", "add", `${address}/30`, "dev", far);
	await ip("-n", name, "link", "set", far, "up");
	await ip("-n", name, "link", "set", "lo", "up");
	return { address, here, exec: ["ip", "netns", "exec", name], set: (state) => ip("link", "set", near, state) };
}
