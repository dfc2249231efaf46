/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_CHATLOG_H
#define TSR_EDGE_CHATLOG_H

#include "core/base/msg.h"

/*
 * chatlog: the last public chat frames of a session, as they were sent (sealed), for a
 * member who returns. At most TSR_CHATLOG_BYTES; nothing of it outlives the session.
 */
#define TSR_CHATLOG_BYTES (64u * 1024)
#define TSR_CHATLOG_FRAMES 256

struct tsr_chatlog {
	struct tsr_msg *frames[TSR_CHATLOG_FRAMES]; /* ring */
	uint32_t first;
	uint32_t n;
	uint32_t bytes;
};

/* Zeroed memory is an empty log. */
void tsr_chatlog_finish(struct tsr_chatlog *log);

/* Keeps a reference of its own; the oldest leave when there is no room. */
void tsr_chatlog_add(struct tsr_chatlog *log, struct tsr_msg *frame);

/* The i-th oldest, i < n. Borrowed. */
struct tsr_msg *tsr_chatlog_get(const struct tsr_chatlog *log, uint32_t i);

#endif
