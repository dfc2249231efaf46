// SPDX-License-Identifier: Apache-2.0
// The line above the picture: whose it is, what it is, how exact; and the sizes.
import type { Screen, ScreenKey } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { useStore } from '../model/store';
import { strings } from '../strings';
import type { Camera } from './camera';

interface CaptionProps {
	readonly screen: Screen;
	readonly screens: readonly Screen[];
	readonly onChoose: (key: ScreenKey) => void;
	readonly camera: Camera;
}

export function Caption({ screen, screens, onChoose, camera }: CaptionProps) {
	const { ui } = useStore();
	const t = strings.value.stage;
	const facts = [t.what(screen.label), `${screen.width} × ${screen.height}`];
	if (screen.state === 'live' && screen.paused === 'none' && camera.isExact.value) facts.push(t.exact);
	return (
		<div class="cap">
			<p class="cap-what">
				<b class="one">
					<bdi>{t.owner(screen.fromName)}</bdi>
				</b>
				<span class="one wide-only">{facts.join(' · ')}</span>
				{screen.state === 'catching_up' && <span class="chip chip--ask chip--s">{t.catchingUp}</span>}
			</p>
			{screens.length > 1 && (
				<div class="seg" role="group" aria-label={t.screens}>
					{screens.map((other, at) => (
						<button
							type="button"
							aria-pressed={other.key === screen.key}
							onClick={() => onChoose(other.key)}
						>
							{t.screenN(at + 1, t.what(other.label))}
						</button>
					))}
				</div>
			)}
			<Sizes camera={camera} />
			{document.fullscreenEnabled && (
				<button
					type="button"
					class="btn btn--s btn--quiet btn--icon"
					aria-label={
						ui.fullScreen.value ? strings.value.room.leaveFullScreen : strings.value.room.fullScreen
					}
					onClick={() => ui.toggleFullScreen()}
				>
					<Icon name={ui.fullScreen.value ? 'unfull' : 'full'} small />
				</button>
			)}
		</div>
	);
}

function Sizes({ camera }: { camera: Camera }) {
	const t = strings.value.stage;
	const named = camera.named.value;
	return (
		<div class="seg sizes" role="group" aria-label={t.size}>
			<button type="button" aria-pressed={named === 'fit'} onClick={() => camera.set('fit')}>
				{t.fit}
			</button>
			<button type="button" aria-pressed={named === 'one'} onClick={() => camera.set('one')}>
				{t.one}
			</button>
			<button type="button" class="seg-step" aria-label={t.zoomOut} onClick={() => camera.step(-1)}>
				<Icon name="minus" small />
			</button>
			<span class="seg-value num">{t.percent(camera.percent.value)}</span>
			<button type="button" class="seg-step" aria-label={t.zoomIn} onClick={() => camera.step(1)}>
				<Icon name="plus" small />
			</button>
		</div>
	);
}
