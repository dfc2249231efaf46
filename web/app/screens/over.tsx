// SPDX-License-Identifier: Apache-2.0
// After the room: what happened, and the one thing to do next.
import type { CloseReason } from '../../sdk/index';
import { useStore } from '../model/store';
import { Code } from '../parts/copy';
import { Page } from '../parts/page';
import { useTitle } from '../parts/title';
import { strings } from '../strings';

export type OverReason = CloseReason | 'left';

interface Way {
	readonly label: string;
	readonly run: () => void;
}

/** Codes are for our own faults and for what a person cannot see the reason of. */
const codes: Partial<Record<OverReason, string>> = {
	refused: 'SEAT-REFUSED',
	protocol: 'PROTOCOL',
	too_much: 'RATE-LIMIT',
	full: 'MEETING-FULL',
};

function wayOut(reason: OverReason, useHere: () => void): Way | null {
	const t = strings.value.over;
	const again = (): void => location.reload();
	switch (reason) {
		case 'ended':
			return null;
		case 'elsewhere':
			return { label: t.elsewhere.go, run: useHere };
		case 'reload':
			return { label: t.reload.go, run: again };
		case 'left':
			return { label: t.again, run: again };
		default:
			return { label: t.newTry, run: again };
	}
}

export function Over({ reason, text }: { reason: OverReason; text: string }) {
	const { client } = useStore();
	const t = strings.value.over;
	const words = t[reason];
	const way = wayOut(reason, () => void client.useHere());
	const code = codes[reason];
	useTitle(`${words.title} · Tessera`);
	return (
		<Page class="over">
			<div class="head" role="status">
				<h1>{words.title}</h1>
				<p>{words.text}</p>
			</div>
			{text !== '' && (
				<blockquote>
					<span class="hint">{t.said}</span>
					<p dir="auto">{text}</p>
				</blockquote>
			)}
			{code !== undefined && <Code code={code} />}
			<div class="over-acts">
				{way && (
					<button type="button" class="btn btn--primary btn--big" onClick={way.run} autofocus>
						{way.label}
					</button>
				)}
				<a class="btn btn--big" href="/">
					{t.front}
				</a>
			</div>
		</Page>
	);
}
