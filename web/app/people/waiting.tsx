// SPDX-License-Identifier: Apache-2.0
// Who waits in the lobby. Ochre, since here somebody asks.
import { useRef, useState } from 'preact/hooks';
import type { Member } from '../../sdk/index';
import { now } from '../model/clock';
import { useStore } from '../model/store';
import { Tile } from '../parts/tile';
import { strings } from '../strings';

const MINUTE = 60_000;
const TEXT_MAX = 500;

export function WaitingList() {
	const store = useStore();
	const t = strings.value.people;
	const waiting = store.session.value?.waiting ?? [];
	if (waiting.length === 0) return null;
	return (
		<section class="knocks" aria-label={t.waiting}>
			{waiting.length > 1 && (
				<header>
					<h3 class="grow">{strings.value.room.waits(waiting.length)}</h3>
					{store.can('admit') && (
						<button
							type="button"
							class="btn btn--s"
							onClick={() => void store.run(store.client.admit(null))}
						>
							{t.admitAll(waiting.length)}
						</button>
					)}
				</header>
			)}
			<ul>
				{waiting.map((member) => (
					<Waiter key={member.id} member={member} />
				))}
			</ul>
		</section>
	);
}

function Waiter({ member }: { member: Member }) {
	const store = useStore();
	const t = strings.value.people;
	const { client } = store;
	const skew = store.session.value?.clockSkewMs ?? 0;
	const minutes = Math.max(0, Math.floor((now.value + skew - member.joinedMs) / MINUTE));
	const facts = [!member.byLink && t.cameByNumber, member.removedBefore && t.wasRemoved].filter(Boolean);
	const texts = store.lobbyTexts.value.filter((message) => message.waiter === member.id);
	return (
		<li class="knock">
			<Tile id={member.id} name={member.name} />
			<p class="knock-who">
				<b class="one" title={member.name}>
					<bdi>{t.waits(member.name)}</bdi>
				</b>
				<small>{t.waitsSince(minutes)}</small>
			</p>
			<div class="knock-acts">
				{store.can('deny', member.id) && (
					<button
						type="button"
						class="btn btn--s btn--quiet"
						aria-label={`${t.notNow}: ${member.name}`}
						onClick={() => void store.run(client.deny(member.id))}
					>
						{t.notNow}
					</button>
				)}
				{store.can('admit', member.id) && (
					<button
						type="button"
						class="btn btn--s"
						aria-label={`${t.admit}: ${member.name}`}
						onClick={() => void store.run(client.admit(member.id))}
					>
						{t.admit}
					</button>
				)}
			</div>
			{facts.length > 0 && <p class="knock-facts">{facts.join(', ')}</p>}
			{texts.length > 0 && (
				<ol class="knock-texts">
					{texts.map((message) => (
						<li key={message.id} class={message.mine ? 'mut' : ''}>
							{message.mine && `${t.saysYou}: `}
							<span dir="auto">{message.text}</span>
						</li>
					))}
				</ol>
			)}
			{store.can('lobby_text', member.id) && <Answer member={member} />}
		</li>
	);
}

function Answer({ member }: { member: Member }) {
	const store = useStore();
	const t = strings.value.people;
	const [text, setText] = useState('');
	const field = useRef<HTMLInputElement>(null);
	const send = async (event: SubmitEvent): Promise<void> => {
		event.preventDefault();
		const line = text.trim();
		if (line !== '' && (await store.run(store.client.sendLobbyText(member.id, line)))) setText('');
		field.current?.focus();
	};
	return (
		<details class="knock-answer">
			<summary aria-label={`${t.write}: ${member.name}`}>{t.write}</summary>
			<form onSubmit={(event) => void send(event)}>
				<input
					ref={field}
					class="field"
					dir="auto"
					autocomplete="off"
					maxLength={TEXT_MAX}
					aria-label={t.writeLabel(member.name)}
					value={text}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
				<button class="btn">{strings.value.send}</button>
			</form>
		</details>
	);
}
