// SPDX-License-Identifier: Apache-2.0
// Keys of the whole page. A single key never acts while somebody types, and can be switched off.
import { doable } from './actions';
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
}
