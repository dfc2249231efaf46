// SPDX-License-Identifier: Apache-2.0
// The state of looking at one screen: zoom and place. Kept while the picture changes size.
import { computed, signal } from '@preact/signals';
import {
	clamped,
	larger,
	oneToOne,
	scaleOf,
	stepped,
	zoomedAt,
	type Placement,
	type Point,
	type Size,
	type Zoom,
} from './viewport';

const PAN_STEP = 64;

export class Camera {
	readonly stage = signal<Size>({ width: 0, height: 0 });
	readonly picture = signal<Size>({ width: 0, height: 0 });
	readonly zoom = signal<Zoom>('auto');
	/** Of the picture's middle within the picture, 0..1: survives a change of either size. */
	readonly centre = signal<Point>({ x: 0, y: 0 });
	readonly ratio = signal(devicePixelRatio);

	constructor(zoom: Zoom) {
		this.zoom.value = zoom;
	}

	readonly at = computed<Placement>(() => {
		const stage = this.stage.value;
		const picture = this.picture.value;
		const scale = scaleOf(this.zoom.value, stage, picture, this.ratio.value);
		const centre = this.centre.value;
		const x = stage.width / 2 - centre.x * picture.width * scale;
		const y = stage.height / 2 - centre.y * picture.height * scale;
		return clamped({ scale, x, y }, stage, picture);
	});
	readonly isLarger = computed(() => larger(this.at.value, this.stage.value, this.picture.value));
	readonly isExact = computed(() => {
		const devicePixels = this.at.value.scale * this.ratio.value;
		return devicePixels >= 1 && Math.abs(devicePixels - Math.round(devicePixels)) < 0.001;
	});
	/** From 1:1 on a pixel is shown as a pixel; below, they have to be mixed. */
	readonly isCrisp = computed(() => this.at.value.scale * this.ratio.value >= 0.999);
	/** Which of the named sizes the picture has now, however it came to it. */
	readonly named = computed<'fit' | 'one' | 'other'>(() => {
		const zoom = this.zoom.value;
		if (zoom === 'fit') return 'fit';
		if (Math.abs(this.at.value.scale - oneToOne(this.ratio.value)) < 0.001) return 'one';
		return zoom === 'auto' && !this.isLarger.value ? 'fit' : 'other';
	});
	readonly percent = computed(() => Math.round((this.at.value.scale / oneToOne(this.ratio.value)) * 100));

	set(zoom: Zoom): void {
		this.zoom.value = zoom;
	}

	#put(next: Placement): void {
		const stage = this.stage.peek();
		const picture = this.picture.peek();
		const { x, y, scale } = clamped(next, stage, picture);
		if (picture.width === 0) return;
		this.centre.value = {
			x: (stage.width / 2 - x) / (picture.width * scale),
			y: (stage.height / 2 - y) / (picture.height * scale),
		};
	}

	panBy(dx: number, dy: number): void {
		const at = this.at.peek();
		this.#put({ scale: at.scale, x: at.x + dx, y: at.y + dy });
	}
	/** A point of the picture, 0..1 each way, comes to the middle. */
	lookAt(point: Point): void {
		this.centre.value = point;
		this.#put(this.at.peek());
	}
	zoomTo(scale: number, focus: Point = this.#middle()): void {
		const next = zoomedAt(this.at.peek(), scale, focus);
		this.zoom.value = next.scale;
		this.#put(next);
	}
	step(direction: 1 | -1, focus: Point = this.#middle()): void {
		this.zoomTo(stepped(this.at.peek().scale, direction, oneToOne(this.ratio.peek())), focus);
	}
	#middle(): Point {
		return { x: this.stage.peek().width / 2, y: this.stage.peek().height / 2 };
	}

	/** Returns whether the key meant something here. */
	handleKey(key: string): boolean {
		const keys: Record<string, () => void> = {
			ArrowLeft: () => this.panBy(PAN_STEP, 0),
			ArrowRight: () => this.panBy(-PAN_STEP, 0),
			ArrowUp: () => this.panBy(0, PAN_STEP),
			ArrowDown: () => this.panBy(0, -PAN_STEP),
			'+': () => this.step(1),
			'=': () => this.step(1),
			'-': () => this.step(-1),
			'0': () => this.set('fit'),
			'1': () => this.set('one'),
		};
		const act = Object.hasOwn(keys, key) ? keys[key] : undefined;
		act?.();
		return act !== undefined;
	}
}
