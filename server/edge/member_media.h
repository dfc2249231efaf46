/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_MEMBER_MEDIA_H
#define TSR_EDGE_MEMBER_MEDIA_H

#include "core/base/list.h"
#include "proto/unpack.h"
#include "server/edge/counters.h"
#include "server/edge/limits.h"
#include "server/edge/media_read.h"
#include "server/edge/quality.h"

/* member_media: what the owner of a session keeps of audio and video. */

/* A member's two transports; with them go his consumers. */
#define TSR_MEDIA_CONSUMERS 512 /* of a member */

struct tsr_member_media {
	uint32_t transports[TSR_MEDIA_WAYS];
	struct tsr_arena opened[TSR_MEDIA_WAYS]; /* a FromMedia, until both have come */
	bool is_ready;                           /* MediaReady was sent */
	uint32_t request;                        /* MediaJoin's */
	uint32_t last_mid, last_ssrc;
	struct tsr_list consumers; /* tsr_consumed.link */
	unsigned n_consumers;
	struct tsr_media_path paths[TSR_MEDIA_WAYS];
	bool is_camera_held;          /* by his line, as he says */
	bool is_told;                 /* paths have not changed since the last Qualities */
	bool owes_layers;             /* what comes of some consumer has changed */
	struct tsr_standing standing; /* as the metrics have him */
};

struct tsr_consumed {
	struct tsr_list link;
	uint32_t stream;
	struct tsr_want want; /* the newest, */
	bool owes_want;       /* which media does not know yet */
	uint32_t kbit_s;
	uint8_t spatial, temporal;
	bool is_on, is_video;
};

/* An open AUDIO or VIDEO stream. */
struct tsr_track {
	struct tsr_list link; /* in host->tracks */
	uint32_t stream;
	uint32_t member;
	bool is_paused;
	struct tsr_rtp_sent sent;
};

#endif
