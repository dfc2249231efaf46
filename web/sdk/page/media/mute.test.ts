// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mute } from './mute';

test('who was muted by the organizer stays so until he does something about it', () => {
	const mute = new Mute();
	assert.equal(mute.handleHeld(true), true);
	assert.equal(mute.handleHeld(true), false, 'said once');
	mute.handleGone();
	assert.equal(mute.isSilent, true, 'over a lost link and a new stream');
	assert.equal(mute.isToTell(false), true, 'which the server is told');
	mute.set(false);
	assert.equal(mute.isSilent, false);
});

test('nobody else ends it', () => {
	const mute = new Mute();
	mute.handleHeld(true);
	mute.handleHeld(false);
	assert.equal(mute.isSilent, true);
});

test('who unmutes himself is silent until the server agrees, and is not muted anew by the State before', () => {
	const mute = new Mute();
	mute.handleHeld(true);
	mute.set(false);
	assert.equal(mute.isToTell(true), true);
	mute.asked = false;
	assert.equal(mute.handleHeld(true), false, 'a State that crossed it');
	assert.equal(mute.isSilent, true);
	mute.handleHeld(false);
	assert.equal(mute.isSilent, false);
	assert.equal(mute.isToTell(false), false);
});
