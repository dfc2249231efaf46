// SPDX-License-Identifier: Apache-2.0
// Names, titles and last words as they may be shown. An honest server has cleaned them already.

/** Controls, and marks that turn the direction of text: they could make a name look like another's. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;
const NAME_MAX = 64;
const SENTENCE_MAX = 500;

function cut(text: string, max: number): string {
	// Looked at in part only: whoever sends a megabyte shall not have it counted.
	const points = [...text.slice(0, 4 * max).replace(INVISIBLE, '')];
	return points.length > max ? `${points.slice(0, max - 1).join('')}…` : points.join('');
}

/** A name, a title, a label: one line, at most 64 characters. */
export const cleanName = (text: string): string => cut(text, NAME_MAX);
/** A sentence of another person, or of the server. */
export const cleanSentence = (text: string): string => cut(text, SENTENCE_MAX);
