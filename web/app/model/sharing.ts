// SPDX-License-Identifier: Apache-2.0
// Starting, changing, pausing and ending one's own share. Only a click or a key leads here.
import type { CaptureSource, ShareKey } from '../../sdk/index';
import { strings } from '../strings';
import type { Store } from './store';

/** The browser's own dialog; null when the person said no there. */
async function pick(store: Store): Promise<CaptureSource | null> {
	const picked = await store.client.pickScreen();
	const t = strings.value.presenter;
	if (picked.kind === 'picked') return picked.source;
	if (picked.kind === 'failed') store.tell(`${t.pickFailed} (${picked.code})`);
	if (picked.kind === 'unsupported') store.tell(t.pickUnsupported);
	return null;
}

/** Choosing comes first: whoever cancels there has not taken the presenter's place. */
export async function startSharing(store: Store): Promise<void> {
	const source = await pick(store);
	if (!source) return;
	if (!store.can('share_screen') && !(await store.run(store.client.takePresenter()))) {
		source.cancel();
		return;
	}
	const result = await store.client.startShare(source);
	if (result.kind === 'refused') store.tell(strings.value.refusal[result.reason]);
}

export async function changeWhatIsShared(store: Store, share: ShareKey): Promise<void> {
	const source = await pick(store);
	if (source) await store.run(store.client.changeSource(share, source));
}

export async function togglePause(store: Store): Promise<void> {
	const mode = store.paused.value ? 'none' : store.ui.pauseMode.value;
	await Promise.all(store.shares.value.map((share) => store.run(store.client.pauseShare(share.key, mode))));
}

export async function stopSharing(store: Store): Promise<void> {
	await Promise.all(store.shares.value.map((share) => store.client.stopShare(share.key)));
}
