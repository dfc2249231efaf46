// SPDX-License-Identifier: Apache-2.0
// Wheel, drag and pinch on the stage, as moves of the camera.
import type { Camera } from './camera';
import type { Point } from './viewport';

const WHEEL_PER_STEP = 240;

/** Listens on the element until the signal aborts. */
export function listenForGestures(element: HTMLElement, camera: Camera, signal: AbortSignal): void {
	const fingers = new Map<number, Point>();

	const inside = (event: { clientX: number; clientY: number }): Point => {
		const box = element.getBoundingClientRect();
		return { x: event.clientX - box.left, y: event.clientY - box.top };
	};
	const wheel = (event: WheelEvent): void => {
		event.preventDefault();
		if (event.shiftKey) camera.panBy(-event.deltaY - event.deltaX, 0);
		else if (event.deltaX !== 0 && !event.ctrlKey) camera.panBy(-event.deltaX, -event.deltaY);
		else camera.zoomTo(camera.at.peek().scale * 2 ** (-event.deltaY / WHEEL_PER_STEP), inside(event));
	};
	const down = (event: PointerEvent): void => {
		if (event.button !== 0) return;
		element.setPointerCapture(event.pointerId);
		fingers.set(event.pointerId, inside(event));
	};
	const move = (event: PointerEvent): void => {
		const before = fingers.get(event.pointerId);
		if (!before) return;
		const after = inside(event);
		const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
		if (other) pinch(before, after, other);
		else camera.panBy(after.x - before.x, after.y - before.y);
		fingers.set(event.pointerId, after);
	};
	const pinch = (before: Point, after: Point, other: Point): void => {
		const distance = (a: Point): number => Math.hypot(a.x - other.x, a.y - other.y);
		const focus = { x: (after.x + other.x) / 2, y: (after.y + other.y) / 2 };
		camera.zoomTo(camera.at.peek().scale * (distance(after) / Math.max(1, distance(before))), focus);
		camera.panBy((after.x - before.x) / 2, (after.y - before.y) / 2);
	};
	const up = (event: PointerEvent): void => {
		fingers.delete(event.pointerId);
	};
	element.addEventListener('wheel', wheel, { passive: false, signal });
	element.addEventListener('pointerdown', down, { signal });
	element.addEventListener('pointermove', move, { signal });
	element.addEventListener('pointerup', up, { signal });
	element.addEventListener('pointercancel', up, { signal });
}
