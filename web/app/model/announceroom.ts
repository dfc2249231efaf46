// SPDX-License-Identifier: Apache-2.0
// What changes in the room, said aloud for those who do not see it: one sentence per change.
import { effect, untracked } from '@preact/signals';
import type { Member, MemberId, Screen, SessionView, Status } from '../../sdk/index';
import { strings } from '../strings';
import { announce } from './announcer';
import type { Store } from './store';

/** More than this many at once are counted, not named. */
const NAMED_MAX = 3;

function tellComings(before: readonly Member[], after: readonly Member[]): void {
	const t = strings.value.announce;
	const ids = (members: readonly Member[]): Set<MemberId> => new Set(members.map((member) => member.id));
	const [old, fresh] = [ids(before), ids(after)];
	const came = after.filter((member) => !old.has(member.id));
	const went = before.filter((member) => !fresh.has(member.id));
	if (came.length > NAMED_MAX) announce(t.joinedMany(came.length));
	else came.forEach((member) => announce(t.joined(member.name)));
	if (went.length > NAMED_MAX) announce(t.leftMany(went.length));
	else went.forEach((member) => announce(t.left(member.name)));
}

function tellHands(before: readonly Member[], after: readonly Member[]): void {
	const t = strings.value.announce;
	const old = new Map(before.map((member) => [member.id, member]));
	for (const member of after) {
		const was = old.get(member.id)?.hand ?? 0;
		if (member.hand > 0 && was === 0) announce(t.hand(member.name, member.hand));
		if (member.hand === 0 && was > 0) announce(t.handDown(member.name));
	}
}

function tellRoles(before: SessionView, after: SessionView): void {
	const t = strings.value.announce;
	const nameOf = (id: MemberId): string => after.members.find((member) => member.id === id)?.name ?? '';
	const { settings: now, me } = after;
	const was = before.settings;
	if (now.presenter !== was.presenter && nameOf(now.presenter) !== '') {
		announce(now.presenter === me ? t.youPresent : t.presenter(nameOf(now.presenter)));
	}
	if (now.organizer !== was.organizer && nameOf(now.organizer) !== '') {
		announce(now.organizer === me ? t.youOrganize : t.organizer(nameOf(now.organizer)));
	}
	if (now.locked !== was.locked) announce(now.locked ? t.locked : t.unlocked);
}

function tellMyRights(before: SessionView, after: SessionView): void {
	const t = strings.value.announce;
	const could = before.actions.includes('chat_public');
	const can = after.actions.includes('chat_public');
	if (could !== can) announce(can ? t.chatOn : t.chatOff);
	const mine = (session: SessionView) => session.members.find((member) => member.me);
	if (mine(before)?.mayShare && mine(after)?.mayShare === false) announce(t.shareOff);
}

function tellSession(before: SessionView | null, after: SessionView | null): void {
	if (!before || !after) return;
	const waited = new Set(before.waiting.map((member) => member.id));
	for (const member of after.waiting) {
		if (!waited.has(member.id)) announce(strings.value.announce.waits(member.name));
	}
	tellComings(before.members, after.members);
	tellHands(before.members, after.members);
	tellRoles(before, after);
	tellMyRights(before, after);
}

function tellScreens(before: readonly Screen[], after: readonly Screen[]): void {
	const t = strings.value.announce;
	const old = new Map(before.map((screen) => [screen.key, screen]));
	for (const screen of after) {
		const was = old.get(screen.key);
		if (!was) announce(after.length > 1 ? t.sharesAnother(screen.fromName, after.length) : t.shares(screen.fromName));
		else if (was.paused === 'none' && screen.paused !== 'none') announce(t.paused(screen.fromName));
		else if (was.paused !== 'none' && screen.paused === 'none') announce(t.wentOn(screen.fromName));
	}
	const kept = new Set(after.map((screen) => screen.key));
	for (const screen of before) if (!kept.has(screen.key)) announce(t.stopped(screen.fromName));
}

function tellStatus(before: Status, after: Status): void {
	const t = strings.value.announce;
	if (before.kind === 'joined' && after.kind === 'reconnecting') announce(t.lost);
	if (before.kind === 'reconnecting' && after.kind === 'joined') announce(t.back);
}

/** Calls fn with the old and the new value at every change; returns how to stop it. */
function onChange<T>(signal: { readonly value: T }, fn: (before: T, after: T) => void): () => void {
	let before: { readonly value: T } | null = null;
	return effect(() => {
		const after = signal.value;
		const old = before;
		before = { value: after };
		if (old) untracked(() => fn(old.value, after));
	});
}

/** Starts with what is; returns how to stop. */
export function announceRoom(store: Store): () => void {
	const t = (): typeof strings.value.announce => strings.value.announce;
	const ends = [
		onChange(store.session, tellSession),
		onChange(store.watched, tellScreens),
		onChange(store.status, tellStatus),
		onChange(store.media, (before, after) => {
			if (after.microphone.byOrganizer && !before.microphone.byOrganizer) announce(t().mutedYou);
			if (after.microphone.problem === 'not_allowed' && before.microphone.problem !== 'not_allowed') announce(t().mediaOff);
		}),
		onChange(store.chat, (before, after) => {
			for (const message of after.slice(before.length)) {
				if (message.mine) continue;
				const say = message.to === 0 ? t().message : t().privateMessage;
				announce(say(message.fromName, message.text));
			}
		}),
	];
	return () => ends.forEach((end) => end());
}
