// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { announce } from '../model/announcer';
import { strings } from '../strings';

const SHOWN_MS = 2000;

/** Copies a text and says so, in place and aloud. */
export function CopyButton({
	text,
	label,
	class: look = 'btn btn--s',
}: {
	text: string;
	label: string;
	class?: string;
}) {
	const [done, setDone] = useState(false);
	useEffect(() => {
		if (!done) return undefined;
		const timer = setTimeout(() => setDone(false), SHOWN_MS);
		return () => clearTimeout(timer);
	}, [done]);
	const copy = async (): Promise<void> => {
		await navigator.clipboard.writeText(text);
		setDone(true);
		announce(strings.value.copied);
	};
	return (
		<button type="button" class={`${look} copy`} onClick={() => void copy().catch(() => setDone(false))}>
			<Icon name={done ? 'check' : 'copy'} small />
			<span class="copy-words">
				<span class={done ? 'unseen' : ''}>{label}</span>
				<span class={done ? '' : 'unseen'} aria-hidden="true">
					{strings.value.copied}
				</span>
			</span>
		</button>
	);
}

/** The code of a failure, to tell to whoever helps. */
export function Code({ code }: { code: string }) {
	return (
		<p class="code">
			<code>{code}</code>
			<CopyButton text={code} label={strings.value.copyCode} class="btn btn--s btn--quiet" />
		</p>
	);
}
