// SPDX-License-Identifier: Apache-2.0
// What I may do to one person now, by the list of capabilities and nothing else.
import type { Member } from '../../sdk/index';
import { sentMedia } from '../model/media';
import type { Store } from '../model/store';
import type { MenuItem } from '../parts/menu';
import { strings } from '../strings';

const LINE: MenuItem = { kind: 'line' };
type Maybe = MenuItem | false;

function stageItems(store: Store, member: Member): Maybe[] {
	const t = strings.value.people;
	const { client } = store;
	const m = strings.value.media;
	const sent = sentMedia(store, member.id);
	const sharing = store.screens.value.find((screen) => screen.from !== member.id);
	const hint = store.sharing.value
		? t.makePresenterYours
		: sharing
			? t.makePresenterStops(sharing.fromName)
			: undefined;
	return [
		!member.presenter &&
			store.can('make_presenter', member.id) && {
				kind: 'do',
				icon: 'screen',
				label: member.me ? t.takeBack : t.makePresenter,
				...(hint === undefined ? {} : { hint }),
				run: () => void store.run(client.makePresenter(member.id)),
			},
		sent?.audio === 'on' &&
			store.can('mute', member.id) && {
				kind: 'do',
				icon: 'micOff',
				label: m.muteOne,
				run: () => void store.run(client.muteOthers(member.id, { audio: true, video: false })),
			},
		sent?.video === 'on' &&
			store.can('mute', member.id) && {
				kind: 'do',
				icon: 'cameraOff',
				label: m.stopCamera,
				run: () => void store.run(client.muteOthers(member.id, { audio: false, video: true })),
			},
		!member.me &&
			member.hand > 0 &&
			store.can('lower_hand', member.id) && {
				kind: 'do',
				icon: 'hand',
				label: t.lowerHand,
				run: () => void store.run(client.lowerHandOf(member.id)),
			},
	];
}

function rightItems(store: Store, member: Member): Maybe[] {
	const t = strings.value.people;
	const { client } = store;
	const m = strings.value.media;
	const media = { audioAllowed: member.mayAudio, videoAllowed: member.mayVideo };
	const setMedia = (change: Partial<typeof media>): void =>
		void store.run(client.setMediaRight(member.id, { ...media, ...change }));
	const chat = { publicAllowed: member.mayChatPublic, privateAllowed: member.mayChatPrivate };
	const setChat = (change: Partial<typeof chat>): void =>
		void store.run(client.setChat(member.id, { ...chat, ...change }));
	return [
		store.can('set_media_right', member.id) && {
			kind: 'check',
			icon: 'mic',
			label: m.mayAudio,
			checked: member.mayAudio,
			run: () => setMedia({ audioAllowed: !member.mayAudio }),
		},
		store.can('set_media_right', member.id) && {
			kind: 'check',
			icon: 'camera',
			label: m.mayVideo,
			checked: member.mayVideo,
			run: () => setMedia({ videoAllowed: !member.mayVideo }),
		},
		store.can('set_share_right', member.id) && {
			kind: 'check',
			icon: 'screen',
			label: t.mayShare,
			checked: member.mayShare,
			run: () => void store.run(client.setShareRight(member.id, !member.mayShare)),
		},
		store.can('set_chat', member.id) && {
			kind: 'check',
			icon: 'chat',
			label: t.mayChatPublic,
			checked: member.mayChatPublic,
			run: () => setChat({ publicAllowed: !member.mayChatPublic }),
		},
		store.can('set_chat', member.id) && {
			kind: 'check',
			icon: 'reply',
			label: t.mayChatPrivate,
			checked: member.mayChatPrivate,
			run: () => setChat({ privateAllowed: !member.mayChatPrivate }),
		},
		!member.me &&
			store.can('chat_private', member.id) && {
				kind: 'do',
				icon: 'reply',
				label: t.privateMessage,
				run: () => store.ui.writeTo(member.id),
			},
	];
}

function seatItems(store: Store, member: Member): Maybe[] {
	const t = strings.value.people;
	const { client, ui } = store;
	return [
		store.can('hand_over', member.id) && {
			kind: 'do',
			icon: 'key',
			label: t.handOver,
			hint: t.handOverHint,
			run: () => ui.open({ kind: 'handOver', member: member.id }),
		},
		store.can('to_lobby', member.id) && {
			kind: 'do',
			icon: 'door',
			label: t.toLobby,
			run: () => void store.run(client.remove(member.id, { toLobby: true })),
		},
		store.can('remove', member.id) && {
			kind: 'do',
			icon: 'x',
			label: `${t.remove}…`,
			danger: true,
			run: () => ui.open({ kind: 'remove', member: member.id, bar: false }),
		},
		store.can('bar', member.id) && {
			kind: 'do',
			icon: 'bar',
			label: `${t.bar}…`,
			hint: t.barHint,
			danger: true,
			run: () => ui.open({ kind: 'remove', member: member.id, bar: true }),
		},
	];
}

const present = (item: Maybe): item is MenuItem => item !== false;

/** Empty when nothing can be done: then there is no button either. */
export function personItems(store: Store, member: Member): MenuItem[] {
	// The menu may be open while the member changes: always work on the newest.
	const newest = store.memberOf(member.id);
	if (!newest || !store.connected.value) return [];
	const groups = [stageItems, rightItems, seatItems].map((group) => group(store, newest).filter(present));
	return groups.filter((group) => group.length > 0).flatMap((group, at) => (at === 0 ? group : [LINE, ...group]));
}
