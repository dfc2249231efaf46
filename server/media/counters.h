/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_COUNTERS_H
#define TSR_MEDIA_COUNTERS_H

#include "sys/metrics.h"

/* counters: what media counts for Prometheus. */
enum tsr_media_drop {
	TSR_DROP_GARBAGE,     /* no protocol of ours */
	TSR_DROP_STRANGER,    /* of nobody's transport */
	TSR_DROP_RATE,        /* of who tries before a call, too often */
	TSR_DROP_FORGED,      /* not authentic */
	TSR_DROP_REPLAYED,    /* seen before, or too old */
	TSR_DROP_MALFORMED,   /* could not be read */
	TSR_DROP_EARLY,       /* before its keys or its peer are known */
	TSR_DROP_BEHIND,      /* another lane does not keep up */
	TSR_DROP_UNPROTECTED, /* outward: no key, nowhere to send */
	TSR_DROP_SOCKET,      /* outward: the kernel took no more */
	TSR_DROP_N,
};

struct tsr_media_counters {
	struct tsr_metric packets_in, packets_out, bytes_in, bytes_out;
	struct tsr_metric messages_out;
	struct tsr_metric strays;
	struct tsr_metric precalls;
	struct tsr_metric sessions, transports, wires;
	struct tsr_metric wires_refused;
	struct tsr_metric handshakes, handshakes_failed;
	struct tsr_metric orders, orders_failed;
	struct tsr_metric tells_lost;
	struct tsr_metric dropped[TSR_DROP_N];
};
extern struct tsr_media_counters tsr_media_counters;

void tsr_media_counters_add(void);
void tsr_media_count_received(size_t n, size_t bytes);
void tsr_media_count_sent(size_t n, size_t bytes);
void tsr_media_count_drop(enum tsr_media_drop reason);
void tsr_media_count_drops(enum tsr_media_drop reason, size_t n);
/* What became of a datagram: 0, or why it was dropped. */
void tsr_media_count_in(int err);

#endif
