/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEDIA_LINE_H
#define MEDIA_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/time.h"

/*
 * media-line: one direction of a bad line in virtual time: a bottleneck with a queue, delay,
 * jitter, loss and reordering. What is drawn comes from the caller's seed.
 */
#define LINE_PACKETS 4096u

struct line_packet {
	tsr_time due;
	bool is_rtcp;
	uint16_t len;
	uint8_t *data;
};

struct line {
	uint64_t rate_bps; /* 0: unlimited */
	tsr_time delay, jitter, queue_max;
	uint32_t loss_permille, reorder_permille;
	tsr_time free_at;
	uint32_t n;
	struct line_packet *flight;
};

/* Below bound. */
uint32_t line_random(uint64_t *random, uint32_t bound);

void line_init(struct line *line, tsr_time delay);
void line_finish(struct line *line);
/* Copies the packet, unless it is lost. */
void line_send(struct line *line, uint64_t *random, tsr_time now, const uint8_t *data, size_t len,
	bool is_rtcp);
/* The packet that is due first; its data is the caller's. */
bool line_take(struct line *line, tsr_time now, struct line_packet *out);

#endif
