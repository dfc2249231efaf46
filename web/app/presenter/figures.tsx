// SPDX-License-Identifier: Apache-2.0
import type { Share } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { rate } from '../model/format';
import { useStore } from '../model/store';
import { strings } from '../strings';

const SLOW_LAG_MS = 1500;

/** What leaves this machine, in numbers. */
export function Figures({ share, place }: { share: Share; place: number }) {
	const { client } = useStore();
	const t = strings.value.presenter;
	const slow = share.state === 'live' && share.lagMs > SLOW_LAG_MS;
	const rows = [
		[t.rate, t.fps(Math.round(share.fps))],
		[t.uplink, rate(share.kbitS)],
		[t.lag, t.ms(Math.round(share.lagMs))],
	] as const;
	return (
		<section class="card figures">
			<header>
				<Icon name="path" small />
				<h3 class="one">{place > 0 ? `${t.shareN(place)}: ${t.what(share.label)}` : t.what(share.label)}</h3>
				<span class="grow" />
				<span class="mut num">{`${share.width} × ${share.height}`}</span>
			</header>
			<dl>
				{rows.map(([label, value]) => (
					<div>
						<dt>{label}</dt>
						<dd class="num">{value}</dd>
					</div>
				))}
			</dl>
			{slow && <p class="figures-slow">{t.slowUplink}</p>}
			{place > 0 && (
				<button type="button" class="btn btn--s" onClick={() => void client.stopShare(share.key)}>
					<Icon name="stop" small /> {t.stop}
				</button>
			)}
		</section>
	);
}
