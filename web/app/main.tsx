// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';
import { TesseraClient } from '../sdk/index';
import { App, loadRoom } from './app';
import { whenIdle } from './model/idle';
import { startClock } from './model/clock';
import { Store, StoreProvider } from './model/store';
import { Announcer } from './parts/announcer';
import './styles/app.css';

// First of all: the constructor takes the secrets out of the address bar.
const client = new TesseraClient();
const store = new Store(client);
const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');

// The link opened once more in this tab only changes the fragment: begin anew, as anywhere else.
addEventListener('hashchange', () => {
	if (location.hash !== '') location.reload();
});

startClock();
render(
	<StoreProvider value={store}>
		<App />
		<Announcer />
	</StoreProvider>,
	root,
);

// While the server decides who comes in: nobody waits for it, and nobody loads it in vain.
const stop = store.status.subscribe(({ kind }) => {
	if (kind === 'idle') return;
	setTimeout(() => stop());
	void loadRoom();
});

// While somebody types a name: what a call needs, and whether this network lets one through.
if (client.link.kind !== 'none' && !client.returning) {
	whenIdle(() => {
		if (store.status.peek().kind !== 'idle') return;
		void loadRoom();
		void client.prepareMedia();
	});
}
