/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_STRAY_H
#define TSR_MEDIA_STRAY_H

#include <stdint.h>

#include "core/base/slice.h"
#include "core/media/packet.h"
#include "sys/udp.h"

/*
 * stray: a datagram that landed at another lane than its transport's, on its way there. A peer
 * whose address has changed may send nothing else for hours, so nothing is allocated for each:
 * a lane has a pool of them, made when it meets its first. It takes them out, and whichever lane
 * has read one gives it back, without a lock. When all are under way the owner does not keep up.
 */
#define TSR_STRAYS_MAX 1024u /* 1.7 MiB, of which what was under way at once is ever touched */

struct tsr_stray {
	struct tsr_stray *next; /* while free */
	struct tsr_strays *pool;
	struct tsr_tuple tuple;
	unsigned via; /* lane */
	uint32_t len;
	uint8_t data[TSR_UDP_LEN];
};

/* Zero is an empty one. */
struct tsr_strays {
	_Atomic(struct tsr_stray *) returned; /* by any thread */
	struct tsr_stray *free;
	struct tsr_stray *all; /* NULL until the first */
	uint32_t n_made;       /* of all, ever used */
};

/* When no thread has one any more. */
void tsr_strays_finish(struct tsr_strays *pool);

/* From the pool's own thread: a copy of the datagram, or NULL: all are under way, there is no
 * memory, or it is longer than any that comes by UDP. */
struct tsr_stray *tsr_stray_take(struct tsr_strays *pool, struct tsr_slice datagram);

/* From any thread. */
void tsr_stray_return(struct tsr_stray *stray);

#endif
