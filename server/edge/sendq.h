/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_SENDQ_H
#define TSR_EDGE_SENDQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/msg.h"
#include "core/wire/websocket.h"

/*
 * sendq: what a connection still has to send: references to shared messages, with a WebSocket
 * header in front of those that are WebSocket messages. Nothing is copied.
 */
#define TSR_SENDQ_ENTRIES_MAX 4096

enum tsr_sendq_flag {
	TSR_SENDQ_FRAMED = 1, /* is the payload of one binary WebSocket message */
	TSR_SENDQ_SECRET = 2, /* the only reference: wiped when it was sent */
	TSR_SENDQ_FREE = 4,   /* counted by itself: asked for, or a picture or page */
	TSR_SENDQ_GATHER = 8, /* need not go at once: tsr_conn_put_off() */
};

struct tsr_sendq_entry {
	struct tsr_msg *msg; /* NULL: bytes are static */
	struct tsr_slice bytes;
	uint8_t flags;
	uint8_t header_len;
	uint8_t header[TSR_WEBSOCKET_HEADER_MAX];
};

struct tsr_sendq {
	struct tsr_sendq_entry *entries; /* ring */
	uint32_t first;
	uint32_t n;
	uint32_t cap;
	size_t first_sent;    /* bytes of the first entry that are out, its header counted */
	size_t waiting_bytes; /* of all entries but the FREE ones */
	size_t free_bytes;    /* of these */
};

/* Zeroed memory is an empty queue. */
void tsr_sendq_finish(struct tsr_sendq *queue);

/* Takes the reference, on failure too. Returns 0, TSR_ERR_NOMEM or TSR_ERR_FULL. */
TSR_CHECKED int tsr_sendq_add(struct tsr_sendq *queue, struct tsr_msg *msg, unsigned flags);

/* For bytes that live as long as the process. */
TSR_CHECKED int tsr_sendq_add_static(struct tsr_sendq *queue, struct tsr_slice bytes);

/* Names what to write next, at most cap slices and, if more than one, about max_bytes. Returns
 * how many slices; they stay valid until the queue is changed. */
size_t tsr_sendq_peek(
	const struct tsr_sendq *queue, struct tsr_slice *out, size_t cap, size_t max_bytes);

/* The first len bytes of what was named are out. */
void tsr_sendq_advance(struct tsr_sendq *queue, size_t len);

#endif
