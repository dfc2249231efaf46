// SPDX-License-Identifier: Apache-2.0
import { useStore } from '../model/store';
import { ConnectionDialog } from './connection';
import { DevicesDialog } from './devices';
import { EndQuestion, HandOverQuestion, LeaveQuestion, RemoveQuestion } from './questions';
import { InviteDialog } from './invite';
import { Palette } from './palette';
import { PassDialog } from './pass';
import { SettingsDialog } from './settings';
import { ShortcutsDialog } from './shortcuts';

/** At most one dialog at a time. */
export function Dialogs() {
	const { ui } = useStore();
	const open = ui.dialog.value;
	if (!open) return null;
	const onClose = (): void => ui.close();
	switch (open.kind) {
		case 'settings':
			return <SettingsDialog onClose={onClose} />;
		case 'devices':
			return <DevicesDialog onClose={onClose} />;
		case 'connection':
			return <ConnectionDialog onClose={onClose} />;
		case 'invite':
			return <InviteDialog onClose={onClose} />;
		case 'palette':
			return <Palette onClose={onClose} />;
		case 'shortcuts':
			return <ShortcutsDialog onClose={onClose} />;
		case 'pass':
			return <PassDialog onClose={onClose} />;
		case 'end':
			return <EndQuestion onClose={onClose} />;
		case 'leave':
			return <LeaveQuestion onClose={onClose} />;
		case 'handOver':
			return <HandOverQuestion member={open.member} onClose={onClose} />;
		case 'remove':
			return <RemoveQuestion member={open.member} bar={open.bar} onClose={onClose} />;
	}
}
