/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_INLET_H
#define TSR_MEDIA_INLET_H

#include "core/base/list.h"
#include "core/media/nack.h"
#include "core/media/router.h"
#include "core/media/rtcp.h"
#include "core/media/twcc.h"

/* inlet: a member's sending transport with its producers, as ingress.c keeps and router.c finds
 * them. */

struct tsr_inlet { /* one encoding of a producer, as it comes in */
	struct tsr_nack nack;
	uint32_t ssrc, rtx_ssrc; /* 0: not known yet */
	bool has_heard, is_restarted;
	uint8_t generation;
	bool has_floor;
	uint32_t floor; /* has_floor: what was sent while it was paused ends here, however late it
			 * comes
			 */
	tsr_time heard;
	/* timestamps of all encodings on one clock: ts + shift */
	uint32_t shift, last_ts;
	bool has_shift, is_exact;
	tsr_time last_at;
	uint32_t picture;
	bool has_picture;
	/* sender report */
	uint64_t sr_ntp;
	uint32_t sr_ts;
	tsr_time sr_at;
	/* receiver report (RFC 3550 A.3, A.8) */
	uint32_t expected_prior, received_prior, jitter, transit;
	uint32_t expected_now, missed_now; /* of the newest report; missed: before any repair */
	uint32_t prompt_prior;             /* that came by themselves */
	int32_t lost;
	/* key frames */
	bool needs_key;
	tsr_time asked;
};

struct tsr_producer {
	struct tsr_list link; /* in tsr_ingress.producers */
	struct tsr_ingress *ingress;
	struct tsr_producer_config config;
	bool is_paused;
	uint8_t far_loss; /* of 256: what receivers lose */
	tsr_time far_since;
	struct tsr_inlet inlets[];
};

struct tsr_binding {
	uint32_t ssrc;
	bool is_rtx;
	uint8_t encoding;
	struct tsr_producer *producer;
};

#define TSR_BINDINGS_MAX (2 * TSR_MEDIA_ENCODINGS_MAX * TSR_MEDIA_PRODUCERS_MAX)

struct tsr_ingress {
	struct tsr_list link;   /* in tsr_router.ingresses */
	struct tsr_list active; /* in tsr_router.active_ingresses */
	struct tsr_router *router;
	void *user;
	uint32_t ssrc; /* of our reports */
	struct tsr_list producers;
	uint32_t n_producers, n_bindings, newest_binding;
	struct tsr_binding bindings[TSR_BINDINGS_MAX];
	struct tsr_rtp_ids ids;
	struct tsr_twcc_log twcc;
	uint32_t media_ssrc;     /* some SSRC of theirs, for the feedback */
	tsr_time reported, told; /* told: anything at all */
	bool needs_report;
	struct tsr_ingress_stats stats;
	uint64_t counted_bytes;
	tsr_time counted_since;
};

struct tsr_producer *tsr_ingress_find(const struct tsr_ingress *ingress, struct tsr_stream_id id);
void tsr_producer_request_key(struct tsr_producer *producer, uint8_t encoding, tsr_time now);
/* Receivers lose so much of it: Opus has FEC for them if its encoder hears of a loss. */
void tsr_producer_report_loss(struct tsr_producer *producer, uint8_t loss, tsr_time now);
/* How it arrived since the last report. */
void tsr_inlet_report(struct tsr_rtcp_report *out, struct tsr_inlet *inlet, tsr_time now);
/* And what those lose who hear it. */
void tsr_producer_add_far_loss(
	const struct tsr_producer *producer, struct tsr_rtcp_report *report, tsr_time now);
/* Makes the ingress active if poll has something now, else the router wait until it has. */
void tsr_ingress_handle_timeout(struct tsr_ingress *ingress, tsr_time now);
void tsr_ingress_destroy(struct tsr_ingress *ingress);

#endif
