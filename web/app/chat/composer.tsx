// SPDX-License-Identifier: Apache-2.0
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Member, MemberId } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { useStore, type Store } from '../model/store';
import { strings } from '../strings';

const EVERYONE = 0 as MemberId;
/** Of UTF-8, the frame around it counted (docs/protocol.md). */
const BYTES_MAX = 3900;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Why nothing can be written now, or null. */
function silence(store: Store): string | null {
	const t = strings.value.chat;
	const me = store.me.value;
	const settings = store.session.value?.settings;
	if (store.can('chat_public') || store.others.value.some((member) => store.can('chat_private', member.id)))
		return null;
	if (me && !me.mayChatPublic && settings?.chatPublic) return t.offYou;
	if (me && !me.mayChatPublic && me.role !== 'organizer' && !me.mayChatPrivate) return t.offYou;
	return settings?.chatPublic ? null : t.offAll;
}

export function Composer() {
	const store = useStore();
	const reason = silence(store);
	if (reason !== null) return <p class="write write--off dim">{reason}</p>;
	return <Writing />;
}

function hint(tooLong: number, offline: boolean, partner: Member | undefined): string {
	const t = strings.value.chat;
	if (offline) return t.offNow;
	if (tooLong > 0) return t.tooLong(tooLong);
	return partner ? t.privateHint(partner.name) : '';
}

function Writing() {
	const store = useStore();
	const { client, ui } = store;
	const t = strings.value.chat;
	const text = ui.draft.value;
	const offline = !store.connected.value;
	const field = useRef<HTMLTextAreaElement>(null);
	const publicly = store.can('chat_public');
	const partners = store.others.value.filter((member) => store.can('chat_private', member.id));
	const partner = partners.find((member) => member.id === ui.chatTo.value) ?? (publicly ? undefined : partners[0]);
	const tooLong = bytesOf(text) - BYTES_MAX;

	const asked = ui.writeRequest.value;
	// Before the next key comes: it is meant for the field, not for what single keys do.
	useLayoutEffect(() => {
		if (asked !== ui.writeAnswered) field.current?.focus();
		ui.writeAnswered = asked;
	}, [asked]);
	useLayoutEffect(() => {
		const element = field.current;
		if (!element) return;
		element.style.height = 'auto';
		element.style.height = `${element.scrollHeight + 2}px`;
	}, [text]);

	const send = (): void => {
		const line = text.trim();
		if (line === '' || tooLong > 0 || offline) return;
		ui.draft.value = '';
		void store.run(client.sendChat(line, partner ? partner.id : null));
		field.current?.focus();
	};
	return (
		<form
			class={partner ? 'write write--private' : 'write'}
			onSubmit={(event) => {
				event.preventDefault();
				send();
			}}
		>
			<label class="to">
				{t.to}{' '}
				<span class="pick pick--quiet">
					<select
						value={partner?.id ?? EVERYONE}
						onChange={(event) => (ui.chatTo.value = Number(event.currentTarget.value) as MemberId)}
					>
						{publicly && <option value={EVERYONE}>{t.everyone}</option>}
						{partners.map((member) => (
							<option value={member.id}>{member.name}</option>
						))}
					</select>
					<Icon name="down" small />
				</span>
			</label>
			{!publicly && <p class="hint">{t.offPublic}</p>}
			<div class="write-line">
				<textarea
					ref={field}
					class="field"
					rows={1}
					dir="auto"
					aria-label={t.message}
					aria-describedby="write-hint"
					placeholder={t.placeholder}
					value={text}
					onInput={(event) => (ui.draft.value = event.currentTarget.value)}
					onKeyDown={(event) => {
						if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
						event.preventDefault();
						send();
					}}
				/>
				<button class="btn btn--s btn--quiet btn--icon" aria-label={strings.value.send} disabled={offline}>
					<Icon name="send" small />
				</button>
			</div>
			<p class={tooLong > 0 ? 'hint hint--bad' : 'hint write-hint'} id="write-hint">
				{hint(tooLong, offline, partner)}
			</p>
		</form>
	);
}
