// SPDX-License-Identifier: Apache-2.0
import type { MemberId } from '../../sdk/index';
import { colourOf, initial } from '../model/format';

/** A person is a tile. The name stands beside it, so the tile says nothing to a screen reader. */
export function Tile({ id, name, large = false }: { id: MemberId; name: string; large?: boolean }) {
	return (
		<span class={`tile ${large ? 'tile--l ' : ''}${colourOf(id)}`} aria-hidden="true">
			{initial(name)}
		</span>
	);
}
