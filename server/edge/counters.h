/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_COUNTERS_H
#define TSR_EDGE_COUNTERS_H

#include "core/session/session.h"
#include "session.pb-c.h"
#include "sys/metrics.h"

/* counters: what the edge counts. Refusals by reason go through tsr_metrics_refuse(). */
#define TSR_LAG_BUCKETS 10
#define TSR_RTT_BUCKETS 8
#define TSR_LOSS_BUCKETS 8
#define TSR_GRADES 5
#define TSR_REASONS 8
struct tsr_edge_counters {
	struct tsr_metric accepted;
	struct tsr_metric connections;
	struct tsr_metric handshakes_failed;
	struct tsr_metric redirects;
	struct tsr_metric requests;
	struct tsr_metric api_calls;
	struct tsr_metric api_failed;
	struct tsr_metric websockets;
	struct tsr_metric sessions;
	struct tsr_metric members;
	struct tsr_metric phantoms;
	struct tsr_metric bulk;
	struct tsr_metric screens;
	struct tsr_metric screen_bytes;
	struct tsr_metric frames_in;
	struct tsr_metric frame_bytes_in;
	struct tsr_metric frames_out;
	struct tsr_metric frame_bytes_out;
	struct tsr_metric frames_dropped;
	struct tsr_metric chat_frames;
	struct tsr_metric needs;
	struct tsr_metric queue_full;
	struct tsr_metric commits;
	struct tsr_metric commits_failed;
	struct tsr_metric control_up;
	struct tsr_metric closed[TSR_CLOSE_LOBBY_TIMEOUT + 1];
	struct tsr_metric screen_frames[3];           /* KEY, DELTA, PREVIEW */
	struct tsr_metric screen_frame_bytes[3];      /* of these */
	struct tsr_metric refreshes[2];               /* pictures were lost; cannot be read */
	struct tsr_metric lag[TSR_LAG_BUCKETS + 2];   /* the buckets, sum, count */
	struct tsr_metric media_grades[TSR_GRADES];   /* tessera.v1.Grade */
	struct tsr_metric media_reasons[TSR_REASONS]; /* tessera.v1.QualityReason */
	struct tsr_metric media_paths[2];             /* UDP, TCP */
	struct tsr_metric media_rtt[TSR_RTT_BUCKETS + 2];
	struct tsr_metric media_loss[2][TSR_LOSS_BUCKETS + 2]; /* up, down */
};
extern struct tsr_edge_counters tsr_edge_counters;

/* Before threads start. */
void tsr_edge_counters_add(void);

/* Every second of every viewer: for how long the newest picture has not been acknowledged. */
void tsr_edge_counters_lag(uint32_t lag_ms);

/* Where a member with audio or video is counted now. */
struct tsr_standing {
	const struct tsr_metric *grade, *reason, *path; /* NULL: nowhere */
};
/* Every two seconds of every one of them. */
void tsr_edge_counters_quality(struct tsr_standing *standing, const Tessera__V1__Quality *quality);
void tsr_edge_counters_gone(struct tsr_standing *standing);

#endif
