// SPDX-License-Identifier: Apache-2.0
// Numbers, times and names as people read them.
import { strings, type Language } from '../strings';
import type { Member, MemberId } from '../../sdk/index';

const SECOND = 1000;
const PEOPLE_COLOURS = 8;
/** The last moment that a Date can be. */
const TIME_MAX = 8.64e15;

/** 418205937 -> 418 205 937 */
export function grouped(number: string): string {
	return number.replace(/(\d{3})(?=\d)/g, '$1 ');
}

/** 24:16, 1:02:07 */
export function duration(ms: number): string {
	const total = Math.max(0, Math.floor(ms / SECOND));
	const two = (n: number): string => String(n).padStart(2, '0');
	const hours = Math.floor(total / 3600);
	const minutes = Math.floor(total / 60) % 60;
	return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

/** 24 min, 1 h 2 min: what stands on every page must not make it drawn anew every second. */
export function elapsed(ms: number): string {
	const minutes = Math.max(0, Math.floor(ms / (60 * SECOND)));
	return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** 10:24 in the reader's own zone. */
export function clock(at: number, language: Language): string {
	let format = clocks.get(language);
	if (!format) {
		format = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hour12: false });
		clocks.set(language, format);
	}
	// A time that no calendar has comes from a broken sender; it must not break the page.
	return Math.abs(at) <= TIME_MAX ? format.format(at) : '';
}

/** 2100 -> 2.1 */
export function seconds(ms: number): string {
	return (ms / SECOND).toFixed(1).replace('.', strings.value.decimals);
}

export function rate(kbitS: number): string {
	const t = strings.value.presenter;
	if (kbitS < 1000) return t.kbit(String(Math.round(kbitS)));
	return t.mbit((kbitS / 1000).toFixed(1).replace('.', strings.value.decimals));
}

/** An age: 84 ms, 2.1 s. */
export function ago(ms: number): string {
	const t = strings.value.presenter;
	return ms < SECOND ? t.ms(Math.round(ms)) : t.seconds(seconds(ms));
}

/** Bytes so far: 820 kB, 4.2 MB, 1.3 GB. */
export function amount(bytes: number): string {
	const steps = ['kB', 'MB', 'GB', 'TB'];
	let value = bytes / 1000;
	let step = 0;
	while (value >= 1000 && step < steps.length - 1) {
		value /= 1000;
		step += 1;
	}
	const digits = step === 0 || value >= 100 ? 0 : 1;
	return `${value.toFixed(digits).replace('.', strings.value.decimals)} ${steps[step] ?? ''}`;
}

/** First letter as people see it: a whole grapheme, upper case. */
export function initial(name: string): string {
	const first = [...new Intl.Segmenter().segment(name.trim())][0]?.segment ?? '?';
	return first.toLocaleUpperCase();
}

export function colourOf(id: MemberId): string {
	return `c${(id % PEOPLE_COLOURS) + 1}`;
}

export function nameOrYou(member: Member): string {
	return member.me ? strings.value.you(member.name) : member.name;
}
