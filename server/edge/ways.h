/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_WAYS_H
#define TSR_EDGE_WAYS_H

#include <stddef.h>

#include "core/base/attr.h"
#include "server/child.h"

/*
 * ways: GET /v1/ways tells a page where sound and cameras would go, so that it can try before
 * anybody has joined (core/media/precall.h):
 *
 *	{"addresses":["203.0.113.7"],"ports":[8200,443]}
 *
 * Who comes by an address that is offered is told that one and no other: strangers learn nothing of
 * this machine's networks. Else (it is behind a translator) all that were given as public.
 */
#define TSR_WAYS_LEN 1024

/* Writes the text above; here: our address of the connection. TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_ways_write(
	char out[static TSR_WAYS_LEN], const struct tsr_child *child, const char *here);

#endif
