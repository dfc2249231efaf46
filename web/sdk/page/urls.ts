// SPDX-License-Identifier: Apache-2.0
// Filled in by build/build.mjs: hashed addresses, so page, worker and codec always match.
declare const __WORKER_URL__: string;
declare const __WASM_URL__: string;

export const WORKER_URL = __WORKER_URL__;
export const WASM_URL = __WASM_URL__;
