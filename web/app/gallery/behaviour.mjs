// SPDX-License-Identifier: Apache-2.0
// What pictures cannot show: keys, focus and what is said aloud, on scenes of the gallery.
//	node web/app/gallery/behaviour.mjs
import { strict as assert } from 'node:assert';
import { openGallery } from './open.mjs';

const gallery = await openGallery();
/** What a key or a click changed is drawn within two frames. */
const settled = (page) =>
	page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
const reading = (read) => async (page) => {
	await settled(page);
	return page.evaluate(read);
};
const focused = reading(() => document.activeElement?.id || document.activeElement?.textContent?.trim() || '');
const scale = reading(() => document.querySelector('.sheet').getBoundingClientRect().width / document.querySelector('.sheet canvas').width);
const leftEdge = reading(() => document.querySelector('.sheet').getBoundingClientRect().left);

const tests = {
	async 'the palette finds, runs, and gives the focus back'(page) {
		await page.focus('.trust-chip');
		await page.keyboard.press('Control+k');
		await page.keyboard.type('invite');
		await page.keyboard.press('Enter');
		await page.waitForSelector('#invite-link');
		await page.keyboard.press('Escape');
		await page.waitForSelector('dialog', { state: 'detached' });
		assert.match(await page.evaluate(() => document.activeElement.className), /trust-chip/);
	},
	async 'a question mark shows the keys, and single keys can be switched off'(page) {
		await page.keyboard.press('?');
		await page.waitForSelector('dialog .keys');
		await page.click('dialog .setting');
		await page.keyboard.press('Escape');
		await page.waitForSelector('dialog', { state: 'detached' });
		await page.keyboard.press('?');
		await settled(page);
		assert.equal(await page.locator('dialog').count(), 0);
	},
	async 'no single key acts while somebody types'(page) {
		await page.fill('textarea', '');
		await page.focus('textarea');
		await page.keyboard.type('cup?');
		assert.equal(await page.inputValue('textarea'), 'cup?');
		assert.equal(await page.locator('dialog').count(), 0);
		assert.equal(await page.locator('.people').count(), 1);
	},
	async 'a menu opens, moves by arrows, closes by Escape to its button'(page) {
		await page.focus('li[data-member="5"] .dots');
		await page.keyboard.press('Enter');
		await page.waitForSelector('.menu');
		assert.match(await focused(page), /^Make presenter/);
		await page.keyboard.press('ArrowDown');
		assert.equal(await focused(page), 'Lower hand');
		await page.keyboard.press('End');
		assert.match(await focused(page), /^Remove and bar/);
		await page.keyboard.press('Escape');
		await page.waitForSelector('.menu', { state: 'detached' });
		assert.equal(await page.evaluate(() => document.activeElement.className), 'dots');
	},
	async 'handing over asks first, with the safe answer focused'(page) {
		await page.click('li[data-member="5"] .dots');
		await page.click('.menu >> text=Hand over');
		await page.waitForSelector('dialog');
		assert.equal(await focused(page), 'Stay organizer');
		await page.keyboard.press('Enter');
		await page.waitForSelector('dialog', { state: 'detached' });
		assert.deepEqual(await page.evaluate(() => globalThis.tesseraClient.asked), []);
	},
	async 'the picture zooms and moves by keys'(page) {
		await page.focus('.view');
		await page.keyboard.press('1');
		assert.equal(await scale(page), 1);
		await page.keyboard.press('+');
		assert.equal(await scale(page), 1.25);
		const left = () => leftEdge(page);
		const before = await left();
		await page.keyboard.press('ArrowRight');
		assert.equal(await left(), before - 64);
		await page.keyboard.press('0');
		assert.ok((await scale(page)) < 1);
		assert.equal(await page.locator('.map').count(), 0);
	},
	async 'the picture zooms under the wheel and pans by dragging'(page) {
		await page.focus('.view');
		await page.keyboard.press('1');
		const box = await page.locator('.view').boundingBox();
		await page.mouse.move(box.x + 300, box.y + 200);
		await page.mouse.wheel(0, -240);
		await page.waitForFunction(() => Math.abs(document.querySelector('.sheet').getBoundingClientRect().width - 2880) < 1);
		const left = () => leftEdge(page);
		const before = await left();
		await page.mouse.down();
		await page.mouse.move(box.x + 250, box.y + 200);
		await page.mouse.up();
		assert.equal(await left(), before - 50);
	},
	async 'a hand and a message are said aloud'(page) {
		await page.evaluate(() => {
			const { tesseraStore: store } = globalThis;
			const session = store.session.value;
			const members = session.members.map((member) => (member.name === 'Milo' ? { ...member, hand: 2 } : member));
			store.session.value = { ...session, members };
			globalThis.tesseraClient.emit('chat', {
				id: 'new', from: 4, fromName: 'Milo', mine: false, to: 0, toName: '', text: 'Hello', at: Date.now(), state: 'received',
			});
		});
		await page.waitForFunction(() => document.querySelector('[data-testid="polite"]').textContent.includes('Milo'));
		const said = await page.textContent('[data-testid="polite"]');
		assert.match(said, /Milo raised a hand, 2nd in line/);
		assert.match(said, /Milo writes: Hello/);
	},
	async 'unread messages are counted while chat is hidden'(page) {
		await page.focus('.trust-chip');
		await page.keyboard.press('c');
		await page.waitForSelector('.chat', { state: 'detached' });
		await page.evaluate(() =>
			globalThis.tesseraClient.emit('chat', {
				id: 'new2', from: 4, fromName: 'Milo', mine: false, to: 0, toName: '', text: 'Hello', at: Date.now(), state: 'received',
			}),
		);
		await page.waitForSelector('.bar .badge >> text=1 new message');
		await page.keyboard.press('c');
		await page.waitForSelector('.chat');
		assert.equal(await page.locator('.bar .badge >> text=new message').count(), 0);
	},
	async 'markup in a message stays text'(page) {
		assert.equal(await page.locator('.log b:has-text("at most")').count(), 0);
		assert.equal(await page.locator('.log .text >> text=<b>at most</b>').count(), 1);
		assert.equal(await page.locator('.log a').count(), 0);
	},
};

/** On another scene than the room. */
const onScene = {
	async 'the return picture and the numbers open and close by keys'(page) {
		await page.focus('.figures header button');
		assert.equal(await page.locator('.back canvas').count(), 1);
		await page.keyboard.press('Enter');
		await settled(page);
		assert.equal(await page.locator('.back canvas').count(), 0);
		assert.equal(await page.getAttribute('.figures header button', 'aria-pressed'), 'false');
		await page.keyboard.press('Enter');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.waitForSelector('.figures details[open] dl');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Tab');
		assert.equal(await focused(page), 'Text');
		await page.keyboard.press('Enter');
		assert.deepEqual(await page.evaluate(() => globalThis.tesseraClient.asked), ['preferShare']);
	},
};

/** On a scene of the same name. */
const inCalls = {
	async 'media-strip: the sign of a bad line opens the figures'(page) {
		await page.focus('.seat-line');
		await page.keyboard.press('Enter');
		await page.waitForSelector('dialog .lines');
		assert.match(await page.textContent('dialog'), /UDP works.*Poor line: part of what this person sends gets lost.*8\.4 % up/s);
		await page.keyboard.press('Escape');
		await page.waitForSelector('dialog', { state: 'detached' });
		assert.match(await page.evaluate(() => document.activeElement.className), /seat-line/);
	},
	async 'media-muted-by-organizer: push to talk ends where no key-up comes'(page) {
		const asked = () => page.evaluate(() => globalThis.tesseraClient.asked.splice(0));
		for (const leave of ['blur', 'contextmenu']) {
			await page.keyboard.down(' ');
			assert.deepEqual(await asked(), ['muteMicrophone false']);
			await page.evaluate((event) => window.dispatchEvent(new Event(event)), leave);
			assert.deepEqual(await asked(), ['muteMicrophone true'], leave);
			await page.keyboard.up(' ');
			assert.deepEqual(await asked(), []);
		}
	},
};

let failed = 0;
const all = [
	...Object.entries(tests).map(([name, test]) => [name, test, 'room-organizer']),
	...Object.entries(onScene).map(([name, test]) => [name, test, 'presenter-live']),
	...Object.entries(inCalls).map(([name, test]) => [name, test, name.split(':')[0]]),
];
console.log(`1..${all.length}`);
for (const [at, [name, test, scene]] of all.entries()) {
	const page = await gallery.open(scene);
	try {
		await test(page);
		console.log(`ok ${at + 1} - ${name}`);
	} catch (error) {
		failed += 1;
		console.log(`not ok ${at + 1} - ${name}\n# ${String(error.stack).replaceAll('\n', '\n# ')}`);
	}
	await page.context().close();
}
await gallery.close();
process.exitCode = failed > 0 ? 1 : 0;
