// SPDX-License-Identifier: Apache-2.0
// People and chat: above each other where there is room, as two tabs where there is not.
import { useEffect, useState } from 'preact/hooks';
import { ChatPanel } from '../chat/panel';
import type { Side as Which } from '../model/ui';
import { useStore } from '../model/store';
import { PeoplePanel } from '../people/panel';
import { strings } from '../strings';

/** A picture that does not come keeps nothing else away for longer. */
const PICTURE_FIRST_MS = 1000;

/** False while the first picture is on its way: it does not wait for what stands beside it. */
function usePictureFirst(): boolean {
	const { watched } = useStore();
	const [isShown, show] = useState(false);
	const isAwaited = watched.value.some((screen) => screen.state === 'opening');
	useEffect(() => {
		if (isShown) return undefined;
		const timer = setTimeout(() => show(true), isAwaited ? PICTURE_FIRST_MS : 0);
		return () => clearTimeout(timer);
	}, [isShown, isAwaited]);
	return isShown;
}

export function Side() {
	const { ui } = useStore();
	const narrow = ui.narrow.value;
	const tab = ui.tab.value;
	if (!usePictureFirst()) return <aside class="side" aria-label={strings.value.room.mainPanel} />;
	if (!narrow) {
		return (
			<aside class="side" aria-label={strings.value.room.mainPanel}>
				{ui.people.value && <PeoplePanel />}
				{ui.chat.value && <ChatPanel />}
			</aside>
		);
	}
	return (
		<aside class="side" aria-label={strings.value.room.mainPanel}>
			<Tabs />
			<div class="side-tab" role="tabpanel" id="side-panel" aria-labelledby={`tab-${tab}`}>
				{tab === 'chat' ? <ChatPanel /> : <PeoplePanel />}
			</div>
		</aside>
	);
}

function Tabs() {
	const { ui, session } = useStore();
	const t = strings.value.room;
	const waiting = session.value?.waiting.length ?? 0;
	const tabs: readonly Which[] = ['chat', 'people'];
	const other = (event: KeyboardEvent): void => {
		if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
		const next = ui.tab.value === 'chat' ? 'people' : 'chat';
		ui.show(next);
		document.getElementById(`tab-${next}`)?.focus();
	};
	return (
		<div class="tabs" role="tablist" aria-label={t.mainPanel} onKeyDown={other}>
			{tabs.map((tab) => (
				<button
					type="button"
					role="tab"
					id={`tab-${tab}`}
					aria-controls="side-panel"
					aria-selected={ui.tab.value === tab}
					tabIndex={ui.tab.value === tab ? 0 : -1}
					onClick={() => ui.show(tab)}
				>
					{tab === 'chat' ? t.chat : `${t.people} ${session.value?.members.length ?? 0}`}
					{tab === 'chat' && ui.unread.value > 0 && <span class="tab-new"> · {ui.unread.value}</span>}
					{tab === 'people' && waiting > 0 && <span class="tab-ask"> · {t.waits(waiting)}</span>}
				</button>
			))}
		</div>
	);
}
