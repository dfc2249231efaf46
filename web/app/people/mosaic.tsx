// SPDX-License-Identifier: Apache-2.0
import type { Member } from '../../sdk/index';
import { strings } from '../strings';

const TILES_MAX = 400;

function shade(member: Member): string {
	if (member.hand > 0) return 'asks';
	if (member.presenter) return 'live';
	if (member.role === 'organizer') return 'leads';
	return `m${(member.id % 3) + 1}`;
}

/** Many people at one glance: a tile each, coloured for who leads, presents and asks. */
export function PeopleMosaic({ members }: { members: readonly Member[] }) {
	const t = strings.value.people;
	const signal = [
		['leads', t.organizer],
		['live', t.presenter],
		['asks', t.icon.hand],
	] as const;
	return (
		<figure class="many" aria-label={t.mosaic}>
			<div class="many-tiles" aria-hidden="true">
				{members.slice(0, TILES_MAX).map((member) => (
					<i key={member.id} class={shade(member)} title={member.name} />
				))}
			</div>
			<figcaption>
				{signal.map(([look, label]) => (
					<span>
						<i class={look} aria-hidden="true" /> {label}
					</span>
				))}
			</figcaption>
		</figure>
	);
}
