// SPDX-License-Identifier: Apache-2.0
// Which catalogue speaks: the remembered choice, else what the browser asks for, else English.
import { computed, effect, signal } from '@preact/signals';
import { recall, remember } from '../model/memory';
import { de } from './de';
import { en, type Strings } from './en';

export type { Strings } from './en';

const catalogues = { en, de } satisfies Record<string, Strings>;
export type Language = keyof typeof catalogues;
export const languages = Object.keys(catalogues) as Language[];

export const isLanguage = (code: string): code is Language => Object.hasOwn(catalogues, code);
export const nameOf = (language: Language): string => catalogues[language].language;

function firstChoice(): Language {
	const wanted = [recall('language') ?? '', ...navigator.languages];
	return wanted.map((code) => code.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}

export const language = signal<Language>(firstChoice());
export const strings = computed<Strings>(() => catalogues[language.value]);

export function chooseLanguage(next: Language): void {
	language.value = next;
	remember('language', next);
}

effect(() => {
	document.documentElement.lang = strings.value.code;
	document.documentElement.dir = strings.value.direction;
});
