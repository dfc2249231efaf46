/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SLOW_THROTTLE_H
#define TSR_BENCH_SLOW_THROTTLE_H

#include <stdint.h>

/*
 * throttle: a thin line in user space: a TCP proxy on loopback, in a thread of its own, that passes
 * on at most so many bytes per second downwards over all its connections, and keeps the kernel's
 * buffers in front of it small. Upwards nothing is held back.
 */

/* Starts it for the life of the process; returns its port. */
uint16_t throttle_start(uint16_t to_port);

/* Bytes per second downwards, from now on. */
void throttle_set(uint64_t bytes_per_s);

#endif
