// SPDX-License-Identifier: Apache-2.0
// A command of the app as the message it is on the wire.
import type { Command } from '../shared/rpc';
import type { ClientBody } from './wire/message';

export const LOBBY_TEXT_MAX = 500;

/** Within what the server takes of a text to or from the lobby. */
export function textFits(command: Command): boolean {
	return !('text' in command) || [...command.text].length <= LOBBY_TEXT_MAX;
}

export function bodyOf(command: Command): ClientBody {
	switch (command.kind) {
		case 'set_hand':
			return { case: 'setHand', value: { member: command.member, up: command.up } };
		case 'take_presenter':
			return { case: 'takePresenter', value: {} };
		case 'make_presenter':
			return { case: 'makePresenter', value: { member: command.member } };
		case 'set_locked':
			return { case: 'setLocked', value: { on: command.on } };
		case 'set_lobby':
			return { case: 'setLobby', value: { on: command.on } };
		case 'set_open':
			return { case: 'setOpen', value: { on: command.on } };
		case 'set_chat': {
			const { member, publicAllowed, privateAllowed } = command;
			return { case: 'setChat', value: { member, publicAllowed, privateAllowed } };
		}
		case 'set_share_right':
			return { case: 'setShareRight', value: { member: command.member, allowed: command.allowed } };
		case 'mute':
			return { case: 'mute', value: { member: command.member, audio: command.audio, video: command.video } };
		case 'set_media_right': {
			const { member, audioAllowed, videoAllowed } = command;
			return { case: 'setMediaRight', value: { member, audioAllowed, videoAllowed } };
		}
		case 'admit':
			return { case: 'admit', value: { member: command.member } };
		case 'deny':
			return { case: 'deny', value: { member: command.member, text: command.text } };
		case 'remove':
			return { case: 'remove', value: { member: command.member, bar: command.bar, toLobby: command.toLobby } };
		case 'unbar':
			return { case: 'unbar', value: { member: command.member } };
		case 'hand_over':
			return { case: 'handOver', value: { member: command.member } };
		case 'end_session':
			return { case: 'endSession', value: {} };
		case 'lobby_text':
			return { case: 'lobbyText', value: { member: command.member, text: command.text } };
	}
}
