// SPDX-License-Identifier: Apache-2.0
// The presenter's pointer over a picture that does not contain it. It moves many times a second, so
// it is placed by hand; in shares of the picture's size, so that no zoom has to move it.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Pointer, PointerImage, Screen } from '../../sdk/index';
import { useStore } from '../model/store';

/** A picture made small keeps a pointer that can be seen. */
const SCALE_MIN = 0.75;
const ARROW = { width: 14, height: 20, hotX: 1, hotY: 1, path: 'M1 1v14.2l3.3-3.1 2.2 5.3 2.6-1.1-2.2-5.2h4.6z' };

function paint(canvas: HTMLCanvasElement, image: PointerImage | null): void {
	const { width, height } = image ?? ARROW;
	canvas.width = width;
	canvas.height = height;
	const pen = canvas.getContext('2d');
	if (!pen) return;
	if (image) return pen.putImageData(new ImageData(image.rgba, width, height), 0, 0);
	const arrow = new Path2D(ARROW.path);
	pen.fillStyle = '#000';
	pen.strokeStyle = '#fff';
	pen.lineWidth = 1.2;
	pen.fill(arrow);
	pen.stroke(arrow);
}

function place(canvas: HTMLCanvasElement, { x, y, image }: Pointer, screen: Screen): void {
	const { width, height, hotX, hotY } = image ?? ARROW;
	const percent = (part: number, whole: number): string => `${(part / whole) * 100}%`;
	canvas.style.left = percent(x, screen.width);
	canvas.style.top = percent(y, screen.height);
	canvas.style.width = percent(width, screen.width);
	canvas.style.minWidth = `${width * SCALE_MIN}px`;
	canvas.style.translate = `-${percent(hotX, width)} -${percent(hotY, height)}`;
}

export function PresentersPointer({ screen }: { screen: Screen }) {
	const { client } = useStore();
	const ref = useRef<HTMLCanvasElement>(null);
	useLayoutEffect(() => {
		const canvas = ref.current;
		if (!canvas) return undefined;
		let shape = -1;
		const show = (pointer: Pointer): void => {
			canvas.hidden = pointer.screen !== screen.key;
			if (canvas.hidden) return;
			if (pointer.shape !== shape) paint(canvas, pointer.image);
			shape = pointer.shape;
			place(canvas, pointer, screen);
		};
		show(client.pointer);
		return client.on('pointer', show);
	}, [client, screen.key, screen.width, screen.height]);
	return <canvas ref={ref} class="pointer" hidden aria-hidden="true" />;
}
