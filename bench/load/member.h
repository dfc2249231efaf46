/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_LOAD_MEMBER_H
#define TSR_BENCH_LOAD_MEMBER_H

#include "bench/load/conn.h"
#include "core/e2e/link.h"
#include "core/e2e/proof.h"
#include "session.pb-c.h"

/*
 * member: somebody in a session with both connections, as docs/protocol.md has it, without the
 * keys: a load does not look at pictures.
 */
struct bench_member {
	struct bench_conn control, bulk;
	struct tsr_sign_key *device;
	uint8_t ticket[TSR_BULK_TICKET_LEN];
	uint32_t id;
};

/* Where to and as whom: one token of a link. */
struct bench_door {
	uint16_t port;
	char number[TSR_LINK_NUMBER_LEN + 1];
	bool is_organizer;
	uint8_t token[TSR_LINK_TOKEN_LEN];
};

void bench_door_read(struct bench_door *door, const char *link);

/* Joins by `door` through `http` (a connection of its own for the requests), from 127.0.<net>.1,
 * and opens a CHAT stream as every client does. Both connections come back blocking. */
void bench_member_join(struct bench_member *member, SSL_CTX *ctx, struct bench_conn *http,
	const struct bench_door *door, unsigned net);

void bench_send_message(struct bench_conn *conn, const Tessera__V1__ToServer *message);

/* Opens a stream; the answer's stream is waited for on a blocking control connection. */
uint32_t bench_member_open_stream(
	struct bench_member *member, uint32_t stream_class, uint32_t width, uint32_t height);

#endif
