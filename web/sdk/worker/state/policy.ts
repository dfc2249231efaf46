// SPDX-License-Identifier: Apache-2.0
// Who may do what: facts as bits, asked of the table in core/session/policy by way of the
// WASM module. Here are only the numbers of that interface (a test compares them to policy.h)
// and how members, settings and streams become facts; no rule.
import { Role } from '../../gen/session_pb';
import type { Member, Settings } from '../../gen/session_pb';
import type { Action } from '../../shared/types';

export const Act = {
	CLOSE_STREAM: 8, PAUSE_STREAM: 9, RAISE_HAND: 12, LOWER_HAND: 13, TAKE_PRESENTER: 14, MAKE_PRESENTER: 15,
	SET_LOCKED: 16, SET_LOBBY: 17, SET_OPEN: 18, SET_CHAT: 19, SET_SHARE_RIGHT: 20, ADMIT: 21, DENY: 22,
	REMOVE: 23, BAR: 24, TO_LOBBY: 25, UNBAR: 26, HAND_OVER: 27, END: 28, LOBBY_TEXT: 29,
	OPEN_SCREEN: 4, OPEN_CHAT: 5, SEND_SCREEN: 30, SEND_CHAT_PUBLIC: 31, SEND_CHAT_PRIVATE: 32,
	SEND_POINTER: 34, OPEN_AUDIO: 36, OPEN_VIDEO: 37, MUTE: 38, SET_MEDIA_RIGHT: 39, SEND_AUDIO: 40, SEND_VIDEO: 41,
} as const;
export type ActNumber = (typeof Act)[keyof typeof Act];

export const ActorBit = {
	WAITING: 1 << 0, ATTENDEE: 1 << 1, ORGANIZER: 1 << 2, PRESENTER: 1 << 3,
	MAY_CHAT_PUBLIC: 1 << 4, MAY_CHAT_PRIVATE: 1 << 5, MAY_SHARE: 1 << 6, SHARING: 1 << 10,
	MAY_AUDIO: 1 << 11, MAY_VIDEO: 1 << 12,
} as const;

export const TargetBit = {
	ALL: 1 << 0, SELF: 1 << 1, WAITING: 1 << 2, ATTENDEE: 1 << 3, ORGANIZER: 1 << 4, MAY_SHARE: 1 << 5,
	AWAY: 1 << 6, SENT_OUT: 1 << 7, STREAM: 1 << 8, OWN: 1 << 9, SCREEN: 1 << 10, PAUSED: 1 << 11,
	AUDIO: 1 << 12, VIDEO: 1 << 13,
} as const;

export const SessionBit = {
	LOCKED: 1 << 0, LOBBY: 1 << 1, OPEN: 1 << 2, CHAT_PUBLIC: 1 << 3, CHAT_PRIVATE: 1 << 4,
	AUDIO: 1 << 6, VIDEO: 1 << 7,
} as const;

/** tsr_policy_check(): 0 = allowed. Implemented by the codec module, faked in tests. */
export type PolicyCheck = (act: number, actor: number, target: number, session: number) => number;

const ROLE_ACTOR: Readonly<Record<Role, number>> = {
	[Role.NONE]: 0, [Role.WAITING]: ActorBit.WAITING, [Role.ATTENDEE]: ActorBit.ATTENDEE, [Role.ORGANIZER]: ActorBit.ORGANIZER,
};
const ROLE_TARGET: Readonly<Record<Role, number>> = {
	[Role.NONE]: 0, [Role.WAITING]: TargetBit.WAITING, [Role.ATTENDEE]: TargetBit.ATTENDEE, [Role.ORGANIZER]: TargetBit.ORGANIZER,
};

const when = (is: boolean, bit: number): number => (is ? bit : 0);

export function actorBits(member: Member): number {
	return (
		(ROLE_ACTOR[member.role] ?? 0) |
		when(member.presenter, ActorBit.PRESENTER) |
		when(member.mayChatPublic, ActorBit.MAY_CHAT_PUBLIC) |
		when(member.mayChatPrivate, ActorBit.MAY_CHAT_PRIVATE) |
		when(member.mayShare, ActorBit.MAY_SHARE) |
		when(member.mayAudio, ActorBit.MAY_AUDIO) |
		when(member.mayVideo, ActorBit.MAY_VIDEO)
	);
}

export function targetBits(member: Member, isSelf: boolean, isAway: boolean): number {
	return (
		(ROLE_TARGET[member.role] ?? 0) |
		when(isSelf, TargetBit.SELF) |
		when(member.mayShare, TargetBit.MAY_SHARE) |
		when(isAway, TargetBit.AWAY)
	);
}

export function sessionBits(settings: Settings): number {
	return (
		when(settings.locked, SessionBit.LOCKED) |
		when(settings.lobby, SessionBit.LOBBY) |
		when(settings.open, SessionBit.OPEN) |
		when(settings.chatPublic, SessionBit.CHAT_PUBLIC) |
		when(settings.chatPrivate, SessionBit.CHAT_PRIVATE) |
		when(settings.audio, SessionBit.AUDIO) |
		when(settings.video, SessionBit.VIDEO)
	);
}

/** A stream of the actor's own: what frames are judged on. */
export const OWN_STREAM = TargetBit.STREAM | TargetBit.OWN;

/** also: facts about the target beside who it is. */
type Row = readonly [action: Action, act: ActNumber, also?: number];

/** Asked with the target "all": the session itself, or everybody. */
const SESSION_ACTIONS: readonly Row[] = [
	['chat_public', Act.SEND_CHAT_PUBLIC, OWN_STREAM], ['take_presenter', Act.TAKE_PRESENTER], ['set_locked', Act.SET_LOCKED],
	['set_lobby', Act.SET_LOBBY], ['set_open', Act.SET_OPEN], ['set_chat', Act.SET_CHAT], ['admit', Act.ADMIT],
	['end_session', Act.END], ['share_screen', Act.OPEN_SCREEN],
	['open_audio', Act.OPEN_AUDIO], ['open_video', Act.OPEN_VIDEO], ['mute', Act.MUTE], ['set_media_right', Act.SET_MEDIA_RIGHT],
];

/** Asked of each member. */
const MEMBER_ACTIONS: readonly Row[] = [
	['chat_private', Act.SEND_CHAT_PRIVATE, OWN_STREAM], ['raise_hand', Act.RAISE_HAND], ['lower_hand', Act.LOWER_HAND],
	['make_presenter', Act.MAKE_PRESENTER], ['set_chat', Act.SET_CHAT], ['set_share_right', Act.SET_SHARE_RIGHT],
	['mute', Act.MUTE], ['set_media_right', Act.SET_MEDIA_RIGHT],
	['admit', Act.ADMIT], ['deny', Act.DENY], ['remove', Act.REMOVE], ['bar', Act.BAR], ['to_lobby', Act.TO_LOBBY],
	['hand_over', Act.HAND_OVER], ['lobby_text', Act.LOBBY_TEXT],
];

/** Answers with memory: a room of 2000 has a handful of kinds of members. */
export class Policy {
	readonly #memory = new Map<string, readonly Action[]>();

	constructor(private readonly check: PolicyCheck) {}

	allows(act: ActNumber, actor: number, target: number, session: number): boolean {
		return this.check(act, actor, target, session) === 0;
	}

	sessionActions(actor: number, session: number): readonly Action[] {
		const own = this.allows(Act.RAISE_HAND, actor, TargetBit.SELF, session) ? (['raise_hand'] as const) : [];
		const unbar = this.allows(Act.UNBAR, actor, TargetBit.SENT_OUT, session) ? (['unbar'] as const) : [];
		return [...this.#ask(SESSION_ACTIONS, actor, TargetBit.ALL, session), ...own, ...unbar];
	}

	memberActions(actor: number, target: number, session: number): readonly Action[] {
		return this.#ask(MEMBER_ACTIONS, actor, target, session);
	}

	#ask(rows: readonly Row[], actor: number, target: number, session: number): readonly Action[] {
		const name = `${rows === MEMBER_ACTIONS ? 'm' : 's'}/${actor}/${target}/${session}`;
		const known = this.#memory.get(name);
		if (known) return known;
		const actions = rows
			.filter(([, act, more = 0]) => this.allows(act, actor, target | more, session))
			.map(([action]) => action);
		if (this.#memory.size > 1000) this.#memory.clear();
		this.#memory.set(name, actions);
		return actions;
	}
}
