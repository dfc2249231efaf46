// SPDX-License-Identifier: Apache-2.0
// The SDK's events as signals, and the commands of the screens with their refusals told.
import { computed, signal, type Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type {
	Action,
	ChatMessage,
	CommandResult,
	LobbyMessage,
	MediaPeople,
	MediaView,
	Member,
	MemberId,
	MissingFeature,
	Screen,
	SessionView,
	Share,
	Status,
} from '../../sdk/index';
import { strings } from '../strings';
import { alarm } from './announcer';
import type { Client } from './port';
import { Ui } from './ui';

const NOBODY = 0 as MemberId;
/** What is kept of texts: more than anybody reads, less than a page can bear. */
const CHAT_MAX = 2000;
const LOBBY_MAX = 200;

/** A sentence over the stage: something was refused, or ended without the person's doing. */
export interface Notice {
	readonly text: string;
	readonly n: number;
}

export class Store {
	readonly ui = new Ui();
	readonly status = signal<Status>({ kind: 'idle' });
	readonly session = signal<SessionView | null>(null);
	readonly screens = signal<readonly Screen[]>([]);
	readonly shares = signal<readonly Share[]>([]);
	readonly media: Signal<MediaView>;
	readonly voices: Signal<MediaPeople>;
	readonly chat = signal<readonly ChatMessage[]>([]);
	readonly lobbyTexts = signal<readonly LobbyMessage[]>([]);
	readonly missing = signal<readonly MissingFeature[]>([]);
	readonly notice = signal<Notice | null>(null);
	/** Since when I share, by this page's clock; 0 while I do not. */
	readonly sharingSince = signal(0);
	readonly pausedSince = signal(0);

	readonly me = computed<Member | null>(() => this.memberOf(this.session.value?.me ?? NOBODY));
	readonly organizer = computed(() => this.memberOf(this.session.value?.settings.organizer ?? NOBODY));
	readonly presenter = computed(() => this.memberOf(this.session.value?.settings.presenter ?? NOBODY));
	readonly others = computed(() => (this.session.value?.members ?? []).filter((member) => !member.me));
	readonly connected = computed(() => this.status.value.kind === 'joined');
	readonly sharing = computed(() => this.shares.value.length > 0);
	readonly paused = computed(() => this.sharing.value && this.shares.value.every((share) => share.paused !== 'none'));
	/** Screens of others: one's own is not shown back to oneself. */
	readonly watched = computed(() => this.screens.value.filter((screen) => !screen.mine));
	/** What is on the stage: one of them, or all side by side. */
	readonly staged = computed<readonly Screen[]>(() => {
		const screens = this.watched.value;
		if (this.ui.screen.value === 'all') return screens;
		const chosen = screens.find((screen) => screen.key === this.ui.screen.value) ?? screens[0];
		return chosen ? [chosen] : [];
	});
	readonly capture = computed(() => !this.missing.value.some((missing) => missing.blocks === 'sharing'));
	readonly title = computed(() => {
		const session = this.session.value;
		if (!session) return '';
		return session.title === '' ? strings.value.room.untitled(session.number) : session.title;
	});

	constructor(readonly client: Client) {
		this.status.value = client.status;
		this.session.value = client.session;
		this.screens.value = client.screens;
		this.shares.value = client.shares;
		this.chat.value = client.chat;
		this.missing.value = client.missing;
		this.media = signal(client.media);
		this.voices = signal(client.people);
		client.on('media', (media) => (this.media.value = media));
		client.on('people', (people) => (this.voices.value = people));
		client.on('status', (status) => (this.status.value = status));
		client.on('session', (session) => (this.session.value = session));
		client.on('screens', (screens) => (this.screens.value = screens));
		client.on('shares', (shares) => this.#keepShares(shares));
		client.on('missing', (missing) => (this.missing.value = missing));
		client.on('chat', (message) => this.#keepChat(message));
		client.on('lobbyText', (message) => (this.lobbyTexts.value = [...this.lobbyTexts.value.slice(1 - LOBBY_MAX), message]));
		client.on('shareEnded', ({ why }) => {
			if (why !== 'stopped') this.tell(strings.value.presenter.ended[why]);
		});
	}

	/**
	 * Reads signals, so a screen that asks is drawn again when the answer changes. While the link is
	 * lost the last answer stands: what may be done does not change by that, only when.
	 */
	can(action: Action, target?: MemberId): boolean {
		const session = this.session.value;
		if (!session) return false;
		if (target === undefined) return session.actions.includes(action);
		return this.memberOf(target)?.actions.includes(action) ?? false;
	}

	memberOf(id: MemberId): Member | null {
		const session = this.session.value;
		if (!session || id === NOBODY) return null;
		return (
			session.members.find((member) => member.id === id) ??
			session.waiting.find((member) => member.id === id) ??
			null
		);
	}

	/** May raise or lower the own hand, whichever comes next. */
	mayTurnHand(): boolean {
		const me = this.me.value;
		if (!me) return false;
		return me.hand > 0 ? this.can('lower_hand', me.id) : this.can('raise_hand');
	}

	/** May press Screen: presents already, or may become the presenter by doing so. */
	mayPresent(): boolean {
		return this.capture.value && (this.can('share_screen') || this.can('take_presenter'));
	}

	/** The screen after the one on the stage; after the last, all of them side by side. */
	showNextScreen(): void {
		const screens = this.watched.value;
		const at = this.staged.value.length > 1 ? -1 : screens.indexOf(this.staged.value[0] as Screen);
		this.ui.screen.value = screens[at + 1]?.key ?? 'all';
	}

	/** Waits for a command and tells why it was refused. Returns whether it was done. */
	async run(command: Promise<CommandResult>): Promise<boolean> {
		const result = await command;
		if (!result.ok) this.tell(strings.value.refusal[result.reason]);
		return result.ok;
	}

	tell(text: string): void {
		this.notice.value = { text, n: (this.notice.peek()?.n ?? 0) + 1 };
		alarm(text);
	}

	#keepShares(shares: readonly Share[]): void {
		const now = Date.now();
		if (shares.length === 0) this.sharingSince.value = 0;
		else if (this.sharingSince.peek() === 0) this.sharingSince.value = now;
		const paused = shares.length > 0 && shares.every((share) => share.paused !== 'none');
		if (!paused) this.pausedSince.value = 0;
		else if (this.pausedSince.peek() === 0) this.pausedSince.value = now;
		this.shares.value = shares;
	}

	#keepChat(message: ChatMessage): void {
		const known = this.chat.peek().findIndex((other) => other.id === message.id);
		if (known >= 0) {
			this.chat.value = this.chat.peek().map((other, at) => (at === known ? message : other));
			return;
		}
		this.chat.value = [...this.chat.peek().slice(1 - CHAT_MAX), message];
		if (!message.mine && !this.ui.chatSeen.peek()) this.ui.unread.value += 1;
	}
}

const StoreContext = createContext<Store | null>(null);
export const StoreProvider = StoreContext.Provider;

export function useStore(): Store {
	const store = useContext(StoreContext);
	if (!store) throw new Error('no store around this component');
	return store;
}
