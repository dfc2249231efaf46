// SPDX-License-Identifier: Apache-2.0
import { useComputed, useSignal } from '@preact/signals';
import { Icon } from '../icons/icon';
import { maySet } from '../model/actions';
import { now } from '../model/clock';
import { elapsed, grouped } from '../model/format';
import { useStore } from '../model/store';
import { Mark } from '../parts/brand';
import { strings } from '../strings';
import { Trust } from './trust';

export function TopBar() {
	const store = useStore();
	const t = strings.value.room;
	const session = store.session.value;
	if (!session) return null;
	const organizer = store.organizer.value;
	const leads = organizer ? (organizer.me ? t.youOrganize : t.organizes(organizer.name)) : t.nobodyOrganizes;
	return (
		<header class="top room-top">
			<Mark />
			<div class="title">
				<h1 class="one">
					<bdi>{store.title.value}</bdi>
				</h1>
				<p class="one">
					<span class="wide-only">{leads} · </span>
					<Elapsed sinceMs={session.startedMs - session.clockSkewMs} />
				</p>
			</div>
			<span class="rule wide-only" />
			<Trust />
			{session.settings.locked && (
				<span class="chip chip--quiet wide-only">
					<Icon name="door" small /> {t.lockedChip}
				</span>
			)}
			<SharingChip />
			<span class="grow" />
			<span class="top-number num wide-only">
				<span class="vh">{t.number} </span>
				<bdi dir="ltr">{grouped(session.number)}</bdi>
			</span>
			<button type="button" class="btn btn--s top-invite" onClick={() => store.ui.open({ kind: 'invite' })}>
				<Icon name="invite" small /> <span class="wide-only">{t.invite}</span>
				<span class="vh narrow-only">{t.invite}</span>
			</button>
			{maySet(store) && (
				<button
					type="button"
					class="btn btn--s btn--quiet btn--icon"
					aria-label={t.settings}
					onClick={() => store.ui.open({ kind: 'settings' })}
				>
					<Icon name="settings" small />
				</button>
			)}
		</header>
	);
}

/** Written into the text itself: nothing else of the room is drawn anew. */
function Elapsed({ sinceMs }: { sinceMs: number }) {
	const since = useSignal(sinceMs);
	since.value = sinceMs;
	const text = useComputed(() => elapsed(now.value - since.value));
	return <span class="num">{text}</span>;
}

/** Cannot be missed and cannot be closed: it stands as long as something is shared. */
function SharingChip() {
	const store = useStore();
	if (!store.sharing.value) return null;
	const t = strings.value.room;
	const paused = store.paused.value;
	return (
		<span class={paused ? 'chip chip--ask' : 'chip chip--live'} role="status">
			<span class={paused ? 'lamp lamp--paused' : 'lamp'} aria-hidden="true" />
			<span class="wide-only">{paused ? t.sharingPaused : t.sharing}</span>
			<span class="narrow-only">{paused ? strings.value.presenter.paused : t.sharing}</span>
		</span>
	);
}
