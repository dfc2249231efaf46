/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_ATTR_H
#define TSR_BASE_ATTR_H

/* The only compiler extensions that the code uses. */
#define TSR_CHECKED __attribute__((warn_unused_result))
#define TSR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TSR_UNUSED __attribute__((unused))
#define TSR_PREFETCH(address) __builtin_prefetch(address)

/* A function that is compiled twice, the second time for processors of the last ten years; which
 * one is called is decided when the program starts. Only gcc with glibc can do that, and sanitizers
 * cannot bear it. */
#if defined(__x86_64__) && defined(__linux__) && !defined(__clang__) && __GNUC__ >= 12 && \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TSR_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define TSR_CLONES
#endif

#endif
