// SPDX-License-Identifier: Apache-2.0
// From the replica to what the app sees.
import { Client, Path, Role } from '../../gen/session_pb';
import type { Member as WireMember, Welcome } from '../../gen/session_pb';
import type { ClientKind, Member, MemberId, Path as ShownPath, Role as ShownRole, SessionView } from '../../shared/types';
import type { Policy } from './policy';
import type { Replica } from './replica';
import { cleanName } from './text';

export const asMember = (id: number): MemberId => id as MemberId;

const ROLES: Readonly<Record<Role, ShownRole>> = {
	[Role.NONE]: 'attendee', [Role.WAITING]: 'waiting', [Role.ATTENDEE]: 'attendee', [Role.ORGANIZER]: 'organizer',
};
const CLIENTS: Readonly<Record<Client, ClientKind>> = {
	[Client.UNKNOWN]: 'unknown', [Client.BROWSER]: 'browser', [Client.NATIVE]: 'native',
};
const PATHS: Readonly<Record<Path, ShownPath>> = {
	[Path.UNKNOWN]: 'unknown', [Path.TLS]: 'tls', [Path.AWAY]: 'away',
	[Path.UDP]: 'tls', [Path.TCP]: 'tls',
};

function shownMember(member: WireMember, replica: Replica, policy: Policy): Member {
	const { me } = replica;
	return {
		id: asMember(member.id),
		name: cleanName(member.name),
		me: member.id === me,
		role: ROLES[member.role] ?? 'attendee',
		presenter: member.presenter,
		mayChatPublic: member.mayChatPublic,
		mayChatPrivate: member.mayChatPrivate,
		mayShare: member.mayShare,
		mayAudio: member.mayAudio,
		mayVideo: member.mayVideo,
		hand: member.hand,
		client: CLIENTS[member.client] ?? 'unknown',
		path: PATHS[member.path] ?? 'unknown',
		joinedMs: Number(member.joinedMs),
		removedBefore: member.removedBefore,
		byLink: member.byLink,
		rttMs: replica.rttOf(member.id),
		successor: member.successor,
		actions: policy.memberActions(replica.actorBits(me), replica.targetBits(member.id, me), replica.sessionBits()),
	};
}

/** Null until a full State has come. */
export function sessionView(
	replica: Replica, policy: Policy, welcome: Welcome, skewMs: number, epoch: number,
): SessionView | null {
	const { settings } = replica;
	if (!settings || !replica.members.has(replica.me)) return null;
	const { inside, waiting } = replica.roster();
	const shown = (member: WireMember): Member => shownMember(member, replica, policy);
	return {
		number: welcome.number,
		title: cleanName(welcome.title),
		startedMs: Number(welcome.startedMs),
		clockSkewMs: skewMs,
		me: asMember(replica.me),
		members: inside.map(shown),
		waiting: waiting.map(shown),
		settings: {
			locked: settings.locked,
			lobby: settings.lobby,
			open: settings.open,
			chatPublic: settings.chatPublic,
			chatPrivate: settings.chatPrivate,
			audio: settings.audio,
			video: settings.video,
			presenter: asMember(settings.presenter),
			organizer: asMember(settings.organizer),
		},
		barred: replica.barred.map(({ member, name }) => ({ member: asMember(member), name: cleanName(name) })),
		actions: policy.sessionActions(replica.actorBits(replica.me), replica.sessionBits()),
		keys: { mode: 'service', epoch },
	};
}
