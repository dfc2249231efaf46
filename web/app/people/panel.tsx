// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { useStore, type Store } from '../model/store';
import { strings } from '../strings';
import { BarredList } from './barred';
import { PeopleMosaic } from './mosaic';
import { found, inOrder } from './order';
import { Person } from './person';
import { WaitingList } from './waiting';

/** From this many on, a list alone is no overview. */
const MANY = 25;
/** So many rows are drawn at once; the rest is found by name. */
const ROWS_MAX = 250;
const PATHS_EVERY_MS = 10_000;

export function PeoplePanel() {
	const store = useStore();
	const [text, setText] = useState('');
	const t = strings.value.people;
	const session = store.session.value;
	useEffect(() => askForPaths(store), [store]);
	if (!session) return null;
	const members = inOrder(session.members);
	const many = members.length >= MANY;
	const shown = found(members, text);
	const hands = members.filter((member) => member.hand > 0).length;
	return (
		<section class="panel people" aria-labelledby="people-title">
			<header>
				<h2 id="people-title">
					{t.title} <span class="mut num">{members.length}</span>
				</h2>
				<span class="grow" />
				{hands > 0 && (
					<span class="chip chip--ask chip--s">
						<Icon name="hand" small /> {strings.value.room.hands(hands)}
					</span>
				)}
				{store.can('mute') && <MuteAll />}
				{store.can('set_locked') && <LockButton locked={session.settings.locked} />}
			</header>
			<div class="panel-in" tabIndex={-1}>
				<WaitingList />
				{many && <PeopleMosaic members={members} />}
				{many && (
					<div class="find">
						<Icon name="search" small />
						<input
							class="field"
							type="search"
							placeholder={t.find(members.length)}
							aria-label={t.find(members.length)}
							value={text}
							onInput={(event) => setText(event.currentTarget.value)}
						/>
					</div>
				)}
				<ul class="roll">
					{shown.slice(0, ROWS_MAX).map((member) => (
						<Person key={member.id} member={member} />
					))}
				</ul>
				{shown.length === 0 && <p class="panel-note dim">{t.none}</p>}
				{shown.length > ROWS_MAX && <p class="panel-note dim">{t.moreFound(shown.length - ROWS_MAX)}</p>}
				{members.length === 1 && <Alone />}
				<BarredList />
			</div>
		</section>
	);
}

/** How good everybody's connection is, while somebody looks. The server measures after a few seconds. */
function askForPaths({ client }: Store): () => void {
	const ask = (): void => {
		if (document.visibilityState === 'visible') client.askPaths();
	};
	ask();
	const soon = setTimeout(ask, PATHS_EVERY_MS / 2);
	const again = setInterval(ask, PATHS_EVERY_MS);
	return () => {
		clearTimeout(soon);
		clearInterval(again);
	};
}

/** There only when somebody else can be heard. */
function MuteAll() {
	const store = useStore();
	const { me, settings } = store.session.value ?? {};
	const heard = store.media.value.members.some(
		(sent) => sent.audio === 'on' && sent.member !== me && sent.member !== settings?.organizer,
	);
	if (!heard) return null;
	return (
		<button
			type="button"
			class="btn btn--s btn--quiet"
			onClick={() => void store.run(store.client.muteOthers(null, { audio: true, video: false }))}
		>
			{strings.value.media.muteAll}
		</button>
	);
}

function LockButton({ locked }: { locked: boolean }) {
	const store = useStore();
	const t = strings.value.people;
	return (
		<button
			type="button"
			class={`btn btn--s btn--quiet btn--icon${locked ? ' is-on' : ''}`}
			aria-label={locked ? t.unlock : t.lock}
			title={locked ? t.unlock : t.lock}
			onClick={() => void store.run(store.client.setLocked(!locked))}
		>
			<Icon name={locked ? 'lock' : 'unlock'} small />
		</button>
	);
}

function Alone() {
	const { ui } = useStore();
	const t = strings.value.people;
	return (
		<div class="panel-note">
			<p class="dim">{t.alone}</p>
			<button type="button" class="btn btn--s" onClick={() => ui.open({ kind: 'invite' })}>
				<Icon name="invite" small /> {t.aloneInvite}
			</button>
		</div>
	);
}
