// SPDX-License-Identifier: Apache-2.0
import { useStore } from '../model/store';
import { DevicePickers, Video } from '../parts/devices';
import { Dialog } from '../parts/dialog';
import { strings } from '../strings';

/** Another microphone or camera, in the middle of a meeting. */
export function DevicesDialog({ onClose }: { onClose: () => void }) {
	const { media, session } = useStore();
	const t = strings.value.media;
	return (
		<Dialog title={t.devicesTitle} onClose={onClose}>
			{media.value.camera.state !== 'off' && (
				<div class="preview">
					<Video member={session.value?.me ?? null} mirrored label={t.yourCamera} />
				</div>
			)}
			<DevicePickers />
		</Dialog>
	);
}
