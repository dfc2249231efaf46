// SPDX-License-Identifier: Apache-2.0
// The bar under the stage. Who may not do a thing has no button for it; who had it taken sees it struck.
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { leaving, moreItems } from '../model/actions';
import { pressCamera, pressMicrophone } from '../model/media';
import { startSharing, stopSharing, togglePause } from '../model/sharing';
import { useStore } from '../model/store';
import { Menu, type MenuItem } from '../parts/menu';
import { strings } from '../strings';

interface ControlProps {
	readonly icon: IconName;
	readonly label: string;
	readonly class?: string;
	readonly pressed?: boolean;
	readonly badge?: number;
	readonly badgeText?: string;
	readonly keys?: string;
	readonly disabled?: boolean;
	readonly onClick: () => void;
}

function Control({
	icon,
	label,
	pressed,
	badge = 0,
	badgeText,
	keys,
	disabled = false,
	onClick,
	...rest
}: ControlProps) {
	return (
		<button
			type="button"
			class={rest.class}
			aria-pressed={pressed}
			aria-keyshortcuts={keys}
			disabled={disabled}
			onClick={onClick}
		>
			<Icon name={icon} />
			<span class="one">{label}</span>
			{badge > 0 && (
				<span class="badge">
					<span aria-hidden="true">{badge > 99 ? '99+' : badge}</span>
					<span class="vh">, {badgeText}</span>
				</span>
			)}
		</button>
	);
}

export function ControlBar() {
	const store = useStore();
	const { ui } = store;
	const t = strings.value;
	const narrow = ui.narrow.value;
	const waiting = store.session.value?.waiting.length ?? 0;
	return (
		<nav class="pop bar" aria-label={t.room.controls}>
			<MicControl />
			<CameraControl />
			<Sharing />
			<HandControl />
			{!narrow && <hr />}
			{!narrow && (
				<Control
					icon="chat"
					label={t.room.chat}
					pressed={ui.chat.value}
					badge={ui.unread.value}
					badgeText={t.room.unread(ui.unread.value)}
					keys="c"
					onClick={() => ui.toggle('chat')}
				/>
			)}
			{!narrow && (
				<Control
					icon="people"
					label={t.room.people}
					pressed={ui.people.value}
					badge={waiting}
					badgeText={t.room.waits(waiting)}
					keys="u"
					onClick={() => ui.toggle('people')}
				/>
			)}
			<More />
			<hr />
			<Control icon="leave" label={t.room.leave} class="bar-leave" onClick={() => leaving(store)} />
		</nav>
	);
}

function Taken({ icon, label, title }: { icon: IconName; label: string; title: string }) {
	return (
		<span class="bar-taken" role="img" aria-label={title} title={title}>
			<Icon name={icon} />
			<span class="one">{label}</span>
		</span>
	);
}

function MicControl() {
	const store = useStore();
	const t = strings.value.media;
	const { state, byOrganizer } = store.media.value.microphone;
	if (!store.can('open_audio')) return <Taken icon="micOff" label={t.mic} title={t.micTaken} />;
	const open = state === 'on' || state === 'connecting' || state === 'preview';
	return (
		<Control
			icon={open ? 'mic' : 'micOff'}
			label={open ? t.micOn : state === 'muted' ? t.micMuted : state === 'asking' ? t.asking : t.mic}
			pressed={open}
			class={byOrganizer ? 'bar-asks' : ''}
			keys="a"
			disabled={!store.connected.value && state === 'off'}
			onClick={() => void pressMicrophone(store)}
		/>
	);
}

function CameraControl() {
	const store = useStore();
	const t = strings.value.media;
	const { state } = store.media.value.camera;
	if (!store.can('open_video')) return <Taken icon="cameraOff" label={t.camera} title={t.cameraTaken} />;
	const open = state !== 'off' && state !== 'asking';
	return (
		<Control
			icon={open ? 'camera' : 'cameraOff'}
			label={open && !store.ui.narrow.value ? t.cameraOn : state === 'asking' ? t.asking : t.camera}
			pressed={open}
			keys="v"
			disabled={!store.connected.value && state === 'off'}
			onClick={() => void pressCamera(store)}
		/>
	);
}

function Sharing() {
	const store = useStore();
	const t = strings.value;
	if (store.sharing.value) {
		const paused = store.paused.value;
		return (
			<>
				<Control
					icon={paused ? 'play' : 'pause'}
					label={paused ? t.room.goOn : t.room.pause}
					class={paused ? 'bar-asks' : ''}
					keys="p"
					onClick={() => void togglePause(store)}
				/>
				<Control
					icon="stop"
					label={t.presenter.stop}
					class="bar-live"
					onClick={() => void stopSharing(store)}
				/>
			</>
		);
	}
	if (store.mayPresent()) {
		return (
			<Control
				icon="screenUp"
				label={t.room.screen}
				class="bar-screen"
				keys="s"
				disabled={!store.connected.value}
				onClick={() => void startSharing(store)}
			/>
		);
	}
	const taken = store.me.value?.mayShare === false && store.capture.value;
	if (!taken) return null;
	return <Taken icon="screenOff" label={t.room.screen} title={t.room.screenTaken} />;
}

function HandControl() {
	const store = useStore();
	const t = strings.value.room;
	const up = (store.me.value?.hand ?? 0) > 0;
	if (!store.mayTurnHand()) return null;
	return (
		<Control
			icon="hand"
			label={up ? t.handUp : t.hand}
			pressed={up}
			class={up ? 'bar-asks' : ''}
			keys="h"
			disabled={!store.connected.value}
			onClick={() => void store.run(store.client.raiseHand(!up))}
		/>
	);
}

function More() {
	const store = useStore();
	const t = strings.value.room;
	const items = (): MenuItem[] => [
		{ kind: 'do', icon: 'search', label: t.palette, keys: 'Ctrl K', run: () => store.ui.open({ kind: 'palette' }) },
		{ kind: 'line' },
		...moreItems(store).map(({ icon, label, key, run, id }): MenuItem => ({
			kind: 'do',
			icon,
			label,
			run,
			danger: id === 'end',
			...(key === undefined ? {} : { keys: key.toUpperCase() }),
		})),
	];
	return (
		<Menu
			label={t.more}
			class=""
			items={items}
			button={
				<>
					<Icon name="more" />
					<span class="one">{t.more}</span>
				</>
			}
		/>
	);
}
