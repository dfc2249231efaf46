// SPDX-License-Identifier: Apache-2.0
/** The label of a stream, which is English on the wire, in the reader's words; an unknown one as it is. */
export function whatIsShared(label: string, monitor: string, window: string, tab: string, some: string): string {
	const known = new Map([
		['monitor', monitor],
		['Entire screen', monitor],
		['window', window],
		['Window', window],
		['browser', tab],
		['Tab', tab],
		['unknown', some],
		['Screen', some],
	]);
	return known.get(label) ?? label;
}
