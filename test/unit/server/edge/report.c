/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/report.h"

#include "test.h"

static struct tsr_report_viewer lagging(uint32_t member, uint32_t lag_ms)
{
	return (struct tsr_report_viewer){ .member = member, .lag_ms = lag_ms, .kbit_s = 100 };
}

static void counts_all_and_names_the_worst_first(void)
{
	struct tsr_report report = { 0 };
	uint32_t worst = 0;

	/* 2,000 viewers, half of them in step; of the others the lags come in no order. */
	for (uint32_t i = 0; i < 2000; i++) {
		struct tsr_report_viewer viewer = lagging(i + 1, i % 2 ? i * 7919 % 2003 : 0);

		viewer.is_in_sync = i % 2 == 0;
		worst = viewer.lag_ms > worst ? viewer.lag_ms : worst;
		tsr_report_add(&report, &viewer);
	}
	CHECK_INT(report.n_viewers, 2000);
	CHECK_INT(report.n_in_sync, 1000);
	CHECK_INT(report.n_late, 1000);
	CHECK_INT(report.n_behind, TSR_REPORT_BEHIND);
	CHECK_INT(report.behind[0].lag_ms, worst);
	for (uint32_t i = 1; i < report.n_behind; i++)
		CHECK(report.behind[i - 1].lag_ms >= report.behind[i].lag_ms);
}

static void names_who_follows_from_far(void)
{
	struct tsr_report report = { 0 };
	struct tsr_report_viewer near = { .member = 1, .lag_ms = 999, .is_in_sync = true };
	struct tsr_report_viewer far = { .member = 2, .lag_ms = 1000, .is_in_sync = true };

	tsr_report_add(&report, &near);
	tsr_report_add(&report, &far);
	CHECK_INT(report.n_in_sync, 2);
	CHECK_INT(report.n_late, 1);
	CHECK_INT(report.behind[0].member, 2);
}

static void adds_up_the_workers(void)
{
	static struct tsr_report all[6];
	const struct tsr_report *reports[7] = { NULL };
	struct tsr_report_sum sum;

	for (uint32_t w = 0; w < 6; w++) {
		all[w].bytes_out = 10;
		for (uint32_t i = 0; i < 20; i++) {
			struct tsr_report_viewer viewer = lagging(w * 100 + i, 1000 + i * 6 + w);

			tsr_report_add(&all[w], &viewer);
		}
		reports[w + 1] = &all[w];
	}
	tsr_report_sum(&sum, reports, 7);
	CHECK_INT(sum.n_viewers, 120);
	CHECK_INT(sum.n_late, 120);
	CHECK_INT(sum.bytes_out, 60);
	CHECK_INT(sum.n_behind, TSR_REPORT_NAMED);
	/* Every worker has named its worst 16 of lags that take turns: these are the worst of all.
	 */
	for (uint32_t i = 0; i < sum.n_behind; i++)
		CHECK_INT(sum.behind[i].lag_ms, 1119 - i);
}

static void nobody_watches(void)
{
	struct tsr_report_sum sum;

	tsr_report_sum(&sum, NULL, 0);
	CHECK_INT(sum.n_viewers, 0);
	CHECK_INT(sum.n_behind, 0);
}

TEST_MAIN(TEST(counts_all_and_names_the_worst_first), TEST(names_who_follows_from_far),
	TEST(adds_up_the_workers), TEST(nobody_watches))
