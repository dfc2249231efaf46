// SPDX-License-Identifier: Apache-2.0
// esbuild takes the styles out of the script; to the compiler they are an import without a value.
declare module '*.css';
