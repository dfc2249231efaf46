// SPDX-License-Identifier: Apache-2.0
// The part of the SDK that the screens use, so that a gallery or a test can stand in for it.
import type { TesseraClient } from '../../sdk/index';

export type Client = Pick<
	TesseraClient,
	| 'admit'
	| 'attachCanvas'
	| 'can'
	| 'changeSource'
	| 'chat'
	| 'deny'
	| 'detachCanvas'
	| 'endSession'
	| 'handOver'
	| 'join'
	| 'leave'
	| 'link'
	| 'lowerHandOf'
	| 'makePresenter'
	| 'missing'
	| 'on'
	| 'pauseShare'
	| 'pickScreen'
	| 'raiseHand'
	| 'remove'
	| 'retryNow'
	| 'returning'
	| 'returningName'
	| 'screens'
	| 'sendChat'
	| 'sendLobbyText'
	| 'session'
	| 'setChat'
	| 'setLobby'
	| 'setLocked'
	| 'setOpen'
	| 'setShareRight'
	| 'shares'
	| 'startShare'
	| 'status'
	| 'stopShare'
	| 'takePresenter'
	| 'unbar'
	| 'useHere'
> & {
	/** The attendee's link, whole; null when this browser does not know it. */
	invitation?(): Promise<string | null>;
};
