// SPDX-License-Identifier: Apache-2.0
// One shared screen in its stage. The worker draws; here is only where the canvas stands.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Screen, ScreenKey } from '../../sdk/index';
import { useStore } from '../model/store';
import { strings } from '../strings';
import type { Camera } from './camera';
import { listenForGestures } from './gestures';
import { MiniMap } from './minimap';
import { PresentersPointer } from './pointer';
import { snapped } from './viewport';

/** A canvas can be handed over once, so each screen gets one of its own. */
export function Canvas({ screen }: { screen: ScreenKey }) {
	const { client } = useStore();
	const ref = useRef<HTMLCanvasElement>(null);
	useLayoutEffect(() => {
		const canvas = ref.current;
		if (!canvas) return undefined;
		client.attachCanvas(screen, canvas.transferControlToOffscreen());
		return () => client.detachCanvas(screen);
	}, []);
	return <canvas ref={ref} class="canvas" aria-hidden="true" />;
}

interface PictureProps {
	readonly screen: Screen;
	readonly camera: Camera;
	readonly dimmed: boolean;
	readonly id: string | undefined;
}

export function Picture({ screen, camera, dimmed, id }: PictureProps) {
	const t = strings.value.stage;
	const view = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const element = view.current;
		if (!element) return undefined;
		const abort = new AbortController();
		const measure = (): void => {
			camera.stage.value = { width: element.clientWidth, height: element.clientHeight };
			camera.ratio.value = devicePixelRatio;
		};
		const observer = new ResizeObserver(measure);
		measure();
		// Another monitor may have other pixels while the layout stays as it is.
		const watchRatio = (): void => {
			const media = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
			const change = (): void => {
				measure();
				watchRatio();
			};
			media.addEventListener('change', change, { once: true, signal: abort.signal });
		};
		watchRatio();
		observer.observe(element);
		listenForGestures(element, camera, abort.signal);
		return () => {
			observer.disconnect();
			abort.abort();
		};
	}, [camera]);
	useLayoutEffect(() => {
		camera.picture.value = { width: screen.width, height: screen.height };
	}, [camera, screen.width, screen.height]);

	const { x, y, scale } = camera.at.value;
	const ratio = camera.ratio.value;
	const style = {
		width: `${screen.width * scale}px`,
		height: `${screen.height * scale}px`,
		transform: `translate(${snapped(x, ratio)}px, ${snapped(y, ratio)}px)`,
	};
	const onKeyDown = (event: KeyboardEvent): void => {
		if (event.ctrlKey || event.metaKey || event.altKey || !camera.handleKey(event.key)) return;
		event.preventDefault();
		event.stopPropagation();
	};
	return (
		<div
			ref={view}
			class={`view${dimmed ? ' view--dimmed' : ''}${camera.isLarger.value ? ' view--pan' : ''}`}
			id={id}
			tabIndex={0}
			role="application"
			aria-roledescription={t.roledescription}
			aria-label={`${t.label(screen.fromName)}. ${t.help}`}
			onKeyDown={onKeyDown}
		>
			<div class={camera.isCrisp.value ? 'sheet sheet--crisp' : 'sheet'} style={style}>
				<Canvas key={screen.key} screen={screen.key} />
				<PresentersPointer screen={screen} />
			</div>
			{camera.isLarger.value && <MiniMap camera={camera} />}
		</div>
	);
}
