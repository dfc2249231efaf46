// SPDX-License-Identifier: Apache-2.0
// People, screens and words to draw every state with. Nothing here is in the product.
import type {
	Action,
	ChatMessage,
	LobbyMessage,
	MediaMember,
	MediaPeople,
	MediaQuality,
	MediaView,
	Member,
	MemberId,
	OwnDevice,
	Role,
	Screen,
	ScreenKey,
	SessionView,
	Settings,
	Share,
	ShareKey,
} from '../../sdk/index';

export const NOW = Date.UTC(2026, 10, 22, 10, 24, 16);
const MINUTE = 60_000;
const id = (n: number): MemberId => n as MemberId;

export const organizing: readonly Action[] = [
	'chat_public',
	'raise_hand',
	'take_presenter',
	'set_locked',
	'set_lobby',
	'set_open',
	'set_chat',
	'admit',
	'end_session',
	'unbar',
	'open_audio',
	'open_video',
	'mute',
	'set_media_right',
];
export const attending: readonly Action[] = ['chat_public', 'raise_hand', 'open_audio', 'open_video'];
const overOther: readonly Action[] = [
	'chat_private',
	'make_presenter',
	'lower_hand',
	'mute',
	'set_media_right',
	'set_share_right',
	'set_chat',
	'to_lobby',
	'remove',
	'bar',
	'hand_over',
];
const overWaiter: readonly Action[] = ['admit', 'deny', 'lobby_text'];

export function member(n: number, name: string, more: Partial<Member> = {}): Member {
	return {
		id: id(n),
		name,
		me: false,
		role: 'attendee' as Role,
		presenter: false,
		mayChatPublic: true,
		mayChatPrivate: true,
		mayShare: true,
		mayAudio: true,
		mayVideo: true,
		hand: 0,
		client: 'browser',
		path: 'tls',
		joinedMs: NOW - (30 - n) * MINUTE,
		removedBefore: false,
		byLink: true,
		rttMs: n === 3 ? 480 : 20 + n,
		successor: n === 2,
		actions: [],
		...more,
	};
}

export const everyday: readonly Member[] = [
	member(1, 'Ada', { role: 'organizer' }),
	member(3, 'Noor', { presenter: true }),
	member(5, 'Jun', { hand: 1 }),
	member(4, 'Milo'),
	member(8, 'Ines', { mayChatPublic: false, mayChatPrivate: false, mayShare: false }),
	member(6, 'Tariq', { path: 'away', client: 'native' }),
];

export const longNames: readonly Member[] = [
	member(1, 'Adalheidis Constanze Freifrau von und zu Hohenlohe-Langenburg', { role: 'organizer' }),
	member(3, 'Noor-Elisabetta Annamaria Wilhelmina the Second', { presenter: true }),
	member(6, 'Tariqabdurrahmanibnyusufalmuhandisalkabirwalsaghir', { hand: 1 }),
	member(4, 'ميلو، الطابق الثاني (Milo)', { mayChatPrivate: false }),
	member(7, '山田 太郎'),
];

const given = ['Bea', 'Sena', 'Otto', 'Mira', 'Luis', 'Katja', 'Emre', 'Yuki', 'Pia', 'Wim'];
const family = ['Arden', 'Boros', 'Cremer', 'Duarte', 'Eklund', 'Farkas', 'Gruber', 'Hansen', 'Ito', 'Jovic'];

export const twoHundred: readonly Member[] = Array.from({ length: 200 }, (_, n) => {
	if (n === 0) return member(1, 'Ada', { role: 'organizer' });
	if (n === 1) return member(2, 'Noor', { presenter: true });
	const hand = [0, 0, 0, 2, 1, 3][n] ?? 0;
	return member(n + 1, `${given[n % 10] ?? ''} ${family[Math.floor(n / 10) % 10] ?? ''}`, { hand, joinedMs: NOW });
});

export const waiters: readonly Member[] = [
	member(921, 'Luca', { role: 'waiting', joinedMs: NOW - MINUTE, actions: overWaiter }),
];
export const threeWaiters: readonly Member[] = [
	...waiters,
	member(922, 'Noor-Elisabetta Annamaria Wilhelmina', {
		role: 'waiting',
		joinedMs: NOW - 4 * MINUTE,
		byLink: false,
		actions: overWaiter,
	}),
	member(923, 'Rex', { role: 'waiting', joinedMs: NOW, byLink: false, removedBefore: true, actions: overWaiter }),
];

export const settings: Settings = {
	locked: false,
	lobby: true,
	open: false,
	chatPublic: true,
	chatPrivate: true,
	audio: true,
	video: true,
	presenter: id(3),
	organizer: id(1),
};

interface SessionOptions {
	readonly me: number;
	readonly members?: readonly Member[];
	readonly waiting?: readonly Member[];
	readonly settings?: Partial<Settings>;
	readonly actions?: readonly Action[];
	readonly title?: string;
	readonly barred?: SessionView['barred'];
	/** What I may do to each of the others. */
	readonly over?: readonly Action[];
}

/** As the SDK would give it to one member: what I may do is filled in. */
export function session(options: SessionOptions): SessionView {
	const leads = (options.members ?? everyday).find((other) => other.id === options.me)?.role === 'organizer';
	const members = (options.members ?? everyday).map((other): Member => {
		if (other.id === options.me) {
			const mine: readonly Action[] = leads
				? ['make_presenter', 'raise_hand', 'lower_hand']
				: ['raise_hand', 'lower_hand'];
			return { ...other, me: true, actions: mine };
		}
		return { ...other, actions: options.over ?? (leads ? overOther : ['chat_private']) };
	});
	return {
		number: '418205937',
		title: options.title ?? 'Renderer review',
		startedMs: NOW - 24 * MINUTE - 16_000,
		clockSkewMs: 0,
		me: id(options.me),
		members,
		waiting: options.waiting ?? [],
		settings: { ...settings, ...options.settings },
		barred: options.barred ?? [],
		actions: options.actions ?? (leads ? organizing : attending),
		keys: { mode: 'service', epoch: 1 },
	};
}

export function screen(more: Partial<Screen> = {}): Screen {
	return {
		key: 'one' as ScreenKey,
		from: id(3),
		fromName: 'Noor',
		mine: false,
		label: 'monitor',
		width: 1440,
		height: 900,
		paused: 'none',
		state: 'live',
		pictureAt: NOW - 1000,
		...more,
	};
}

export function share(more: Partial<Share> = {}): Share {
	return {
		key: 1 as ShareKey,
		screen: 'mine' as ScreenKey,
		label: 'monitor',
		state: 'live',
		paused: 'none',
		width: 2560,
		height: 1440,
		fps: 14.2,
		lagMs: 84,
		returnLagMs: 96,
		kbitS: 1240,
		viewers: 4,
		viewersInSync: 2,
		late: 2,
		superseded: 41,
		held: 0,
		copies: 212,
		preference: 'automatic',
		totals: {
			pictures: 3120,
			bytes: 18_400_000,
			bytesOut: 71_900_000,
			keys: 96,
			deltas: 3031,
			previews: 0,
			dropped: 0,
			needs: 3,
			refreshes: 1,
			unreadable: 0,
		},
		behind: [
			{ member: id(8), lagMs: 2100, inSync: false, kbitS: 90 },
			{ member: id(5), lagMs: 600, inSync: true, kbitS: 400 },
		],
		...more,
	};
}

const devices = [
	{ id: 'built-in', label: 'Built-in' },
	{ id: 'headset', label: 'A headset with an uncommonly long name, as the system tells it (2nd of two)' },
];
export function own(more: Partial<OwnDevice> = {}): OwnDevice {
	return { state: 'off', byOrganizer: false, problem: null, device: 'built-in', devices, ...more };
}
export const noMedia: MediaView = {
	state: 'off', path: 'unknown', trial: { state: 'untried', udpMs: null, tcpMs: null },
	microphone: own({ device: '', devices: [] }), camera: own({ device: '', devices: [] }),
	speakers: [], speaker: '', members: [], soundBlocked: false, overloaded: false,
	sealing: { latePercent: 0, worstMs: 12, leftOut: 0, isBehind: false },
};
export const noPeople: MediaPeople = { active: id(0), speaking: [], qualities: [], layers: [] };
export function sends(n: number, audio: MediaMember['audio'], video: MediaMember['video'] = 'none'): MediaMember {
	return { member: id(n), audio, video, playable: true };
}
export const talking: readonly MediaMember[] = [
	sends(1, 'on', 'on'), sends(3, 'on', 'on'), sends(5, 'muted'), sends(4, 'on', 'on'), sends(8, 'on'),
];
export function media(more: Partial<MediaView> = {}): MediaView {
	return {
		...noMedia, state: 'connected', path: 'udp', microphone: own({ state: 'on' }), camera: own({ state: 'on' }),
		speakers: devices, speaker: 'built-in', members: talking, ...more,
	};
}
export function quality(n: number, more: Partial<MediaQuality> = {}): MediaPeople['qualities'][number] {
	return {
		member: id(n), grade: 'good', reason: 'none', path: 'udp', rttMs: 34, lossUp: 0, lossDown: 0.2, kbitUp: 620, kbitDown: 1800, ...more,
	};
}
export const voices: MediaPeople = {
	active: id(3),
	speaking: [{ member: id(3), level: 22 }],
	qualities: [quality(1), quality(3), quality(4, { grade: 'poor', reason: 'loss_up', lossUp: 8.4 })],
	layers: [{ member: id(3), on: true, spatial: 2, kbit: 1430 }, { member: id(4), on: false, spatial: 0, kbit: 0 }],
};

let messages = 0;
function said(
	from: number,
	fromName: string,
	text: string,
	minutesAgo: number,
	more: Partial<ChatMessage> = {},
): ChatMessage {
	messages += 1;
	return {
		id: `m${messages}`,
		from: id(from),
		fromName,
		mine: false,
		to: id(0),
		toName: '',
		text,
		at: NOW - minutesAgo * MINUTE,
		state: 'received',
		...more,
	};
}

export const talk: readonly ChatMessage[] = [
	said(4, 'Milo', 'Is the overlap case covered when the move goes up?', 5),
	said(3, 'Noor', 'Yes, memmove per row, and rows go bottom first then. Test is in copy_test.c.', 4),
	said(
		3,
		'Noor',
		'https://example.org/a/very/long/address/that/does/not/want/to/break/anywhere?really=not#at-all',
		4,
	),
	said(5, 'Jun', 'May I show the trace from my machine after this?', 1, { to: id(1), toName: 'Ada' }),
	said(1, 'Ada', 'Sure, you are next.', 1, { mine: true, to: id(5), toName: 'Jun', state: 'sent' }),
	said(1, 'Ada', 'Let us look at the relay in ten minutes <b>at most</b>.', 0, { mine: true, state: 'failed' }),
];

export const lobbyTalk: readonly LobbyMessage[] = [
	{ id: 'l1', waiter: id(0), mine: true, text: 'I am standing in for Ines today.', at: NOW - MINUTE },
	{ id: 'l2', waiter: id(0), mine: false, text: 'Welcome, two minutes please.', at: NOW - 30_000 },
];
export const lobbyAsked: readonly LobbyMessage[] = [
	{ id: 'l3', waiter: id(921), mine: false, text: 'I am standing in for Ines today.', at: NOW - MINUTE },
];
