/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_BWE_H
#define TSR_MEDIA_BWE_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/base/time.h"

/*
 * bwe: how much one receiver's line carries, from how the delay of what was sent to it changes and
 * from what got lost (draft-ietf-rmcat-gcc-02, with probing). docs/media.md, "Bandwidth".
 *
 * Three things are known of each packet: when it was sent, how long it is, when it arrived. Packets
 * sent within 5 ms are one group; the trend of the groups' delay says whether a queue grows
 * (overuse: down to 0.85 of what arrives), is stable (up), or empties (wait). Loss over a tenth
 * lowers a second bound. To find out whether a line carries more than is sent, a probe sends at
 * twice the rate for a moment. While a queue stands, less is offered so that it empties.
 */
#define TSR_BWE_START_BPS 1000000u
#define TSR_BWE_MIN_BPS 50000u
#define TSR_BWE_MAX_BPS 100000000u
#define TSR_BWE_BLIND_BPS \
	20000000u /* at first, where the receiver gives no feedback on packets \
		   */
#define TSR_BWE_HISTORY 1024u
#define TSR_BWE_TREND 20u
#define TSR_BWE_BUCKETS 16u

enum tsr_bwe_use { TSR_BWE_NORMAL, TSR_BWE_OVERUSED, TSR_BWE_UNDERUSED };

struct tsr_bwe_group {
	tsr_time sent_first, sent_last, arrived_last;
	bool is_set;
};

struct tsr_bwe_sent {
	tsr_time at;
	uint16_t seq, len;
	uint8_t probe; /* number of the probe, 0 = none */
	bool is_open;  /* nothing reported on it */
};

struct tsr_bwe {
	/* first what each packet needs that is sent */
	bool has_feedback; /* the receiver reports on packets */
	bool was_cut;      /* ever: until then the estimate is only where we began */
	bool is_probing;
	uint64_t delay_bps, loss_bps;
	tsr_time standing; /* delay above the least seen, of the newest packets */
	uint64_t sent_since_feedback;

	tsr_time unheard_since; /* when the first of that was sent */

	tsr_time updated, last_cut;

	/* what arrives, in buckets of 25 ms on the receiver's clock */
	struct {
		tsr_time at;
		uint32_t bytes;
	} buckets[TSR_BWE_BUCKETS];
	tsr_time arrivals_began, arrivals_newest;
	uint64_t acked_bps; /* 0 = not known */

	/* the receiver's clock: newest, without its wrap */
	bool has_clock;
	tsr_time clock;

	/* trend of the delay */
	struct tsr_bwe_group group, before;
	double delay, smoothed, threshold, previous_trend;
	struct {
		double at, delay;
	} points[TSR_BWE_TREND];
	uint32_t n_points, n_deltas, n_over;
	tsr_time over_since, threshold_set;
	enum tsr_bwe_use use;

	/* the least delay seen */
	tsr_time base, base_next, base_since;
	bool has_base;

	double capacity; /* mean of what arrived when there was overuse; 0 = not known */
	tsr_time decreased;

	/* loss, of reports */
	uint32_t n_reported, n_lost;
	tsr_time loss_since, loss_decreased;
	double lost;            /* share of the last second's packets, */
	uint32_t loss_permille; /* and as others want it */
	tsr_time round_trip;

	/* probes */
	uint8_t probe; /* number of the newest, 1.. */
	uint64_t probe_bps;
	tsr_time probe_began, probe_next, probe_pause, probe_sent_first, probe_sent_last;
	tsr_time probe_arrived_first, probe_arrived_last;
	uint32_t probe_sent, probe_sent_last_len, probe_arrived, probe_arrived_first_len;
	uint32_t probe_n_sent, probe_n_arrived;

	struct tsr_bwe_sent sent[TSR_BWE_HISTORY];
};

/* has_feedback: transport-wide congestion control was agreed on. */
void tsr_bwe_init(struct tsr_bwe *bwe, bool has_feedback, tsr_time now);

/* The line is another one: its delays say nothing of the old one's. The rate stays until something
 * is known, and is probed at once. */
void tsr_bwe_handle_path(struct tsr_bwe *bwe, tsr_time now);
void tsr_bwe_handle_sent(struct tsr_bwe *bwe, uint16_t seq, size_t len, tsr_time now);
/* A packet goes once more under its number: whatever is reported on it says nothing any more. */
void tsr_bwe_handle_repeated(struct tsr_bwe *bwe, uint16_t seq);
/* The FCI of a transport-cc packet. Returns 0 or what tsr_twcc_read() says. */
TSR_CHECKED int tsr_bwe_handle_feedback(struct tsr_bwe *bwe, struct tsr_slice fci, tsr_time now);
/* Of a receiver report: of 256, and the round trip if it could be told (else 0). */
void tsr_bwe_handle_report(
	struct tsr_bwe *bwe, uint8_t fraction_lost, tsr_time round_trip, tsr_time now);
/* Now and then, at least each 100 ms. wanted_bps: what would be sent if the line carried it. */
void tsr_bwe_handle_timeout(struct tsr_bwe *bwe, uint64_t wanted_bps, tsr_time now);

/* What the line carries, and what to send now. */
uint64_t tsr_bwe_estimate(const struct tsr_bwe *bwe);
uint64_t tsr_bwe_target(const struct tsr_bwe *bwe);

/* Bytes that are due to be sent now besides what was, for a probe; 0 = none. */
size_t tsr_bwe_probe_due(const struct tsr_bwe *bwe, tsr_time now);

#endif
