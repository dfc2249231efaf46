/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_TWCC_H
#define TSR_MEDIA_TWCC_H

#include <stdbool.h>

#include "core/base/slice.h"
#include "core/base/time.h"
#include "core/base/writer.h"

/*
 * twcc: feedback on each packet of a transport, when it arrived
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01).
 */
#define TSR_TWCC_WINDOW 1024u
#define TSR_TWCC_INTERVAL (50 * TSR_MS)

/* What a receiver remembers until it has reported. */
struct tsr_twcc_log {
	bool has_started;
	uint8_t n_reports;
	uint32_t next;   /* first number not yet reported, without wrap */
	uint32_t newest; /* Invariant: newest - next < TSR_TWCC_WINDOW */
	uint32_t n_waiting;
	tsr_time since;                    /* when the oldest of those not reported came */
	tsr_time arrived[TSR_TWCC_WINDOW]; /* 0 = it did not */
};

void tsr_twcc_log_packet(struct tsr_twcc_log *log, uint16_t seq, tsr_time now);
/* When a report is due; TSR_TIME_NEVER. */
tsr_time tsr_twcc_log_next_timeout(const struct tsr_twcc_log *log);
/* Writes one RTCP packet about what came since the last one, if it is due. */
bool tsr_twcc_log_write(struct tsr_twcc_log *log, struct tsr_writer *wr, uint32_t ssrc,
	uint32_t media, tsr_time now);

/* Reads the report that is the FCI of such a packet, one status after the other. */
struct tsr_twcc_reader {
	struct tsr_slice chunks, deltas;
	uint16_t seq;
	uint32_t n_left;
	uint32_t n_run; /* left of the chunk at hand */
	uint16_t chunk;
	tsr_time at;
};
struct tsr_twcc_status {
	uint16_t seq;
	bool has_come;
	tsr_time arrived; /* on the receiver's clock, from reference; wraps after 34 years */
};

/* Returns 0, TSR_ERR_SHORT or TSR_ERR_RANGE (more than TSR_TWCC_STATUSES_MAX). */
#define TSR_TWCC_STATUSES_MAX 2048u
TSR_CHECKED int tsr_twcc_read(struct tsr_twcc_reader *out, struct tsr_slice fci);
bool tsr_twcc_next(struct tsr_twcc_reader *rd, struct tsr_twcc_status *out);

#endif
