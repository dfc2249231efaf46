/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEDIA_PEERS_H
#define MEDIA_PEERS_H

#include "core/media/rtp.h"
#include "media-world.h"

/* media-peers: what the halves of a media-world share: how publishers and receivers speak. */
enum {
	PT_OPUS = 111,
	PT_VIDEO = 96,
	PT_RTX = 97,
	EXT_MID = 1,
	EXT_RID = 2,
	EXT_REPAIRED = 3,
	EXT_LEVEL = 4,
	EXT_TIME = 5,
	EXT_TRANSPORT = 6,
	PACKET_LEN = 1100,
	TAG = 12, /* bytes of a payload that tell the receiver what it should be */
	AUDIO_LEN = 100,
	AUDIO_MAX = 65536,
};

extern const struct tsr_rtp_ids world_ids;

/* What is due now: of what came, and of their own. */
void world_run_publisher(struct world *w, struct world_publisher *p);
void world_run_receiver(struct world *w, struct world_receiver *r);

#endif
