// SPDX-License-Identifier: Apache-2.0
// The first page: a number becomes the address of a meeting.
import { useState } from 'preact/hooks';
import { useTitle } from '../parts/title';
import { Page } from '../parts/page';
import { strings } from '../strings';

const DIGITS = /\d/g;

/** The nine digits in what was typed or pasted, a whole link included. */
function numberIn(text: string): string | null {
	const linked = /\/j\/(\d{9})/.exec(text)?.[1];
	const digits = (text.match(DIGITS) ?? []).join('');
	return linked ?? (digits.length === 9 ? digits : null);
}

/** A pasted link keeps its fragment: it is what opens the door. */
function addressFor(text: string, number: string): string {
	const fragment = /\/j\/\d{9}(#\S+)/.exec(text)?.[1] ?? '';
	return `/j/${number}${fragment}`;
}

export function Front({ go = (address) => location.assign(address) }: { go?: (address: string) => void }) {
	const [text, setText] = useState('');
	const [bad, setBad] = useState(false);
	const t = strings.value.front;
	useTitle(t.pageTitle);
	const submit = (event: SubmitEvent): void => {
		event.preventDefault();
		const number = numberIn(text);
		setBad(number === null);
		if (number !== null) go(addressFor(text, number));
	};
	return (
		<Page class="front">
			<div class="head">
				<h1>{t.title}</h1>
				<p>{t.lead}</p>
			</div>
			<form onSubmit={submit} noValidate>
				<label class="label" for="number">
					{t.number}
				</label>
				<div class="front-line">
					<input
						id="number"
						class="field field--big num"
						autocomplete="off"
						inputMode="numeric"
						autofocus
						value={text}
						aria-invalid={bad}
						aria-describedby="number-hint"
						onInput={(event) => setText(event.currentTarget.value)}
					/>
					<button class="btn btn--primary btn--big">{t.go}</button>
				</div>
				<p id="number-hint" class={bad ? 'hint hint--bad' : 'hint'} role={bad ? 'alert' : undefined}>
					{bad ? t.numberBad : t.numberHint}
				</p>
			</form>
		</Page>
	);
}
