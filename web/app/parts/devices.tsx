// SPDX-License-Identifier: Apache-2.0
// Which microphone, which camera, which loudspeaker; and whether we hear anything.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Device } from '../../sdk/index';
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { useStore } from '../model/store';
import { strings } from '../strings';

const STEPS = 10;
const LOOK_MS = 80;
/** From here on somebody is speaking, not breathing. */
const HEARD = 0.35;

interface PickProps {
	readonly icon: IconName;
	readonly label: string;
	readonly devices: readonly Device[];
	readonly chosen: string;
	readonly onChoose: (id: string) => void;
}

function Pick({ icon, label, devices, chosen, onChoose }: PickProps) {
	const t = strings.value.media;
	if (devices.length === 0) return null;
	const known = devices.some((device) => device.id === chosen);
	return (
		<div class="dev">
			<Icon name={icon} />
			<label class="pick">
				<span class="vh">{label}</span>
				<select class="field" value={known ? chosen : ''} onChange={(event) => onChoose(event.currentTarget.value)}>
					{!known && <option value="">{t.standard}</option>}
					{devices.map((device, at) => (
						<option value={device.id}>{device.label === '' ? t.device(at + 1) : device.label}</option>
					))}
				</select>
				<Icon name="down" />
			</label>
		</div>
	);
}

export function DevicePickers() {
	const { client, media } = useStore();
	const t = strings.value.media;
	const { microphone, camera, speakers, speaker } = media.value;
	return (
		<div class="devs">
			<Pick
				icon="mic"
				label={t.microphone}
				devices={microphone.devices}
				chosen={microphone.device}
				onChoose={(id) => void client.chooseMicrophone(id)}
			/>
			{microphone.state !== 'off' && microphone.state !== 'asking' && <Level />}
			<Pick
				icon="camera"
				label={t.camera}
				devices={camera.devices}
				chosen={camera.device}
				onChoose={(id) => void client.chooseCamera(id)}
			/>
			<Pick
				icon="sound"
				label={t.speaker}
				devices={speakers}
				chosen={speaker}
				onChoose={(id) => client.chooseSpeaker(id)}
			/>
			<Tone />
		</div>
	);
}

/** Two notes, to hear whether it is the right loudspeaker. */
function Tone() {
	const { client } = useStore();
	const t = strings.value.media;
	const [state, setState] = useState<'idle' | 'playing' | 'played' | 'failed'>('idle');
	const play = async (): Promise<void> => {
		setState('playing');
		setState((await client.playTone()) ? 'played' : 'failed');
	};
	const said = { idle: '', playing: t.tone, played: t.tone, failed: t.toneFailed }[state];
	return (
		<p class="dev-tone">
			<button type="button" class="btn btn--s" disabled={state === 'playing'} onClick={() => void play()}>
				<Icon name="sound" small />
				{t.playTone}
			</button>
			<span aria-live="polite">{said}</span>
		</p>
	);
}

/** Whether a video inside the element shows anything: none for so long is too long. */
const DARK_MS = 4000;
export function useFrames() {
	const ref = useRef<HTMLDivElement>(null);
	const [isDark, setDark] = useState(false);
	useEffect(() => {
		let seen = 0;
		let since = performance.now();
		const timer = setInterval(() => {
			const frames = ref.current?.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
			if (frames !== seen || document.visibilityState !== 'visible') since = performance.now();
			seen = frames;
			setDark(performance.now() - since > DARK_MS);
		}, DARK_MS / 4);
		return () => clearInterval(timer);
	}, []);
	return { ref, isDark };
}

/** Ten tiles; a word says it to those who do not see them. */
function Level() {
	const { client } = useStore();
	const t = strings.value.media;
	const [level, setLevel] = useState(0);
	const [heard, setHeard] = useState(false);
	useEffect(() => {
		const timer = setInterval(() => {
			if (document.visibilityState !== 'visible') return;
			const now = client.microphoneLevel();
			setLevel(Math.round(now * STEPS));
			if (now >= HEARD) setHeard(true);
		}, LOOK_MS);
		return () => clearInterval(timer);
	}, [client]);
	return (
		<p class="dev-level">
			<span class="level" role="img" aria-label={t.level}>
				{Array.from({ length: STEPS }, (_, at) => (
					<i class={at < level ? 'on' : ''} />
				))}
			</span>
			<span aria-live="polite">{heard ? t.heard : t.silent}</span>
		</p>
	);
}

/** A camera in its place on the page: the SDK receives as much of it as fits there. */
export function Video({ member, mirrored, label }: { member: number | null; mirrored: boolean; label: string }) {
	const { client } = useStore();
	const ref = useRef<HTMLVideoElement>(null);
	useEffect(() => {
		const element = ref.current;
		return element ? client.attachVideo(member as never, element) : undefined;
	}, [client, member]);
	const look = mirrored ? 'mirrored' : '';
	return <video ref={ref} class={look} aria-label={label} autoplay muted playsInline disablePictureInPicture />;
}
