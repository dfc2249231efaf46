// SPDX-License-Identifier: Apache-2.0
import type { Lagging, Share } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { rate, seconds } from '../model/format';
import { useStore } from '../model/store';
import { Tile } from '../parts/tile';
import { strings } from '../strings';

const SLOW_MS = 1000;
const SHOWN_MAX = 8;

/** Of several shared screens a viewer is as late as on the latest. */
function latest(shares: readonly Share[]): Lagging[] {
	const worst = new Map<number, Lagging>();
	for (const viewer of shares.flatMap((share) => share.behind)) {
		const known = worst.get(viewer.member);
		if (!known || known.lagMs < viewer.lagMs) worst.set(viewer.member, viewer);
	}
	return [...worst.values()].sort((a, b) => b.lagMs - a.lagMs);
}

/** Who lags, so that the presenter can wait for them. */
export function Viewers({ shares }: { shares: readonly Share[] }) {
	const store = useStore();
	const t = strings.value.presenter;
	const behind = latest(shares);
	const paused = shares.some((share) => share.paused !== 'none'); // then the state says what they see
	const viewers = Math.max(...shares.map((share) => share.viewers));
	const late = Math.max(behind.length, ...shares.map((share) => share.late));
	const inStep = Math.max(0, viewers - late);
	return (
		<section class="card viewers" aria-labelledby="viewers-title">
			<header>
				<Icon name="people" small />
				<h3 id="viewers-title">{t.viewers}</h3>
				<span class="grow" />
				<span class="mut num">
					{viewers > 0 && t.inStep(inStep)}
					{late > 0 && `, ${t.behind(late)}`}
				</span>
			</header>
			{behind.length === 0 && !paused && <p class="dim viewers-note">{viewers > 0 ? t.allInStep : t.noViewers}</p>}
			<ul>
				{behind.slice(0, SHOWN_MAX).map((viewer) => {
					const name = store.memberOf(viewer.member)?.name ?? '';
					return (
						<li key={viewer.member}>
							<Tile id={viewer.member} name={name} />
							<span class="n">
								<b class="one">
									<bdi>{name}</bdi>
								</b>
								<small class="one">
									{viewer.lagMs >= SLOW_MS ? t.slow : t.soon}
									{viewer.kbitS > 0 && ` · ${rate(viewer.kbitS)}`}
								</small>
							</span>
							<Bars lagMs={viewer.lagMs} />
							<span class="num viewers-lag">{seconds(viewer.lagMs)} s</span>
						</li>
					);
				})}
			</ul>
			{late > SHOWN_MAX && <p class="dim viewers-note">{t.moreBehind(late - SHOWN_MAX)}</p>}
		</section>
	);
}

function Bars({ lagMs }: { lagMs: number }) {
	const full = lagMs < 300 ? 4 : lagMs < SLOW_MS ? 3 : lagMs < 3000 ? 2 : 1;
	const look = full >= 3 ? 'bars bars--good' : 'bars bars--slow';
	return (
		<span class={look} aria-hidden="true">
			{[1, 2, 3, 4].map((bar) => (
				<i class={bar <= full ? 'f' : ''} />
			))}
		</span>
	);
}
