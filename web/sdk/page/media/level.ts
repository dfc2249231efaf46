// SPDX-License-Identifier: Apache-2.0

/** Below this a microphone is as good as silent, in dB of full scale; 0 dB is the loudest. */
const FLOOR_DB = -60;
/** Nobody has looked for so long: the meter stops measuring. */
const IDLE_MS = 2000;

interface Tap {
	readonly context: AudioContext;
	readonly analyser: AnalyserNode;
	readonly samples: Float32Array<ArrayBuffer>;
}

/** How loud my microphone is. Measures only while somebody looks. */
export class LevelMeter {
	#track: MediaStreamTrack | null = null;
	#tap: Tap | null = null;
	#idle: ReturnType<typeof setTimeout> | undefined;

	watch(track: MediaStreamTrack | null): void {
		if (track === this.#track) return;
		this.#track = track;
		this.#stop();
	}

	/** 0 to 1. */
	level(): number {
		if (!this.#track) return 0;
		this.#tap ??= open(this.#track);
		clearTimeout(this.#idle);
		this.#idle = setTimeout(() => this.#stop(), IDLE_MS);
		const { analyser, samples } = this.#tap;
		analyser.getFloatTimeDomainData(samples);
		const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
		return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power || 1e-12)) / FLOOR_DB));
	}

	#stop(): void {
		clearTimeout(this.#idle);
		void this.#tap?.context.close();
		this.#tap = null;
	}
}

function open(track: MediaStreamTrack): Tap {
	const context = new AudioContext();
	const analyser = context.createAnalyser();
	analyser.fftSize = 1024;
	context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
	return { context, analyser, samples: new Float32Array(analyser.fftSize) };
}
