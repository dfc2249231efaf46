// SPDX-License-Identifier: Apache-2.0
import { useMemo, useState } from 'preact/hooks';
import type { Screen, ScreenKey } from '../../sdk/index';
import { useStore } from '../model/store';
import { Camera } from './camera';
import { Caption } from './caption';
import { EmptyStage } from './empty';
import { OverPicture } from './over';
import { Picture } from './picture';

/** The shared screen, which is the room. */
export function Stage() {
	const { watched } = useStore();
	const [chosen, choose] = useState<ScreenKey | null>(null);
	const screens = watched.value;
	const screen = screens.find((other) => other.key === chosen) ?? screens[0];
	if (!screen) return <EmptyStage />;
	return <Watching key={screen.key} screen={screen} screens={screens} onChoose={choose} />;
}

interface WatchingProps {
	readonly screen: Screen;
	readonly screens: readonly Screen[];
	readonly onChoose: (key: ScreenKey) => void;
}

function Watching({ screen, screens, onChoose }: WatchingProps) {
	const { status } = useStore();
	const camera = useMemo(() => new Camera(), []);
	const away = status.value.kind === 'reconnecting';
	const dimmed = away || screen.paused !== 'none' || screen.state === 'interrupted';
	return (
		<section class={screen.paused === 'blank' ? 'pic pic--blank' : 'pic'}>
			<Caption screen={screen} screens={screens} onChoose={onChoose} camera={camera} />
			<div class="pic-in">
				<Picture screen={screen} camera={camera} dimmed={dimmed} />
				<OverPicture screen={screen} status={status.value} />
			</div>
		</section>
	);
}
