// SPDX-License-Identifier: Apache-2.0
// Every screen and state by name. What a scene needs beyond the fake client is done by `then`.
import type { CloseReason, JoinAnswer, MemberId, Screen, ScreenKey, ShareKey, Status } from '../../sdk/index';
import type { Store } from '../model/store';
import type { Shown } from './fake';
import {
	everyday,
	lobbyAsked,
	lobbyTalk,
	longNames,
	media,
	member,
	NOW,
	organizing,
	own,
	quality,
	screen,
	sends,
	session,
	share,
	talk,
	threeWaiters,
	twoHundred,
	voices,
	waiters,
} from './fixtures';

export interface Scene extends Shown {
	readonly then?: (store: Store) => void;
	/** Pressed after drawing, in order: selectors. */
	readonly press?: readonly string[];
	readonly rtl?: boolean;
}

const digits = { kind: 'number', number: '418205937' } as const;
const away: Status = { kind: 'reconnecting', attempt: 2, sinceMs: NOW - 8000, nextTryAt: NOW + 3000, online: true };
const asAda = session({ me: 1, waiting: waiters });
const asMilo = session({ me: 4 });

const twoScreens = [screen(), screen({ key: 'two' as ScreenKey, label: 'window', width: 800, height: 600 })];
const fourScreens = [
	...twoScreens,
	screen({ key: 'three' as ScreenKey, width: 1920, height: 1080 }),
	screen({ key: 'four' as ScreenKey, label: 'browser', width: 1024, height: 1366 }),
];

function refusedJoin(answer: JoinAnswer, link: Shown['link'] = undefined): Scene {
	return {
		...(link ? { link } : {}),
		answer,
		press: link ? ['.join-acts .btn:nth-of-type(2)'] : ['.join-acts .btn--primary'],
	};
}
const over = (reason: CloseReason, text = ''): Scene => ({ status: { kind: 'closed', reason, text } });

const joining: Record<string, Scene> = {
	front: { link: { kind: 'none' } },
	'join-link': {},
	'join-organizer': { link: { kind: 'organizer', number: '418205937', keys: 'service' } },
	'join-number': { link: digits },
	'join-number-empty': { link: digits, press: ['.join-acts .btn--primary'] },
	'join-broken': { link: { kind: 'broken', number: '418205937' } },
	'join-busy': { press: ['.join-acts .btn--primary'] },
	'join-refused': refusedJoin({ kind: 'refused' }, digits),
	'join-refused-link': refusedJoin({ kind: 'refused' }),
	'join-locked': refusedJoin({ kind: 'locked' }),
	'join-ended': refusedJoin({ kind: 'ended' }),
	'join-too-many': refusedJoin({ kind: 'too_many', retryAfterS: 20 }, digits),
	'join-offline': refusedJoin({ kind: 'offline' }),
	'join-not-now': refusedJoin({ kind: 'not_now' }),
	'join-newer': refusedJoin({ kind: 'newer_link' }),
	missing: {
		missing: [
			{ feature: 'webassembly', blocks: 'everything', sentence: 'missing.webassembly' },
			{ feature: 'ed25519', blocks: 'everything', sentence: 'missing.ed25519' },
		],
	},
	lobby: { status: { kind: 'waiting', locked: false, title: 'Renderer review' }, lobby: lobbyTalk },
	'lobby-locked': { status: { kind: 'waiting', locked: true, title: '' } },
};

const rooms: Record<string, Scene> = {
	'room-organizer': { session: asAda, screens: [screen()], chat: talk, lobby: lobbyAsked },
	'room-attendee': { session: asMilo, screens: [screen()], chat: talk },
	'room-large': { session: asMilo, screens: [screen({ width: 3840, height: 2160 })], chat: talk },
	'room-large-one': {
		session: asMilo,
		screens: [screen({ width: 3840, height: 2160 })],
		chat: talk,
		press: ['.sizes button:nth-of-type(2)'],
	},
	'room-pointer': {
		session: asMilo,
		screens: [screen()],
		pointer: { screen: 'one' as ScreenKey, x: 700, y: 420, shape: 0, image: null },
		chat: talk,
	},
	'room-two-screens': { session: asMilo, screens: twoScreens, chat: talk },
	'room-two-beside': { session: asMilo, screens: twoScreens, chat: talk, then: (store) => (store.ui.screen.value = 'all') },
	'room-two-beside-paused': {
		session: asMilo,
		screens: twoScreens.map((one, at) => ({ ...one, paused: at > 0 ? 'blank' : 'frozen' })),
		chat: talk,
		then: (store) => (store.ui.screen.value = 'all'),
	},
	'room-four-screens': {
		session: asMilo,
		screens: fourScreens,
		chat: talk,
		then: (store) => (store.ui.screen.value = fourScreens[2]?.key ?? null),
	},
	'room-four-beside': { session: asMilo, screens: fourScreens, chat: talk, then: (store) => (store.ui.screen.value = 'all') },
	'room-empty-organizer': {
		session: session({
			me: 1,
			members: [member(1, 'Ada', { role: 'organizer', presenter: true })],
			settings: { presenter: 1 as MemberId },
		}),
	},
	'room-empty-attendee': { session: asMilo },
	'room-open': {
		session: session({ me: 4, settings: { open: true }, actions: ['chat_public', 'raise_hand', 'take_presenter'] }),
	},
	'room-opening': { session: asMilo, screens: [screen({ state: 'opening', pictureAt: 0 })], chat: talk },
	'room-paused-frozen': { session: asMilo, screens: [screen({ paused: 'frozen' })], chat: talk },
	'room-paused-blank': { session: asMilo, screens: [screen({ paused: 'blank' })], chat: talk },
	'room-unreadable': { session: asMilo, screens: [screen({ state: 'unreadable' })], chat: talk },
	'room-catching-up': { session: asMilo, screens: [screen({ state: 'catching_up' })], chat: talk },
	'room-interrupted': { session: asMilo, screens: [screen({ state: 'interrupted' })], chat: talk },
	'room-reconnecting': { session: asMilo, screens: [screen()], chat: talk, status: away },
	'room-reconnecting-offline': { session: asMilo, status: { ...away, online: false } },
	'room-three-wait': {
		session: session({ me: 1, waiting: threeWaiters }),
		screens: [screen()],
		chat: talk,
		lobby: lobbyAsked,
		press: ['.knock-answer summary'],
	},
	'room-long-names': {
		session: session({
			me: 1,
			members: longNames,
			waiting: threeWaiters,
			title: 'Besprechung zur Datenschutz-Grundverordnungsfolgenabschätzungsvorlage, Teil 2',
		}),
		screens: [screen({ fromName: 'Noor-Elisabetta Annamaria Wilhelmina the Second' })],
		chat: talk.map((message) => ({ ...message, fromName: 'Tariqabdurrahmanibnyusufalmuhandisalkabirwalsaghir' })),
	},
	'room-two-hundred': {
		session: session({ me: 1, members: twoHundred, waiting: waiters }),
		screens: [screen()],
		chat: talk,
	},
	'room-right-taken': {
		session: session({ me: 8, actions: ['raise_hand'], over: [] }),
		screens: [screen()],
		chat: talk,
	},
	'room-chat-off': {
		session: session({
			me: 4,
			actions: ['raise_hand'],
			over: [],
			settings: { chatPublic: false, chatPrivate: false },
		}),
		screens: [screen()],
	},
	'room-chat-private': {
		session: asAda,
		screens: [screen()],
		chat: talk,
		then: (store) => store.ui.writeTo(5 as MemberId),
	},
	'room-hand-up': {
		session: session({ me: 5, actions: ['chat_public', 'raise_hand'] }),
		screens: [screen()],
		chat: talk,
	},
	'room-locked-barred': {
		session: session({ me: 1, settings: { locked: true }, barred: [{ member: 9 as MemberId, name: 'Rex' }] }),
		screens: [screen()],
		chat: talk,
		press: ['.barred summary'],
	},
	'room-people-tab': {
		session: session({ me: 1, waiting: waiters }),
		screens: [screen()],
		chat: talk,
		lobby: lobbyAsked,
		then: (store) => (store.ui.tab.value = 'people'),
	},
	'room-no-side': {
		session: asMilo,
		screens: [screen()],
		then: (store) => (store.ui.people.value = store.ui.chat.value = false),
	},
	'room-refusal': {
		session: asAda,
		screens: [screen()],
		chat: talk,
		refuse: true,
		press: ['.knock-acts .btn:last-child'],
	},
	'room-rtl': {
		session: session({ me: 1, members: longNames, waiting: waiters, title: 'مراجعة العرض' }),
		screens: [screen({ fromName: 'نور' })],
		chat: talk,
		rtl: true,
	},
};

const sharingAda = session({
	me: 1,
	members: everyday.map((other) => ({ ...other, presenter: other.id === 1 })),
	settings: { presenter: 1 as MemberId },
	actions: [...organizing, 'share_screen'],
});
const mine = (more: Partial<Screen> = {}): Screen =>
	screen({ key: 'mine' as ScreenKey, from: 1 as MemberId, mine: true, width: 2560, height: 1440, ...more });
const inStep = { behind: [], late: 0 } as const;
const presenting: Record<string, Scene> = {
	'presenter-live': {
		session: sharingAda,
		shares: [share()],
		screens: [mine()],
		chat: talk,
	},
	'presenter-figures': {
		session: sharingAda,
		shares: [
			share({
				viewers: 1840,
				viewersInSync: 1770,
				late: 70,
				behind: Array.from({ length: 12 }, (_, at) => ({
					member: ((at % 4) + 5 + Math.floor(at / 4) * 100) as MemberId,
					lagMs: 9000 - at * 650,
					inSync: false,
					kbitS: 90 + at,
				})),
			}),
		],
		screens: [mine()],
		then: (store) => (store.ui.seesFigures.value = true),
	},
	'presenter-return-off': {
		session: sharingAda,
		shares: [share()],
		screens: [mine()],
		then: (store) => (store.ui.seesReturn.value = false),
	},
	'presenter-return-wait': {
		session: sharingAda,
		shares: [share({ returnLagMs: null, totals: null })],
		screens: [mine({ state: 'opening', pictureAt: 0 })],
	},
	'presenter-frozen': {
		session: sharingAda,
		shares: [share({ state: 'paused', paused: 'frozen', kbitS: 0, fps: 0, ...inStep })],
		screens: [mine({ paused: 'frozen' })],
		chat: talk,
	},
	'presenter-blank': {
		session: sharingAda,
		shares: [share({ state: 'paused', paused: 'blank', kbitS: 0, fps: 0, ...inStep })],
		screens: [mine({ paused: 'blank', pictureAt: 0 })],
		chat: talk,
	},
	'presenter-two': {
		session: sharingAda,
		shares: [
			share(),
			share({
				key: 2 as ShareKey,
				screen: 'mine2' as ScreenKey,
				label: 'window',
				width: 1024,
				height: 768,
				lagMs: 2400,
				returnLagMs: 2710,
				...inStep,
			}),
		],
		screens: [mine(), mine({ key: 'mine2' as ScreenKey, width: 1024, height: 768 })],
		chat: talk,
	},
	'presenter-nobody': {
		session: sharingAda,
		shares: [share({ viewers: 0, viewersInSync: 0, ...inStep })],
		screens: [mine()],
	},
	'presenter-interrupted': {
		session: sharingAda,
		shares: [share({ state: 'interrupted', totals: null, returnLagMs: null, ...inStep })],
		screens: [mine({ state: 'interrupted' })],
		status: away,
		chat: talk,
	},
	'presenter-pass': {
		session: sharingAda,
		shares: [share()],
		screens: [mine()],
		then: (store) => store.ui.open({ kind: 'pass' }),
	},
};

const many = twoHundred.slice(0, 40).map((other, at) => sends(other.id, at % 3 ? 'on' : 'muted', at % 2 ? 'on' : 'none'));
const joinMedia = { status: { kind: 'idle' } } as const;
const talks: Record<string, Scene> = {
	'media-strip': { session: asAda, screens: [screen()], chat: talk, media: media(), people: voices },
	'media-grid': { session: asMilo, chat: talk, media: media(), people: voices },
	'media-grid-one': { session: asMilo, media: media({ members: [sends(4, 'on', 'on')] }) },
	'media-many': { session: session({ me: 1, members: twoHundred }), media: media({ members: many }), people: voices },
	'media-many-strip': {
		session: session({ me: 1, members: twoHundred }), screens: [screen()], media: media({ members: many }), people: voices,
	},
	'media-long-names': {
		session: session({ me: 1, members: longNames }), media: media({ members: longNames.map((other) => sends(other.id, 'muted')) }),
	},
	'media-people-tab': {
		session: asAda, screens: [screen()], media: media(), people: voices, then: (store) => (store.ui.tab.value = 'people'),
	},
	'media-muted-by-organizer': {
		session: asMilo, screens: [screen()],
		media: media({ microphone: own({ state: 'muted', byOrganizer: true }), members: [sends(4, 'muted', 'on'), sends(3, 'on')] }),
	},
	'media-sound-blocked': { session: asMilo, screens: [screen()], media: media({ soundBlocked: true }), people: voices },
	'media-blocked': { session: asMilo, screens: [screen()], media: media({ state: 'blocked', path: 'unknown' }) },
	'media-unavailable': { session: asMilo, media: media({ state: 'unavailable', path: 'unknown' }) },
	'media-tcp': { session: asMilo, screens: [screen()], media: media({ path: 'tcp' }), people: voices },
	'media-refused': { session: asMilo, media: media({ microphone: own({ problem: 'refused' }), members: [] }) },
	'media-in-use': { session: asMilo, media: media({ camera: own({ problem: 'in_use' }), members: [sends(4, 'on')] }) },
	'media-overloaded': { session: asMilo, screens: [screen()], media: media({ overloaded: true }) },
	'media-behind': {
		session: asAda, screens: [screen()], media: media({ sealing: { latePercent: 62, worstMs: 1280, leftOut: 41, isBehind: true } }),
		people: voices, then: (store) => store.ui.open({ kind: 'connection' }),
	},
	'media-right-taken': {
		session: session({
			me: 4, actions: ['chat_public', 'raise_hand'], settings: { audio: false, video: false },
			members: everyday.map((other) => ({ ...other, mayAudio: other.id !== 4, mayVideo: other.id !== 4 })),
		}),
		media: media({ microphone: own(), camera: own(), members: [sends(1, 'on', 'on')] }), people: { ...voices, qualities: [quality(1)] },
	},
	'media-devices': { session: asMilo, screens: [screen()], media: media(), then: (store) => store.ui.open({ kind: 'devices' }) },
	'media-connection': {
		session: asAda, screens: [screen()], media: media(), people: voices, then: (store) => store.ui.open({ kind: 'connection' }),
	},
	'media-connection-tcp': {
		session: asMilo, screens: [screen()], media: media({ path: 'tcp' }),
		people: {
			...voices,
			qualities: [
				quality(4, { grade: 'fair', reason: 'tcp', path: 'tcp', rttMs: 71 }),
				quality(3, { grade: 'lost', reason: 'silent', path: 'unknown', rttMs: 0, kbitUp: 0, kbitDown: 0 }),
			],
		},
		then: (store) => store.ui.open({ kind: 'connection' }),
	},
	'media-connection-none': {
		session: asMilo, screens: [screen()], media: media({ state: 'off', path: 'unknown', members: [] }),
		then: (store) => store.ui.open({ kind: 'connection' }),
	},
	'media-rtl': { session: session({ me: 1, members: longNames }), screens: [screen()], media: media(), people: voices, rtl: true },
	'join-preview': { ...joinMedia, media: media({ state: 'off', trial: { state: 'done', udpMs: 12, tcpMs: 14 }, microphone: own({ state: 'preview' }), camera: own({ state: 'preview' }), members: [] }) },
	'lobby-preview': {
		status: { kind: 'waiting', locked: false, title: 'Renderer review' }, lobby: lobbyTalk,
		media: media({ state: 'off', microphone: own({ state: 'preview' }), camera: own({ state: 'preview' }), members: [] }),
	},
	'join-preview-tcp': { ...joinMedia, media: media({ state: 'off', trial: { state: 'done', udpMs: null, tcpMs: 14 }, microphone: own({ state: 'off' }), camera: own({ state: 'off' }), members: [] }) },
	'join-preview-blocked': { ...joinMedia, media: media({ state: 'off', trial: { state: 'done', udpMs: null, tcpMs: null }, microphone: own({ state: 'off' }), camera: own({ state: 'off' }), members: [] }) },
	'join-preview-asking': { ...joinMedia, media: media({ state: 'off', microphone: own({ state: 'asking', devices: [] }), camera: own(), members: [] }) },
	'join-preview-no-device': {
		...joinMedia, media: media({ state: 'off', microphone: own({ state: 'preview' }), camera: own({ problem: 'no_device', devices: [] }), members: [] }),
	},
};

const opens = (dialog: Parameters<Store['ui']['open']>[0]): Scene => ({
	session: asAda,
	screens: [screen()],
	chat: talk,
	then: (store) => store.ui.open(dialog),
});
const dialogs: Record<string, Scene> = {
	trust: { session: asAda, screens: [screen()], chat: talk, press: ['.trust-chip'] },
	'menu-person': {
		session: asAda,
		screens: [screen()],
		chat: talk,
		then: (store) => (store.ui.tab.value = 'people'),
		press: ['li[data-member="5"] .dots'],
	},
	'menu-more': { session: asAda, screens: [screen()], chat: talk, press: ['.bar [aria-haspopup]'] },
	'dialog-settings': opens({ kind: 'settings' }),
	'dialog-invite': opens({ kind: 'invite' }),
	'dialog-invite-number': { ...opens({ kind: 'invite' }), invitation: null },
	'dialog-palette': opens({ kind: 'palette' }),
	'dialog-shortcuts': opens({ kind: 'shortcuts' }),
	'dialog-end': opens({ kind: 'end' }),
	'dialog-leave': opens({ kind: 'leave' }),
	'dialog-hand-over': opens({ kind: 'handOver', member: 5 as MemberId }),
	'dialog-remove': opens({ kind: 'remove', member: 5 as MemberId, bar: false }),
	'dialog-bar': opens({ kind: 'remove', member: 5 as MemberId, bar: true }),
};

const reasons: readonly CloseReason[] = [
	'reload',
	'refused',
	'removed',
	'barred',
	'ended',
	'elsewhere',
	'protocol',
	'too_much',
	'full',
	'lobby_timeout',
	'gone',
];
const afterwards: Record<string, Scene> = {
	'over-left': { status: { kind: 'left' } },
	'over-denied': over('denied', 'We are full today, the next one is on Friday.'),
	...Object.fromEntries(reasons.map((reason) => [`over-${reason}`, over(reason)])),
};

export const scenes: Readonly<Record<string, Scene>> = {
	...joining,
	...rooms,
	...presenting,
	...talks,
	...dialogs,
	...afterwards,
};
