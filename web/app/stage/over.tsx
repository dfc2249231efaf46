// SPDX-License-Identifier: Apache-2.0
// What stands over the picture when it is not live, always with a sentence.
import { useEffect, useState } from 'preact/hooks';
import type { Screen, Status } from '../../sdk/index';
import { now } from '../model/clock';
import { clock } from '../model/format';
import { useStore } from '../model/store';
import { language, strings } from '../strings';

const SLOW_MS = 4000;

/** True once the same thing has lasted a while. Looks at the clock only while it matters. */
function useLasting(what: string, matters: boolean): boolean {
	const [since, setSince] = useState(() => now.peek());
	useEffect(() => setSince(now.peek()), [what]);
	return matters && now.value - since >= SLOW_MS;
}

export function OverPicture({ screen, status }: { screen: Screen; status: Status }) {
	const t = strings.value.stage;
	const isLate = screen.state === 'opening' || screen.state === 'catching_up';
	const lasting = useLasting(`${screen.key} ${screen.state}`, isLate);
	if (status.kind === 'reconnecting') return <Away status={status} hasPicture={screen.pictureAt > 0} />;
	if (screen.paused !== 'none') {
		return (
			<Say title={t.paused(screen.fromName)} text={screen.paused === 'blank' ? t.pausedBlank : t.pausedFrozen} />
		);
	}
	if (screen.state === 'interrupted') return <Say title={t.interrupted(screen.fromName)} text={t.interruptedText} />;
	if (screen.state === 'unreadable') {
		if (screen.pictureAt === 0) return <Say title={t.unreadable(screen.fromName)} text={t.unreadableText} />;
		return <Low text={`${t.unreadable(screen.fromName)}. ${t.unreadableText}`} />;
	}
	if (screen.state === 'opening')
		return <Say title={t.opening(screen.fromName)} text={lasting ? t.openingSlow : t.openingText} />;
	if (screen.state === 'catching_up' && lasting) {
		return <Low text={t.lost(clock(screen.pictureAt, language.value))} />;
	}
	return null;
}

/** Below a picture that is still worth looking at. */
function Low({ text }: { text: string }) {
	return (
		<p class="say-low" role="status">
			{text}
		</p>
	);
}

function Say({ title, text }: { title: string; text: string }) {
	return (
		<div class="say" role="status">
			<b>{title}</b>
			<span>{text}</span>
		</div>
	);
}

type Reconnecting = Extract<Status, { kind: 'reconnecting' }>;

export function Away({ status, hasPicture }: { status: Reconnecting; hasPicture: boolean }) {
	const { client } = useStore();
	const t = strings.value.stage;
	const left = status.nextTryAt === 0 ? 0 : Math.max(0, Math.ceil((status.nextTryAt - now.value) / 1000));
	return (
		<div class="say">
			<b role="status">{status.online ? t.away : t.awayOffline}</b>
			<span class="say-count num" aria-hidden="true">
				{left > 0 ? t.in(left) : t.now}
			</span>
			<span>{hasPicture ? t.awayText : t.awayNoPicture}</span>
			<button type="button" class="btn btn--s" onClick={() => void client.retryNow()}>
				{t.tryNow}
			</button>
		</div>
	);
}
