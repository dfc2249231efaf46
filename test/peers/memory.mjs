// SPDX-License-Identifier: Apache-2.0
// What processes hold in memory and on disk. Root may read another process's memory without stopping it.
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const CHUNK = 4 << 20;

/** How often each needle (name -> bytes) is in the memory of a process. */
export async function scanProcess(pid, needles) {
	const found = Object.fromEntries(Object.keys(needles).map((name) => [name, 0]));
	const longest = Math.max(...Object.values(needles).map((n) => n.length));
	const maps = await readFile(`/proc/${pid}/maps`, "utf8");
	const memory = await open(`/proc/${pid}/mem`, "r");
	const buffer = Buffer.alloc(CHUNK + longest);
	try {
		for (const line of maps.split("\n")) {
			const match = /^([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ (\d+) *(.*)$/.exec(line);
			if (!match || match[4] === "[vvar]" || match[4] === "[vsyscall]") continue;
			const end = BigInt(`0x${match[2]}`);
			for (let at = BigInt(`0x${match[1]}`); at < end; at += BigInt(CHUNK)) {
				const want = Number(end - at < BigInt(buffer.length) ? end - at : BigInt(buffer.length));
				const { bytesRead } = await memory.read(buffer, 0, want, at).catch(() => ({ bytesRead: 0 }));
				for (const [name, needle] of Object.entries(needles))
					for (let i = buffer.indexOf(needle); i >= 0 && i + needle.length <= bytesRead && i < CHUNK; i = buffer.indexOf(needle, i + 1)) found[name]++;
			}
		}
	} finally {
		await memory.close();
	}
	return found;
}

/** {role: {needle: count}} of the supervisor and its children. */
export async function scanServer(server, needles) {
	const out = { supervisor: await scanProcess(server.pid, needles) };
	for (const [role, pid] of Object.entries(await server.children())) out[role] = await scanProcess(pid, needles);
	return out;
}

/** Names of the files below a folder that hold a needle. */
export async function scanFiles(dir, needles) {
	const hits = [];
	for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
		if (!entry.isFile()) continue;
		const content = await readFile(join(entry.parentPath ?? entry.path, entry.name)).catch(() => Buffer.alloc(0));
		for (const [name, needle] of Object.entries(needles)) if (content.includes(needle)) hits.push(`${entry.name}: ${name}`);
	}
	return hits;
}

/** Proportional set size in bytes. */
export async function pss(pid) {
	return Number(/^Pss:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) * 1024;
}
