// SPDX-License-Identifier: Apache-2.0
// A network of two ends: one is here, the other in a namespace of its own, for a server. Firefox takes no
// loopback candidate, so nothing on one machine reaches it otherwise. Needs the right to make networks.
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "./process.mjs";
import { tempDir } from "./server.mjs";
import { Skip } from "./tap.mjs";

const ip = (...args) => runProgram("ip", args);
let made = 0;

async function addNamespace(ctx, name) {
	await ip("netns", "add", name).catch((error) => {
		throw new Skip(`no right to make a network: ${error.message.split("\n").at(-1)}`);
	});
	ctx.onEnd(() => ip("netns", "delete", name));
	await ip("-n", name, "link", "set", "lo", "up");
}

/** {address: the server's, here: ours, exec: what to run the server by, down()/up(): the cable}. */
export async function startNetwork(ctx) {
	const name = `tsr${process.pid}x${++made}`;
	const [near, far] = [`${name}a`.slice(-15), `${name}b`.slice(-15)];
	const block = `10.${64 + (process.pid % 64)}.${(process.pid >> 6) % 256}`;
	const [here, address] = [`${block}.${4 * made + 1}`, `${block}.${4 * made + 2}`];
	await addNamespace(ctx, name);
	await ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name);
	// No address that turns valid by itself two seconds later: to Chromium that is a change of network, which breaks off what it loads.
	await writeFile(`/proc/sys/net/ipv6/conf/${near}/disable_ipv6`, "1");
	await ip("address", "add", `${here}/30`, "dev", near);
	await ip("link", "set", near, "up");
	await ip("-n", name, "address", "add", `${address}/30`, "dev", far);
	await ip("-n", name, "link", "set", far, "up");
	return { address, here, exec: ["ip", "netns", "exec", name], set: (state) => ip("link", "set", near, state) };
}

const ADDRESS = { 4: (net, host) => `10.77.${net}.${host}`, 6: (net, host) => `fd77:${net}::${host}` };
const LENGTH = { 4: 24, 6: 64 };
const ROUTER = 1;
const HOST = 2;
/** The router's address in a town's home. */
export const OUTSIDE = ADDRESS[4](1, ROUTER);

/**
 * Three places, none of them here: a home with two cables to a router, and behind it a server with one. `families`: "4", "6" or both.
 * {addresses: the server's, exec: what to run it by, browser: a Chromium at home (a file), inside: what to run something at the router by,
 * block(protocol), let(protocol); of cable 1 or 2: cut() and plug(), which the home sees; hush() and wake(): what goes by it is lost, its address
 * stays, and it is no longer the first choice; readdress(): another address}.
 */
export async function startTown(ctx, families = "4") {
	const prefix = `tsr${process.pid}y${++made}`;
	const [home, router, server] = ["h", "r", "s"].map((letter) => prefix + letter);
	for (const name of [home, router, server]) await addNamespace(ctx, name);
	for (const family of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
		await runProgram("ip", ["netns", "exec", router, "sh", "-c", `echo 1 >/proc/sys/net/${family}`]);
	// Addresses hold at once, as above.
	for (const name of [home, router, server])
		await runProgram("ip", ["netns", "exec", name, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad"]);
	const up = (name, device) => ip("-n", name, "link", "set", device, "up");
	const connect = async (name, device, net, metric) => {
		await ip("-n", name, "link", "add", device, "type", "veth", "peer", "name", `to${net}`, "netns", router);
		const address = (at, dev, family, host) => ip("-n", at, `-${family}`, "address", "add", `${ADDRESS[family](net, host)}/${LENGTH[family]}`, "dev", dev, ...(family === "6" ? ["nodad"] : []));
		for (const family of families) {
			await address(name, device, family, HOST);
			// What has an address of this cable goes by it, as with every system that has two of them.
			await ip("-n", name, `-${family}`, "rule", "add", "from", ADDRESS[family](net, HOST), "lookup", String(100 + net));
			await address(router, `to${net}`, family, ROUTER);
		}
		await up(router, `to${net}`);
		const ways = (family, what, priority) =>
			ip("-n", name, `-${family}`, "route", what, "default", "via", ADDRESS[family](net, ROUTER), "dev", device, "metric", String(priority));
		const lose = (what) => Promise.all([...families].flatMap((family) => [["iif", `to${net}`], ["to", `${ADDRESS[family](net, 0)}/${LENGTH[family]}`]].map((which) =>
			ip("-n", router, `-${family}`, "rule", what, "pref", "5", ...which, "blackhole"))));
		const prefer = async (from, to) => {
			for (const family of families) {
				await ways(family, "add", to);
				await ways(family, "delete", from);
			}
		};
		const plug = async () => {
			await up(name, device);
			for (const family of families) {
				if (family === "6") await address(name, device, family, HOST).catch(() => undefined); // it goes with the cable
				await ways(family, "add", metric);
				await ip("-n", name, `-${family}`, "route", "add", "default", "via", ADDRESS[family](net, ROUTER), "dev", device, "table", String(100 + net));
			}
		};
		await plug();
		return {
			plug,
			cut: () => ip("-n", name, "link", "set", device, "down"),
			hush: () => Promise.all([lose("add"), prefer(metric, metric + 50)]),
			wake: () => Promise.all([lose("delete"), prefer(metric + 50, metric)]),
			readdress: async () => {
				await ip("-n", name, "address", "delete", `${ADDRESS[4](net, HOST)}/${LENGTH[4]}`, "dev", device);
				await ip("-n", name, "address", "add", `${ADDRESS[4](net, HOST + 7)}/${LENGTH[4]}`, "dev", device);
				await ways(4, "add", metric);
			},
		};
	};
	const cables = [await connect(home, "eth1", 1, 10), await connect(home, "eth2", 2, 20)];
	await connect(server, "eth0", 3, 10);
	const browser = join(await tempDir(ctx), "chromium");
	await writeFile(browser, `#!/bin/sh\nexec ip netns exec ${home} /usr/bin/chromium "$@"\n`);
	await chmod(browser, 0o755);
	const rule = (what, protocol) => Promise.all([...families].map((family) => ip("-n", router, `-${family}`, "rule", what, "pref", "5", "ipproto", protocol, "blackhole")));
	return {
		addresses: [...families].map((family) => ADDRESS[family](3, HOST)),
		exec: ["ip", "netns", "exec", server],
		browser,
		inside: ["ip", "netns", "exec", router],
		block: (protocol) => rule("add", protocol),
		let: (protocol) => rule("delete", protocol),
		...Object.fromEntries(["cut", "plug", "hush", "wake", "readdress"].map((what) => [what, (n) => cables[n - 1][what]()])),
	};
}
