// SPDX-License-Identifier: Apache-2.0
// What the viewers see: the presenter's own picture as it comes back from the server. It is fetched
// only while it is shown here and this tab is in sight; otherwise not a byte of it comes.
import { useEffect, useState } from 'preact/hooks';
import type { Screen, Share } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { ago } from '../model/format';
import { useStore } from '../model/store';
import { Canvas } from '../stage/picture';
import { strings } from '../strings';

function useInSight(): boolean {
	const [inSight, set] = useState(document.visibilityState === 'visible');
	useEffect(() => {
		const look = (): void => set(document.visibilityState === 'visible');
		document.addEventListener('visibilitychange', look);
		return () => document.removeEventListener('visibilitychange', look);
	}, []);
	return inSight;
}

/** The words over the picture, where there are any. */
function note(share: Share, screen: Screen | undefined): string | null {
	const t = strings.value.presenter.back;
	if (share.state === 'interrupted') return t.interrupted;
	if (share.paused === 'blank') return t.blank;
	if (share.paused === 'frozen') return t.frozen;
	if (screen?.state === 'unreadable') return t.unreadable;
	if (share.returnLagMs === null) return t.waiting;
	return null;
}

export function ReturnPicture({ share }: { share: Share }) {
	const store = useStore();
	const inSight = useInSight();
	const t = strings.value.presenter.back;
	const screen = store.screens.value.find((one) => one.key === share.screen);
	const words = note(share, screen);
	return (
		<figure class="back">
			<div class="back-in" style={{ aspectRatio: `${share.width || 16} / ${share.height || 9}` }}>
				{inSight && screen && <Canvas key={screen.key} screen={screen.key} />}
			</div>
			<figcaption class={words ? 'back-note' : 'vh'}>{words ?? t.label}</figcaption>
		</figure>
	);
}

/** How old what the viewers see is, in words that need no unit for most. */
export function ReturnLag({ share }: { share: Share }) {
	const t = strings.value.presenter.back;
	if (share.paused !== 'none' || share.state !== 'live' || share.returnLagMs === null) return null;
	return (
		<span class="mut num" title={t.lagHint}>
			{t.ago(ago(share.returnLagMs))}
		</span>
	);
}

export function ReturnSwitch({ label }: { label: string }) {
	const { ui } = useStore();
	const on = ui.seesReturn.value;
	return (
		<button
			type="button"
			class={`btn btn--s btn--quiet btn--icon${on ? ' is-on' : ''}`}
			aria-pressed={on}
			aria-label={label}
			title={label}
			onClick={() => ui.setSeesReturn(!on)}
		>
			<Icon name={on ? 'eye' : 'eyeOff'} small />
		</button>
	);
}
