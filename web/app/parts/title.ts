// SPDX-License-Identifier: Apache-2.0
import { useEffect } from 'preact/hooks';

/** The title of the tab, which is also what a screen reader says first. */
export function useTitle(title: string): void {
	useEffect(() => {
		document.title = title;
	}, [title]);
}
