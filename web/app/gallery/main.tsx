// SPDX-License-Identifier: Apache-2.0
// One scene of the gallery: /?scene=NAME&theme=dark&language=de. Built by shoot.mjs only.
import { render } from 'preact';
import { App, loadRoom } from '../app';
import { now } from '../model/clock';
import { Store, StoreProvider } from '../model/store';
import { Announcer } from '../parts/announcer';
import { chooseLanguage, isLanguage } from '../strings';
import '../styles/app.css';
import { FakeClient } from './fake';
import { NOW } from './fixtures';
import { scenes } from './scenes';

declare global {
	var tesseraScenes: readonly string[];
	var tesseraReady: boolean;
	var tesseraStore: Store;
	var tesseraClient: FakeClient;
}
globalThis.tesseraScenes = Object.keys(scenes);

const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

async function show(root: HTMLElement): Promise<void> {
	const wanted = new URLSearchParams(location.search);
	const scene = scenes[wanted.get('scene') ?? ''];
	const theme = wanted.get('theme');
	const language = wanted.get('language') ?? 'en';
	if (!scene) return;
	if (theme !== null) document.documentElement.dataset['theme'] = theme;
	if (isLanguage(language)) chooseLanguage(language);
	if (scene.rtl) document.documentElement.dir = 'rtl';
	now.value = NOW;
	await loadRoom();
	const client = new FakeClient(scene);
	const store = new Store(client);
	globalThis.tesseraStore = store;
	globalThis.tesseraClient = client;
	store.lobbyTexts.value = scene.lobby ?? [];
	store.sharingSince.value = NOW - 760_000;
	store.pausedSince.value = NOW - 95_000;
	render(
		<StoreProvider value={store}>
			<App />
			<Announcer />
		</StoreProvider>,
		root,
	);
	await frame();
	scene.then?.(store);
	await frame();
	for (const selector of scene.press ?? []) {
		document.querySelector<HTMLElement>(selector)?.click();
		await frame();
	}
	await frame();
	globalThis.tesseraReady = true;
}

const root = document.getElementById('app');
if (root) void show(root);
