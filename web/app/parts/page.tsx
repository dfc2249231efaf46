// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { Icon } from '../icons/icon';
import { chooseLanguage, isLanguage, language, languages, nameOf, strings } from '../strings';
import { Mark } from './brand';

function LanguagePicker() {
	return (
		<label class="pick pick--quiet">
			<span class="vh">{strings.value.chooseLanguage}</span>
			<select
				value={language.value}
				onChange={(event) => {
					const chosen = event.currentTarget.value;
					if (isLanguage(chosen)) chooseLanguage(chosen);
				}}
			>
				{languages.map((code) => (
					<option value={code} lang={code}>
						{nameOf(code)}
					</option>
				))}
			</select>
			<Icon name="down" small />
		</label>
	);
}

/** The frame of every page outside the room. */
export function Page({ children, class: look }: { children: ComponentChildren; class: string }) {
	return (
		<div class="page">
			<header class="top">
				<a class="brand" href="/" aria-label={strings.value.home}>
					<Mark /> <span aria-hidden="true">Tessera</span>
				</a>
				<span class="grow" />
				<LanguagePicker />
			</header>
			<main class={look}>{children}</main>
		</div>
	);
}
