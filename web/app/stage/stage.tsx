// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo } from 'preact/hooks';
import type { Screen } from '../../sdk/index';
import { useStore } from '../model/store';
import { strings } from '../strings';
import { Camera } from './camera';
import { Caption, PaneCaption } from './caption';
import { EmptyStage } from './empty';
import { facesOf, Grid } from './faces';
import { OverPicture } from './over';
import { Picture } from './picture';

/** The shared screens, which are the room: one of them, or all side by side. */
export function Stage() {
	const store = useStore();
	const { client, watched, staged } = store;
	const shown = staged.value;
	const hidden = watched.value.filter((screen) => !shown.includes(screen)).map((screen) => screen.key);
	// What nobody looks at is not sent either.
	useEffect(() => hidden.forEach((key) => client.detachCanvas(key)), [client, hidden.join()]);
	const [first] = shown;
	if (first) return <Watching first={first} shown={shown} />;
	return facesOf(store).length > 0 && store.connected.value ? <Grid /> : <EmptyStage />;
}

function Watching({ first, shown }: { first: Screen; shown: readonly Screen[] }) {
	const { watched } = useStore();
	const many = shown.length > 1;
	const camera = useMemo(() => new Camera('auto'), [first.key]);
	return (
		<section class={many ? 'pic pic--many' : 'pic'}>
			<Caption screen={first} camera={many ? null : camera} />
			<div class="pic-in" data-screens={shown.length}>
				{shown.map((screen) => (
					<Pane
						key={screen.key}
						screen={screen}
						camera={many ? null : camera}
						place={watched.value.indexOf(screen) + 1}
						isFirst={screen === first}
					/>
				))}
			</div>
		</section>
	);
}

interface PaneProps {
	readonly screen: Screen;
	/** That of the stage when this is the only one. */
	readonly camera: Camera | null;
	readonly place: number;
	readonly isFirst: boolean;
}

/** Stays as it is when others come beside it or go, and so does its canvas. */
function Pane({ screen, camera, place, isFirst }: PaneProps) {
	const { status, ui } = useStore();
	const own = useMemo(() => new Camera('fit'), []);
	const away = status.value.kind === 'reconnecting';
	const dimmed = away || screen.paused !== 'none' || screen.state === 'interrupted';
	const t = strings.value.stage;
	return (
		<div class={screen.paused === 'blank' ? 'pane pane--blank' : 'pane'}>
			{camera === null && (
				<PaneCaption
					name={t.screenN(place, t.what(screen.label))}
					onChoose={() => (ui.screen.value = screen.key)}
				/>
			)}
			<div class="pane-in">
				<Picture screen={screen} camera={camera ?? own} dimmed={dimmed} id={isFirst ? 'stage' : undefined} />
				<OverPicture screen={screen} status={status.value} />
			</div>
		</div>
	);
}
