// SPDX-License-Identifier: Apache-2.0
// Where the picture stands in the stage, as arithmetic. Sizes are CSS pixels; scale is CSS pixels
// per picture pixel. At 1:1 every picture pixel covers a whole number of device pixels, so text is crisp.

export interface Size {
	readonly width: number;
	readonly height: number;
}
export interface Point {
	readonly x: number;
	readonly y: number;
}
export type Zoom = 'auto' | 'fit' | 'one' | number;

/** offset: where the picture's corner lies; negative when it is larger than the stage. */
export interface Placement extends Point {
	readonly scale: number;
}

/** Below this, a picture made to fit cannot be read: show a legible part of it instead. */
const LEGIBLE = 0.5;
const STEP = 1.25;
const SCALE_MIN = 0.1;
const SCALE_MAX = 8;

export function oneToOne(devicePixelRatio: number): number {
	return Math.max(1, Math.floor(devicePixelRatio)) / devicePixelRatio;
}

export function fitting(stage: Size, picture: Size): number {
	if (picture.width === 0 || picture.height === 0) return 1;
	return Math.min(stage.width / picture.width, stage.height / picture.height);
}

/** 1:1 when it fits, else all of it, else as much as can be read. */
function automatic(stage: Size, picture: Size, one: number): number {
	const fit = fitting(stage, picture);
	if (fit >= one) return one;
	return fit >= LEGIBLE * one ? fit : Math.min(one, Math.max(LEGIBLE * one, fit) * 1.1);
}

export function scaleOf(zoom: Zoom, stage: Size, picture: Size, devicePixelRatio: number): number {
	const one = oneToOne(devicePixelRatio);
	if (zoom === 'auto') return automatic(stage, picture, one);
	if (zoom === 'fit') return fitting(stage, picture);
	return zoom === 'one' ? one : zoom;
}

/** Keeps a larger picture covering the stage and centres a smaller one. */
export function clamped(at: Placement, stage: Size, picture: Size): Placement {
	const along = (offset: number, room: number, length: number): number =>
		length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, offset));
	return {
		scale: at.scale,
		x: along(at.x, stage.width, picture.width * at.scale),
		y: along(at.y, stage.height, picture.height * at.scale),
	};
}

/** The same picture point stays under the focus, which is the pointer or the stage's middle. */
export function zoomedAt(from: Placement, scale: number, focus: Point): Placement {
	const limited = Math.min(SCALE_MAX, Math.max(SCALE_MIN, scale));
	const ratio = limited / from.scale;
	return { scale: limited, x: focus.x - (focus.x - from.x) * ratio, y: focus.y - (focus.y - from.y) * ratio };
}

/** One step larger or smaller; a step that would jump over 1:1 stops there. */
export function stepped(scale: number, direction: 1 | -1, one: number): number {
	const next = direction > 0 ? scale * STEP : scale / STEP;
	const crosses = (scale - one) * (next - one) < 0 && Math.abs(scale - one) > 0.01;
	return crosses ? one : next;
}

export function larger(at: Placement, stage: Size, picture: Size): boolean {
	return picture.width * at.scale > stage.width + 1 || picture.height * at.scale > stage.height + 1;
}

/** Whole device pixels: half a pixel of offset would blur all of it. */
export function snapped(value: number, devicePixelRatio: number): number {
	return Math.round(value * devicePixelRatio) / devicePixelRatio;
}
