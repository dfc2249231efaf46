/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_QUALITY_H
#define TSR_EDGE_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "media.pb-c.h"
#include "session.pb-c.h"

/* quality: how good a member's lines of audio and video are, and why they are no better. Pure. */

enum tsr_media_way { TSR_MEDIA_SEND, TSR_MEDIA_RECEIVE, TSR_MEDIA_WAYS };

/* How it went with one of his two transports in the last period, as media said. */
struct tsr_media_path {
	uint32_t state; /* tessera.media.State */
	bool is_tcp;
	bool is_thin;   /* it carries less than is wanted */
	uint8_t n_thin; /* looks that said so lately, TSR_THIN_LOOKS at most */
	uint32_t rtt_ms, loss_permille, kbit_s, estimate_kbit_s;
};

/* A line is thin, and thin no more, when so many looks (of 2 s) say so: for a moment it is whenever
 * a camera begins or somebody looks at another one. */
#define TSR_THIN_LOOKS 2

void tsr_media_path_note(
	struct tsr_media_path *path, const Tessera__Media__TransportStats *stats, bool is_thin);

/* More than FAIR is fair, more than POOR is poor: thousandths lost, milliseconds there and back. */
enum {
	TSR_FAIR_LOSS = 30,
	TSR_POOR_LOSS = 100,
	TSR_FAIR_RTT = 300,
	TSR_POOR_RTT = 600,
};

/* All of it but whose it is. */
void tsr_quality_judge(
	Tessera__V1__Quality *out, const struct tsr_media_path paths[static TSR_MEDIA_WAYS]);

#endif
