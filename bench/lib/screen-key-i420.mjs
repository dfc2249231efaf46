// SPDX-License-Identifier: Apache-2.0
// The same pictures after the conversion to 4:2:0 that a browser's capture may bring.
import { measure } from "./screen-key.mjs";

export const bench = (ctx, options) => measure(ctx, options, "i420");
