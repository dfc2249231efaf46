/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_REPORT_H
#define TSR_EDGE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * report: who follows a shared screen and who lags. Every worker tells the owner once a second
 * about its own viewers: counts of all, names (member ids) of the worst. Bounded however many
 * watch; the worst come first.
 */
#define TSR_REPORT_BEHIND 16 /* named by one worker */
#define TSR_REPORT_NAMED 64  /* named by all of them together */

struct tsr_report_viewer {
	uint32_t member;
	uint32_t lag_ms;
	uint32_t kbit_s;
	bool is_in_sync;
};

struct tsr_report {
	uint64_t session;
	unsigned worker;
	uint32_t stream;
	uint32_t n_viewers; /* the presenter's own return picture is not counted */
	uint32_t n_in_sync;
	uint32_t n_late;    /* all who lag, named or not */
	uint64_t bytes_out; /* sent to viewers since the share began, the return picture too */
	uint32_t n_behind;
	struct tsr_report_viewer behind[TSR_REPORT_BEHIND];
};

/* Of all workers. */
struct tsr_report_sum {
	uint32_t n_viewers, n_in_sync, n_late;
	uint64_t bytes_out;
	uint32_t n_behind;
	struct tsr_report_viewer behind[TSR_REPORT_NAMED];
};

/* Counts a viewer; he is named when he is among the worst of those who lag. */
void tsr_report_add(struct tsr_report *report, const struct tsr_report_viewer *viewer);

/* What the owner has counted of a share since it began. */
struct tsr_share_counts {
	uint32_t keys, deltas, previews; /* frames taken */
	uint64_t preview_bytes;          /* of previews: what was lossy */
	uint32_t dropped;                /* frames refused */
	uint32_t needs;                  /* StreamNeed sent */
	uint32_t refreshes;              /* StreamRefresh of viewers, */
	uint32_t unreadable;             /* of these by who cannot read what comes */
};

/* NULL where a worker has not reported. */
void tsr_report_sum(
	struct tsr_report_sum *out, const struct tsr_report *const *reports, unsigned n_reports);

#endif
