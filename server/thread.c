/* SPDX-License-Identifier: Apache-2.0 */
#include "server/thread.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sys/log.h"
#include "sys/metrics.h"

static struct tsr_metric late =
	TSR_COUNTER("tessera_mail_late_total", "Mail that met a full mailbox");

void tsr_thread_add_metrics(void)
{
	tsr_metrics_add(&late);
}

static void post_retry(void *user)
{
	struct tsr_thread *thread = user;

	for (unsigned to = 0; to < thread->n_threads; to++) {
		struct tsr_post *post = &thread->posts[to];

		if (post->n == 0)
			continue;
		while (post->n > 0 &&
			tsr_mailbox_post(thread->all[to]->box, post->waiting[post->first]) == 0) {
			post->first = (post->first + 1) % post->cap;
			post->n--;
		}
		thread->n_late -= post->n == 0;
	}
	if (thread->n_late > 0)
		tsr_timer_set(thread->retry, tsr_loop_now(thread->loop) + TSR_MS);
}

int tsr_thread_init(struct tsr_thread *thread, unsigned index, unsigned n_threads, void *self)
{
	int r;

	thread->index = index;
	thread->n_threads = n_threads;
	thread->self = self;
	thread->loop = tsr_loop_create();
	if (!thread->loop)
		return TSR_ERR_NOMEM;
	if ((r = tsr_mailbox_open(&thread->box, thread->loop, TSR_MAILBOX_CAP)) != 0)
		return r;
	return tsr_timer_open(&thread->retry, thread->loop, post_retry, thread);
}

void tsr_thread_finish(struct tsr_thread *thread)
{
	tsr_timer_close(&thread->retry);
}

void tsr_thread_drain(struct tsr_thread *thread)
{
	if (thread->box)
		tsr_mailbox_drain(thread->box);
}

void tsr_thread_free(struct tsr_thread *thread)
{
	tsr_mailbox_close(&thread->box);
	tsr_loop_destroy(thread->loop);
	for (unsigned to = 0; to < TSR_THREADS_MAX; to++)
		free(thread->posts[to].waiting);
}

/* Keeps mail for a receiver whose box is full. */
static void post_later(struct tsr_thread *from, unsigned to, struct tsr_mail mail)
{
	struct tsr_post *post = &from->posts[to];

	if (post->n == post->cap) {
		uint32_t cap = post->cap ? post->cap * 2 : 256;
		struct tsr_mail *waiting = NULL;

		if (cap <= TSR_POST_WAITING_MAX)
			waiting = calloc(cap, sizeof(*waiting));
		if (!waiting) {
			tsr_log(TSR_LOG_ERROR, "a thread does not read its mail",
				TSR_UINT("thread", to));
			abort();
		}
		for (uint32_t i = 0; i < post->n; i++)
			waiting[i] = post->waiting[(post->first + i) % post->cap];
		free(post->waiting);
		post->waiting = waiting;
		post->first = 0;
		post->cap = cap;
	}
	post->waiting[(post->first + post->n) % post->cap] = mail;
	post->n++;
	tsr_metric_count(&late, 1);
	from->n_late += post->n == 1;
	if (post->n == 1 && from->retry)
		tsr_timer_set(from->retry, tsr_loop_now(from->loop) + TSR_MS);
}

void tsr_thread_post(
	struct tsr_thread *from, unsigned to, tsr_mail_fn run, void *item, uint64_t number)
{
	struct tsr_mail mail = {
		.run = run,
		.to = from->all[to]->self,
		.item = item,
		.number = number,
	};

	if (from->posts[to].n > 0 || tsr_mailbox_post(from->all[to]->box, mail) != 0)
		post_later(from, to, mail);
}

bool tsr_thread_is_behind(const struct tsr_thread *from, unsigned to)
{
	return from->posts[to].n >= TSR_POST_BEHIND;
}

bool tsr_thread_is_any_behind(const struct tsr_thread *from)
{
	for (unsigned to = 0; from->n_late > 0 && to < from->n_threads; to++)
		if (tsr_thread_is_behind(from, to))
			return true;
	return false;
}

/* ---- the heap -------------------------------------------------------------------------- */

/* Fills and empties the heap of a thread of its own, so that it is trimmed. */
static void *trim_a_heap(void *unused)
{
	enum { N = 64, LEN = 100 * 1000 }; /* below what malloc maps one by one */
	void *volatile blocks[N];

	for (int i = 0; i < N; i++)
		blocks[i] = malloc(LEN);
	for (int i = 0; i < N; i++)
		free(blocks[i]);
	return unused;
}

int tsr_thread_settle_malloc(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, trim_a_heap, NULL) != 0)
		return TSR_ERR_IO;
	pthread_join(thread, NULL);
	return 0;
}
