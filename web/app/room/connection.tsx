// SPDX-License-Identifier: Apache-2.0
// How sound and cameras get on: what this network lets through, and everybody's line in figures.
import { nameOrYou } from '../model/format';
import { gradeText, lineFigures, waysOf } from '../model/media';
import { useStore, type Store } from '../model/store';
import { Dialog } from '../parts/dialog';
import { Tile } from '../parts/tile';
import { Ways, pagePort } from '../parts/ways';
import { strings } from '../strings';
import type { MediaPeople, Member } from '../../sdk/index';

type Quality = MediaPeople['qualities'][number];
interface Line {
	readonly member: Member;
	readonly quality: Quality;
}

const ORDER = ['lost', 'poor', 'fair', 'good', 'unknown'] as const;

/** One's own first, then the worst. */
function linesOf(store: Store): Line[] {
	const lines = store.voices.value.qualities.flatMap((quality): Line[] => {
		const member = store.memberOf(quality.member);
		return member ? [{ member, quality }] : [];
	});
	const rank = ({ member, quality }: Line): number => (member.me ? -1 : ORDER.indexOf(quality.grade));
	return lines.sort((a, b) => rank(a) - rank(b) || a.member.id - b.member.id);
}

export function ConnectionDialog({ onClose }: { onClose: () => void }) {
	const store = useStore();
	const t = strings.value.connection;
	const lines = linesOf(store);
	return (
		<Dialog title={t.title} onClose={onClose} wide>
			<h3 class="label">{t.ways}</h3>
			<Ways ways={waysOf(store, pagePort())} />
			<h3 class="label">{t.people}</h3>
			{lines.length === 0 && <p class="dim">{t.nobody}</p>}
			<ul class="lines">
				{lines.map((line) => (
					<LineRow key={line.member.id} {...line} />
				))}
			</ul>
		</Dialog>
	);
}

function LineRow({ member, quality }: Line) {
	const store = useStore();
	const t = strings.value.connection;
	return (
		<li>
			<Tile id={member.id} name={member.name} />
			<p>
				<b class="one" dir="auto">
					{nameOrYou(member)}
				</b>
				<span class={`lines-grade lines-grade--${quality.grade}`}>
					{quality.grade === 'unknown' ? t.unknown : gradeText(quality)}
				</span>
			</p>
			<dl>
				{lineFigures(store, quality).map(([label, value]) => (
					<div key={label}>
						<dt>{label}</dt>
						<dd class="num">{value}</dd>
					</div>
				))}
			</dl>
		</li>
	);
}
