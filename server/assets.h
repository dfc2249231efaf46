/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SERVER_ASSETS_H
#define TSR_SERVER_ASSETS_H

#include <stddef.h>

#include "core/base/slice.h"

/* assets: the files of the web client inside the binary (tools/embed makes the table). */
struct tsr_asset {
	const char *path; /* "/index.html", "/assets/app-3f2a.js" */
	const char *content_type;
	const char *etag; /* quoted, of the identity bytes: "\"5e3f...\"" */
	struct tsr_slice identity;
	struct tsr_slice br;   /* len 0: there is none */
	struct tsr_slice gzip; /* len 0: there is none */
};

/* Sorted by path. May be empty. */
extern const struct tsr_asset tsr_assets[];
extern const size_t tsr_n_assets;

/* The file at exactly this path (not 0-ended), or NULL. */
const struct tsr_asset *tsr_asset_find(struct tsr_slice path);

#endif
