/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_INBOX_H
#define TSR_EDGE_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/msg.h"
#include "core/base/slice.h"
#include "core/wire/frame.h"

/*
 * inbox: puts one session message together from the pieces of its WebSocket frames, with a
 * bound known before anything is kept:
 *
 *	kind 0, protobuf: at most control_max bytes
 *	kind 1, data frame: its header alone is kept until want_frame() has looked at it; that
 *		says whether the rest is kept or read away; the length must be the header's own
 *
 * A SCREEN frame goes out to many as it is: its message begins with the WebSocket header that it
 * will have then, so that no viewer's copy is ever made.
 */
#define TSR_KIND_PROTO 0
#define TSR_KIND_FRAME 1

struct tsr_inbox_events {
	/* Returns 0 to keep the frame, 1 to read it away, an error to break off. */
	int (*want_frame)(void *user, const struct tsr_frame *frame);
};

struct tsr_inbox {
	size_t control_max; /* bytes of a protobuf message; 0 of data frames: none are taken */
	bool takes_frames;
	const struct tsr_inbox_events *events;
	void *user;
	/* the message at hand */
	uint64_t len; /* bytes so far, the kind counted */
	uint8_t head[1 + TSR_FRAME_HEADER_LEN];
	struct tsr_frame frame;
	bool is_skipped;
	struct tsr_msg *msg; /* whole; the kind first, or, of a SCREEN frame, its header to be */
	size_t cap;
	size_t front; /* bytes of that header */
};

/* Reads on, at most announced bytes more being in this WebSocket frame (bytes.len counted).
 * Returns 0, TSR_ERR_TOO_BIG, TSR_ERR_FORMAT, TSR_ERR_VERSION, TSR_ERR_NOMEM or what want_frame()
 * returned. */
TSR_CHECKED int tsr_inbox_feed(struct tsr_inbox *inbox, struct tsr_slice bytes, uint64_t announced);

/* The message ends. Gives it (the caller's reference; NULL when it was read away). Returns 0 or
 * TSR_ERR_SHORT. inbox->frame holds the header of a data frame. */
TSR_CHECKED int tsr_inbox_end(struct tsr_inbox *inbox, struct tsr_msg **out);

/* Bytes of the data frame in the message of a SCREEN frame. */
uint32_t tsr_inbox_frame_len(const struct tsr_msg *msg);

/* Frees what is there of an unfinished message. */
void tsr_inbox_reset(struct tsr_inbox *inbox);

#endif
