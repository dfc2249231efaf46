// SPDX-License-Identifier: Apache-2.0
// The line above the picture: whose it is, what it is, how exact; which of several; and the sizes.
import type { Screen } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { useStore } from '../model/store';
import { strings } from '../strings';
import type { Camera } from './camera';

interface CaptionProps {
	readonly screen: Screen;
	/** Null while several are seen: each has its own. */
	readonly camera: Camera | null;
}

export function Caption({ screen, camera }: CaptionProps) {
	const { ui, watched } = useStore();
	const t = strings.value.stage;
	const facts = [t.what(screen.label), `${screen.width} × ${screen.height}`];
	if (screen.state === 'live' && screen.paused === 'none' && camera?.isExact.value) facts.push(t.exact);
	return (
		<div class="cap">
			<p class="cap-what">
				<b class="one">
					<bdi>{t.owner(screen.fromName)}</bdi>
				</b>
				{camera && <span class="one wide-only">{facts.join(' · ')}</span>}
				{camera && screen.state === 'catching_up' && <span class="chip chip--ask chip--s">{t.catchingUp}</span>}
			</p>
			{watched.value.length > 1 && <Choice chosen={camera ? screen : null} screens={watched.value} />}
			{camera && <Sizes camera={camera} />}
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

const NAMED_MAX = 2;

/** Which of the screens, or all of them. */
function Choice({ chosen, screens }: { chosen: Screen | null; screens: readonly Screen[] }) {
	const { ui } = useStore();
	const t = strings.value.stage;
	return (
		<div class="seg" role="group" aria-label={t.screens}>
			{screens.map((screen, at) => {
				const name = t.screenN(at + 1, t.what(screen.label));
				return (
					<button
						type="button"
						aria-label={name}
						title={name}
						aria-pressed={screen.key === chosen?.key}
						onClick={() => (ui.screen.value = screen.key)}
					>
						<span class="wide-only">{screens.length > NAMED_MAX ? at + 1 : name}</span>
						<span class="narrow-only num">{at + 1}</span>
					</button>
				);
			})}
			<button
				type="button"
				class="seg-step"
				aria-label={t.beside}
				title={t.beside}
				aria-pressed={chosen === null}
				onClick={() => (ui.screen.value = 'all')}
			>
				<Icon name="beside" small />
			</button>
		</div>
	);
}

/** Over one of several pictures: which it is, and how to see it alone. */
export function PaneCaption({ name, onChoose }: { name: string; onChoose: () => void }) {
	const t = strings.value.stage;
	return (
		<div class="pane-cap">
			<span class="one">{name}</span>
			<button type="button" class="btn btn--s btn--quiet btn--icon" aria-label={t.onlyThis(name)} onClick={onChoose}>
				<Icon name="screen" small />
			</button>
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
