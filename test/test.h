/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_H
#define TSR_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * test: the smallest harness that also runs as WASM. A file lists its cases at the end:
 *
 *	TEST_MAIN(TEST(reads_what_was_written), TEST(refuses_short_input))
 *
 * Output is TAP. A failed CHECK says where and leaves the case; the next one still runs.
 */
struct test_case {
	const char *name;
	void (*run)(void);
};

static bool test_failed;
static const char *test_skipped; /* why, when the case was not run */

#define TEST(name) \
	{ \
#name, name \
	}
#define TEST_MAIN(...) \
	int main(void) \
	{ \
		static const struct test_case cases[] = { __VA_ARGS__ }; \
		return test_run(cases, sizeof(cases) / sizeof(cases[0])); \
	}

#define CHECK(claim) \
	do { \
		if (!(claim)) { \
			printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #claim); \
			test_failed = true; \
			return; \
		} \
	} while (0)

#define CHECK_INT(got, want) \
	do { \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		if (got_ != want_) { \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, \
				want_); \
			test_failed = true; \
			return; \
		} \
	} while (0)

#define CHECK_STR(got, want) CHECK(strcmp((got), (want)) == 0)
#define CHECK_MEM(got, want, len) CHECK(memcmp((got), (want), (len)) == 0)

/* Leaves the case as not run, saying why. */
#define SKIP(why) \
	do { \
		test_skipped = (why); \
		return; \
	} while (0)

static inline int test_run(const struct test_case *cases, size_t n)
{
	int n_failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		test_failed = false;
		test_skipped = NULL;
		cases[i].run();
		n_failed += test_failed;
		printf("%s %zu - %s", test_failed ? "not ok" : "ok", i + 1, cases[i].name);
		if (test_skipped)
			printf(" # SKIP %s", test_skipped);
		printf("\n");
	}
	return n_failed != 0;
}

#endif
