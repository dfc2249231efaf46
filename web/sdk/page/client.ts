// SPDX-License-Identifier: Apache-2.0
// The page's thin side of the SDK: everything that happens, happens in the worker; here are
// only what a page alone has (address bar, sessionStorage, getDisplayMedia) and the calls.
import { Emitter } from '../shared/emitter';
import type { Command, SavedSeat, WorkerEvents, WorkerInspection } from '../shared/rpc';
import type {
	Action, CaptureSource, ChatMessage, ClientEvents, CommandResult, Inspection, JoinAnswer, JoinRequest, Link,
	MediaPeople, MediaView, MemberId, MissingFeature, PauseMode, PickResult, Pointer, Screen, ScreenKey, SessionView,
	Share, ShareKey, SharePreference, ShareResult, Status,
} from '../shared/types';
import { pickScreen, takeSource } from './capture';
import { missingEd25519, missingFeatures } from './features';
import { invitationFor } from './invitation';
import { publicLink, readLink, secretsFor } from './link';
import type { ReadLink } from './link';
import { MediaDoor, NO_INSPECTION, NO_MEDIA, NO_PEOPLE } from './mediadoor';
import { forgetSeat, readSeat, saveSeat } from './seat';
import { tabStorage } from './storage';
import { WorkerPort } from './port';
import { WASM_URL, WORKER_URL } from './urls';

const NOBODY = 0 as MemberId;
const CHAT_MAX = 2000;
/** Events between worker and page only. */
const INNER: ReadonlySet<keyof WorkerEvents> = new Set(['seat', 'sourceReleased', 'mediaRoom', 'mediaGone']);
/** So long after the end the worker erases canvases and says goodbye; then it is ended. */
const RETIRE_MS = 1000;
const NOTHING: WorkerInspection = { dropped: {}, keysUsed: [], screens: [], shares: [] };

/**
 * One tab's membership in one session. Create it once per page, as early as possible: the
 * constructor takes the secrets out of the address bar.
 *
 *	const client = new TesseraClient();
 *	client.on('status', (status) => ...);
 *	if (!client.returning) await client.join({ name: 'Ada' });
 *
 * Every command resolves to a typed result and never rejects for a reason the person could
 * see; what changes because of it arrives as an event.
 */
export class TesseraClient {
	/** What the address bar (or, after a reload, the tab's memory) says. */
	readonly link: Link;
	/**
	 * True when this tab had a seat in this session (reload, back): it is being taken again,
	 * without a question; 'status' tells how it went. Do not call join() then, unless the
	 * status becomes 'closed'.
	 */
	readonly returning: boolean;
	/** Name used in this tab's seat, to show while returning. */
	readonly returningName: string;

	readonly #events = new Emitter<ClientEvents>();
	readonly #storage = tabStorage(() => sessionStorage);
	readonly #secrets: ReadLink | null;
	readonly #port: WorkerPort | null;
	#missing: readonly MissingFeature[];
	readonly #sources = new Map<ShareKey, CaptureSource>();
	#status: Status = { kind: 'idle' };
	#session: SessionView | null = null;
	#screens: readonly Screen[] = [];
	#pointer: Pointer = { screen: null, x: 0, y: 0, shape: 0, image: null };
	#shares: readonly Share[] = [];
	#chat: ChatMessage[] = [];
	#wasInside = false;
	#media: MediaView = NO_MEDIA;
	#people: MediaPeople = NO_PEOPLE;
	readonly #mediaDoor: MediaDoor | null;
	/** What was to be inspected when the worker ended. */
	#last: WorkerInspection | null = null;

	constructor() {
		this.#secrets = readLink(location, this.#storage, history);
		this.link = publicLink(this.#secrets);
		this.#missing = missingFeatures();
		void this.#tryEd25519();
		const seat = this.#secrets && !this.#blocked() ? readSeat(this.#storage, this.#secrets) : null;
		this.returning = seat !== null;
		this.returningName = seat?.name ?? '';
		this.#port = this.#blocked() ? null : this.#openPort();
		this.#mediaDoor = this.#port && new MediaDoor(this.#port, (view) => this.#keepMedia(view));
		// For tests and for support: hashes, counts and states only, in the page's console.
		Object.defineProperty(globalThis, 'tessera', {
			value: Object.freeze({ inspect: () => this.inspect(), status: () => this.status, screens: () => this.screens }),
		});
		if (seat && this.#secrets) {
			this.#status = { kind: 'connecting' };
			void this.#port?.call('resume', [this.#secrets, seat]);
		}
	}

	// ---- events and current values ----------------------------------------------------

	/** Calls fn at every event until the returned function (or the signal) ends it. */
	on<E extends keyof ClientEvents>(event: E, fn: (value: ClientEvents[E]) => void, signal?: AbortSignal): () => void {
		return this.#events.on(event, fn, signal);
	}
	get status(): Status {
		return this.#status;
	}
	/** Missing APIs of this browser, the ones that block everything first. Empty: all is there. */
	get missing(): readonly MissingFeature[] {
		return this.#missing;
	}
	/** Null before the first join; the last one known while reconnecting. */
	get session(): SessionView | null {
		return this.#session;
	}
	get screens(): readonly Screen[] {
		return this.#screens;
	}
	get pointer(): Pointer {
		return this.#pointer;
	}
	get shares(): readonly Share[] {
		return this.#shares;
	}
	/** All messages of this tab in order of arrival. */
	get chat(): readonly ChatMessage[] {
		return this.#chat;
	}
	/** My devices, and who sends what. */
	get media(): MediaView {
		return this.#media;
	}
	get people(): MediaPeople {
		return this.#people;
	}
	/** May I do this (to this member) now? By the same table as the server's. */
	can(action: Action, target?: MemberId): boolean {
		if (!this.#session) return false;
		if (target === undefined) return this.#session.actions.includes(action);
		const all = [...this.#session.members, ...this.#session.waiting];
		return all.find((member) => member.id === target)?.actions.includes(action) ?? false;
	}

	// ---- coming and going -------------------------------------------------------------

	/** Asks for a seat. 'admitted' and 'lobby' go on by themselves: see the 'status' event. */
	async join(request: JoinRequest): Promise<JoinAnswer> {
		if (this.#blocked() || !this.#port) {
			return { kind: 'unsupported', missing: this.missing.filter((feature) => feature.blocks === 'everything') };
		}
		if (this.link.kind === 'attendee' || this.link.kind === 'organizer') {
			if (this.link.keys === 'end_to_end') return { kind: 'newer_link' };
		}
		const link = secretsFor(this.#secrets, request.number);
		if (!link) return { kind: 'refused' };
		const call = {
			link,
			name: request.name,
			...(request.password === undefined ? {} : { password: request.password }),
			...(request.knock ? { knock: true } : {}),
		};
		return this.#port.call('join', [call]).catch(() => ({ kind: 'not_now' }));
	}
	/** The attendee's link, to hand on; null when this tab came by digits alone. */
	invitation(): Promise<string | null> {
		return invitationFor(this.#secrets, location.origin);
	}
	/** Leaves for good: the seat is given up, canvases are erased, shares end. */
	async leave(): Promise<void> {
		forgetSeat(this.#storage);
		await this.#port?.call('leave', []);
	}
	/** After 'closed' by 'elsewhere': takes the seat back from the other tab. */
	async useHere(): Promise<void> {
		await this.#port?.call('useHere', []);
	}
	/** While reconnecting: do not wait for the next try. */
	async retryNow(): Promise<void> {
		await this.#port?.call('retryNow', []);
	}

	// ---- the room ---------------------------------------------------------------------

	raiseHand(up: boolean): Promise<CommandResult> {
		return this.#command({ kind: 'set_hand', member: NOBODY, up });
	}
	lowerHandOf(member: MemberId): Promise<CommandResult> {
		return this.#command({ kind: 'set_hand', member, up: false });
	}
	takePresenter(): Promise<CommandResult> {
		return this.#command({ kind: 'take_presenter' });
	}
	makePresenter(member: MemberId): Promise<CommandResult> {
		return this.#command({ kind: 'make_presenter', member });
	}
	setLocked(on: boolean): Promise<CommandResult> {
		return this.#command({ kind: 'set_locked', on });
	}
	setLobby(on: boolean): Promise<CommandResult> {
		return this.#command({ kind: 'set_lobby', on });
	}
	/** Everyone may present. */
	setOpen(on: boolean): Promise<CommandResult> {
		return this.#command({ kind: 'set_open', on });
	}
	/** Chat rights of one member, or of everybody but organizers when member is null. */
	setChat(member: MemberId | null, rights: { publicAllowed: boolean; privateAllowed: boolean }): Promise<CommandResult> {
		return this.#command({ kind: 'set_chat', member: member ?? NOBODY, ...rights });
	}
	setShareRight(member: MemberId, allowed: boolean): Promise<CommandResult> {
		return this.#command({ kind: 'set_share_right', member, allowed });
	}
	/** Stops a microphone or camera now, of one or of everybody but organizers; they may go on by themselves. */
	muteOthers(member: MemberId | null, what: { audio: boolean; video: boolean }): Promise<CommandResult> {
		return this.#command({ kind: 'mute', member: member ?? NOBODY, ...what });
	}
	/** The right to a microphone and a camera, of one or of everybody but organizers. */
	setMediaRight(member: MemberId | null, rights: { audioAllowed: boolean; videoAllowed: boolean }): Promise<CommandResult> {
		return this.#command({ kind: 'set_media_right', member: member ?? NOBODY, ...rights });
	}
	/** Lets a waiter in, or all of them when member is null. */
	admit(member: MemberId | null): Promise<CommandResult> {
		return this.#command({ kind: 'admit', member: member ?? NOBODY });
	}
	deny(member: MemberId, text = ''): Promise<CommandResult> {
		return this.#command({ kind: 'deny', member, text });
	}
	remove(member: MemberId, how: { bar?: boolean; toLobby?: boolean } = {}): Promise<CommandResult> {
		return this.#command({ kind: 'remove', member, bar: how.bar ?? false, toLobby: how.toLobby ?? false });
	}
	unbar(member: MemberId): Promise<CommandResult> {
		return this.#command({ kind: 'unbar', member });
	}
	/** Irrevocable: ask before. */
	handOver(member: MemberId): Promise<CommandResult> {
		return this.#command({ kind: 'hand_over', member });
	}
	endSession(): Promise<CommandResult> {
		return this.#command({ kind: 'end_session' });
	}
	/** From the lobby to the organizer (waiter null), or from the organizer to a waiter. */
	sendLobbyText(waiter: MemberId | null, text: string): Promise<CommandResult> {
		return this.#command({ kind: 'lobby_text', member: waiter ?? NOBODY, text });
	}
	/** To all, or privately to one. At most 4000 bytes of UTF-8. */
	async sendChat(text: string, to: MemberId | null = null): Promise<CommandResult> {
		return this.#port ? this.#port.call('sendChat', [text, to ?? NOBODY]) : { ok: false, reason: 'offline' };
	}

	/** Asks for everybody's round-trip time; the session event brings it. As often as it is looked at. */
	askPaths(): void {
		void this.#port?.call('askPaths', []);
	}

	// ---- watching ---------------------------------------------------------------------

	/**
	 * Draws this screen into the canvas from now on, at its own size in pixels (the worker sets
	 * width and height; scale by CSS). Give canvas.transferControlToOffscreen(). One canvas per
	 * screen; another one replaces it and gets the current picture at once. Watching starts
	 * with the first canvas and ends with detachCanvas().
	 */
	attachCanvas(screen: ScreenKey, canvas: OffscreenCanvas): void {
		void this.#port?.call('attachCanvas', [screen, canvas], [canvas]);
	}
	detachCanvas(screen: ScreenKey): void {
		void this.#port?.call('detachCanvas', [screen]);
	}

	// ---- presenting -------------------------------------------------------------------

	/** Opens the browser's dialog. Call it inside a click. */
	pickScreen(): Promise<PickResult> {
		return pickScreen(this.missing);
	}
	/** Shares what pickScreen() gave. The share goes on over reconnects until it is ended. */
	async startShare(source: CaptureSource): Promise<ShareResult> {
		const taken = takeSource(source);
		if (!this.#port || !taken) return { kind: 'refused', reason: 'stale' };
		const result = await this.#port.call('startShare', [taken], [taken.frames]);
		if (result.kind === 'sharing') this.#sources.set(result.share, source);
		else source.cancel();
		return result;
	}
	/** Puts another source under a running share, without an end in between. */
	async changeSource(share: ShareKey, source: CaptureSource): Promise<CommandResult> {
		const taken = takeSource(source);
		if (!this.#port || !taken) return { ok: false, reason: 'stale' };
		const result = await this.#port.call('changeSource', [share, taken], [taken.frames]);
		if (result.ok) {
			this.#sources.get(share)?.cancel();
			this.#sources.set(share, source);
		} else source.cancel();
		return result;
	}
	/** 'frozen' keeps the last picture for the viewers, 'blank' erases it, 'none' goes on. */
	async preferShare(share: ShareKey, preference: SharePreference): Promise<CommandResult> {
		return this.#port ? this.#port.call('preferShare', [share, preference]) : { ok: false, reason: 'offline' };
	}

	async pauseShare(share: ShareKey, mode: PauseMode): Promise<CommandResult> {
		return this.#port ? this.#port.call('pauseShare', [share, mode]) : { ok: false, reason: 'offline' };
	}
	async stopShare(share: ShareKey): Promise<void> {
		await this.#port?.call('stopShare', [share]);
	}

	// ---- audio and video --------------------------------------------------------------

	/** Asks the browser for the device (call it inside a click), or gives it back. In the room it is heard or seen. */
	async turnMicrophone(on: boolean): Promise<void> {
		await this.#mediaDoor?.turn('audio', on);
	}
	async turnCamera(on: boolean): Promise<void> {
		await this.#mediaDoor?.turn('video', on);
	}
	/** Silence, with the device kept: nothing of it is forwarded. */
	async muteMicrophone(on: boolean): Promise<void> {
		await this.#mediaDoor?.mute('audio', on);
	}
	async chooseMicrophone(device: string): Promise<void> {
		await this.#mediaDoor?.choose('audio', device);
	}
	async chooseCamera(device: string): Promise<void> {
		await this.#mediaDoor?.choose('video', device);
	}
	chooseSpeaker(device: string): void {
		this.#mediaDoor?.chooseSpeaker(device);
	}
	/** Inside a click: the browser did not want to play sound before. */
	playSound(): void {
		this.#mediaDoor?.playSound();
	}
	/** A sound by the chosen loudspeaker, to hear whether it is the right one; false: it could not be played. */
	async playTone(): Promise<boolean> {
		return (await this.#mediaDoor?.playTone()) ?? false;
	}
	/** Makes ready for sound and cameras, and tries the network. Call it when the page has nothing better to do. */
	async prepareMedia(): Promise<void> {
		await this.#mediaDoor?.prepare();
	}
	/** How loud my microphone is just now, 0 to 1. */
	microphoneLevel(): number {
		return this.#mediaDoor?.level() ?? 0;
	}
	/**
	 * Shows a member's camera in this element, or before the room (member null) my own, until the returned
	 * function is called. What is received follows the element's size and whether it can be seen.
	 */
	attachVideo(member: MemberId | null, element: HTMLVideoElement): () => void {
		return this.#mediaDoor?.attach(member ?? NOBODY, element) ?? (() => undefined);
	}

	/** Hashes and counts for tests and the details page. */
	async inspect(): Promise<Inspection> {
		const rest = this.#last ?? (this.#port ? await this.#port.call('inspect', []) : NOTHING);
		return { ...rest, media: (await this.#mediaDoor?.inspect()) ?? NO_INSPECTION };
	}

	// ---- inside -----------------------------------------------------------------------

	#blocked(): boolean {
		return this.missing.some((feature) => feature.blocks === 'everything');
	}

	async #tryEd25519(): Promise<void> {
		const lacking = this.#blocked() ? null : await missingEd25519();
		if (lacking) this.#handle('missing', [lacking, ...this.#missing]);
	}

	#keepMedia(view: MediaView): void {
		this.#media = view;
		this.#events.emit('media', view);
	}

	#command(command: Command): Promise<CommandResult> {
		return this.#port ? this.#port.call('command', [command]) : Promise.resolve({ ok: false, reason: 'offline' });
	}

	#openPort(): WorkerPort {
		// A worker that cannot be loaded is one of a page that the server has replaced, or half a page.
		const fail = (): void => this.#handle('status', { kind: 'closed', reason: 'reload', text: '' });
		const port = new WorkerPort(WORKER_URL, (event, value) => this.#handle(event, value), fail);
		port.call('start', [{ origin: location.origin, wasmUrl: new URL(WASM_URL, location.href).href }]).catch(fail);
		const hint = (): void =>
			void port.call('hint', [{ online: navigator.onLine, visible: document.visibilityState === 'visible' }]);
		addEventListener('online', hint);
		addEventListener('offline', hint);
		addEventListener('pageshow', hint);
		document.addEventListener('visibilitychange', hint);
		return port;
	}

	#handle<E extends keyof WorkerEvents>(event: E, value: WorkerEvents[E]): void {
		const apply: { [K in keyof WorkerEvents]: (value: WorkerEvents[K]) => void } = {
			status: (status) => this.#keepStatus(status),
			session: (session) => (this.#session = session),
			screens: (screens) => (this.#screens = screens),
			pointer: (pointer) => (this.#pointer = pointer),
			shares: (shares) => (this.#shares = shares),
			shareEnded: () => undefined,
			sourceReleased: (share) => {
				this.#sources.get(share)?.cancel();
				this.#sources.delete(share);
			},
			chat: (message) => this.#keepChat(message),
			lobbyText: () => undefined,
			missing: (missing) => (this.#missing = missing),
			people: (people) => this.#keepPeople(people),
			mediaRoom: (room) => this.#mediaDoor?.handleRoom(room),
			mediaGone: (retryMs) => this.#mediaDoor?.handleGone(retryMs),
			seat: (seat) => this.#keepSeat(seat),
		};
		apply[event](value);
		if (!INNER.has(event)) this.#events.emit(event as keyof ClientEvents, value as never);
	}

	#keepPeople(people: MediaPeople): void {
		this.#people = people;
		this.#mediaDoor?.handlePeople(people);
	}

	#keepStatus(status: Status): void {
		this.#status = status;
		// Who is sent out of the room takes no open microphone along, and none back in.
		const isOut = status.kind === 'left' || status.kind === 'closed' || (status.kind === 'waiting' && this.#wasInside);
		if (isOut) this.#mediaDoor?.end();
		if (isOut || status.kind === 'joined') this.#wasInside = !isOut;
		const mayReturn = status.kind === 'closed' && (status.reason === 'elsewhere' || status.reason === 'reload');
		if (status.kind === 'left' || (status.kind === 'closed' && !mayReturn)) setTimeout(() => void this.#retire(), RETIRE_MS);
	}

	/** Over for good: keys and pictures go with the worker that held them. */
	async #retire(): Promise<void> {
		if (!this.#port || this.#last) return;
		this.#last = await this.#port.call('inspect', []);
		this.#port.close();
	}

	#keepChat(message: ChatMessage): void {
		const at = this.#chat.findIndex((known) => known.id === message.id);
		if (at >= 0) this.#chat = this.#chat.with(at, message);
		else this.#chat = [...this.#chat.slice(1 - CHAT_MAX), message];
	}

	#keepSeat(seat: SavedSeat | null): void {
		if (seat) saveSeat(this.#storage, seat);
		else forgetSeat(this.#storage);
	}
}
