// SPDX-License-Identifier: Apache-2.0
// Stands in for the SDK: shows one state, does what is asked by changing nothing, and keeps a list of it.
import type {
	ChatMessage,
	ClientEvents,
	CommandResult,
	JoinAnswer,
	Link,
	LobbyMessage,
	MediaPeople,
	MediaView,
	MemberId,
	MissingFeature,
	PickResult,
	Pointer,
	Screen,
	ScreenKey,
	SessionView,
	Share,
	ShareResult,
	Status,
} from '../../sdk/index';
import type { Client } from '../model/port';
import { drawDesktop, drawFace } from './desktop';
import { noMedia, noPeople } from './fixtures';

export interface Shown {
	readonly link?: Link;
	readonly status?: Status;
	readonly session?: SessionView;
	readonly screens?: readonly Screen[];
	readonly pointer?: Pointer;
	readonly shares?: readonly Share[];
	readonly chat?: readonly ChatMessage[];
	readonly media?: MediaView;
	readonly people?: MediaPeople;
	readonly lobby?: readonly LobbyMessage[];
	readonly missing?: readonly MissingFeature[];
	readonly answer?: JoinAnswer;
	readonly refuse?: boolean;
	readonly invitation?: string | null;
}

const LINK =
	'https://meet.example.org/j/418205937#0.q3Jm1cVZp0sYw8dQyX7kLr2nTtE5uHf9aBvGm4iZoPs.8Wk2mRZ0cQ1xT5yLb7nVhg';

export class FakeClient implements Client {
	readonly link: Link;
	readonly returning = false;
	readonly returningName = 'Milo';
	readonly asked: string[] = [];
	readonly status: Status;
	readonly session: SessionView | null;
	readonly screens: readonly Screen[];
	readonly pointer: Pointer;
	readonly shares: readonly Share[];
	readonly chat: readonly ChatMessage[];
	readonly missing: readonly MissingFeature[];
	readonly media: MediaView;
	readonly people: MediaPeople;
	readonly #listeners = new Map<string, ((value: never) => void)[]>();

	constructor(readonly shown: Shown) {
		this.link = shown.link ?? { kind: 'attendee', number: '418205937', keys: 'service' };
		this.status = shown.status ?? (shown.session ? { kind: 'joined', resumed: false } : { kind: 'idle' });
		this.session = shown.session ?? null;
		this.screens = shown.screens ?? [];
		this.pointer = shown.pointer ?? { screen: null, x: 0, y: 0, shape: 0, image: null };
		this.shares = shown.shares ?? [];
		this.chat = shown.chat ?? [];
		this.missing = shown.missing ?? [];
		this.media = shown.media ?? noMedia;
		this.people = shown.people ?? noPeople;
	}

	on<E extends keyof ClientEvents>(event: E, fn: (value: ClientEvents[E]) => void): () => void {
		this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), fn]);
		return () => undefined;
	}
	emit<E extends keyof ClientEvents>(event: E, value: ClientEvents[E]): void {
		for (const fn of this.#listeners.get(event) ?? []) fn(value as never);
	}
	can(): boolean {
		return true;
	}

	#done(what: string): Promise<CommandResult> {
		this.asked.push(what);
		return Promise.resolve(this.shown.refuse ? { ok: false, reason: 'not_now' } : { ok: true });
	}
	admit = () => this.#done('admit');
	changeSource = () => this.#done('changeSource');
	deny = () => this.#done('deny');
	endSession = () => this.#done('endSession');
	handOver = () => this.#done('handOver');
	lowerHandOf = () => this.#done('lowerHandOf');
	makePresenter = () => this.#done('makePresenter');
	pauseShare = () => this.#done('pauseShare');
	preferShare = () => this.#done('preferShare');
	raiseHand = () => this.#done('raiseHand');
	remove = () => this.#done('remove');
	sendChat = () => this.#done('sendChat');
	sendLobbyText = () => this.#done('sendLobbyText');
	setChat = () => this.#done('setChat');
	setLobby = () => this.#done('setLobby');
	setLocked = () => this.#done('setLocked');
	setMediaRight = () => this.#done('setMediaRight');
	muteOthers = () => this.#done('muteOthers');
	setOpen = () => this.#done('setOpen');
	setShareRight = () => this.#done('setShareRight');
	takePresenter = () => this.#done('takePresenter');
	unbar = () => this.#done('unbar');

	join(): Promise<JoinAnswer> {
		this.asked.push('join');
		return this.shown.answer ? Promise.resolve(this.shown.answer) : new Promise(() => undefined);
	}
	leave = async (): Promise<void> => void this.asked.push('leave');
	retryNow = async (): Promise<void> => void this.asked.push('retryNow');
	useHere = async (): Promise<void> => void this.asked.push('useHere');
	stopShare = async (): Promise<void> => void this.asked.push('stopShare');
	pickScreen = async (): Promise<PickResult> => ({ kind: 'cancelled' });
	startShare = async (): Promise<ShareResult> => ({ kind: 'refused', reason: 'denied' });
	invitation = async (): Promise<string | null> =>
		this.shown.invitation === undefined ? LINK : this.shown.invitation;

	attachCanvas(key: ScreenKey, canvas: OffscreenCanvas): void {
		const found = this.screens.find((screen) => screen.key === key);
		if (found && found.pictureAt > 0) drawDesktop(canvas, found.width, found.height);
	}
	detachCanvas(): void {}
	askPaths(): void {}
	turnMicrophone = async (): Promise<void> => void this.asked.push('turnMicrophone');
	turnCamera = async (): Promise<void> => void this.asked.push('turnCamera');
	muteMicrophone = async (on: boolean): Promise<void> => void this.asked.push(`muteMicrophone ${on}`);
	chooseMicrophone = async (): Promise<void> => void this.asked.push('chooseMicrophone');
	chooseCamera = async (): Promise<void> => void this.asked.push('chooseCamera');
	chooseSpeaker = (): void => void this.asked.push('chooseSpeaker');
	playTone = async (): Promise<boolean> => this.asked.push('playTone') > 0;
	playSound = (): void => void this.asked.push('playSound');
	microphoneLevel = (): number => 0.55;
	attachVideo(member: MemberId | null, element: HTMLVideoElement): () => void {
		drawFace(element, member ?? 0);
		return () => undefined;
	}
}
