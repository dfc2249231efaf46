// SPDX-License-Identifier: Apache-2.0
import { useMemo, useRef, useState } from 'preact/hooks';
import type { MemberId } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { clock } from '../model/format';
import { now } from '../model/clock';
import { recall } from '../model/memory';
import { useStore } from '../model/store';
import { Mosaic } from '../parts/mosaic';
import { Page } from '../parts/page';
import { Tile } from '../parts/tile';
import { useTitle } from '../parts/title';
import { language, strings } from '../strings';
import { Preview } from './preview';

const TEXT_MAX = 500;

export function Lobby({ title, locked }: { title: string; locked: boolean }) {
	const { client, media } = useStore();
	const t = strings.value.lobby;
	const wasOpen = useRef(false);
	wasOpen.current ||= media.value.microphone.state !== 'off' || media.value.camera.state !== 'off';
	const name = client.returningName || (recall('name') ?? '');
	const since = useMemo(() => now.peek(), []);
	useTitle(t.pageTitle);
	return (
		<Page class="lobby">
			<Mosaic kind="lobby" />
			<div class="head">
				<h1>{t.title}</h1>
				<p>{locked ? t.leadLocked : t.lead(title)}</p>
			</div>
			<section class="card">
				<div class="lobby-you">
					<Tile id={4 as MemberId} name={name} large />
					<p class="grow">
						<b class="one">
							<bdi>{name}</bdi>
						</b>
						<span class="mut">{t.since(clock(since, language.value))}</span>
					</p>
				</div>
				<Texts />
			</section>
			{wasOpen.current && <Preview />}
			<div class="lobby-foot">
				<p class="hint grow">{t.nothing}</p>
				<button type="button" class="btn btn--quiet" onClick={() => void client.leave()}>
					<Icon name="leave" small /> {t.leave}
				</button>
			</div>
		</Page>
	);
}

function Texts() {
	const store = useStore();
	const t = strings.value.lobby;
	const [text, setText] = useState('');
	const field = useRef<HTMLInputElement>(null);
	const send = async (event: SubmitEvent): Promise<void> => {
		event.preventDefault();
		const line = text.trim();
		if (line === '') return;
		if (await store.run(store.client.sendLobbyText(null, line))) setText('');
		field.current?.focus();
	};
	return (
		<div class="lobby-texts">
			{store.lobbyTexts.value.length > 0 && (
				<ol aria-label={t.texts}>
					{store.lobbyTexts.value.map((message) => (
						<li key={message.id} class={message.mine ? 'said' : 'said said--other'}>
							{!message.mine && <b>{t.from}</b>}
							<span dir="auto">{message.text}</span>
							<time>{clock(message.at, language.value)}</time>
						</li>
					))}
				</ol>
			)}
			<form onSubmit={(event) => void send(event)}>
				<label class="label" for="line">
					{t.line}
				</label>
				<div class="lobby-line">
					<input
						ref={field}
						id="line"
						class="field"
						autocomplete="off"
						maxLength={TEXT_MAX}
						dir="auto"
						placeholder={t.linePlaceholder}
						value={text}
						onInput={(event) => setText(event.currentTarget.value)}
					/>
					<button class="btn">{strings.value.send}</button>
				</div>
			</form>
		</div>
	);
}
