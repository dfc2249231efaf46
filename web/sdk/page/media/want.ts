// SPDX-License-Identifier: Apache-2.0
// From what is shown to what is received.
import type { ConsumerWant } from '../../shared/media';
import type { MemberId } from '../../shared/types';

/** A layer is taken up to so much larger than it is: 180, 360 and 720 lines, stretched a little. */
const LAYER_LINES = [216, 432] as const;
const TEMPORAL_MAX = 2;
/** Pixels per step of priority: a camera on the whole stage of a large screen has the most. */
const AREA_PER_STEP = 16_000;
const ACTIVE_BONUS = 48;
const VIDEO_PRIORITY_MAX = 200;

export interface Tile {
	readonly member: MemberId;
	/** In device pixels; 0 while it cannot be seen. */
	readonly width: number;
	readonly height: number;
}

export const AUDIO_WANT: Omit<ConsumerWant, 'stream'> = { on: true, maxSpatial: 0, maxTemporal: 0, priority: 255 };

/** Of a camera whose tile is still being drawn: its smallest picture, so that there is one when the tile is. */
export const wantUnseen = (stream: number): ConsumerWant => ({
	stream, on: true, maxSpatial: 0, maxTemporal: TEMPORAL_MAX, priority: 0,
});

/** What to want of a member's camera for the tiles that show it. */
export function wantFor(stream: number, tiles: readonly Tile[], isActive: boolean): ConsumerWant {
	const lines = Math.max(0, ...tiles.map((tile) => tile.height));
	const area = Math.max(0, ...tiles.map((tile) => tile.width * tile.height));
	const layer = LAYER_LINES.findIndex((bound) => lines <= bound);
	const priority = Math.round(area / AREA_PER_STEP) + (isActive ? ACTIVE_BONUS : 0);
	return {
		stream,
		on: area > 0,
		maxSpatial: layer < 0 ? LAYER_LINES.length : layer,
		maxTemporal: TEMPORAL_MAX,
		priority: Math.min(VIDEO_PRIORITY_MAX, priority),
	};
}
