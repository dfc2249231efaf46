// SPDX-License-Identifier: Apache-2.0
// Frames of a track for a browser without MediaStreamTrackProcessor (Firefox): a video that is in
// no document holds the newest frame, and hands it out when the worker asks. The worker's clock
// drives it, since timers and requestVideoFrameCallback of a hidden page sleep; messages arrive.
// Whether a frame is a new one Firefox does not tell: the codec finds nothing changed then.
import type { Grabbed } from '../shared/rpc';

/** The other end of the port that is returned is asked with any message, and told to stop with 'stop'. */
export function openGrabber(track: MediaStreamTrack): MessagePort {
	const video = document.createElement('video');
	video.muted = true;
	video.srcObject = new MediaStream([track]);
	video.play().catch(() => undefined);
	const { port1, port2 } = new MessageChannel();
	const stop = (): void => {
		video.srcObject = null;
		port1.close();
	};
	const answer = (grabbed: Grabbed, transfer: Transferable[] = []): void => port1.postMessage(grabbed, transfer);
	port1.onmessage = ({ data }) => {
		if (data === 'stop') return stop();
		if (track.readyState === 'ended') {
			answer('ended');
			return stop();
		}
		if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return answer('none');
		const frame = new VideoFrame(video);
		answer(frame, [frame]);
	};
	return port2;
}
