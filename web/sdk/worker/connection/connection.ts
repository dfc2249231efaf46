// SPDX-License-Identifier: Apache-2.0
// The membership on the wire: a control connection and beside it a bulk connection for screen
// data, both proved by the device key, and coming back by the resume ticket when they break.
// Knows nothing of what the messages mean beyond Hello, Attach, Ping and Closed.
import { Client, CloseReason as WireReason, Refusal } from '../../gen/session_pb';
import type { Challenge, Closed, Result, Waiting, Welcome } from '../../gen/session_pb';
import { Emitter } from '../../shared/emitter';
import type { CloseReason } from '../../shared/types';
import type { Counter } from '../counter';
import type { Device } from '../link/device';
import { PROTOCOL_VERSION } from '../wire/message';
import type { ClientBody, DataFrame, Incoming, ServerBody } from '../wire/message';
import { backoffMs } from './backoff';
import { BulkLink } from './bulk';
import { closeMeaning } from './reasons';
import { helloProof } from './socket';
import type { Socket } from './socket';
import { Spares } from './spares';

const PING_MS = 20_000;
const PONG_PATIENCE_MS = 10_000;
const PROBE_PATIENCE_MS = 4_000;
const HANDSHAKE_PATIENCE_MS = 15_000;
/** A role token is good for 60 s; later the ticket is shown instead. */
const TOKEN_FRESH_MS = 45_000;
/** Who was in for so long is no longer being thrown out again and again. */
const STEADY_MS = 5_000;

export interface Credentials {
	/** Good once and for a minute; empty when there is only the ticket. */
	readonly token: string;
	readonly ticket: string;
	readonly name: string;
	readonly device: Device;
	/** Audio and video go on beside this connection: the server shall leave them to the next. */
	keepsMedia(): boolean;
}

export interface ConnectionEvents {
	waiting: Waiting;
	welcome: Welcome;
	message: ServerBody;
	frame: DataFrame;
	/** Screen frames can (again) or cannot be sent and received. */
	bulk: boolean;
	/** Broken; the next try comes at nextTryAt (0: under way). */
	down: { readonly attempt: number; readonly nextTryAt: number };
	/** Sent back to the lobby: what is known and shown of the session is not ours any more. */
	sentOut: undefined;
	closed: { readonly reason: CloseReason; readonly text: string };
}

export type RequestResult =
	| { readonly kind: 'result'; readonly refusal: Refusal; readonly stream: number }
	| { readonly kind: 'lost' };

type Phase = 'stopped' | 'connecting' | 'up' | 'pausing';
/** How far a connection has come; it only goes forward. */
type Step = 'opened' | 'challenged' | 'waiting' | 'in';

export class Connection extends Emitter<ConnectionEvents> {
	readonly #spares: Spares;
	#phase: Phase = 'stopped';
	#socket: Socket | null = null;
	/** Opened beside it, when it may be dead. */
	#rival: Socket | null = null;
	/** The one before, until the server has the next: a goodbye would end the call that goes on beside it. */
	#former: Socket | null = null;
	#bulk: BulkLink | null = null;
	#credentials: Credentials | null = null;
	#tokenFrom = 0;
	#attempt = 0;
	#step: Step = 'opened';
	#lastRequest = 0;
	#pending = new Map<number, (result: RequestResult) => void>();
	#pingTimer: ReturnType<typeof setInterval> | undefined;
	#pongTimer: ReturnType<typeof setTimeout> | undefined;
	#retryTimer: ReturnType<typeof setTimeout> | undefined;
	#handshakeTimer: ReturnType<typeof setTimeout> | undefined;
	#steadyTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		origin: string,
		private readonly counter: Counter,
	) {
		super();
		this.#spares = new Spares(origin);
	}

	/** True between Welcome and the loss of the control connection. */
	get isUp(): boolean {
		return this.#phase === 'up';
	}
	get isBulkUp(): boolean {
		return this.#bulk?.isUp ?? false;
	}

	/** Opens sockets ahead of start(), which takes them; dropped when it is not called soon. */
	prepare(): void {
		this.#spares.prepare();
	}

	/** There will be no start(). */
	abandon(): void {
		this.#spares.drop();
	}

	start(credentials: Credentials): void {
		this.stop();
		this.#credentials = credentials;
		this.#tokenFrom = credentials.token ? Date.now() : 0;
		this.#attempt = 0;
		this.#connect();
	}

	/** Ends everything without a word to the server. */
	stop(): void {
		this.#teardown();
		this.#phase = 'stopped';
		this.#credentials = null;
	}

	/** Nothing goes before the Hello, also while the call goes on without a connection. */
	send(body: ClientBody): void {
		if (this.#phase === 'up') this.#socket?.send(body);
	}

	/** By the bulk connection, which takes StreamAck only (and pings). */
	sendAck(body: ClientBody): void {
		this.#bulk?.socket?.send(body);
	}

	/** Sends with a request number; 'lost' when the answer can no longer come. */
	request(body: ClientBody): Promise<RequestResult> {
		const socket = this.#socket;
		if (!socket?.isOpen || this.#phase !== 'up') return Promise.resolve({ kind: 'lost' });
		this.#lastRequest = (this.#lastRequest + 1) >>> 0 || 1;
		const id = this.#lastRequest;
		return new Promise((resolve) => {
			this.#pending.set(id, resolve);
			socket.send(body, id);
		});
	}

	/** A whole message of kind 1; screen frames go by the bulk connection. False: not sent. */
	sendFrame(bytes: Uint8Array<ArrayBuffer>, isScreen: boolean): boolean {
		const socket = isScreen ? this.#bulk?.socket : this.#socket;
		if (!socket?.isOpen || this.#phase !== 'up') return false;
		socket.sendBytes(bytes);
		return true;
	}

	/** Is the link still alive? Asked when the page wakes up or the network changes. */
	probe(): void {
		if (this.#phase === 'pausing') this.retryNow();
		else if (this.#phase === 'up') this.#ping(PROBE_PATIENCE_MS);
	}

	/**
	 * Nothing comes any more of the call: perhaps the network is another, and this connection as dead as the call's
	 * path. A second one is opened beside it, and the one that says something first goes on.
	 */
	race(): void {
		if (this.#phase === 'pausing') return this.retryNow();
		if (this.#phase !== 'up' || this.#step !== 'in') return;
		this.#rival?.close();
		if (!this.#rival) this.#ping(PROBE_PATIENCE_MS);
		const rival = this.#spares.take();
		this.#rival = rival;
		rival.listen({
			incoming: (first) => this.#takeOver(rival, first),
			closed: () => rival === this.#rival && this.#dropRival(),
		});
	}

	retryNow(): void {
		if (this.#phase !== 'pausing') return;
		clearTimeout(this.#retryTimer);
		this.#connect();
	}

	#connect(): void {
		this.#phase = 'connecting';
		this.#step = 'opened';
		if (this.#attempt > 0) this.emit('down', { attempt: this.#attempt, nextTryAt: 0 });
		this.#use(this.#spares.take());
	}

	#use(socket: Socket): void {
		this.#socket = socket;
		socket.listen({
			incoming: (incoming) => this.#handleIncoming(socket, incoming),
			closed: () => this.#lost(0),
		});
		this.#handshakeTimer = setTimeout(() => this.#lost(0), HANDSHAKE_PATIENCE_MS);
	}

	#takeOver(rival: Socket, first: Incoming): void {
		if (rival !== this.#rival) return;
		this.#rival = null;
		const former = this.#socket;
		former?.hush();
		this.#socket = null;
		this.#teardown();
		this.#former = former;
		this.#phase = 'connecting';
		this.#step = 'opened';
		this.#attempt += 1;
		this.emit('down', { attempt: this.#attempt, nextTryAt: 0 });
		this.#use(rival);
		this.#handleIncoming(rival, first);
	}

	#dropFormer(): void {
		this.#former?.close();
		this.#former = null;
	}

	#dropRival(): void {
		this.#rival?.close();
		this.#rival = null;
	}

	#handleIncoming(socket: Socket, incoming: Incoming): void {
		if (socket !== this.#socket) return;
		if (incoming.kind === 'broken') this.counter.add('broken_message');
		else if (incoming.kind === 'frame') this.emit('frame', incoming.frame);
		else this.#handleBody(socket, incoming.body);
	}

	#handleBody(socket: Socket, body: ServerBody): void {
		if (!this.#takes(body.case)) return this.counter.add('unexpected_message');
		switch (body.case) {
			case 'challenge':
				this.#step = 'challenged';
				void this.#answer(socket, body.value);
				return;
			case 'waiting':
				this.#step = 'waiting';
				this.#admitted();
				this.emit('waiting', body.value);
				return;
			case 'welcome':
				this.#step = 'in';
				this.#handleWelcome(body.value);
				return;
			case 'result':
				this.#handleResult(body.value);
				return;
			case 'pong':
				clearTimeout(this.#pongTimer);
				this.#dropRival();
				this.emit('message', body);
				return;
			case 'closed':
				this.#handleClosed(body.value);
				return;
			case undefined:
				this.counter.add('broken_message');
				return;
			default:
				this.emit('message', body);
		}
	}

	/** Each message has its time; what comes out of it may be a server's trick. */
	#takes(what: ServerBody['case']): boolean {
		const step = this.#step;
		switch (what) {
			case 'challenge':
				return step === 'opened';
			case 'waiting':
			case 'welcome':
				return step === 'challenged' || step === 'waiting';
			case 'lobbyText':
				return step === 'waiting' || step === 'in';
			case 'closed':
			case 'pong':
			case undefined:
				return true;
			default:
				return step === 'in';
		}
	}

	async #answer(socket: Socket, challenge: Challenge): Promise<void> {
		const credentials = this.#credentials;
		if (!credentials) return;
		if (challenge.version !== PROTOCOL_VERSION) return this.#finish('reload', '');
		const token = this.#tokenFrom > Date.now() - TOKEN_FRESH_MS ? credentials.token : credentials.ticket;
		this.#tokenFrom = 0;
		const proof = await helloProof(credentials.device, challenge.nonce, token);
		const { publicKey } = credentials.device;
		const hello = {
			version: PROTOCOL_VERSION, token, deviceKey: publicKey, proof, name: credentials.name, client: Client.BROWSER,
			keepsMedia: credentials.keepsMedia(),
		};
		socket.send({ case: 'hello', value: hello });
	}

	/** In the lobby or in the session: the handshake is over. */
	#admitted(): void {
		clearTimeout(this.#handshakeTimer);
		this.#phase = 'up';
		clearTimeout(this.#steadyTimer);
		this.#steadyTimer = setTimeout(() => (this.#attempt = 0), STEADY_MS);
		clearInterval(this.#pingTimer);
		this.#pingTimer = setInterval(() => this.#ping(PONG_PATIENCE_MS), PING_MS);
	}

	#handleWelcome(welcome: Welcome): void {
		this.#admitted();
		this.#dropFormer();
		this.#bulk?.stop();
		const device = this.#credentials?.device;
		if (!device) return;
		this.#bulk = new BulkLink(this.#spares, device, welcome.bulkTicket, {
			frame: (frame) => this.emit('frame', frame),
			up: (isUp) => this.emit('bulk', isUp),
			broken: () => this.counter.add('broken_message'),
			hopeless: () => this.#lost(0),
		});
		this.emit('welcome', welcome);
	}

	#handleResult(result: Result): void {
		const resolve = this.#pending.get(result.request);
		if (!resolve) return this.counter.add('unexpected_message');
		this.#pending.delete(result.request);
		resolve({ kind: 'result', refusal: result.refusal, stream: result.stream });
	}

	#handleClosed(closed: Closed): void {
		const meaning = closeMeaning(closed.reason);
		if (closed.reason === WireReason.CLOSE_REFUSED && this.#tokenMayDiffer()) {
			this.#lost(0);
		} else if (meaning.kind === 'come_back') {
			if (closed.reason === WireReason.CLOSE_TO_LOBBY) this.emit('sentOut', undefined);
			this.#lost(Math.max(closed.retryMs, meaning.waitMs));
		} else {
			this.#finish(meaning.reason, closed.text);
		}
	}

	/** A role token that was refused (used up by a lost connection) leaves the ticket to be tried. */
	#tokenMayDiffer(): boolean {
		const credentials = this.#credentials;
		if (!credentials?.token) return false;
		this.#credentials = { ...credentials, token: '' };
		return true;
	}

	#ping(patienceMs: number): void {
		// Stamps are chat's, which tells by them what the server has taken.
		this.send({ case: 'ping', value: { stamp: 0n } });
		clearTimeout(this.#pongTimer);
		this.#pongTimer = setTimeout(() => this.#lost(0), patienceMs);
	}

	#lost(waitMs: number): void {
		if (this.#phase !== 'connecting' && this.#phase !== 'up') return;
		this.#teardown();
		this.#phase = 'pausing';
		this.#attempt += 1;
		const wait = Math.max(waitMs, backoffMs(this.#attempt, Math.random));
		this.#retryTimer = setTimeout(() => this.#connect(), wait);
		this.emit('down', { attempt: this.#attempt, nextTryAt: Date.now() + wait });
	}

	#finish(reason: CloseReason, text: string): void {
		this.stop();
		this.emit('closed', { reason, text });
	}

	#teardown(): void {
		const timers = [this.#pongTimer, this.#retryTimer, this.#handshakeTimer, this.#steadyTimer];
		for (const timer of timers) clearTimeout(timer);
		clearInterval(this.#pingTimer);
		const hadBulk = this.#bulk !== null;
		this.#bulk?.stop();
		this.#bulk = null;
		this.#dropRival();
		this.#dropFormer();
		this.#socket?.close();
		this.#socket = null;
		for (const resolve of this.#pending.values()) resolve({ kind: 'lost' });
		this.#pending.clear();
		if (hadBulk) this.emit('bulk', false);
	}
}
