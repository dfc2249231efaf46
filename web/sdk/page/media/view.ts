// SPDX-License-Identifier: Apache-2.0
import type { MediaRoom } from '../../shared/media';
import type { MediaMember, MemberId } from '../../shared/types';

/** Who sends what, by the room's streams. */
export function membersOf(room: MediaRoom, isPlayable: (stream: number) => boolean): readonly MediaMember[] {
	const members = new Map<MemberId, MediaMember>();
	for (const { stream, from, kind, paused } of room.streams) {
		const known = members.get(from) ?? { member: from, audio: 'none', video: 'none', playable: true };
		members.set(from, {
			...known,
			playable: known.playable && isPlayable(stream),
			...(kind === 'audio' ? { audio: paused ? 'muted' : 'on' } : { video: paused ? 'paused' : 'on' }),
		});
	}
	return [...members.values()];
}
