// SPDX-License-Identifier: Apache-2.0
// The SDK's only door: the app imports nothing else of it.
export { TesseraClient } from './page/client';
export type * from './shared/types';
