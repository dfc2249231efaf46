// SPDX-License-Identifier: Apache-2.0
import type { ChatMessage, MemberId } from '../../sdk/index';
import { clock } from '../model/format';
import { useStore } from '../model/store';
import { Tile } from '../parts/tile';
import { language, strings } from '../strings';

const TOGETHER_MS = 120_000;
const EVERYONE = 0 as MemberId;

/** Lines of one person within two minutes stand under one name. */
function continues(message: ChatMessage, before: ChatMessage | undefined): boolean {
	if (!before || before.from !== message.from || before.to !== message.to) return false;
	return message.at - before.at < TOGETHER_MS;
}

/** The text is text: nothing in it is made into markup or a link. */
export function Message({ message, before }: { message: ChatMessage; before: ChatMessage | undefined }) {
	const store = useStore();
	const t = strings.value.chat;
	const isPrivate = message.to !== EVERYONE;
	const joined = continues(message, before);
	const again = (): void => {
		void store.run(store.client.sendChat(message.text, isPrivate ? message.to : null));
	};
	return (
		<li class={`${isPrivate ? 'priv ' : ''}${joined ? 'more' : ''}`}>
			{!joined && <Tile id={message.from} name={message.fromName} />}
			{!joined && (
				<p class="by">
					<b class="one" dir="auto">
						{message.mine ? strings.value.you(message.fromName) : message.fromName}
					</b>
					{isPrivate && (
						<span class="by-private">{message.mine ? t.onlyTo(message.toName) : t.onlyToYou}</span>
					)}
					<time>{clock(message.at, language.value)}</time>
				</p>
			)}
			<p class="text" dir="auto">
				{message.text}
			</p>
			{message.state === 'failed' && (
				<p class="failed">
					{t.failed}{' '}
					<button type="button" class="btn btn--s" onClick={again}>
						{t.again}
					</button>
				</p>
			)}
			{message.state === 'sending' && <p class="hint">{t.sending}</p>}
		</li>
	);
}
