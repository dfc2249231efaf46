/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_METRICS_H
#define TSR_SYS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * metrics: counters and gauges for Prometheus. Every thread counts in a block of its own, so
 * counting is one relaxed store without a lock; reading adds the blocks up.
 *
 *	static struct tsr_metric frames = TSR_COUNTER("tessera_frames_total", "Frames relayed");
 *	static struct tsr_metric dropped = TSR_COUNTER_LABEL("tessera_frames_dropped_total",
 *		"class=\"chat\"", "Frames dropped");
 *	tsr_metrics_add(&frames);          // before threads start
 *	tsr_metric_count(&frames, 1);      // anywhere
 *
 * Names begin with tessera_; no label ever holds a name, a number of a session or an address.
 */
#define TSR_METRICS_MAX 192

/* A histogram is several metrics in a row: its buckets, each counting what is at most its "le",
 * then its sum and its count. */
enum tsr_metric_type {
	TSR_METRIC_COUNTER,
	TSR_METRIC_GAUGE,
	TSR_METRIC_BUCKET, /* the name ends in _bucket */
	TSR_METRIC_TOTAL,  /* ... in _sum or _count */
};
struct tsr_metric {
	const char *name;
	const char *label; /* "reason=\"rate\"", or NULL */
	const char *help;
	enum tsr_metric_type type;
	unsigned slot; /* 0: not added yet, counting does nothing */
};
#define TSR_COUNTER(n, h) \
	{ \
		(n), NULL, (h), TSR_METRIC_COUNTER, 0 \
	}
#define TSR_COUNTER_LABEL(n, l, h) \
	{ \
		(n), (l), (h), TSR_METRIC_COUNTER, 0 \
	}
#define TSR_GAUGE(n, h) \
	{ \
		(n), NULL, (h), TSR_METRIC_GAUGE, 0 \
	}
#define TSR_GAUGE_LABEL(n, l, h) \
	{ \
		(n), (l), (h), TSR_METRIC_GAUGE, 0 \
	}

#define TSR_BUCKET(n, le, h) \
	{ \
		n "_bucket", "le=\"" le "\"", (h), TSR_METRIC_BUCKET, 0 \
	}
#define TSR_TOTAL(n, h) \
	{ \
		(n), NULL, (h), TSR_METRIC_TOTAL, 0 \
	}

/* process becomes a label of every line. Must stay. Before threads start. */
void tsr_metrics_init(const char *process);

/* Adds a metric, before threads start. Does nothing (and counts nothing) when there are too many.
 */
void tsr_metrics_add(struct tsr_metric *metric);

/* Gauges may go down: what one thread adds another may take away. */
void tsr_metric_count(const struct tsr_metric *metric, int64_t by);
void tsr_metric_up(const struct tsr_metric *metric);
void tsr_metric_down(const struct tsr_metric *metric);

/* tessera_refusals_total{reason="rate"}: something was refused or dropped for this TSR_ERR_*. */
void tsr_metrics_refuse(int err);

/* The current value, all threads together. */
int64_t tsr_metric_value(const struct tsr_metric *metric);

/* This process's metrics as text. Returns its length, cut at whole lines when cap is too small. */
size_t tsr_metrics_write(char *out, size_t cap);

/* Several processes' texts as one: one HELP and TYPE per name. Returns the length. */
size_t tsr_metrics_merge(char *out, size_t cap, const struct tsr_slice *texts, size_t n_texts);

#endif
