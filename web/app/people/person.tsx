// SPDX-License-Identifier: Apache-2.0
// One row of the roster: who, in which role, and what this person may do and does.
import { useState } from 'preact/hooks';
import type { Member } from '../../sdk/index';
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { nameOrYou, seconds } from '../model/format';
import { isSpeaking, qualityOf, qualityText, sentMedia } from '../model/media';
import { useStore, type Store } from '../model/store';
import { Menu } from '../parts/menu';
import { Tile } from '../parts/tile';
import { strings } from '../strings';
import { personItems } from './personmenu';

/** may: plain; does: tinted; taken: struck; asks: ochre. */
type Look = '' | 'pv--does' | 'pv--taken' | 'pv--asks';

/** From here on talk and control feel late. */
const SLOW_MS = 300;

interface Sign {
	readonly icon: IconName;
	readonly look: Look;
	readonly title: string;
}

function shareSign(store: Store, member: Member): Sign | null {
	const t = strings.value.people.icon;
	const shares = store.screens.value.some((screen) => screen.from === member.id);
	if (shares) return { icon: 'screen', look: 'pv--does', title: t.shares };
	if (!member.mayShare) return { icon: 'screenOff', look: 'pv--taken', title: t.noShare };
	const open = store.session.value?.settings.open ?? false;
	return member.presenter || member.role === 'organizer' || open
		? { icon: 'screen', look: '', title: t.mayShare }
		: null;
}

function chatSign(store: Store, member: Member): Sign | null {
	const t = strings.value.people.icon;
	const settings = store.session.value?.settings;
	const leads = member.role === 'organizer';
	const off = !leads && settings && !settings.chatPublic && !settings.chatPrivate;
	if (off) return null;
	if (!member.mayChatPublic && !member.mayChatPrivate) return { icon: 'chatOff', look: 'pv--taken', title: t.noChat };
	if (!member.mayChatPrivate) return { icon: 'chatHalf', look: '', title: t.chatPublicOnly };
	if (!member.mayChatPublic) return { icon: 'chatHalf', look: '', title: t.chatPrivateOnly };
	return { icon: 'chat', look: '', title: t.chat };
}

function micSign(store: Store, member: Member): Sign | null {
	const t = strings.value.media.icon;
	const audio = sentMedia(store, member.id)?.audio ?? 'none';
	if (!member.mayAudio && member.role !== 'organizer') return { icon: 'micOff', look: 'pv--taken', title: t.noAudio };
	if (audio === 'none') return null;
	if (audio === 'muted') return { icon: 'micOff', look: '', title: t.muted };
	const speaks = isSpeaking(store, member.id);
	return { icon: 'mic', look: speaks ? 'pv--does' : '', title: speaks ? t.speaking : t.open };
}

function pathSign(store: Store, member: Member): Sign | null {
	const t = strings.value.people.icon;
	const quality = qualityOf(store, member.id);
	if (member.path === 'away') return { icon: 'away', look: 'pv--taken', title: t.away };
	if (member.path !== 'tls') return null;
	if (quality && quality.grade !== 'unknown') {
		const look = quality.grade === 'good' ? '' : quality.grade === 'lost' ? 'pv--taken' : 'pv--asks';
		return { icon: 'path', look, title: qualityText(quality) };
	}
	const slow = member.rttMs >= SLOW_MS;
	return { icon: 'path', look: slow ? 'pv--asks' : '', title: slow ? t.slowPath(member.rttMs) : t.path(member.rttMs) };
}

function signsOf(store: Store, member: Member): readonly (Sign | null)[] {
	const hand: Sign | null =
		member.hand > 0 ? { icon: 'hand', look: 'pv--asks', title: strings.value.people.icon.hand } : null;
	return [shareSign(store, member), hand, micSign(store, member), chatSign(store, member), pathSign(store, member)];
}

interface Line {
	readonly text: string;
	readonly look: '' | 'does' | 'asks';
}

/** What stands under the name: the most telling thing only. */
function lineOf(store: Store, member: Member): Line {
	const t = strings.value.people;
	const screen = store.screens.value.find((other) => other.from === member.id);
	const behind = store.shares.value.flatMap((share) => share.behind).find((viewer) => viewer.member === member.id);
	if (member.path === 'away') return { text: t.away, look: '' };
	if (member.presenter && screen) return { text: screen.paused === 'none' ? t.sharing : t.paused, look: 'does' };
	if (member.hand > 0) return { text: t.handUp(member.hand), look: 'asks' };
	const words = [member.role === 'organizer' ? t.organizer : member.presenter ? t.presenter : t.attendee];
	if (behind) words.push(t.behind(seconds(behind.lagMs)));
	else if (member.client === 'native') words.push(t.desktop);
	return { text: words.join(', '), look: '' };
}

export function Person({ member }: { member: Member }) {
	const store = useStore();
	const [open, setOpen] = useState(false);
	const t = strings.value.people;
	const line = lineOf(store, member);
	const name = nameOrYou(member);
	const hasMenu = personItems(store, member).length > 0;
	return (
		<li class={`${open ? 'open ' : ''}${member.path === 'away' ? 'gone' : ''}`} data-member={member.id}>
			<Tile id={member.id} name={member.name} />
			<span class="n">
				<b class="one" dir="auto" title={member.name}>
					{name}
				</b>
				<small class={`one ${line.look}`}>{line.text}</small>
			</span>
			{signsOf(store, member).map((sign) =>
				sign ? (
					<span class={`pv ${sign.look}`} role="img" aria-label={sign.title} title={sign.title}>
						<Icon name={sign.icon} small />
					</span>
				) : (
					<span class="pv" />
				),
			)}
			{hasMenu ? (
				<Menu
					label={t.actions(member.name)}
					class="dots"
					button={<Icon name="more" small />}
					onOpen={setOpen}
					heading={
						<>
							<b class="one">
								<bdi>{member.name}</bdi>
							</b>
							<span class="mut">
								{member.role === 'organizer'
									? t.organizer
									: member.presenter
										? t.presenter
										: t.attendee}
							</span>
						</>
					}
					items={() => personItems(store, member)}
				/>
			) : (
				<span />
			)}
		</li>
	);
}
