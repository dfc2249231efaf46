/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SIM_SCREEN_LINK_H
#define TSR_SIM_SCREEN_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/msg.h"
#include "core/base/time.h"

/*
 * screen-link: one direction of one connection in virtual time: ordered, with delay and bandwidth.
 * A member has two connections, bulk for frames and control for messages (docs/protocol.md, 3), so
 * what goes on one may overtake what goes on the other.
 */
enum { LINK_LEN = 512 };

enum link_kind {
	LINK_FRAME,
	LINK_CREDIT,
	LINK_NEED,
	LINK_ACK,
	LINK_REFRESH,
	LINK_EPOCH,
	LINK_PAUSE,  /* StreamPause; to viewers the State that says so; a: enum link_pause */
	LINK_RESULT, /* of the StreamPause that ended a pause */
};

enum link_pause { LINK_RUNS, LINK_FROZEN, LINK_BLANK };

struct link_item {
	tsr_time at;
	enum link_kind kind;
	uint64_t a, b;
	struct tsr_msg *msg;
};

struct link {
	struct link_item items[LINK_LEN];
	uint32_t first, n;
	tsr_time delay, last, free_at, stalled_until;
	uint32_t rate; /* bytes per ms */
	uint64_t bytes;
};

void link_init(struct link *link, tsr_time delay, uint32_t rate);
/* What is under way is lost; for another connection. */
void link_clear(struct link *link);
/* item.at is how much later than usual it comes, and what is behind it. Takes item.msg. False when
 * more is under way than any window allows. */
bool link_send(struct link *link, struct link_item item, tsr_time now);
/* The next one that has come; its msg is the caller's. */
bool link_receive(struct link *link, tsr_time now, struct link_item *out);

#endif
