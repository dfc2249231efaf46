// SPDX-License-Identifier: Apache-2.0
// Before joining: how one will be seen and heard. Nothing is asked for before a button is pressed, and
// nothing of it leaves this computer before Join.
import { Icon } from '../icons/icon';
import { pressCamera } from '../model/media';
import { useStore } from '../model/store';
import { DevicePickers, Video } from '../parts/devices';
import { strings } from '../strings';

export function Preview() {
	const store = useStore();
	const { client } = store;
	const t = strings.value.media;
	const { microphone, camera } = store.media.value;
	const problem =
		(microphone.problem && t.problem.microphone[microphone.problem]) ??
		(camera.problem && t.problem.camera[camera.problem]);
	const hasCamera = camera.state !== 'off' && camera.state !== 'asking';
	const hasMic = microphone.state !== 'off' && microphone.state !== 'asking';
	return (
		<section class="preview-side" aria-label={t.previewLabel}>
			<div class={hasCamera ? 'preview' : 'preview preview--off'}>
				{hasCamera ? (
					<>
						<Video member={null} mirrored label={t.previewLabel} />
						<span class="preview-note">{t.preview}</span>
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
		</section>
	);
}
