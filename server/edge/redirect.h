/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_REDIRECT_H
#define TSR_EDGE_REDIRECT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/* redirect: plain HTTP is told to come back by https, and nothing else. Pure. */

/* Writes "https://host:port/target" and a NUL. Host must be a plain name or address with or
 * without a port: letters, digits, dots, hyphens; an IPv6 address in brackets. The target must
 * be printable ASCII. Returns 0, TSR_ERR_FORMAT or TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_redirect_write(
	char *out, size_t cap, struct tsr_slice host, struct tsr_slice target, uint16_t port);

/* The name in a Host header without its port; an empty slice when it is none. */
struct tsr_slice tsr_redirect_host_name(struct tsr_slice host);

#endif
