// SPDX-License-Identifier: Apache-2.0
import type { Member } from '../../sdk/index';

/** Who leads first, who presents, the hands in their order, me, then as they came. */
function rank(member: Member): number {
	if (member.role === 'organizer') return 0;
	if (member.presenter) return 1;
	if (member.hand > 0) return 2;
	return member.me ? 3 : 4;
}

export function inOrder(members: readonly Member[]): Member[] {
	return [...members].sort((a, b) => rank(a) - rank(b) || a.hand - b.hand || a.joinedMs - b.joinedMs || a.id - b.id);
}

/** By parts of the name, whatever the case and the accents. */
export function found(members: readonly Member[], text: string): readonly Member[] {
	const plain = (value: string): string =>
		value
			.normalize('NFD')
			.replace(/\p{Diacritic}/gu, '')
			.toLowerCase();
	const wanted = plain(text.trim());
	return wanted === '' ? members : members.filter((member) => plain(member.name).includes(wanted));
}
