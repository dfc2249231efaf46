/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/metrics.h"

#include <pthread.h>

#include "core/base/err.h"
#include "test.h"

static struct tsr_metric frames = TSR_COUNTER("tessera_frames_total", "Frames relayed");
static struct tsr_metric chat =
	TSR_COUNTER_LABEL("tessera_frames_dropped_total", "class=\"chat\"", "Frames dropped");
static struct tsr_metric screen =
	TSR_COUNTER_LABEL("tessera_frames_dropped_total", "class=\"screen\"", "Frames dropped");
static struct tsr_metric members = TSR_GAUGE("tessera_members", "Members here");
static struct tsr_metric lag[] = { TSR_BUCKET("tessera_lag", "50", "How late"),
	TSR_BUCKET("tessera_lag", "+Inf", "How late"), TSR_TOTAL("tessera_lag_sum", "How late"),
	TSR_TOTAL("tessera_lag_count", "How late") };
static struct tsr_metric never_added = TSR_COUNTER("tessera_never_total", "Not added");

static void *count_in_thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		tsr_metric_count(&frames, 1);
	tsr_metric_down(&members);
	return NULL;
}

static void adds_up_all_threads(void)
{
	pthread_t threads[3];

	tsr_metrics_init("edge");
	tsr_metrics_add(&frames);
	tsr_metrics_add(&chat);
	tsr_metrics_add(&members);
	tsr_metrics_add(&screen);
	tsr_metrics_add(&screen); /* twice is once */
	for (int i = 0; i < 4; i++)
		tsr_metrics_add(&lag[i]);
	tsr_metric_count(&members, 10);
	for (int i = 0; i < 3; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, count_in_thread, NULL), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(tsr_metric_value(&frames), 3000);
	CHECK_INT(tsr_metric_value(&members), 7);
	tsr_metric_count(&never_added, 5);
	CHECK_INT(tsr_metric_value(&never_added), 0);
}

static void writes_prometheus_text(void)
{
	static const char want[] =
		"# HELP tessera_frames_total Frames relayed\n"
		"# TYPE tessera_frames_total counter\n"
		"tessera_frames_total{process=\"edge\"} 3000\n"
		"# HELP tessera_frames_dropped_total Frames dropped\n"
		"# TYPE tessera_frames_dropped_total counter\n"
		"tessera_frames_dropped_total{process=\"edge\",class=\"chat\"} 0\n"
		"tessera_frames_dropped_total{process=\"edge\",class=\"screen\"} 2\n"
		"# HELP tessera_members Members here\n"
		"# TYPE tessera_members gauge\n"
		"tessera_members{process=\"edge\"} 7\n"
		"# HELP tessera_lag How late\n"
		"# TYPE tessera_lag histogram\n"
		"tessera_lag_bucket{process=\"edge\",le=\"50\"} 0\n"
		"tessera_lag_bucket{process=\"edge\",le=\"+Inf\"} 1\n"
		"tessera_lag_sum{process=\"edge\"} 70\n"
		"tessera_lag_count{process=\"edge\"} 1\n"
		"# HELP tessera_refusals_total What was refused or dropped, by reason\n"
		"# TYPE tessera_refusals_total counter\n"
		"tessera_refusals_total{process=\"edge\",reason=\"too_big\"} 1\n";
	char text[2048];
	size_t len;

	tsr_metric_count(&screen, 2);
	tsr_metric_count(&lag[1], 1);
	tsr_metric_count(&lag[2], 70);
	tsr_metric_count(&lag[3], 1);
	tsr_metrics_refuse(TSR_ERR_TOO_BIG);
	tsr_metrics_refuse(0);
	len = tsr_metrics_write(text, sizeof(text) - 1);
	text[len] = 0;
	CHECK_STR(text, want);
	for (size_t cap = 0; cap < len; cap++) {
		size_t cut = tsr_metrics_write(text, cap);

		CHECK(cut <= cap);
		CHECK(cut == 0 || text[cut - 1] == '\n');
	}
}

static void merges_processes_under_one_head(void)
{
	const struct tsr_slice texts[] = {
		tsr_slice_str("# HELP tessera_b Bs\n# TYPE tessera_b "
			      "gauge\ntessera_b{process=\"edge\"} 1\n"
			      "# HELP tessera_a As\n# TYPE tessera_a "
			      "counter\ntessera_a{process=\"edge\"} 2\n"),
		tsr_slice_str("# HELP tessera_b Bs\n# TYPE tessera_b gauge\n"
			      "tessera_b{process=\"control\"} 3\n"),
	};
	char text[1024];
	size_t len = tsr_metrics_merge(text, sizeof(text) - 1, texts, 2);

	text[len] = 0;
	CHECK_STR(text,
		"# HELP tessera_a As\n# TYPE tessera_a counter\ntessera_a{process=\"edge\"} 2\n"
		"# HELP tessera_b Bs\n# TYPE tessera_b gauge\ntessera_b{process=\"edge\"} 1\n"
		"tessera_b{process=\"control\"} 3\n");
}

TEST_MAIN(TEST(adds_up_all_threads), TEST(writes_prometheus_text),
	TEST(merges_processes_under_one_head))
