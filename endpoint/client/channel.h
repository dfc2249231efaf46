/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_CHANNEL_H
#define TSR_ENDPOINT_CLIENT_CHANNEL_H

#include <stddef.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "endpoint/client/server.h"

/*
 * channel: one WebSocket to /v1/session (RFC 6455, subprotocol tessera.v1). Binary messages
 * only; pings are answered by themselves. What cannot be sent at once is queued: callers keep
 * the queue short by credits (docs/protocol.md).
 */
struct tsr_channel;

/* All may close the channel. */
struct tsr_channel_events {
	void (*on_open)(void *user);
	void (*on_message)(void *user, struct tsr_slice message); /* borrows; never empty */
	/* Over: TSR_ERR_CLOSED, or what went wrong. Called once. */
	void (*on_close)(void *user, int err);
};

/* events must stay. */
TSR_CHECKED int tsr_channel_open(struct tsr_channel **out, struct tsr_server *server,
	const struct tsr_channel_events *events, void *user);
void tsr_channel_close(struct tsr_channel **channel); /* NULL inside is fine */

/* Sends one binary message (copies it). TSR_ERR_STATE before on_open, TSR_ERR_FULL when more than
 * 8 MiB wait. */
TSR_CHECKED int tsr_channel_send(struct tsr_channel *channel, struct tsr_slice message);

/* Bytes that wait to be sent. */
size_t tsr_channel_queued(const struct tsr_channel *channel);

/* Bytes of messages received so far. */
uint64_t tsr_channel_received(const struct tsr_channel *channel);

#endif
