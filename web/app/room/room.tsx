// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { announce } from '../model/announcer';
import { announceRoom } from '../model/announceroom';
import { listenForKeys } from '../model/keys';
import { useStore } from '../model/store';
import { useTitle } from '../parts/title';
import { PresenterPanel } from '../presenter/panel';
import { Strip } from '../stage/faces';
import { MediaNotes } from '../stage/medianotes';
import { Stage } from '../stage/stage';
import { strings } from '../strings';
import { ControlBar } from './controlbar';
import { Dialogs } from './dialogs';
import { NoticeBar } from './notice';
import { Side } from './side';
import { TopBar } from './topbar';

export function Room() {
	const store = useStore();
	const { ui } = store;
	const t = strings.value.room;
	const sharing = store.sharing.value;
	useTitle(sharing ? t.sharingTitle(store.title.value) : t.pageTitle(store.title.value));
	useEffect(() => {
		const abort = new AbortController();
		listenForKeys(store, abort.signal);
		announce(store.title.value);
		const silence = announceRoom(store);
		return () => {
			abort.abort();
			silence();
		};
	}, [store]);
	useWarningBeforeUnload(sharing);
	const awake = useAwake(ui.fullScreen.value);
	const side = ui.narrow.value || ui.people.value || ui.chat.value;
	const look = [
		'room',
		!side && 'room--wide',
		ui.fullScreen.value && 'room--full',
		awake && 'room--awake',
		sharing && 'room--sharing',
		store.paused.value && 'room--paused',
	];
	return (
		<div class={look.filter(Boolean).join(' ')}>
			<a class="skip" href="#stage" onClick={skipToStage}>
				{t.toStage}
			</a>
			<TopBar />
			<main class="stage">
				{(sharing || store.staged.value.length > 0) && <Strip />}
				{sharing ? <PresenterPanel /> : <Stage />}
				<div class="notices">
					<MediaNotes />
					<NoticeBar />
				</div>
				<ControlBar />
			</main>
			{side && <Side />}
			<Dialogs />
		</div>
	);
}

function skipToStage(event: MouseEvent): void {
	event.preventDefault();
	document.getElementById('stage')?.focus();
}

/** The browser asks before a tab that shares is closed by mistake. */
function useWarningBeforeUnload(sharing: boolean): void {
	useEffect(() => {
		if (!sharing) return undefined;
		const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
		addEventListener('beforeunload', ask);
		return () => removeEventListener('beforeunload', ask);
	}, [sharing]);
}

const AWAKE_MS = 2500;

/** In full screen: true while the pointer or a key moves, and a little longer. */
function useAwake(on: boolean): boolean {
	const [awake, setAwake] = useState(false);
	useEffect(() => {
		if (!on) return undefined;
		const abort = new AbortController();
		let timer = 0;
		const wake = (): void => {
			setAwake(true);
			clearTimeout(timer);
			timer = window.setTimeout(() => setAwake(false), AWAKE_MS);
		};
		for (const event of ['pointermove', 'pointerdown', 'keydown'])
			addEventListener(event, wake, { signal: abort.signal });
		wake();
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [on]);
	return on && awake;
}
