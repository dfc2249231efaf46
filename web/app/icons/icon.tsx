// SPDX-License-Identifier: Apache-2.0
import { h } from 'preact';
import { shapes, type IconName } from './shapes';

/** An icon is never the only name of a control: the text or aria-label beside it is. */
export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
	return (
		<svg class={small ? 'i i--s' : 'i'} viewBox="0 0 24 24" aria-hidden="true" data-icon={name}>
			{shapes[name].map(([tag, attributes]) => h(tag, attributes))}
		</svg>
	);
}
