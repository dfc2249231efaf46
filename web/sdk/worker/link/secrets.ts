// SPDX-License-Identifier: Apache-2.0
// What a link gives to join with: core/e2e/link.h, in WebCrypto.
import { concat, utf8 } from '../../shared/bytes';
import type { Bytes } from '../../shared/bytes';
import type { LinkSecrets } from '../../shared/rpc';
import { hkdf } from '../keys/hkdf';

function derive(secret: Uint8Array, label: string, len: number): Promise<Bytes> {
	return hkdf(new Uint8Array(secret), concat(utf8('tessera link v1 '), utf8(label)), len);
}

export interface JoinTokens {
	readonly joinToken?: Bytes;
	readonly organizerToken?: Bytes;
}

export async function joinTokens(link: LinkSecrets): Promise<JoinTokens> {
	switch (link.kind) {
		case 'number':
			return {};
		case 'attendee':
			return { joinToken: await derive(link.secret, 'join', 16) };
		case 'organizer': {
			const linkSecret = await derive(link.secret, 'link secret', 32);
			const tokens = {
				joinToken: await derive(linkSecret, 'join', 16),
				organizerToken: await derive(link.secret, 'organizer', 16),
			};
			linkSecret.fill(0);
			return tokens;
		}
	}
}
