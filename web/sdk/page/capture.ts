// SPDX-License-Identifier: Apache-2.0
// getDisplayMedia and MediaStreamTrackProcessor exist in windows only: the page picks, the
// worker gets the stream of frames, or a way to ask for them.
import type { SourceCall } from '../shared/rpc';
import type { CaptureSource, MissingFeature, PickResult } from '../shared/types';
import { openGrabber } from './grabber';

interface TrackProcessor {
	readonly readable: ReadableStream<VideoFrame>;
}
declare const MediaStreamTrackProcessor: new (init: {
	track: MediaStreamTrack;
	maxBufferSize?: number;
}) => TrackProcessor;

/** Frames per second asked of the browser; the worker drops what the uplink cannot carry. */
const FRAME_RATE = 30;
/** Without bounds of ours Chromium scales down to the size of the screen that its window is on. */
const WIDTH_MAX = 7680;
const HEIGHT_MAX = 4320;

/** Firefox says it in the name only; in X11 that is the name of an output, such as HDMI-A-1. */
const MONITOR = /^(Primary Monitor|Screen \d+|(e?DP|DisplayPort|HDMI|DVI|VGA|LVDS|Virtual)(-[A-Z])?-?\d+(-\d+)?)$/;

class TrackSource implements CaptureSource {
	readonly label: CaptureSource['label'];
	#taken = false;

	constructor(private readonly track: MediaStreamTrack) {
		const { displaySurface } = track.getSettings() as { displaySurface?: string };
		const surface = displaySurface ?? (MONITOR.test(track.label) ? 'monitor' : 'unknown');
		this.label = surface === 'monitor' || surface === 'window' || surface === 'browser' ? surface : 'unknown';
	}

	take(): SourceCall | null {
		if (this.#taken || this.track.readyState === 'ended') return null;
		this.#taken = true;
		return { frames: this.#frames(), label: this.label };
	}

	#frames(): SourceCall['frames'] {
		if (!('MediaStreamTrackProcessor' in globalThis)) return openGrabber(this.track);
		return new MediaStreamTrackProcessor({ track: this.track, maxBufferSize: 1 }).readable;
	}

	cancel(): void {
		this.track.stop();
	}
}

export async function pickScreen(missing: readonly MissingFeature[]): Promise<PickResult> {
	const lacking = missing.filter((feature) => feature.feature === 'display_capture' || feature.feature === 'frame_capture');
	if (lacking.length > 0) return { kind: 'unsupported', missing: lacking };
	try {
		// Chromium-only hints are left to the browser's dialog where they are unknown.
		const options: DisplayMediaStreamOptions & Record<string, unknown> = {
			video: { width: { max: WIDTH_MAX }, height: { max: HEIGHT_MAX }, frameRate: { ideal: FRAME_RATE, max: FRAME_RATE } },
			audio: false,
			surfaceSwitching: 'exclude',
			selfBrowserSurface: 'exclude',
			monitorTypeSurfaces: 'include',
		};
		const stream = await navigator.mediaDevices.getDisplayMedia(options);
		const [track] = stream.getVideoTracks();
		if (!track) return { kind: 'failed', code: 'NoTrack' };
		// Text, not motion: the capturer keeps the resolution and drops frames instead.
		track.contentHint = 'text';
		return { kind: 'picked', source: new TrackSource(track) };
	} catch (error) {
		const code = error instanceof DOMException ? error.name : 'Error';
		return code === 'NotAllowedError' || code === 'AbortError' ? { kind: 'cancelled' } : { kind: 'failed', code };
	}
}

/** Frames of a source that pickScreen() made; null when it was used or has ended. */
export function takeSource(source: CaptureSource): SourceCall | null {
	return source instanceof TrackSource ? source.take() : null;
}
