// SPDX-License-Identifier: Apache-2.0
// For tests: files of the checkout, bytes in hexadecimal.
import type { Bytes } from '../shared/bytes';

export function unhex(text: string): Bytes {
	return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
