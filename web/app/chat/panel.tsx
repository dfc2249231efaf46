// SPDX-License-Identifier: Apache-2.0
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useStore } from '../model/store';
import { Mosaic } from '../parts/mosaic';
import { strings } from '../strings';
import { Composer } from './composer';
import { Message } from './message';

const NEAR_END = 40;

export function ChatPanel() {
	const store = useStore();
	const t = strings.value.chat;
	const messages = store.chat.value;
	const log = useRef<HTMLDivElement>(null);
	const [following, follow] = useState(true);
	const { unread, chatSeen } = store.ui;
	useEffect(() => {
		if (chatSeen.value) unread.value = 0;
	}, [chatSeen.value]);
	useLayoutEffect(() => {
		const element = log.current;
		if (element && following) element.scrollTop = element.scrollHeight;
	}, [messages.length, following]);
	const scrolled = (): void => {
		const element = log.current;
		if (element) follow(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END);
	};
	return (
		<section class="panel chat" aria-labelledby="chat-title">
			<header>
				<h2 id="chat-title">{t.title}</h2>
			</header>
			<div class="log" ref={log} tabIndex={0} role="region" aria-label={t.log} onScroll={scrolled}>
				{messages.length === 0 ? (
					<div class="chat-empty">
						<Mosaic kind="empty" />
						<p>
							<b>{t.empty}</b>
						</p>
						<p class="dim">{t.emptyText}</p>
					</div>
				) : (
					<ol>
						{messages.map((message, at) => (
							<Message key={message.id} message={message} before={messages[at - 1]} />
						))}
					</ol>
				)}
			</div>
			{!following && (
				<button type="button" class="btn btn--s chat-down" onClick={() => follow(true)}>
					{t.newMessages}
				</button>
			)}
			<Composer />
		</section>
	);
}
