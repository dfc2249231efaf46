// SPDX-License-Identifier: Apache-2.0
// All keys of this membership: the seeds of the last two epochs, a sealer for each stream of
// mine, an opener for each stream of the others. Keys leave it never, as hashes only.
import type { Bytes } from '../../shared/bytes';
import type { Counter } from '../counter';
import { SEED_LEN, servicePrk, streamBaseKey } from './schedule';
import type { StreamInstance } from './schedule';
import { Opener, Sealer } from './sframe';
import type { KeyUse } from './sframe';

const EPOCHS_KEPT = 2;
const USES_KEPT = 4096;
const OPENERS_KEPT = 4096;
/** A frame may overtake the Epoch message, which comes by the other connection. */
const EPOCH_WAIT_MS = 3000;

interface Epoch {
	readonly number: number;
	readonly prk: Promise<Bytes>;
}

interface Receiving {
	readonly opener: Promise<Opener>;
	/** Newest counter; -1 before the first. */
	newest: bigint;
	/** Counters of the window that have been used. */
	readonly used: Set<bigint>;
	/** Decryption may end out of turn: each frame is judged after all that came before it. */
	turn: Promise<unknown>;
}

interface Sealing {
	readonly epoch: number;
	readonly sealer: Sealer;
}

/**
 * 'ordered': each counter above all before (chat, control, pointer). 'stateful': the plaintext
 * itself says what it applies to (screen: a relay sends cells again, older ones after newer ones).
 * 'windowed': each counter once, a little out of order (audio, video: packets overtake each other).
 */
export type ReplayMode = 'ordered' | 'stateful' | 'windowed';

/** How far a frame may be behind the newest of its stream. */
const WINDOW = 1024n;

/** An SFrame object and what is authenticated with it. */
export interface SealedObject {
	/** The low byte of its epoch's number is here. */
	readonly header: { readonly epoch: number };
	readonly metadata: Bytes;
	readonly object: Bytes;
}

const nameOf = (epoch: Epoch, instance: StreamInstance): string =>
	`${epoch.number}/${instance.stream}/${instance.from}/${instance.nonce.join()}`;

/** Of a copy: when the epoch is dropped meanwhile, its own is wiped, and zeros are everybody's key. */
async function baseKeyOf(epoch: Epoch, instance: StreamInstance): Promise<Bytes> {
	const prk = (await epoch.prk).slice();
	return streamBaseKey(prk, instance).finally(() => prk.fill(0));
}

/** Notes the counter; true when this frame was had before, or is too old to know. */
function isReplay(receiving: Receiving, ctr: bigint, mode: ReplayMode): boolean {
	const { newest, used } = receiving;
	if (mode === 'stateful') return false;
	if (mode === 'ordered') return ctr <= newest;
	if (ctr + WINDOW <= newest || used.has(ctr)) return true;
	used.add(ctr);
	for (const old of used) {
		if (used.size <= WINDOW) break;
		used.delete(old);
	}
	return false;
}

export class Keyring {
	#uid: Bytes | null = null;
	#epochs: Epoch[] = [];
	#receiving = new Map<string, Receiving>();
	readonly #sealing = new Map<string, Promise<Sealing>>();
	#awaited: (() => void)[] = [];
	readonly #uses: KeyUse[] = [];

	constructor(private readonly counter: Counter) {}

	/** Number of the newest epoch, 0 when there is none. */
	get epoch(): number {
		return this.#epochs[0]?.number ?? 0;
	}

	get uses(): readonly KeyUse[] {
		return this.#uses;
	}

	/** Another session, or another instance of it, makes all keys of the one before useless. */
	handleSession(uid: Bytes): void {
		if (this.#uid && this.#uid.join() === uid.join()) return;
		this.forget();
		this.#uid = uid.slice();
	}

	/** False when it is no seed, or older than what we have. Takes the seed and wipes it. */
	handleEpoch(epoch: number, seed: Bytes): boolean {
		if (!this.#uid || seed.length !== SEED_LEN || epoch === 0) {
			this.counter.add('bad_seed');
			return false;
		}
		if (this.#epochs.some((known) => known.number === epoch)) return false;
		if (epoch < this.epoch) {
			this.counter.add('bad_seed');
			return false;
		}
		const prk = servicePrk(seed.slice(), this.#uid, epoch);
		seed.fill(0);
		const dropped = this.#epochs.splice(EPOCHS_KEPT - 1);
		this.#epochs.unshift({ number: epoch, prk });
		for (const old of dropped) this.#dropEpoch(old);
		for (const wake of this.#awaited.splice(0)) wake();
		return true;
	}

	/**
	 * The sealer for a stream of mine in the newest epoch; the stream's nonce must be new. Whoever asks
	 * for the same instance again gets the same sealer, so that no key ever has two counters.
	 */
	async sealer(instance: StreamInstance): Promise<Sealing | null> {
		const epoch = this.#epochs[0];
		if (!epoch) return null;
		const name = nameOf(epoch, instance);
		const known = this.#sealing.get(name);
		if (known) return known;
		const made = this.#createSealer(epoch, instance);
		this.#sealing.set(name, made);
		return made;
	}

	async #createSealer(epoch: Epoch, instance: StreamInstance): Promise<Sealing> {
		const baseKey = await baseKeyOf(epoch, instance);
		const sealer = await Sealer.create(baseKey, BigInt(instance.stream));
		baseKey.fill(0);
		if (this.#uses.push(sealer.use) > USES_KEPT) this.#uses.shift();
		return { epoch: epoch.number, sealer };
	}

	/** Decrypts a frame of this stream instance; null (and counted) when it must not be used. */
	async open(frame: SealedObject, instance: StreamInstance, mode: ReplayMode): Promise<Bytes | null> {
		const epoch = await this.#findEpoch(frame.header.epoch);
		if (!epoch) {
			this.counter.add('unknown_epoch');
			return null;
		}
		const receiving = this.#receivingOf(epoch, instance);
		const before = receiving.turn;
		const opening = receiving.opener.then((opener) => opener.open(frame.object, frame.metadata));
		receiving.turn = opening.then(() => before);
		const opened = await opening;
		await before;
		if (!opened) {
			this.counter.add('not_authentic');
			return null;
		}
		if (isReplay(receiving, opened.ctr, mode)) {
			this.counter.add('replayed');
			return null;
		}
		if (opened.ctr > receiving.newest) receiving.newest = opened.ctr;
		return opened.plain;
	}

	forget(): void {
		for (const epoch of this.#epochs.splice(0)) this.#dropEpoch(epoch);
		this.#receiving.clear();
		this.#sealing.clear();
		this.#uid = null;
		for (const wake of this.#awaited.splice(0)) wake();
	}

	#receivingOf(epoch: Epoch, instance: StreamInstance): Receiving {
		const name = nameOf(epoch, instance);
		const known = this.#receiving.get(name);
		if (known) return known;
		const opener = baseKeyOf(epoch, instance)
			.then((baseKey) => Opener.create(baseKey, BigInt(instance.stream)).finally(() => baseKey.fill(0)));
		const fresh: Receiving = { opener, newest: -1n, used: new Set(), turn: Promise.resolve() };
		this.#receiving.set(name, fresh);
		const [oldest] = this.#receiving.keys();
		if (this.#receiving.size > OPENERS_KEPT && oldest !== undefined) this.#receiving.delete(oldest);
		return fresh;
	}

	async #findEpoch(low8: number): Promise<Epoch | null> {
		const known = (): Epoch | null => this.#epochs.find((epoch) => (epoch.number & 0xff) === low8) ?? null;
		const now = known();
		const next = (this.epoch + 1) & 0xff;
		if (now || low8 !== next) return now;
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, EPOCH_WAIT_MS);
			this.#awaited.push(() => {
				clearTimeout(timer);
				resolve();
			});
		});
		return known();
	}

	#dropEpoch(epoch: Epoch): void {
		void epoch.prk.then((prk) => prk.fill(0));
		const prefix = `${epoch.number}/`;
		for (const made of [this.#receiving, this.#sealing]) {
			for (const name of made.keys()) if (name.startsWith(prefix)) made.delete(name);
		}
	}
}
