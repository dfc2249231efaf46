/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_NACK_H
#define TSR_MEDIA_NACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/time.h"

/*
 * nack: which packets of one RTP stream have come, which are missing, and when to ask for them
 * again. A packet is asked for after a moment (it may only be late), then once per round trip until
 * it is too old to be of use. The round trip is learnt from how long answers take.
 * Invariant: every missing number lies in (newest - TSR_NACK_WINDOW, newest).
 */
#define TSR_NACK_WINDOW 1024u
#define TSR_NACK_MISSING_MAX 128u

enum tsr_nack_result {
	TSR_NACK_NEXT,      /* newer than all before */
	TSR_NACK_RECOVERED, /* was missing */
	TSR_NACK_REPEATED,  /* has come before, or is too old to tell */
	TSR_NACK_RESTART,   /* so far off that the stream began anew */
};

struct tsr_nack {
	bool has_started;
	bool is_suspect; /* a number far off came; if suspect + 1 comes next, the stream restarted
			  */
	uint16_t suspect;
	uint32_t first, newest; /* without wrap */
	uint64_t came[TSR_NACK_WINDOW / 64];
	uint32_t n_missing;
	struct tsr_nack_missing {
		uint32_t seq;
		uint32_t n_asked;
		tsr_time since, asked, next;
	} missing[TSR_NACK_MISSING_MAX]; /* ascending */
	tsr_time round_trip;
	uint32_t n_came, n_recovered; /* for receiver reports */
};

void tsr_nack_init(struct tsr_nack *nack);

/* *index gets the number without its wrap. */
enum tsr_nack_result tsr_nack_handle_packet(
	struct tsr_nack *nack, uint16_t seq, tsr_time now, uint32_t *index);

/* The numbers to ask for now, ascending; they count as asked for. */
size_t tsr_nack_poll(struct tsr_nack *nack, tsr_time now, uint16_t *seqs, size_t cap);
/* What is missing until now shall stay so. */
void tsr_nack_give_up(struct tsr_nack *nack);
/* When poll will have some; TSR_TIME_NEVER. */
tsr_time tsr_nack_next_timeout(const struct tsr_nack *nack);

#endif
