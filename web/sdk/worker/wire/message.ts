// SPDX-License-Identifier: Apache-2.0
// One WebSocket message: a byte of kind, then a protobuf message or a data frame.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ToClient, ToServerSchema } from '../../gen/session_pb';
import { concat } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import { parseFrame } from './frame';
import type { FrameHeader } from './frame';
import { read, write } from './proto';

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'tessera.v1';
const MESSAGE_MAX = 64 * 1024;

const KIND_MESSAGE = 0;
const KIND_FRAME = 1;

export type ServerBody = ToClient['body'];
export type ClientBody = NonNullable<MessageInitShape<typeof ToServerSchema>['body']>;

export interface DataFrame {
	readonly header: FrameHeader;
	/** The 36 bytes as they came: authenticated with the object. */
	readonly metadata: Bytes;
	/** The SFrame object. */
	readonly object: Bytes;
	/** Header and object, for flow control. */
	readonly size: number;
}

export type Incoming =
	| { readonly kind: 'message'; readonly body: ServerBody }
	| { readonly kind: 'frame'; readonly frame: DataFrame }
	| { readonly kind: 'broken' };

export function readIncoming(data: ArrayBuffer): Incoming {
	const bytes = new Uint8Array(data);
	const body = bytes.subarray(1);
	if (bytes[0] === KIND_MESSAGE && body.length <= MESSAGE_MAX) {
		try {
			return { kind: 'message', body: read('ToClient', body)['body'] as ServerBody };
		} catch {
			return { kind: 'broken' };
		}
	}
	const parsed = bytes[0] === KIND_FRAME ? parseFrame(body) : null;
	return parsed ? { kind: 'frame', frame: { ...parsed, size: body.length } } : { kind: 'broken' };
}

export function writeMessage(body: ClientBody, request = 0): Bytes {
	return concat(new Uint8Array([KIND_MESSAGE]), write('ToServer', { request, body }));
}

/** metadata is the 36-byte header, object the SFrame object that it announces. */
export function writeFrame(metadata: Uint8Array, object: Uint8Array): Bytes {
	return concat(new Uint8Array([KIND_FRAME]), metadata, object);
}
