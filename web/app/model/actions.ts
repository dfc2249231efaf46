// SPDX-License-Identifier: Apache-2.0
// Everything that can be done now, as one list: the command palette, the menu "More" and the
// keys all read it, so nothing is offered in one place that another would refuse.
import type { IconName } from '../icons/shapes';
import { chooseLanguage, language, languages, nameOf, strings } from '../strings';
import { pressCamera, pressMicrophone } from './media';
import { startSharing, stopSharing, togglePause } from './sharing';
import type { Store } from './store';

export interface Doable {
	readonly id: string;
	readonly icon: IconName;
	readonly label: string;
	/** A single key, active while single keys act and nobody is typing. */
	readonly key?: string;
	readonly run: () => void;
}

type Maybe = Doable | false;

function sharing(store: Store): Maybe[] {
	const t = strings.value.palette;
	const paused = store.paused.value;
	return [
		!store.sharing.value &&
			store.mayPresent() && {
				id: 'share',
				icon: 'screenUp',
				label: t.share,
				key: 's',
				run: () => void startSharing(store),
			},
		store.sharing.value && {
			id: 'pause',
			icon: paused ? 'play' : 'pause',
			label: paused ? t.goOn : t.pause,
			key: 'p',
			run: () => void togglePause(store),
		},
		store.sharing.value && { id: 'stop', icon: 'stop', label: t.stop, run: () => void stopSharing(store) },
	];
}

function ownMedia(store: Store): Maybe[] {
	const t = strings.value.media;
	const { microphone, camera } = store.media.value;
	const open = microphone.state !== 'off' && microphone.state !== 'asking';
	const muted = microphone.state === 'muted';
	const seen = camera.state !== 'off';
	return [
		store.can('open_audio') && {
			id: 'mic',
			icon: open && !muted ? 'micOff' : 'mic',
			label: !open ? t.useMic : muted ? t.unmuteMe : t.muteMe,
			key: 'a',
			run: () => void pressMicrophone(store),
		},
		open && {
			id: 'mic-off',
			icon: 'micOff',
			label: t.micOff,
			run: () => void store.client.turnMicrophone(false),
		},
		store.can('open_video') && {
			id: 'camera',
			icon: seen ? 'cameraOff' : 'camera',
			label: seen ? t.cameraStop : t.cameraStart,
			key: 'v',
			run: () => void pressCamera(store),
		},
		{ id: 'devices', icon: 'mic', label: t.devices, run: () => store.ui.open({ kind: 'devices' }) },
	];
}

function own(store: Store): Maybe[] {
	const t = strings.value;
	const up = (store.me.value?.hand ?? 0) > 0;
	return [
		store.mayTurnHand() && {
			id: 'hand',
			icon: 'hand',
			label: up ? t.room.lowerHand : t.room.raiseHand,
			key: 'h',
			run: () => void store.run(store.client.raiseHand(!up)),
		},
		store.can('chat_public') && {
			id: 'write',
			icon: 'chat',
			label: t.palette.write,
			key: 'm',
			run: () => store.ui.writeTo(0 as never),
		},
	];
}

function leading(store: Store): Maybe[] {
	const t = strings.value;
	const settings = store.session.value?.settings;
	if (!settings) return [];
	const { client, ui } = store;
	const waiting = store.session.value?.waiting.length ?? 0;
	return [
		store.can('set_locked') && {
			id: 'lock',
			icon: settings.locked ? 'unlock' : 'lock',
			label: settings.locked ? t.palette.unlock : t.palette.lock,
			run: () => void store.run(client.setLocked(!settings.locked)),
		},
		store.can('set_lobby') && {
			id: 'lobby',
			icon: 'door',
			label: settings.lobby ? t.palette.lobbyOff : t.palette.lobbyOn,
			run: () => void store.run(client.setLobby(!settings.lobby)),
		},
		store.can('admit') &&
			waiting > 1 && {
				id: 'admitAll',
				icon: 'check',
				label: t.people.admitAll(waiting),
				run: () => void store.run(client.admit(null)),
			},
		maySet(store) && {
			id: 'settings',
			icon: 'settings',
			label: t.settings.title,
			run: () => ui.open({ kind: 'settings' }),
		},
		store.can('end_session') && {
			id: 'end',
			icon: 'end',
			label: t.palette.end,
			run: () => ui.open({ kind: 'end' }),
		},
	];
}

/** Whether there is anything in the settings for me. */
export function maySet(store: Store): boolean {
	return (['set_locked', 'set_lobby', 'set_open', 'set_chat', 'end_session'] as const).some((action) =>
		store.can(action),
	);
}

function showing(store: Store): Maybe[] {
	const t = strings.value;
	const { ui } = store;
	const several = !store.sharing.value && store.watched.value.length > 1;
	const beside = store.staged.value.length > 1;
	return [
		{ id: 'chat', icon: 'chat', label: t.palette.showChat, key: 'c', run: () => ui.toggle('chat') },
		{ id: 'people', icon: 'people', label: t.palette.showPeople, key: 'u', run: () => ui.toggle('people') },
		several && { id: 'next', icon: 'screen', label: t.palette.nextScreen, key: 'n', run: () => store.showNextScreen() },
		several && {
			id: 'beside',
			icon: 'beside',
			label: beside ? t.palette.oneScreen : t.palette.beside,
			key: 'b',
			run: () => (ui.screen.value = beside ? null : 'all'),
		},
		{ id: 'connection', icon: 'path', label: t.connection.open, run: () => ui.open({ kind: 'connection' }) },
		{ id: 'invite', icon: 'invite', label: t.room.invite, key: 'i', run: () => ui.open({ kind: 'invite' }) },
		document.fullscreenEnabled && {
			id: 'full',
			icon: ui.fullScreen.value ? 'unfull' : 'full',
			label: ui.fullScreen.value ? t.room.leaveFullScreen : t.room.fullScreen,
			key: 'f',
			run: () => ui.toggleFullScreen(),
		},
		{
			id: 'shortcuts',
			icon: 'keyboard',
			label: t.room.shortcuts,
			key: '?',
			run: () => ui.open({ kind: 'shortcuts' }),
		},
		...languages
			.filter((other) => other !== language.value)
			.map((other): Maybe => ({
				id: `language-${other}`,
				icon: 'language',
				label: t.palette.language(nameOf(other)),
				run: () => chooseLanguage(other),
			})),
		{ id: 'leave', icon: 'leave', label: t.palette.leave, run: () => leaving(store) },
	];
}

function aboutPeople(store: Store): Maybe[] {
	const t = strings.value.palette;
	const { client, ui } = store;
	const session = store.session.value;
	if (!session) return [];
	const waiters = session.waiting.map(
		(member): Maybe =>
			store.can('admit', member.id) && {
				id: `admit-${member.id}`,
				icon: 'check',
				label: t.admit(member.name),
				run: () => void store.run(client.admit(member.id)),
			},
	);
	const others = store.others.value.flatMap((member): Maybe[] => [
		store.can('make_presenter', member.id) && {
			id: `presenter-${member.id}`,
			icon: 'screen',
			label: t.makePresenter(member.name),
			run: () => void store.run(client.makePresenter(member.id)),
		},
		member.hand > 0 &&
			store.can('lower_hand', member.id) && {
				id: `lower-${member.id}`,
				icon: 'hand',
				label: t.lowerHand(member.name),
				run: () => void store.run(client.lowerHandOf(member.id)),
			},
		store.can('chat_private', member.id) && {
			id: `message-${member.id}`,
			icon: 'reply',
			label: t.message(member.name),
			run: () => ui.writeTo(member.id),
		},
	]);
	return [...waiters, ...others];
}

const present = (entry: Maybe): entry is Doable => entry !== false;

/** All of it, the most likely first. Without a link: what this page can do alone. */
export function doable(store: Store): Doable[] {
	const { microphone, camera } = store.media.value;
	// What is open goes on by itself when the link is back: it can be muted before.
	const isOpen = microphone.state !== 'off' || camera.state !== 'off';
	const all = store.connected.value
		? [...sharing(store), ...ownMedia(store), ...own(store), ...leading(store), ...showing(store), ...aboutPeople(store)]
		: [...(store.sharing.value ? sharing(store) : []), ...(isOpen ? ownMedia(store) : []), ...showing(store)];
	return all.filter(present);
}

/** What has no place of its own in the control bar. */
export function moreItems(store: Store): Doable[] {
	const shown = new Set([
		'devices', 'connection', 'mic-off', 'lock', 'lobby', 'invite', 'settings', 'full', 'shortcuts', 'end',
	]);
	const here = store.connected.value ? [...ownMedia(store), ...leading(store)] : [];
	const items = [...here, ...showing(store)].filter(present);
	return items.filter((item) => shown.has(item.id) || item.id.startsWith('language-'));
}

/** Leaving asks only when it would cost something. */
export function leaving(store: Store): void {
	if (store.sharing.value || store.me.value?.role === 'organizer') store.ui.open({ kind: 'leave' });
	else void store.client.leave();
}
