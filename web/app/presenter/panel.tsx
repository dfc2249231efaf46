// SPDX-License-Identifier: Apache-2.0
// What the presenter sees instead of his own screen: that it is seen, by whom, and how to stop.
import type { Share } from '../../sdk/index';
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { now } from '../model/clock';
import { duration } from '../model/format';
import { changeWhatIsShared, startSharing, stopSharing, togglePause } from '../model/sharing';
import { useStore } from '../model/store';
import { strings } from '../strings';
import { Figures } from './figures';
import { Viewers } from './viewers';

const SHARES_MAX = 4;

export function PresenterPanel() {
	const store = useStore();
	const shares = store.shares.value;
	const first = shares[0];
	if (!first) return null;
	return (
		<section class="presenting" aria-label={strings.value.presenter.title} id="stage" tabIndex={-1}>
			<div class="presenting-in">
				<State shares={shares} first={first} />
				<div class="presenting-col">
					{shares.map((share, at) => (
						<Figures key={share.key} share={share} place={shares.length > 1 ? at + 1 : 0} />
					))}
					<Viewers shares={shares} />
				</div>
			</div>
		</section>
	);
}

function headline(share: Share, paused: boolean): string {
	const t = strings.value.presenter;
	if (share.state === 'interrupted') return t.interrupted;
	if (share.state === 'opening') return t.opening;
	return paused ? t.paused : t.sharing;
}

function State({ shares, first }: { shares: readonly Share[]; first: Share }) {
	const store = useStore();
	const t = strings.value.presenter;
	const paused = store.paused.value;
	const since = paused ? store.pausedSince.value : store.sharingSince.value;
	const time = duration(now.value - since);
	const broken = first.state === 'interrupted';
	const viewers = Math.max(...shares.map((share) => share.viewers));
	const what = shares.map((share) => t.what(share.label)).join(' + ');
	return (
		<section class={paused ? 'state state--paused' : 'state'}>
			<p class="state-on num">
				<span class={paused ? 'lamp lamp--paused' : 'lamp'} aria-hidden="true" />{' '}
				{broken ? strings.value.stage.away : paused ? t.pausedFor(time) : t.live(time)}
			</p>
			<h2>{headline(first, paused)}</h2>
			<p class="state-what">{t.to(what, viewers)}</p>
			<Sentence share={first} />
			<div class="state-acts">
				<button type="button" class="btn btn--big" onClick={() => void togglePause(store)}>
					<Icon name={paused ? 'play' : 'pause'} /> {paused ? t.goOn : t.pause}
				</button>
				<button type="button" class="btn btn--big btn--live" onClick={() => void stopSharing(store)}>
					<Icon name="stop" /> {t.stop}
				</button>
			</div>
			<PauseChoice />
			<ul class="state-list">
				{shares.map((share, at) => (
					<li key={share.key}>
						<Act
							icon="window"
							label={shares.length > 1 ? `${t.other}: ${t.shareN(at + 1)}` : t.other}
							hint={t.otherHint}
							run={() => void changeWhatIsShared(store, share.key)}
						/>
					</li>
				))}
				{shares.length < SHARES_MAX && (
					<li>
						<Act icon="plus" label={t.second} hint={t.secondHint} run={() => void startSharing(store)} />
					</li>
				)}
				{store.others.value.some((member) => store.can('make_presenter', member.id)) && (
					<li>
						<Act
							icon="swap"
							label={t.handOver}
							hint={t.handOverHint}
							run={() => store.ui.open({ kind: 'pass' })}
						/>
					</li>
				)}
			</ul>
		</section>
	);
}

/** The one sentence that the state needs, if it needs one. */
function Sentence({ share }: { share: Share }) {
	const t = strings.value.presenter;
	const text =
		share.state === 'interrupted'
			? t.interruptedText
			: share.paused === 'blank'
				? t.blank
				: share.paused === 'frozen'
					? t.frozen
					: null;
	return text === null ? null : <p class="state-sentence">{text}</p>;
}

/** Chosen before or during a pause; a running pause changes at once. */
function PauseChoice() {
	const store = useStore();
	const { client, ui } = store;
	const t = strings.value.presenter;
	const choose = (mode: 'frozen' | 'blank'): void => {
		ui.setPauseMode(mode);
		if (!store.paused.value) return;
		for (const share of store.shares.value) void store.run(client.pauseShare(share.key, mode));
	};
	return (
		<div class="state-pause">
			<span id="when-paused">{t.whenPaused}</span>
			<div class="seg" role="group" aria-labelledby="when-paused">
				<button type="button" aria-pressed={ui.pauseMode.value === 'frozen'} onClick={() => choose('frozen')}>
					{t.theLast}
				</button>
				<button type="button" aria-pressed={ui.pauseMode.value === 'blank'} onClick={() => choose('blank')}>
					{t.nothing}
				</button>
			</div>
		</div>
	);
}

function Act({ icon, label, hint, run }: { icon: IconName; label: string; hint: string; run: () => void }) {
	return (
		<button type="button" class="act" onClick={run}>
			<Icon name={icon} />
			<span class="grow">
				{label}
				<small>{hint}</small>
			</span>
			<Icon name="right" small />
		</button>
	);
}
