/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_FILES_H
#define TSR_EDGE_FILES_H

#include <stdbool.h>

#include "core/wire/http.h"
#include "server/assets.h"

/* files: which file of the web client answers a path, and in which coding. */

/* The file for a path: itself; index.html for the routes of the app ("/", "/j/<9 digits>",
 * "/about" and other words without a dot). NULL: there is none. */
const struct tsr_asset *tsr_files_find(struct tsr_slice path);

/* Whether the name changes with the content ("/assets/app-5F3A9C2E.js"), so that it may be kept
 * for ever. */
bool tsr_files_is_hashed(struct tsr_slice path);

/* The coding to send: the smallest that there is and that Accept-Encoding allows. *name is
 * "br", "gzip" or NULL for identity. */
struct tsr_slice tsr_files_choose(
	const struct tsr_asset *asset, const struct tsr_http_head *head, const char **name);

/* Whether If-None-Match names this ETag (or *). */
bool tsr_files_is_known(const struct tsr_asset *asset, const struct tsr_http_head *head);

#endif
