/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SCREEN_TOOLS_H
#define TSR_BENCH_SCREEN_TOOLS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* tools: what the programs of the screen benches share. A bench that cannot go on says why and
 * ends: there is nobody to hand an error to. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_die(const char *format, ...);

void *bench_alloc(size_t len); /* never NULL */

/* Seconds of processor time of this thread, and of another process. */
double bench_thread_cpu(void);
double bench_process_cpu(int pid);

/* Microseconds since 1970, as shells and node tell them. */
int64_t bench_wall_us(void);

#endif
