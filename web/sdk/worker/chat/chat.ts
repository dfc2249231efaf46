// SPDX-License-Identifier: Apache-2.0
// Chat: plaintext {"t","at"} of chat frames, in and out. A message is 'sent' when the server
// answered a ping that went after it; what a broken link leaves open is sent again after the
// return, under the same "at", by which receivers know it.
import { utf8 } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import type { ChatMessage } from '../../shared/types';
import type { Counter } from '../counter';
import { asMember } from '../state/view';

export const TEXT_BYTES_MAX = 4000;
const PLAIN_BYTES_MAX = 3 * TEXT_BYTES_MAX;
const REMEMBERED = 4096;
const OPEN_MAX = 100;
/** The last moment that a Date can be: what lies behind it cannot be shown. */
const TIME_MAX = 8.64e15;

export interface ChatPeers {
	me(): number;
	nameOf(member: number): string;
}

interface Open {
	message: ChatMessage;
	/** Stamp of the ping that follows it; 0n: not sent on this connection yet. */
	stamp: bigint;
}

export class Chat {
	readonly #seen = new Set<string>();
	#open: Open[] = [];
	#lastAt = 0;

	constructor(
		private readonly peers: ChatPeers,
		private readonly counter: Counter,
		private readonly deliver: (message: ChatMessage) => void,
	) {}

	/** Makes a message of mine, or null when the text is empty or too long. */
	compose(text: string, to: number, now: number): ChatMessage | null {
		const trimmed = text.trim();
		if (trimmed === '' || plainOf(trimmed, now).length > TEXT_BYTES_MAX || this.#open.length >= OPEN_MAX) return null;
		// Never the same twice: (sender, at) is the message's name.
		const at = (this.#lastAt = Math.max(now, this.#lastAt + 1));
		const me = this.peers.me();
		const message: ChatMessage = {
			id: nameOf(me, at, to), from: asMember(me), fromName: this.peers.nameOf(me), mine: true,
			to: asMember(to), toName: to === 0 ? '' : this.peers.nameOf(to), text: trimmed, at, state: 'sending',
		};
		this.#remember(message.id);
		this.#open.push({ message, stamp: 0n });
		this.deliver(message);
		return message;
	}

	/** What has to be sealed and sent now: everything that did not go on this connection. */
	takeUnsent(stamp: bigint): readonly { readonly plain: Bytes; readonly to: number }[] {
		const unsent = this.#open.filter((open) => open.stamp === 0n);
		for (const open of unsent) open.stamp = stamp;
		return unsent.map(({ message }) => ({ plain: plainOf(message.text, message.at), to: message.to }));
	}

	handlePong(stamp: bigint): void {
		const done = this.#open.filter((open) => open.stamp !== 0n && open.stamp <= stamp);
		this.#open = this.#open.filter((open) => !done.includes(open));
		for (const { message } of done) this.deliver({ ...message, state: 'sent' });
	}

	/** The link broke: nobody knows what arrived, all of it goes again. */
	handleDown(): void {
		for (const open of this.#open) open.stamp = 0n;
	}

	/** It will not be sent any more: left, closed, or the right is gone. */
	fail(): void {
		for (const { message } of this.#open.splice(0)) this.deliver({ ...message, state: 'failed' });
	}

	/** A decrypted and permitted message of another. */
	handlePlain(plain: Bytes, from: number, to: number): void {
		const parsed = parsePlain(plain);
		if (!parsed) return this.counter.add('malformed_chat');
		const id = nameOf(from, parsed.at, to);
		if (this.#seen.has(id)) return this.counter.add('replayed');
		this.#remember(id);
		this.deliver({
			id, from: asMember(from), fromName: this.peers.nameOf(from), mine: from === this.peers.me(),
			to: asMember(to), toName: to === 0 ? '' : this.peers.nameOf(to), text: parsed.text, at: parsed.at, state: 'received',
		});
	}

	#remember(id: string): void {
		this.#seen.add(id);
		const [oldest] = this.#seen;
		if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
	}
}

const nameOf = (from: number, at: number, to: number): string => `${from}.${at}.${to}`;

function plainOf(text: string, at: number): Bytes {
	return utf8(JSON.stringify({ t: text, at }));
}

function parsePlain(plain: Bytes): { text: string; at: number } | null {
	if (plain.length > PLAIN_BYTES_MAX) return null;
	try {
		const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
		if (typeof value !== 'object' || value === null) return null;
		const { t, at } = value as { t?: unknown; at?: unknown };
		if (typeof t !== 'string' || t === '' || typeof at !== 'number' || !Number.isSafeInteger(at)) return null;
		if (at < 0 || at > TIME_MAX) return null;
		return { text: t, at };
	} catch {
		return null;
	}
}
