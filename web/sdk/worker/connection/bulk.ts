// SPDX-License-Identifier: Apache-2.0
// The second connection of a member, for screen data. Lives as long as its control connection;
// when it alone breaks it attaches again with the ticket that the last Attached gave.
import { CloseReason as WireReason } from '../../gen/session_pb';
import type { Bytes } from '../../shared/bytes';
import type { Device } from '../link/device';
import { PROTOCOL_VERSION } from '../wire/message';
import type { DataFrame, Incoming } from '../wire/message';
import { backoffMs } from './backoff';
import { attachProof } from './socket';
import type { Socket } from './socket';
import type { Spares } from './spares';

const PING_MS = 20_000;
const TRIES_MAX = 5;
/** Frames before the word that we are attached: no honest server sends more. */
const EARLY_MAX = 64;
/** When the server ends both connections, its word on control may come after the one on bulk. */
const CONTROL_PATIENCE_MS = 3000;

export interface BulkEvents {
	frame(frame: DataFrame): void;
	up(isUp: boolean): void;
	broken(): void;
	/** No way to attach: the ticket was refused, or no answer came. Start over. */
	hopeless(): void;
}

export class BulkLink {
	#socket: Socket | null = null;
	#ticket: Bytes;
	#isUp = false;
	#tries = 0;
	#isChallenged = false;
	#early: DataFrame[] = [];
	#timer: ReturnType<typeof setTimeout> | undefined;
	#ping: ReturnType<typeof setInterval> | undefined;

	constructor(
		private readonly spares: Spares,
		private readonly device: Device,
		ticket: Uint8Array,
		private readonly events: BulkEvents,
	) {
		this.#ticket = new Uint8Array(ticket);
		this.#connect();
	}

	get isUp(): boolean {
		return this.#isUp;
	}
	get socket(): Socket | null {
		return this.#isUp ? this.#socket : null;
	}

	stop(): void {
		clearTimeout(this.#timer);
		clearInterval(this.#ping);
		this.#socket?.close();
		this.#socket = null;
		this.#isUp = false;
		this.#early = [];
	}

	#connect(): void {
		const socket = this.spares.take();
		this.#socket = socket;
		this.#isChallenged = false;
		socket.listen({
			incoming: (incoming) => this.#handle(socket, incoming),
			closed: () => this.#lost(),
		});
	}

	#handle(socket: Socket, incoming: Incoming): void {
		if (socket !== this.#socket) return;
		if (incoming.kind === 'broken') return this.events.broken();
		if (incoming.kind === 'frame') return this.#handleFrame(incoming.frame);
		const { body } = incoming;
		if (body.case === 'challenge' && !this.#isChallenged) void this.#attach(socket, body.value.nonce);
		else if (body.case === 'attached' && !this.#isUp) this.#attached(body.value.nextTicket);
		else if (body.case === 'closed') this.#giveUp(body.value.reason === WireReason.CLOSE_REFUSED ? 0 : CONTROL_PATIENCE_MS);
	}

	/** Frames may come before the word that we are attached. */
	#handleFrame(frame: DataFrame): void {
		if (this.#isUp) this.events.frame(frame);
		else if (this.#early.length < EARLY_MAX) this.#early.push(frame);
		else this.events.broken();
	}

	async #attach(socket: Socket, nonce: Uint8Array): Promise<void> {
		this.#isChallenged = true;
		const ticket = this.#ticket;
		const proof = await attachProof(this.device, nonce, ticket);
		socket.send({ case: 'attach', value: { version: PROTOCOL_VERSION, ticket, proof } });
	}

	#attached(nextTicket: Uint8Array): void {
		this.#ticket = new Uint8Array(nextTicket);
		this.#tries = 0;
		this.#isUp = true;
		clearInterval(this.#ping);
		this.#ping = setInterval(() => this.#socket?.send({ case: 'ping', value: { stamp: 0n } }), PING_MS);
		this.events.up(true);
		for (const frame of this.#early.splice(0)) this.events.frame(frame);
	}

	#lost(): void {
		const wasUp = this.#isUp;
		this.stop();
		if (wasUp) this.events.up(false);
		this.#tries += 1;
		if (this.#tries > TRIES_MAX) return this.events.hopeless();
		this.#timer = setTimeout(() => this.#connect(), backoffMs(this.#tries, Math.random));
	}

	/** What the reason means is said on control; to start over before it came could take a seat back from another tab. */
	#giveUp(patienceMs: number): void {
		const wasUp = this.#isUp;
		this.stop();
		this.#timer = setTimeout(() => this.events.hopeless(), patienceMs);
		if (wasUp) this.events.up(false);
	}
}
