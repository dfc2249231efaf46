/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_SANITIZER_H
#define TSR_SYS_SANITIZER_H

/* TSR_WITH_SANITIZER: built with a sanitizer whose runtime looks around by itself. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TSR_WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define TSR_WITH_SANITIZER 1
#endif
#endif
#ifndef TSR_WITH_SANITIZER
#define TSR_WITH_SANITIZER 0
#endif

#include <stdbool.h>

/*
 * A search for leaks stops all threads and reads them by ptrace(), which no sandbox allows. So one
 * who looks for them (TESSERA_LEAKS in the environment, in builds with the address sanitizer
 * only) goes without it. False in every other build.
 */
bool tsr_leaks_are_sought(void);

/* Says on stderr what was found. False: there are leaks. */
bool tsr_leaks_seek(void);

#endif
