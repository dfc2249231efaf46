// SPDX-License-Identifier: Apache-2.0
// Tokens: taking them apart, and making them with the server's own key (token.key of its state folder),
// so that what is refused is refused for what it says and not for its signature.
import { sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ed25519FromSeed } from "./keys.mjs";

const HEAD = "v4.public.";

export function parts(token) {
	const raw = Buffer.from(token.slice(HEAD.length), "base64url");
	return { raw, message: raw.subarray(0, -64).toString(), claims: JSON.parse(raw.subarray(0, -64).toString()) };
}

export const fromRaw = (raw) => HEAD + raw.toString("base64url");

/** PASETO's pre-authentication encoding. */
function pae(...pieces) {
	const le64 = (n) => {
		const out = Buffer.alloc(8);
		out.writeBigUInt64LE(BigInt(n));
		return out;
	};
	return Buffer.concat([le64(pieces.length), ...pieces.flatMap((p) => [le64(Buffer.byteLength(p)), Buffer.from(p)])]);
}

/** A function that signs any JSON text as the server would: mint(text, node). */
export async function minter(server) {
	const key = ed25519FromSeed(await readFile(join(server.state, "token.key")));
	return (message, node, footer = "") => {
		const text = typeof message === "string" ? message : JSON.stringify(message);
		const signature = sign(null, pae(HEAD, text, footer, `role-token/1|${node}`), key);
		const token = fromRaw(Buffer.concat([Buffer.from(text), signature]));
		return footer ? `${token}.${Buffer.from(footer).toString("base64url")}` : token;
	};
}
