/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_MEDIA_H
#define TSR_MEDIA_MEDIA_H

#include "core/media/dtls.h"
#include "server/child.h"
#include "server/thread.h"

/*
 * media: the process that carries audio and video. It holds no TLS key, no cookie and no seed:
 * what it forwards is sealed beneath SRTP. Its threads are the lanes (lane.h), which carry packets,
 * and the desk (desk.h) in the main thread, which speaks with edge and supervisor. They share what
 * is here, which does not change once they run, and shared.h.
 */
struct tsr_lane;
struct tsr_desk;

struct tsr_media {
	const struct tsr_child *child;
	struct tsr_dtls_identity *identity;
	unsigned n_lanes;
	struct tsr_lane *lanes[TSR_THREADS_MAX - 1];
	struct tsr_desk *desk;
	struct tsr_thread *threads[TSR_THREADS_MAX]; /* the desk's is threads[n_lanes] */
};

#endif
