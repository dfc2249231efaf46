// SPDX-License-Identifier: Apache-2.0
// What this network lets through, one line each.
import { Icon } from '../icons/icon';
import type { Way } from '../model/media';

const HTTPS_PORT = '443';

/** The port that this page came by. */
export const pagePort = (): string => location.port || HTTPS_PORT;

export function Ways({ ways }: { ways: readonly Way[] }) {
	return (
		<ul class="ways">
			{ways.map(({ works, text }) => (
				<li key={text} class={works ? '' : 'ways-not'}>
					<Icon name={works ? 'path' : 'alert'} small />
					<span>{text}</span>
				</li>
			))}
		</ul>
	);
}
