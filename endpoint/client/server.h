/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_SERVER_H
#define TSR_ENDPOINT_CLIENT_SERVER_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "endpoint/client/race.h"
#include "sys/loop.h"
#include "sys/tls.h"

/* server: where it is and what makes us believe that it is the right one. Shared by the
 * connections of one endpoint; outlives them. */
struct tsr_server {
	struct tsr_loop *loop;
	struct tsr_tls_ctx *tls;     /* its own reference */
	char host[256];              /* to connect to; no brackets */
	char authority[272];         /* Host header: host[:port] of the link */
	struct tsr_race_ports ports; /* the last winner first */
};

/* TLS over a connection that the race won on this port, which is tried first from now on. Takes
 * fd. */
struct tsr_tls_events;
TSR_CHECKED int tsr_server_open_tls(struct tsr_tls **out, struct tsr_server *server, int fd,
	uint16_t port, const struct tsr_tls_events *events, void *user);

/*
 * request: one HTTPS request with a small body, for /api/. fn is called once, from the loop:
 * with a status and its body (borrows), or status 0 and an error.
 */
#define TSR_REQUEST_BODY_MAX 65536
struct tsr_request;
typedef void (*tsr_request_fn)(void *user, int status, struct tsr_slice body, int err);

/* Sends body as JSON (POST), or a GET when body is empty. Copies what it is given. */
TSR_CHECKED int tsr_request_open(struct tsr_request **out, struct tsr_server *server,
	const char *path, struct tsr_slice body, tsr_request_fn fn, void *user);
void tsr_request_close(struct tsr_request **request); /* NULL inside is fine */

#endif
