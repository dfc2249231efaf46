// SPDX-License-Identifier: Apache-2.0
// Keys of the whole page. A single key never acts while somebody types, and can be switched off.
import { doable } from './actions';
import { talk } from './media';
import type { Store } from './store';

const isTyping = (target: EventTarget | null): boolean =>
	target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));

function singleKey(store: Store, event: KeyboardEvent): boolean {
	if (!store.ui.singleKeys.value || isTyping(event.target) || document.querySelector(':popover-open')) return false;
	if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
	const action = doable(store).find((candidate) => candidate.key === event.key.toLowerCase());
	action?.run();
	return action !== undefined;
}

/**
 * A space on a button presses it, elsewhere it is push to talk. What was clicked is focused as well, but nobody who mutes
 * himself with the mouse and then holds the space bar means that button: it would open the microphone at the key's release.
 */
const isPressing = (target: EventTarget | null, clicked: EventTarget | null): boolean =>
	isTyping(target)
	|| (target instanceof HTMLElement && target !== clicked && target.closest('button, a, summary') !== null);

/** Heard while the space bar is held, by who is muted; lets go when the window is left, too. */
function listenForTalk(store: Store, signal: AbortSignal): void {
	let talking = false;
	let clicked: EventTarget | null = null;
	const end = (): void => {
		if (talking) talk(store, false);
		talking = false;
	};
	addEventListener('keydown', (event) => {
		if (event.key !== ' ' || event.ctrlKey || event.metaKey || event.altKey) return;
		if (talking) return event.preventDefault();
		if (event.repeat || !store.ui.singleKeys.value || store.ui.dialog.value !== null) return;
		if (isPressing(event.target, clicked)) return;
		talking = talk(store, true);
		if (talking) event.preventDefault();
	}, { signal });
	addEventListener('keyup', (event) => {
		if (event.key === ' ') end();
	}, { signal });
	addEventListener('focusin', () => (clicked = null), { signal });
	addEventListener('click', ({ detail }) => (clicked = detail > 0 ? document.activeElement : null), { signal });
	// Where a key is released without a word to the page: another window, a menu of the browser, macOS while Command is held.
	addEventListener('blur', end, { signal });
	addEventListener('contextmenu', end, { signal });
	document.addEventListener('visibilitychange', end, { signal });
	addEventListener('keydown', (event) => {
		if (event.key === 'Meta') end();
	}, { signal });
	signal.addEventListener('abort', end);
}

/** Listens until the signal aborts. */
export function listenForKeys(store: Store, signal: AbortSignal): void {
	const handle = (event: KeyboardEvent): void => {
		if (store.ui.dialog.value !== null) return;
		if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'k') {
			event.preventDefault();
			store.ui.open({ kind: 'palette' });
		} else if (singleKey(store, event)) {
			event.preventDefault();
		}
	};
	addEventListener('keydown', handle, { signal });
	listenForTalk(store, signal);
}
