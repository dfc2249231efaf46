/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/metrics.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

/*
 * Every thread has a block; blocks form a list that only grows, and outlive their threads so that
 * no count is lost. Only the owner writes its block, so a plain add on an atomic is enough.
 * Slot 0 is for metrics that were not added; refusals follow the ordinary slots.
 */
#define REFUSAL_SLOT(ordinal) (TSR_METRICS_MAX + (ordinal))
#define N_SLOTS (TSR_METRICS_MAX + TSR_ERR_N)
#define MERGE_LINES 4096

struct block {
	struct block *next;
	_Atomic int64_t slots[N_SLOTS];
};

static _Atomic(struct block *) blocks;
static _Thread_local struct block *own;
static struct tsr_metric *metrics[TSR_METRICS_MAX];
static unsigned n_metrics = 1;
static const char *process_name = "tesserad";

static struct block *own_block(void)
{
	if (!own) {
		own = calloc(1, sizeof(*own));
		if (!own)
			return NULL; /* counting is not worth dying for */
		own->next = atomic_load(&blocks);
		while (!atomic_compare_exchange_weak(&blocks, &own->next, own)) {}
	}
	return own;
}

static void add(unsigned slot, int64_t by)
{
	struct block *block = own_block();
	int64_t value;

	if (!block)
		return;
	value = atomic_load_explicit(&block->slots[slot], memory_order_relaxed);
	atomic_store_explicit(&block->slots[slot], value + by, memory_order_relaxed);
}

static int64_t sum(unsigned slot)
{
	int64_t total = 0;

	for (struct block *block = atomic_load(&blocks); block; block = block->next)
		total += atomic_load_explicit(&block->slots[slot], memory_order_relaxed);
	return total;
}

void tsr_metrics_init(const char *process)
{
	process_name = process;
}

void tsr_metrics_add(struct tsr_metric *metric)
{
	if (metric->slot != 0 || n_metrics == TSR_METRICS_MAX)
		return;
	metric->slot = n_metrics;
	metrics[n_metrics++] = metric;
}

void tsr_metric_count(const struct tsr_metric *metric, int64_t by)
{
	if (metric->slot != 0)
		add(metric->slot, by);
}

void tsr_metric_up(const struct tsr_metric *metric)
{
	tsr_metric_count(metric, 1);
}

void tsr_metric_down(const struct tsr_metric *metric)
{
	tsr_metric_count(metric, -1);
}

void tsr_metrics_refuse(int err)
{
	if (err < 0 && err >= -TSR_ERR_N)
		add(REFUSAL_SLOT((unsigned)(-1 - err)), 1);
}

int64_t tsr_metric_value(const struct tsr_metric *metric)
{
	return metric->slot ? sum(metric->slot) : 0;
}

/* ---- text ---- */

struct text {
	char *at;
	size_t len, cap;
};

/* Appends whole or not at all. */
static bool append(struct text *out, const char *bytes, size_t len)
{
	if (len > out->cap - out->len)
		return false;
	memcpy(out->at + out->len, bytes, len);
	out->len += len;
	return true;
}

static const char *const type_names[] = {
	[TSR_METRIC_COUNTER] = "counter",
	[TSR_METRIC_GAUGE] = "gauge",
	[TSR_METRIC_BUCKET] = "histogram",
};

static void append_head(
	struct text *out, const char *name, const char *help, enum tsr_metric_type type)
{
	char line[512];
	int len = (int)strlen(name);
	int n;

	if (type == TSR_METRIC_TOTAL)
		return; /* its buckets have said it */
	if (type == TSR_METRIC_BUCKET)
		len -= (int)strlen("_bucket");
	n = snprintf(line, sizeof(line), "# HELP %.*s %s\n# TYPE %.*s %s\n", len, name, help, len,
		name, type_names[type]);

	if (n > 0 && (size_t)n < sizeof(line))
		append(out, line, (size_t)n);
}

static void append_value(struct text *out, const char *name, const char *label, int64_t value)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s{process=\"%s\"%s%s} %" PRId64 "\n", name,
		process_name, label ? "," : "", label ? label : "", value);

	if (n > 0 && (size_t)n < sizeof(line))
		append(out, line, (size_t)n);
}

static bool is_first_of_name(unsigned slot)
{
	for (unsigned i = 1; i < slot; i++)
		if (strcmp(metrics[i]->name, metrics[slot]->name) == 0)
			return false;
	return true;
}

static void append_refusals(struct text *out)
{
	bool has_head = false;

	for (unsigned i = 0; i < TSR_ERR_N; i++) {
		int64_t value = sum(REFUSAL_SLOT(i));
		char label[64] = "reason=\"";
		size_t len = strlen(label);

		if (value == 0)
			continue;
		if (!has_head)
			append_head(out, "tessera_refusals_total",
				"What was refused or dropped, by reason", TSR_METRIC_COUNTER);
		has_head = true;
		for (const char *c = tsr_err_name(-1 - (int)i); *c && len < sizeof(label) - 2; c++)
			label[len++] = (char)tolower((unsigned char)*c);
		label[len] = '"';
		append_value(out, "tessera_refusals_total", label, value);
	}
}

size_t tsr_metrics_write(char *buf, size_t cap)
{
	struct text out = { buf, 0, cap };

	for (unsigned i = 1; i < n_metrics; i++) {
		if (!is_first_of_name(i))
			continue;
		append_head(&out, metrics[i]->name, metrics[i]->help, metrics[i]->type);
		for (unsigned j = i; j < n_metrics; j++)
			if (strcmp(metrics[j]->name, metrics[i]->name) == 0)
				append_value(&out, metrics[j]->name, metrics[j]->label, sum(j));
	}
	append_refusals(&out);
	return out.len;
}

/* ---- several texts as one ---- */

struct line {
	struct tsr_slice text; /* with its newline */
	struct tsr_slice name;
	unsigned rank; /* 0 HELP, 1 TYPE, 2 value */
	size_t order;
};

static struct line line_of(struct tsr_slice text, size_t order)
{
	struct line line = { .text = text, .rank = 2, .order = order };
	size_t from = 0, to;

	if (text.len > 7 && text.data[0] == '#') {
		line.rank = text.data[2] == 'H' ? 0 : 1;
		from = 7; /* after "# HELP " or "# TYPE " */
	}
	for (to = from; to < text.len; to++)
		if (!isalnum(text.data[to]) && text.data[to] != '_' && text.data[to] != ':')
			break;
	line.name = tsr_slice(text.data + from, to - from);
	return line;
}

static int compare_lines(const void *a_, const void *b_)
{
	const struct line *a = a_, *b = b_;
	size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
	int r = len ? memcmp(a->name.data, b->name.data, len) : 0;

	if (r != 0)
		return r;
	if (a->name.len != b->name.len)
		return a->name.len < b->name.len ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static size_t split(struct line *lines, size_t max, struct tsr_slice text, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i < text.len && n < max; i++) {
		if (text.data[i] != '\n')
			continue;
		if (i > start)
			lines[n] = line_of(tsr_slice(text.data + start, i + 1 - start), n), n++;
		start = i + 1;
	}
	return n;
}

size_t tsr_metrics_merge(char *buf, size_t cap, const struct tsr_slice *texts, size_t n_texts)
{
	struct text out = { buf, 0, cap };
	struct line *lines = calloc(MERGE_LINES, sizeof(*lines));
	size_t n = 0;

	if (!lines)
		return 0;
	for (size_t i = 0; i < n_texts; i++)
		n = split(lines, MERGE_LINES, texts[i], n);
	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++) {
		bool is_repeated = i > 0 && lines[i].rank < 2 &&
				   lines[i].rank == lines[i - 1].rank &&
				   tsr_slice_equal(lines[i].name, lines[i - 1].name);

		if (!is_repeated &&
			!append(&out, (const char *)lines[i].text.data, lines[i].text.len))
			break;
	}
	free(lines);
	return out.len;
}
