// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { useStore } from '../model/store';
import { strings } from '../strings';

const SHOWN_MS = 8000;

/** Why something did not happen. Goes by itself, waits while it is read, can be closed. */
export function NoticeBar() {
	const { notice } = useStore();
	const [held, hold] = useState(false);
	const shown = notice.value;
	useEffect(() => {
		if (!shown || held) return undefined;
		const timer = setTimeout(() => (notice.value = null), SHOWN_MS);
		return () => clearTimeout(timer);
	}, [shown?.n, held]);
	if (!shown) return null;
	return (
		<div
			class="pop notice"
			onMouseEnter={() => hold(true)}
			onMouseLeave={() => hold(false)}
			onFocusCapture={() => hold(true)}
			onBlurCapture={() => hold(false)}
		>
			<Icon name="alert" small />
			<p class="grow">{shown.text}</p>
			<button
				type="button"
				class="btn btn--s btn--quiet btn--icon"
				aria-label={strings.value.close}
				onClick={() => (notice.value = null)}
			>
				<Icon name="x" small />
			</button>
		</div>
	);
}
