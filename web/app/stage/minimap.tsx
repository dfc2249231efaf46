// SPDX-License-Identifier: Apache-2.0
import { strings } from '../strings';
import type { Camera } from './camera';

const LENGTH = 96;

/** The whole screen in small, and the part that is seen. A press looks there. */
export function MiniMap({ camera }: { camera: Camera }) {
	const { scale, x, y } = camera.at.value;
	const picture = camera.picture.value;
	const stage = camera.stage.value;
	const small = LENGTH / Math.max(picture.width, picture.height, 1);
	const part = {
		left: `${Math.max(0, -x / scale) * small}px`,
		top: `${Math.max(0, -y / scale) * small}px`,
		width: `${Math.min(picture.width, stage.width / scale) * small}px`,
		height: `${Math.min(picture.height, stage.height / scale) * small}px`,
	};
	const look = (event: PointerEvent): void => {
		if (event.type === 'pointermove' && event.buttons !== 1) return;
		event.stopPropagation();
		const map = event.currentTarget as HTMLElement;
		if (event.type === 'pointerdown') map.setPointerCapture(event.pointerId);
		const box = map.getBoundingClientRect();
		camera.lookAt({ x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height });
	};
	return (
		<div
			class="map"
			role="img"
			aria-label={strings.value.stage.map}
			style={{ width: `${picture.width * small}px`, height: `${picture.height * small}px` }}
			onPointerDown={look}
			onPointerMove={look}
		>
			<span class="map-part" style={part} />
		</div>
	);
}
