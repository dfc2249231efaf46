// SPDX-License-Identifier: Apache-2.0
// Before joining: how one will be seen and heard. Nothing is asked for before a button is pressed, and
// nothing of it leaves this computer before Join.
import { Icon } from '../icons/icon';
import { pressCamera, triedWays } from '../model/media';
import { useStore } from '../model/store';
import { DevicePickers, Video, useFrames } from '../parts/devices';
import { Ways, pagePort } from '../parts/ways';
import { strings } from '../strings';

export function Preview() {
	const store = useStore();
	const { client } = store;
	const t = strings.value.media;
	const { microphone, camera } = store.media.value;
	const problem =
		(microphone.problem && t.problem.microphone[microphone.problem]) ??
		(camera.problem && t.problem.camera[camera.problem]);
	const ways = triedWays(store, pagePort());
	const hasCamera = camera.state !== 'off' && camera.state !== 'asking';
	const hasMic = microphone.state !== 'off' && microphone.state !== 'asking';
	return (
		<section class="preview-side" aria-label={t.previewLabel}>
			<div class={hasCamera ? 'preview' : 'preview preview--off'}>
				{hasCamera ? (
					<>
						<Mirror />
					</>
				) : (
					<p class="dim">{t.previewOff}</p>
				)}
				<div class="preview-acts">
					<button
						type="button"
						class="btn"
						aria-pressed={hasMic}
						disabled={microphone.state === 'asking'}
						onClick={() => void client.turnMicrophone(!hasMic)}
					>
						<Icon name={hasMic ? 'mic' : 'micOff'} />
						{microphone.state === 'asking' ? t.asking : hasMic ? t.micOn : t.useMic}
					</button>
					<button
						type="button"
						class="btn"
						aria-pressed={hasCamera}
						disabled={camera.state === 'asking'}
						onClick={() => void pressCamera(store)}
					>
						<Icon name={hasCamera ? 'camera' : 'cameraOff'} />
						{camera.state === 'asking' ? t.asking : hasCamera ? t.cameraOn : t.useCamera}
					</button>
				</div>
			</div>
			<p class="hint" role="status">
				{problem ?? ''}
			</p>
			{(hasMic || hasCamera) && <DevicePickers />}
			{ways.length > 0 && <Ways ways={ways} />}
		</section>
	);
}

/** How one is seen; a camera that is on and gives nothing (a cover, a broken driver) is said. */
function Mirror() {
	const t = strings.value.media;
	const { ref, isDark } = useFrames();
	return (
		<div ref={ref} class="preview-mirror">
			<Video member={null} mirrored label={t.previewLabel} />
			<span class="preview-note" role="status">
				{isDark ? t.noPicture : t.preview}
			</span>
		</div>
	);
}
