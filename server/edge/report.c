/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/report.h"

#include <string.h>

/* Who is in step and this much behind is named all the same. */
#define LATE_MS 1000

/* Keeps the list sorted, the one who lags most first; who comes later among equals goes behind. */
static void insert(struct tsr_report_viewer *list, uint32_t *n, uint32_t cap,
	const struct tsr_report_viewer *viewer)
{
	uint32_t at = *n;

	while (at > 0 && list[at - 1].lag_ms < viewer->lag_ms)
		at--;
	if (at == cap)
		return;
	if (*n < cap)
		(*n)++;
	memmove(&list[at + 1], &list[at], (*n - at - 1) * sizeof(*list));
	list[at] = *viewer;
}

void tsr_report_add(struct tsr_report *report, const struct tsr_report_viewer *viewer)
{
	report->n_viewers++;
	report->n_in_sync += viewer->is_in_sync;
	if (viewer->is_in_sync && viewer->lag_ms < LATE_MS)
		return;
	report->n_late++;
	insert(report->behind, &report->n_behind, TSR_REPORT_BEHIND, viewer);
}

void tsr_report_sum(
	struct tsr_report_sum *out, const struct tsr_report *const *reports, unsigned n_reports)
{
	*out = (struct tsr_report_sum){ 0 };
	for (unsigned i = 0; i < n_reports; i++) {
		const struct tsr_report *report = reports[i];

		if (!report)
			continue;
		out->n_viewers += report->n_viewers;
		out->n_in_sync += report->n_in_sync;
		out->n_late += report->n_late;
		out->bytes_out += report->bytes_out;
		for (uint32_t j = 0; j < report->n_behind; j++)
			insert(out->behind, &out->n_behind, TSR_REPORT_NAMED, &report->behind[j]);
	}
}
