// SPDX-License-Identifier: Apache-2.0
// Cameras and voices: a strip above the shared screen, a grid when there is none. Who has neither a
// camera nor a microphone is in the list of people alone.
import type { Member, MemberId } from '../../sdk/index';
import { Icon } from '../icons/icon';
import { nameOrYou } from '../model/format';
import { isSpeaking, qualityOf, qualityText, sentMedia } from '../model/media';
import { useStore, type Store } from '../model/store';
import { Video } from '../parts/devices';
import { Tile } from '../parts/tile';
import { strings } from '../strings';

/** So many are drawn; who speaks is always among them. */
const STRIP_MAX = 12;
const GRID_MAX = 25;

/** Who speaks now and then first; then cameras, then voices; in each in order of joining. */
function rank(store: Store, member: Member): number {
	const sent = sentMedia(store, member.id);
	if (store.voices.value.active === member.id) return 0;
	return sent?.video === 'on' ? 1 : 2;
}

export function facesOf(store: Store): Member[] {
	const members = (store.session.value?.members ?? []).filter((member) => sentMedia(store, member.id));
	return members.sort((a, b) => rank(store, a) - rank(store, b) || a.joinedMs - b.joinedMs || a.id - b.id);
}

export function Strip() {
	const store = useStore();
	const faces = facesOf(store);
	if (faces.length === 0) return null;
	return <Faces look="strip" faces={faces} most={STRIP_MAX} />;
}

export function Grid() {
	const store = useStore();
	return <Faces look="faces" faces={facesOf(store)} most={GRID_MAX} />;
}

function Faces({ look, faces, most }: { look: 'strip' | 'faces'; faces: readonly Member[]; most: number }) {
	const t = strings.value.media;
	const shown = faces.slice(0, most);
	const columns = Math.ceil(Math.sqrt(shown.length));
	const place = look === 'faces' ? { id: 'stage', tabIndex: -1 } : { tabIndex: 0 };
	return (
		<ul class={look} aria-label={t.faces} style={`--columns: ${columns}`} {...place}>
			{shown.map((member) => (
				<Seat key={member.id} member={member} />
			))}
			{faces.length > most && <li class="seat seat--off seat--more">{t.moreFaces(faces.length - most)}</li>}
		</ul>
	);
}

function Seat({ member }: { member: Member }) {
	const store = useStore();
	const t = strings.value.media;
	const sent = sentMedia(store, member.id);
	const speaks = isSpeaking(store, member.id) && sent?.audio === 'on';
	const hasCamera = sent?.video === 'on';
	const active = store.voices.value.active === member.id;
	const look = ['seat', !hasCamera && 'seat--off', speaks && 'seat--talks', active && 'seat--active'];
	return (
		<li class={look.filter(Boolean).join(' ')} data-member={member.id}>
			{hasCamera ? (
				<Video member={member.id} mirrored={member.me} label={member.me ? t.yourCamera : t.cameraOf(member.name)} />
			) : (
				<Tile id={member.id} name={member.name} large />
			)}
			<span class="name">
				{sent?.audio === 'muted' && <Sign icon="micOff" text={t.mutedSign} />}
				{speaks && <span class="vh">{t.speaks(member.name)}</span>}
				<span class="one" dir="auto">
					{nameOrYou(member)}
				</span>
			</span>
			<QualitySign member={member.id} />
		</li>
	);
}

function Sign({ icon, text }: { icon: 'micOff' | 'path'; text: string }) {
	return (
		<span class="seat-sign" role="img" aria-label={text} title={text}>
			<Icon name={icon} small />
		</span>
	);
}

/** Only when something is wrong: a good line needs no sign. Opens the figures. */
function QualitySign({ member }: { member: MemberId }) {
	const store = useStore();
	const quality = qualityOf(store, member);
	if (!quality || quality.grade === 'good' || quality.grade === 'unknown') return null;
	const text = qualityText(quality);
	return (
		<button
			type="button"
			class={`seat-line seat-line--${quality.grade}`}
			aria-label={text}
			aria-haspopup="dialog"
			title={text}
			onClick={() => store.ui.open({ kind: 'connection' })}
		>
			<Icon name="path" small />
		</button>
	);
}
