/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/screen/tools.h"

#include <stdarg.h>

void bench_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *bench_alloc(size_t len)
{
	void *p = calloc(1, len ? len : 1);

	if (!p)
		bench_die("out of memory");
	return p;
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		bench_die("no such clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_thread_cpu(void)
{
	return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double bench_process_cpu(int pid)
{
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0)
		bench_die("no process %d", pid);
	return seconds(clock);
}

int64_t bench_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
