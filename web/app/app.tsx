// SPDX-License-Identifier: Apache-2.0
// Which screen is shown, decided by the link and the status alone.
import { useStore } from './model/store';
import { Front } from './screens/front';
import { Join } from './screens/join';
import { Lobby } from './screens/lobby';
import { Missing } from './screens/missing';
import { Over } from './screens/over';
import { Returning } from './screens/returning';
import { Room } from './room/room';

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
			return session.value ? <Room /> : <Returning />;
		case 'connecting':
			return client.returning || session.value ? <Returning /> : <Join link={link} />;
		case 'idle':
		case 'joining':
			return <Join link={link} />;
	}
}
