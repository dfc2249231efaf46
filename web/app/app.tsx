// SPDX-License-Identifier: Apache-2.0
// Which screen is shown, decided by the link and the status alone. The room is a part of its own, which
// comes when somebody joins: the first page has to be there at once.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useStore } from './model/store';
import { Front } from './screens/front';
import { Join } from './screens/join';
import { Lobby } from './screens/lobby';
import { Missing } from './screens/missing';
import { Over } from './screens/over';
import { Returning } from './screens/returning';

const room = signal<ComponentType | 'lost' | null>(null);

/** Not there any more: the server has been replaced since this page was loaded. */
export async function loadRoom(): Promise<void> {
	room.value ??= await import('./room/room').then(({ Room }) => Room, () => 'lost' as const);
}

export function App() {
	const { client, status, session, missing } = useStore();
	const now = status.value;
	const blocking = missing.value.filter((feature) => feature.blocks === 'everything');
	const { link } = client;
	if (link.kind === 'none') return <Front />;
	if (blocking.length > 0) return <Missing missing={blocking} />;
	switch (now.kind) {
		case 'waiting':
			return <Lobby title={now.title} locked={now.locked} />;
		case 'left':
			return <Over reason="left" text="" />;
		case 'closed':
			return <Over reason={now.reason} text={now.text} />;
		case 'joined':
		case 'reconnecting':
			return <Inside />;
		case 'connecting':
			return client.returning || session.value ? <Returning /> : <Join link={link} />;
		case 'idle':
		case 'joining':
			return <Join link={link} />;
	}
}

function Inside() {
	const { session } = useStore();
	const Room = room.value;
	if (Room === 'lost') return <Over reason="reload" text="" />;
	return session.value && Room ? <Room /> : <Returning />;
}
