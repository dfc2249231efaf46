// SPDX-License-Identifier: Apache-2.0
// What is open on this screen. Nothing here is known to anybody else.
import { computed, signal } from '@preact/signals';
import type { MemberId, ScreenKey } from '../../sdk/index';
import { recall, remember } from './memory';

export type OpenDialog =
	| { readonly kind: 'settings' | 'devices' | 'connection' | 'invite' | 'palette' | 'shortcuts' | 'end' | 'leave' | 'pass' }
	| { readonly kind: 'handOver'; readonly member: MemberId }
	| { readonly kind: 'remove'; readonly member: MemberId; readonly bar: boolean };

export type Side = 'people' | 'chat';

function mediaSignal(query: string) {
	const media = matchMedia(query);
	const matches = signal(media.matches);
	media.addEventListener('change', () => (matches.value = media.matches));
	return matches;
}

export class Ui {
	readonly narrow = mediaSignal('(max-width: 900px)');
	readonly dialog = signal<OpenDialog | null>(null);
	readonly people = signal(true);
	readonly chat = signal(true);
	/** On a narrow screen one of the two is shown. */
	readonly tab = signal<Side>('chat');
	readonly fullScreen = signal(false);
	/** Of several shared screens: the one that is looked at, or all; null is the first. */
	readonly screen = signal<ScreenKey | 'all' | null>(null);
	/** Whom the next message goes to; 0 = everyone. */
	readonly chatTo = signal(0 as MemberId);
	/** Survives a lost link and a change of tabs. */
	readonly draft = signal('');
	readonly unread = signal(0);
	readonly singleKeys = signal(recall('singleKeys') !== 'off');
	readonly pauseMode = signal<'frozen' | 'blank'>(recall('pauseMode') === 'blank' ? 'blank' : 'frozen');
	/** The presenter's look at what the viewers get; and at all the numbers. */
	readonly seesReturn = signal(recall('seesReturn') !== 'off');
	readonly seesFigures = signal(false);
	/** Raised to bring the focus into the message field. */
	readonly writeRequest = signal(0);
	/** The last of them that was met; the field may not have been there when it was raised. */
	writeAnswered = 0;

	readonly chatSeen = computed(
		() => !this.fullScreen.value && (this.narrow.value ? this.tab.value === 'chat' : this.chat.value),
	);

	constructor() {
		document.addEventListener(
			'fullscreenchange',
			() => (this.fullScreen.value = document.fullscreenElement !== null),
		);
	}

	open(dialog: OpenDialog): void {
		this.dialog.value = dialog;
	}
	close(): void {
		this.dialog.value = null;
	}

	toggle(side: Side): void {
		if (this.narrow.value) this.tab.value = side;
		else this[side].value = !this[side].value;
		if (this.chatSeen.value) this.unread.value = 0;
	}
	show(side: Side): void {
		if (this.fullScreen.value) void document.exitFullscreen();
		if (this.narrow.value) this.tab.value = side;
		else this[side].value = true;
		if (side === 'chat') this.unread.value = 0;
	}

	writeTo(member: MemberId): void {
		this.chatTo.value = member;
		this.show('chat');
		this.writeRequest.value += 1;
	}

	toggleFullScreen(): void {
		if (document.fullscreenElement) void document.exitFullscreen();
		else void document.documentElement.requestFullscreen().catch(() => undefined);
	}

	setSingleKeys(on: boolean): void {
		this.singleKeys.value = on;
		remember('singleKeys', on ? 'on' : 'off');
	}
	setSeesReturn(on: boolean): void {
		this.seesReturn.value = on;
		remember('seesReturn', on ? 'on' : 'off');
	}
	setPauseMode(mode: 'frozen' | 'blank'): void {
		this.pauseMode.value = mode;
		remember('pauseMode', mode);
	}
}
