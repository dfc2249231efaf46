// SPDX-License-Identifier: Apache-2.0
// One membership: wires the managers together. Each of them knows none of the others; what
// passes between them passes here.
import { StreamClass } from '../gen/session_pb';
import type { Epoch, LobbyText, Paths, State, Welcome } from '../gen/session_pb';
import type { Bytes } from '../shared/bytes';
import type { Command, JoinCall, LinkSecrets, SavedSeat, SourceCall, WorkerEvents, WorkerInspection } from '../shared/rpc';
import type {
	CloseReason, CommandResult, JoinAnswer, MemberId, PauseMode, ScreenKey, ShareKey, SharePreference,
	ShareResult, Status,
} from '../shared/types';
import { Chat } from './chat/chat';
import { ChatStream } from './chat/stream';
import type { Codec } from './codec/codec';
import { bodyOf, textFits } from './commands';
import { Connection } from './connection/connection';
import type { RequestResult } from './connection/connection';
import { commandResult, refusalOf } from './connection/reasons';
import { Counter } from './counter';
import { Gate } from './gate';
import { Keyring } from './keys/keyring';
import { NONCE_LEN } from './keys/schedule';
import type { Sealer } from './keys/sframe';
import { loadDevice } from './link/device';
import type { Device } from './link/device';
import { postJoin } from './link/join';
import type { Seat } from './link/join';
import { Media } from './media/media';
import { Transforms } from './media/transforms';
import type { Shape } from './presenter/capture';
import { Presenter, WIRE_PAUSE } from './presenter/presenter';
import type { OpenedStream } from './presenter/share';
import { Act, OWN_STREAM, Policy, TargetBit } from './state/policy';
import { Replica } from './state/replica';
import type { Change } from './state/replica';
import { cleanName, cleanSentence } from './state/text';
import { asMember, sessionView } from './state/view';
import { PointerView } from './viewer/pointer';
import { Viewer } from './viewer/viewer';
import { FrameClass } from './wire/frame';
import { writeFrame } from './wire/message';
import type { ClientBody, DataFrame, ServerBody } from './wire/message';

type Emit = <E extends keyof WorkerEvents>(event: E, value: WorkerEvents[E]) => void;

const LABELS: Readonly<Record<string, string>> = { monitor: 'Entire screen', window: 'Window', browser: 'Tab' };
/** A view of the room at most this often. */
const VIEW_EVERY_MS = 40;
/** What the server takes of chat, and a little less. */
const CHAT_PER_S = 4;
const CHAT_BURST = 8;

export class Room {
	readonly #counter = new Counter();
	readonly #replica = new Replica(this.#counter);
	readonly #keys = new Keyring(this.#counter);
	readonly #policy: Policy;
	readonly #gate: Gate;
	readonly #connection: Connection;
	readonly #viewer: Viewer;
	readonly #pointer: PointerView;
	readonly #presenter: Presenter;
	readonly #chat: Chat;
	readonly #chatStream: ChatStream;
	readonly media: Media;
	readonly transforms: Transforms;
	/** Nonces of my streams; the State that announces them may come later than the Result. */
	readonly #ownNonces = new Map<number, Bytes>();
	#link: LinkSecrets | null = null;
	#seat: SavedSeat | null = null;
	#device: Device | null = null;
	#welcome: Welcome | null = null;
	#skewMs = 0;
	#status: Status = { kind: 'idle' };
	#downSince = 0;
	#isOnline = true;
	#triedRejoin = false;
	#viewTimer: ReturnType<typeof setTimeout> | undefined;
	#viewedAt = -Infinity;
	#lobbyCount = 0;
	#chatTokens = CHAT_BURST;
	#chatAt = 0;

	constructor(
		private readonly origin: string,
		private readonly codec: Codec,
		private readonly emit: Emit,
	) {
		const replica = this.#replica;
		const me = (): number => replica.me;
		const nameOf = (member: number): string => replica.nameOf(member);
		this.#policy = new Policy(codec.policyCheck);
		this.#gate = new Gate(replica, this.#policy, this.#keys, this.#counter);
		this.#connection = new Connection(origin, this.#counter);
		this.#viewer = new Viewer(codec, {
			me,
			nameOf,
			isAway: (member) => replica.isAway(member),
			isHere: (member) => replica.members.has(member),
			isPresenter: (member) => replica.members.get(member)?.presenter ?? false,
			decrypt: (frame, stream) => this.#gate.openScreen(frame, stream),
			send: (body) => this.#connection.send(body),
			ack: (body) => this.#connection.sendAck(body),
			returning: (stream, on) => this.#presenter.handleReturning(stream, on),
			returned: (stream, picture) => this.#presenter.handleReturned(stream, picture),
		}, this.#counter, (screens) => emit('screens', screens));
		this.#pointer = new PointerView((from, stream) => this.#viewer.keyFrom(from, stream), (now) => emit('pointer', now));
		this.#presenter = new Presenter(codec, {
			me,
			now: () => performance.now(),
			open: (shape, label) => this.#openScreenStream(shape, label),
			close: (stream) => this.#connection.send({ case: 'streamClose', value: { stream } }),
			sealer: (stream) => this.#ownSealer(stream),
			pause: (stream, mode) => this.#pauseStream(stream, mode),
			sendFrame: (metadata, object) => void this.#connection.sendFrame(writeFrame(metadata, object), true),
			isReturning: (stream) => this.#viewer.isReturning(stream),
			dropScreen: (stream) => this.#viewer.dropOwn(stream),
			screenKey: (stream) => this.#viewer.keyOf(stream),
			mayShare: () => this.#may(Act.OPEN_SCREEN, TargetBit.ALL),
		}, this.#counter, {
			changed: (shares) => emit('shares', shares),
			ended: (share, why) => emit('shareEnded', { share, why }),
			released: (share) => emit('sourceReleased', share),
		});
		this.#chat = new Chat({ me, nameOf }, this.#counter, (message) => emit('chat', message));
		this.#chatStream = new ChatStream(this.#chat, {
			me,
			open: async () => this.#openStream({ streamClass: StreamClass.STREAM_CHAT }).then((opened) => opened.stream),
			sealer: (stream) => this.#ownSealer(stream),
			sendFrame: (metadata, object) => this.#connection.sendFrame(writeFrame(metadata, object), false),
			ping: (stamp) => this.#connection.send({ case: 'ping', value: { stamp } }),
		});
		this.transforms = new Transforms({
			sealer: (stream) => this.#ownSealer(stream),
			epoch: () => this.#keys.epoch,
			open: (stream, { epoch, object }, metadata) => this.#gate.openMedia(stream, { header: { epoch }, object, metadata }),
		}, this.#counter);
		this.media = new Media(replica, {
			request: (body) => this.#connection.request(body),
			open: (streamClass, rtp) => this.#openStream({ streamClass, rtp }),
			bind: (token, stream) => this.transforms.bind(token, stream),
			isUp: () => this.#connection.isUp && this.#replica.members.has(this.#replica.me) && this.#keys.epoch > 0,
			canPlay: 'RTCRtpScriptTransformer' in globalThis,
			mayOpen: (kind) => this.#may(kind === 'audio' ? Act.OPEN_AUDIO : Act.OPEN_VIDEO, TargetBit.ALL),
			room: (room) => emit('mediaRoom', room),
			people: (people) => emit('people', people),
			gone: (retryMs) => emit('mediaGone', retryMs),
		});
		this.#listen();
	}

	// ---- calls of the page ------------------------------------------------------------

	async join(call: JoinCall): Promise<JoinAnswer> {
		this.#setStatus({ kind: 'joining' });
		this.#connection.prepare();
		const { answer, seat } = await postJoin(this.origin, call);
		if (!seat) {
			this.#connection.abandon();
			this.#setStatus({ kind: 'idle' });
			return answer;
		}
		this.#device = await loadDevice(call.link);
		this.#link = call.link;
		this.#triedRejoin = false;
		this.#take({ number: call.link.number, kind: call.link.kind, name: call.name, ticket: seat.resume }, seat.token);
		this.#setStatus({ kind: 'connecting' });
		return answer;
	}

	async resume(link: LinkSecrets, seat: SavedSeat): Promise<void> {
		this.#link = link;
		this.#setStatus({ kind: 'connecting' });
		this.#device = await loadDevice(link);
		this.#take(seat, '');
	}

	leave(): void {
		this.#connection.send({ case: 'leave', value: {} });
		this.#over({ kind: 'left' }, true);
	}

	useHere(): void {
		if (this.#status.kind !== 'closed' || this.#status.reason !== 'elsewhere' || !this.#seat) return;
		this.#setStatus({ kind: 'connecting' });
		this.#take(this.#seat, '');
	}

	retryNow(): void {
		this.#connection.retryNow();
	}

	/** Nothing comes of the call any more. */
	raceConnection(): void {
		this.#connection.race();
	}

	hint(online: boolean): void {
		this.#isOnline = online;
		if (this.#status.kind === 'reconnecting') this.#setStatus({ ...this.#status, online });
		this.#connection.probe();
	}

	async command(command: Command): Promise<CommandResult> {
		if (!textFits(command)) return { ok: false, reason: 'too_long' };
		const result = commandResult(await this.#connection.request(bodyOf(command)));
		if (result.ok && command.kind === 'lobby_text') this.#lobbyText(command.member, command.text, true);
		return result;
	}

	sendChat(text: string, to: MemberId): CommandResult {
		if (!this.#welcome) return { ok: false, reason: 'offline' };
		const isAllowed = to === 0
			? this.#may(Act.SEND_CHAT_PUBLIC, OWN_STREAM | TargetBit.ALL)
			: this.#may(Act.SEND_CHAT_PRIVATE, OWN_STREAM | this.#replica.targetBits(to, this.#replica.me));
		if (!isAllowed) return { ok: false, reason: 'denied' };
		if (!this.#takeChatToken(Date.now())) return { ok: false, reason: 'too_many' };
		if (!this.#chat.compose(text, to, Date.now())) return { ok: false, reason: 'too_long' };
		this.#chatStream.flush();
		return { ok: true };
	}

	/** How good everybody's connection is; the next views of the room say so. */
	askPaths(): void {
		if (this.#welcome) this.#connection.send({ case: 'askPaths', value: {} });
	}

	attachCanvas(screen: ScreenKey, canvas: OffscreenCanvas): void {
		this.#viewer.attachCanvas(screen, canvas);
	}
	detachCanvas(screen: ScreenKey): void {
		this.#viewer.detachCanvas(screen);
	}
	startShare(source: SourceCall): ShareResult {
		return this.#presenter.start({ ...source, label: LABELS[source.label] ?? 'Screen' });
	}
	changeSource(share: ShareKey, source: SourceCall): Promise<CommandResult> {
		return this.#presenter.changeSource(share, { ...source, label: LABELS[source.label] ?? 'Screen' });
	}
	async preferShare(share: ShareKey, preference: SharePreference): Promise<CommandResult> {
		return this.#presenter.prefer(share, preference);
	}

	pauseShare(share: ShareKey, mode: PauseMode): Promise<CommandResult> {
		return this.#presenter.pause(share, mode);
	}
	stopShare(share: ShareKey): void {
		this.#presenter.stop(share);
	}

	inspect(): WorkerInspection {
		return {
			dropped: this.#counter.all(),
			keysUsed: this.#keys.uses.map((use) => ({ ...use })),
			screens: this.#viewer.inspect(),
			shares: this.#presenter.inspect(),
		};
	}

	// ---- the connection ---------------------------------------------------------------

	#listen(): void {
		const connection = this.#connection;
		connection.on('welcome', (welcome) => this.#handleWelcome(welcome));
		connection.on('waiting', ({ locked, title }) => {
			if (this.#welcome) this.#forget();
			this.#setStatus({ kind: 'waiting', locked, title: cleanName(title) });
		});
		connection.on('message', (body) => this.#handleMessage(body));
		connection.on('frame', (frame) => this.#handleFrame(frame));
		connection.on('bulk', (isUp) => {
			this.#viewer.handleBulk(isUp);
			if (isUp) this.#startSharesWhenReady();
			else if (this.#connection.isUp) this.#presenter.handleBulkLost();
		});
		connection.on('down', ({ attempt, nextTryAt }) => this.#handleDown(attempt, nextTryAt));
		connection.on('sentOut', () => this.#forget());
		connection.on('closed', ({ reason, text }) => void this.#handleClosed(reason, text));
	}

	/** Takes a seat: remembers it and connects. */
	#take(seat: SavedSeat, token: string): void {
		if (!this.#device) return;
		this.#seat = seat;
		this.emit('seat', seat);
		const keepsMedia = (): boolean => this.media.keeps;
		this.#connection.start({ token, ticket: seat.ticket, name: seat.name, device: this.#device, keepsMedia });
	}

	#handleWelcome(welcome: Welcome): void {
		this.#welcome = welcome;
		this.#downSince = 0;
		this.#triedRejoin = false;
		this.media.handleWelcome(welcome.keptMedia);
		if (!welcome.keptMedia) this.#ownNonces.clear();
		this.#replica.me = welcome.member;
		this.#keys.handleSession(new Uint8Array(welcome.sessionUid));
		this.#skewMs = Number(welcome.serverMs) - Date.now();
		this.#viewer.handleLink(true);
		this.#setStatus({ kind: 'joined', resumed: welcome.resumed });
	}

	#handleMessage(body: ServerBody): void {
		switch (body.case) {
			case 'state':
				return this.#handleState(body.value);
			case 'epoch':
				return this.#handleEpoch(body.value);
			case 'streamCredit':
				return this.#presenter.handleCredit(body.value);
			case 'streamNeed':
				return this.#presenter.handleNeed(body.value);
			case 'streamStats':
				return this.#presenter.handleStats(body.value);
			case 'lobbyText':
				return this.#handleLobbyText(body.value);
			case 'paths':
				return this.#handlePaths(body.value);
			case 'mediaReady':
				return this.media.handleReady(body.value);
			case 'iceRestarted':
				return this.media.handleRestarted(body.value);
			case 'consumer':
				return this.media.handleConsumer(body.value);
			case 'speakers':
				return this.media.handleSpeakers(body.value);
			case 'qualities':
				return this.media.handleQualities(body.value);
			case 'mediaGone':
				return this.media.handleGone(body.value.retryMs);
			case 'pong':
				return this.#chat.handlePong(body.value.stamp);
			default:
				this.#counter.add('unexpected_message');
		}
	}

	#handleEpoch({ epoch, seed }: Epoch): void {
		if (!this.#keys.handleEpoch(epoch, new Uint8Array(seed))) return;
		this.#presenter.handleEpoch();
		void this.#chatStream.handleEpoch();
		this.media.handleState();
		this.#viewSoon();
	}

	#handleState(state: State): void {
		const isFirst = this.#replica.settings === null || state.full;
		const change = this.#replica.apply(state);
		this.#handleStreams(change);
		this.#viewer.handleRoster();
		this.#viewSoon();
		if (isFirst) void this.#chatStream.handleReady();
		this.media.handleState();
		this.#startSharesWhenReady();
	}

	#handleStreams(change: Change): void {
		for (const stream of change.streamsGone) {
			this.#ownNonces.delete(stream.id);
			this.#presenter.handleStreamGone(stream.id);
			this.#viewer.handleStreamGone(stream.id);
		}
		for (const stream of change.streamsNew) this.#viewer.handleStreamNew(stream);
		for (const stream of change.streamsChanged) this.#viewer.handleStreamChanged(stream);
		this.#pointer.handleStreams();
	}

	#handlePaths({ members, rttMs }: Paths): void {
		this.#replica.keepPaths(members, rttMs);
		this.#viewSoon();
	}

	#startSharesWhenReady(): void {
		// A State of a large room comes in parts: what I may do is known when I am in it.
		if (!this.#connection.isBulkUp || this.#keys.epoch === 0) return;
		if (this.#replica.settings && this.#replica.members.has(this.#replica.me)) this.#presenter.handleReady();
	}

	#handleDown(attempt: number, nextTryAt: number): void {
		this.#downSince ||= Date.now();
		if (!this.media.keeps) this.#ownNonces.clear();
		this.#chatStream.handleDown();
		this.#presenter.handleDown();
		this.media.handleDown();
		this.#viewer.handleLink(false);
		if (this.#status.kind === 'waiting' || this.#status.kind === 'connecting') {
			if (attempt < 2) return;
		}
		const online = this.#isOnline;
		this.#setStatus({ kind: 'reconnecting', attempt, sinceMs: this.#downSince, nextTryAt, online });
	}

	async #handleClosed(reason: CloseReason, text: string): Promise<void> {
		const seat = this.#seat;
		if (reason === 'refused' && (await this.#rejoined())) return;
		if (this.#seat !== seat) return; // the person left while the link was tried again
		// Taken over by another tab: the seat stays ours to take back.
		this.#over({ kind: 'closed', reason, text: cleanSentence(text) }, reason !== 'elsewhere' && reason !== 'reload');
	}

	/** The ticket is too old, or its edge was lost with it: the link may still open the door. */
	async #rejoined(): Promise<boolean> {
		const { number, kind, name } = this.#seat ?? {};
		if (this.#triedRejoin || !this.#link || !this.#device || kind === 'number' || !name || !number) return false;
		this.#triedRejoin = true;
		const { seat } = await postJoin(this.origin, { link: this.#link, name });
		if (!seat || this.#seat?.number !== number) return false;
		this.#retake(seat);
		return true;
	}

	#retake(seat: Seat): void {
		if (this.#seat) this.#take({ ...this.#seat, ticket: seat.resume }, seat.token);
	}

	#over(status: Status, forgetsSeat: boolean): void {
		this.#connection.stop();
		this.#forget();
		if (forgetsSeat) {
			this.#seat = null;
			this.emit('seat', null);
		}
		this.#setStatus(status);
	}

	/** Nothing of the session stays: keys, pictures, names. */
	#forget(): void {
		this.#presenter.endAll('session_over');
		this.#viewer.clear();
		this.#pointer.clear();
		this.#chat.fail();
		this.#chatStream.handleDown();
		this.#keys.forget();
		this.#replica.clear();
		this.media.handleDown();
		this.#ownNonces.clear();
		this.#welcome = null;
		this.#downSince = 0;
		clearTimeout(this.#viewTimer);
		this.#viewTimer = undefined;
	}

	// ---- streams and frames -------------------------------------------------------------

	async #openStream(
		params: Omit<Extract<ClientBody, { case: 'streamOpen' }>['value'], 'nonce' | '$typeName'>,
	): Promise<{ stream: number; result: RequestResult }> {
		const nonce = crypto.getRandomValues(new Uint8Array(NONCE_LEN));
		const result = await this.#connection.request({ case: 'streamOpen', value: { ...params, nonce } });
		const stream = refusalOf(result) === null && result.kind === 'result' ? result.stream : 0;
		// An id that stands for a stream of mine already would give one key two uses.
		if (stream === 0 || this.#ownNonces.has(stream)) return { stream: 0, result };
		this.#ownNonces.set(stream, nonce);
		return { stream, result };
	}

	async #openScreenStream(shape: Shape, label: string): Promise<OpenedStream | 'offline' | 'refused'> {
		if (!this.#connection.isBulkUp || !this.#replica.settings) return 'offline';
		const { stream, result } = await this.#openStream({ streamClass: StreamClass.STREAM_SCREEN, ...shape, label });
		if (stream === 0) return refusalOf(result) === 'offline' ? 'offline' : 'refused';
		const sealing = await this.#ownSealer(stream);
		return sealing ? { stream, ...sealing } : 'offline';
	}

	async #pauseStream(stream: number, mode: PauseMode): Promise<CommandResult> {
		const body = { case: 'streamPause', value: { stream, mode: WIRE_PAUSE[mode] } } as const;
		return commandResult(await this.#connection.request(body));
	}

	async #ownSealer(stream: number): Promise<{ epoch: number; sealer: Sealer } | null> {
		const nonce = this.#ownNonces.get(stream);
		if (!nonce || !this.#device) return null;
		return this.#keys.sealer({ from: this.#replica.me, deviceKey: this.#device.publicKey, stream, nonce });
	}

	#may(act: Parameters<Policy['allows']>[0], target: number): boolean {
		const { me } = this.#replica;
		return this.#policy.allows(act, this.#replica.actorBits(me), target, this.#replica.sessionBits());
	}

	#handleFrame(frame: DataFrame): void {
		if (!this.#welcome) return this.#counter.add('unexpected_message');
		if (frame.header.frameClass === FrameClass.SCREEN) return this.#viewer.handleFrame(frame);
		if (frame.header.frameClass === FrameClass.CHAT) return void this.#handleChat(frame);
		if (frame.header.frameClass === FrameClass.POINTER) return void this.#handlePointer(frame);
		this.#counter.add('wrong_class');
	}

	async #handleChat(frame: DataFrame): Promise<void> {
		const { to, from } = frame.header;
		const plain = await this.#gate.openChat(frame);
		if (plain) this.#chat.handlePlain(plain, from, to);
	}

	async #handlePointer(frame: DataFrame): Promise<void> {
		const plain = await this.#gate.openPointer(frame);
		if (!plain) return;
		const pointer = this.codec.parsePointer(plain);
		if (pointer) this.#pointer.handlePointer(pointer, frame.header.from);
		else this.#counter.add('malformed_pointer');
	}

	#takeChatToken(now: number): boolean {
		this.#chatTokens = Math.min(CHAT_BURST, this.#chatTokens + ((now - this.#chatAt) / 1000) * CHAT_PER_S);
		this.#chatAt = now;
		if (this.#chatTokens < 1) return false;
		this.#chatTokens -= 1;
		return true;
	}

	// ---- what the app sees --------------------------------------------------------------

	#handleLobbyText({ member, text }: LobbyText): void {
		this.#lobbyText(member, cleanSentence(text), false);
	}

	#lobbyText(waiter: number, text: string, mine: boolean): void {
		this.#lobbyCount += 1;
		this.emit('lobbyText', { id: `lobby.${this.#lobbyCount}`, waiter: asMember(waiter), mine, text, at: Date.now() });
	}

	#setStatus(status: Status): void {
		this.#status = status;
		this.emit('status', status);
	}

	#viewSoon(): void {
		if (this.#viewTimer !== undefined) return;
		this.#viewTimer = setTimeout(() => {
			this.#viewTimer = undefined;
			if (!this.#welcome) return;
			this.#viewedAt = performance.now();
			const view = sessionView(this.#replica, this.#policy, this.#welcome, this.#skewMs, this.#keys.epoch);
			if (view) this.emit('session', view);
		}, this.#viewedAt + VIEW_EVERY_MS - performance.now());
	}
}
