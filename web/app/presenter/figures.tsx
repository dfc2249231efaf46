// SPDX-License-Identifier: Apache-2.0
// One share: what the viewers see of it, how far that is behind, and, when asked, all numbers.
import type { Share, SharePreference } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { amount, rate } from '../model/format';
import { useStore } from '../model/store';
import { strings } from '../strings';
import { ReturnLag, ReturnPicture, ReturnSwitch } from './return';

const SLOW_LAG_MS = 1500;

export function Figures({ share, place }: { share: Share; place: number }) {
	const { client, ui } = useStore();
	const t = strings.value.presenter;
	const slow = share.state === 'live' && share.lagMs > SLOW_LAG_MS;
	const title = place > 0 ? `${t.shareN(place)}: ${t.what(share.label)}` : t.back.title;
	return (
		<section class="card figures" aria-label={place > 0 ? title : undefined}>
			<header>
				<h3 class="one">{title}</h3>
				<span class="grow" />
				<ReturnLag share={share} />
				<ReturnSwitch label={place > 0 ? `${t.back.show}: ${t.shareN(place)}` : t.back.show} />
			</header>
			{ui.seesReturn.value && <ReturnPicture share={share} />}
			{slow && <p class="figures-slow">{t.slowUplink}</p>}
			<Details share={share} />
			{place > 0 && (
				<button type="button" class="btn btn--s" onClick={() => void client.stopShare(share.key)}>
					<Icon name="stop" small /> {t.stop}
				</button>
			)}
		</section>
	);
}

/** A line of what matters; the rest opens. */
function Details({ share }: { share: Share }) {
	const { ui } = useStore();
	const t = strings.value.presenter;
	return (
		<details
			class="figures-all"
			open={ui.seesFigures.value}
			onToggle={(event) => (ui.seesFigures.value = event.currentTarget.open)}
		>
			<summary>
				<span class="num">
					{`${t.fps(Math.round(share.fps))} · ${rate(share.kbitS)} · ${share.width} × ${share.height}`}
				</span>
			</summary>
			<Preference share={share} />
			<dl>
				{rowsOf(share).map(([label, value]) => (
					<div key={label}>
						<dt>{label}</dt>
						<dd class="num">{value}</dd>
					</div>
				))}
			</dl>
		</details>
	);
}

const PREFERENCES = ['automatic', 'text', 'motion'] as const satisfies readonly SharePreference[];

/** What gives way when the line is too thin: by content, time, or exactness. */
function Preference({ share }: { share: Share }) {
	const store = useStore();
	const t = strings.value.presenter.prefer;
	const id = `prefer-${share.key}`;
	return (
		<div class="figures-prefer">
			<span id={id}>{t.title}</span>
			<div class="seg" role="group" aria-labelledby={id}>
				{PREFERENCES.map((preference) => (
					<button
						key={preference}
						type="button"
						aria-pressed={share.preference === preference}
						onClick={() => void store.run(store.client.preferShare(share.key, preference))}
					>
						{t[preference]}
					</button>
				))}
			</div>
			<p class="dim">{t.hint[share.preference]}</p>
		</div>
	);
}

function rowsOf(share: Share): readonly (readonly [string, string])[] {
	const t = strings.value.presenter;
	const f = t.figures;
	const { totals } = share;
	const rows: (readonly [string, string])[] = [
		[t.lag, t.ms(Math.round(share.lagMs))],
		[f.exact, share.held === 0 ? f.allExact : f.notExact(share.held)],
	];
	if (!totals) return rows;
	rows.push(
		[f.pictures, String(totals.pictures)],
		[f.superseded, String(share.superseded)],
		[f.copies, String(share.copies)],
		[f.sent, amount(totals.bytes)],
		[f.passedOn, amount(totals.bytesOut)],
		[f.frames, f.kinds(totals.deltas, totals.keys, totals.previews)],
		[f.repairs, f.asked(totals.needs, totals.refreshes)],
	);
	if (totals.unreadable > 0) rows.push([f.unreadable, String(totals.unreadable)]);
	if (totals.dropped > 0) rows.push([f.dropped, String(totals.dropped)]);
	return rows;
}
