/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/edge.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "server/edge/counters.h"
#include "server/edge/hub.h"
#include "server/edge/redirect.h"
#include "server/edge/worker.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/sandbox.h"

enum { EPOCH_MASK = 0x3fffffff };

/* HSTS promises a certificate that browsers believe: not for localhost, not for addresses. */
static bool is_hsts_right(const struct tsr_child *child)
{
	static const char scheme[] = "https://";
	struct tsr_slice name;
	char text[256];
	struct in_addr v4;

	if (!child->given_certificate || strncmp(child->base_url, scheme, strlen(scheme)) != 0)
		return false;
	name = tsr_redirect_host_name(tsr_slice_str(child->base_url + strlen(scheme)));
	if (name.len == 0 || name.len >= sizeof(text) || name.data[0] == '[')
		return false;
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	if (inet_pton(AF_INET, text, &v4) == 1 || strcmp(text, "localhost") == 0)
		return false;
	return name.len < 10 || strcmp(text + name.len - 10, ".localhost") != 0;
}

static int edge_init(struct tsr_edge *edge, const struct tsr_child *child)
{
	uint64_t seed;
	int r;

	tsr_random(&seed, sizeof(seed));
	*edge = (struct tsr_edge){
		.child = child,
		.n_workers = child->n_threads ? child->n_threads : 1,
		.with_hsts = is_hsts_right(child),
		.epoch_base = (uint32_t)(tsr_clock_wall_ms() / 100) & EPOCH_MASK,
		.sources = tsr_sources_create(seed),
	};
	if (!edge->sources)
		return TSR_ERR_NOMEM;
	if (edge->n_workers > TSR_THREADS_MAX - 1)
		edge->n_workers = TSR_THREADS_MAX - 1;
	for (unsigned i = 0; i < edge->n_workers; i++)
		if ((r = tsr_worker_create(&edge->workers[i], edge, i)) != 0)
			return r;
	return tsr_hub_create(&edge->hub, edge);
}

/* Mail that was under way when the threads ended is delivered, so that what it holds is freed. */
static void edge_finish(struct tsr_edge *edge)
{
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i <= edge->n_workers; i++)
			if (edge->threads[i])
				tsr_thread_drain(edge->threads[i]);
	tsr_hub_destroy(edge->hub);
	for (unsigned i = 0; i < edge->n_workers; i++)
		tsr_worker_destroy(edge->workers[i]);
	tsr_sources_destroy(edge->sources);
}

static int run_threads(struct tsr_edge *edge)
{
	pthread_t threads[TSR_THREADS_MAX];
	unsigned n = 0;
	int r = 0;

	for (; n < edge->n_workers && r == 0; n++)
		if (pthread_create(&threads[n], NULL, tsr_worker_run, edge->workers[n]) != 0)
			r = TSR_ERR_IO;
	if (r != 0) {
		tsr_log(TSR_LOG_ERROR, "no thread");
		_Exit(1);
	}
	tsr_hub_run(edge->hub);
	if (edge->hub->n_ended < edge->n_workers) {
		/* Out of patience. */
		tsr_log(TSR_LOG_WARN, "a thread did not end in time");
		_Exit(0);
	}
	while (n > 0)
		pthread_join(threads[--n], NULL);
	return 0;
}

static int apply_sandbox(void)
{
	struct tsr_sandbox sandbox = { .role = TSR_SANDBOX_EDGE, .n_files = 1u << 16 };
	int r = tsr_sandbox_apply(&sandbox);

	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "sandbox failed", TSR_STR("step", tsr_sandbox_failed_step()),
			TSR_ERR("err", r));
	return r;
}

int tsr_edge_main(const struct tsr_child *child)
{
	static struct tsr_edge edge;
	int r;

	signal(SIGPIPE, SIG_IGN);
	tsr_edge_counters_add();
	tsr_thread_add_metrics();
	if ((r = tsr_crypto_init()) != 0 || (r = tsr_thread_settle_malloc()) != 0 ||
		(r = apply_sandbox()) != 0 || (r = edge_init(&edge, child)) != 0) {
		tsr_log(TSR_LOG_ERROR, "edge did not start", TSR_ERR("err", r));
		edge_finish(&edge);
		return 1;
	}
	r = run_threads(&edge);
	edge_finish(&edge);
	return r == 0 ? 0 : 1;
}
