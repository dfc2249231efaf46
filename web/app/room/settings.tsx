// SPDX-License-Identifier: Apache-2.0
import { Icon } from '../icons/icon';
import { useStore } from '../model/store';
import { Dialog } from '../parts/dialog';
import { Setting } from '../parts/switch';
import { strings } from '../strings';

/** The organizer's settings. Each acts at once, for everybody. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
	const store = useStore();
	const { client, ui } = store;
	const t = strings.value.settings;
	const settings = store.session.value?.settings;
	if (!settings) return null;
	const media = { audioAllowed: settings.audio, videoAllowed: settings.video };
	const chat = { publicAllowed: settings.chatPublic, privateAllowed: settings.chatPrivate };
	return (
		<Dialog title={t.title} onClose={onClose}>
			<h3 class="label">{t.entering}</h3>
			<div class="group">
				{store.can('set_locked') && (
					<Setting
						label={t.locked}
						hint={t.lockedHint}
						on={settings.locked}
						onChange={(on) => void store.run(client.setLocked(on))}
					/>
				)}
				{store.can('set_lobby') && (
					<Setting
						label={t.lobby}
						hint={t.lobbyHint}
						on={settings.lobby}
						onChange={(on) => void store.run(client.setLobby(on))}
					/>
				)}
			</div>
			<h3 class="label">{t.doing}</h3>
			<div class="group">
				{store.can('set_open') && (
					<Setting
						label={t.open}
						hint={t.openHint}
						on={settings.open}
						onChange={(on) => void store.run(client.setOpen(on))}
					/>
				)}
				{store.can('set_media_right') && (
					<Setting
						label={t.audio}
						hint={t.audioHint}
						on={settings.audio}
						onChange={(on) => void store.run(client.setMediaRight(null, { ...media, audioAllowed: on }))}
					/>
				)}
				{store.can('set_media_right') && (
					<Setting
						label={t.video}
						hint={t.videoHint}
						on={settings.video}
						onChange={(on) => void store.run(client.setMediaRight(null, { ...media, videoAllowed: on }))}
					/>
				)}
				{store.can('set_chat') && (
					<Setting
						label={t.chatPublic}
						hint={t.chatPublicHint}
						on={settings.chatPublic}
						onChange={(on) => void store.run(client.setChat(null, { ...chat, publicAllowed: on }))}
					/>
				)}
				{store.can('set_chat') && (
					<Setting
						label={t.chatPrivate}
						hint={t.chatPrivateHint}
						on={settings.chatPrivate}
						onChange={(on) => void store.run(client.setChat(null, { ...chat, privateAllowed: on }))}
					/>
				)}
			</div>
			{store.can('end_session') && (
				<>
					<h3 class="label">{t.ending}</h3>
					<div class="group">
						<button type="button" class="setting setting--final" onClick={() => ui.open({ kind: 'end' })}>
							<span class="grow">
								{t.end}
								<small>{t.endHint}</small>
							</span>
							<Icon name="end" small />
						</button>
					</div>
				</>
			)}
		</Dialog>
	);
}
