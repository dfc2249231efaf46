// SPDX-License-Identifier: Apache-2.0
// Between a reload and the room: usually too short to be seen.
import { useEffect, useState } from 'preact/hooks';
import { useStore } from '../model/store';
import { Page } from '../parts/page';
import { Away } from '../stage/over';
import { strings } from '../strings';

const SENTENCE_AFTER_MS = 700;

export function Returning() {
	const { status } = useStore();
	const [slow, setSlow] = useState(false);
	const t = strings.value.returning;
	useEffect(() => {
		const timer = setTimeout(() => setSlow(true), SENTENCE_AFTER_MS);
		return () => clearTimeout(timer);
	}, []);
	return (
		<Page class="over">
			{status.value.kind === 'reconnecting' ? (
				<Away status={status.value} hasPicture={false} />
			) : (
				<div class="head" role="status">
					<h1 class={slow ? '' : 'unseen'}>{t.title}</h1>
					<p class={slow ? '' : 'unseen'}>{t.text}</p>
				</div>
			)}
		</Page>
	);
}
