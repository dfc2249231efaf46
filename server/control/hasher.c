/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/hasher.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "sys/mailbox.h"

struct tsr_hasher {
	tsr_hasher_fn fn;
	void *user;
	struct tsr_mailbox *box; /* finished jobs, to the loop */
	pthread_t thread;
	bool is_running;
	pthread_mutex_t mutex; /* what follows */
	pthread_cond_t wake;
	bool stop;
	size_t n;
	struct tsr_hash_job *queue[TSR_HASHER_QUEUE]; /* oldest first */
};

static void free_job(struct tsr_hash_job *job)
{
	if (job)
		tsr_wipe(job, sizeof(*job));
	free(job);
}

/* On the loop. */
static void deliver(void *to, void *item, uint64_t number)
{
	struct tsr_hasher *hasher = to;

	(void)number;
	hasher->fn(hasher->user, item);
	free_job(item);
}

/* The next job, or NULL when it is time to stop. It stays in the queue until it is done, so the
 * queue's length is what waits and what is at work. */
static struct tsr_hash_job *take(struct tsr_hasher *hasher)
{
	struct tsr_hash_job *job = NULL;

	pthread_mutex_lock(&hasher->mutex);
	while (!hasher->stop && hasher->n == 0)
		pthread_cond_wait(&hasher->wake, &hasher->mutex);
	if (!hasher->stop) {
		job = hasher->queue[0];
		hasher->n--;
		memmove(hasher->queue, hasher->queue + 1, hasher->n * sizeof(hasher->queue[0]));
	}
	pthread_mutex_unlock(&hasher->mutex);
	return job;
}

static void *work(void *arg)
{
	struct tsr_hasher *hasher = arg;
	struct tsr_hash_job *job;

	while ((job = take(hasher))) {
		tsr_hash_job_run(job);
		/* The mailbox has room for all jobs that can exist. */
		if (tsr_mailbox_post(hasher->box,
			    (struct tsr_mail){ .run = deliver, .to = hasher, .item = job }) != 0)
			free_job(job);
	}
	return NULL;
}

static int start_thread(struct tsr_hasher *hasher)
{
	sigset_t all, old;
	int r;

	/* Signals belong to the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	r = pthread_create(&hasher->thread, NULL, work, hasher);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	hasher->is_running = r == 0;
	return r == 0 ? 0 : TSR_ERR_NOMEM;
}

int tsr_hasher_open(struct tsr_hasher **out, struct tsr_loop *loop, tsr_hasher_fn fn, void *user)
{
	struct tsr_hasher *hasher = calloc(1, sizeof(*hasher));
	int r;

	*out = NULL;
	if (!hasher)
		return TSR_ERR_NOMEM;
	hasher->fn = fn;
	hasher->user = user;
	pthread_mutex_init(&hasher->mutex, NULL);
	pthread_cond_init(&hasher->wake, NULL);
	if ((r = tsr_mailbox_open(&hasher->box, loop, 4 * TSR_HASHER_QUEUE)) == 0)
		r = start_thread(hasher);
	if (r == 0)
		*out = hasher;
	else
		tsr_hasher_close(&hasher);
	return r;
}

void tsr_hasher_close(struct tsr_hasher **hasher)
{
	struct tsr_hasher *h = *hasher;

	*hasher = NULL;
	if (!h)
		return;
	if (h->is_running) {
		pthread_mutex_lock(&h->mutex);
		h->stop = true;
		pthread_cond_signal(&h->wake);
		pthread_mutex_unlock(&h->mutex);
		pthread_join(h->thread, NULL);
	}
	if (h->box) {
		tsr_mailbox_drain(h->box);
		tsr_mailbox_close(&h->box);
	}
	for (size_t i = 0; i < h->n; i++)
		free_job(h->queue[i]);
	pthread_cond_destroy(&h->wake);
	pthread_mutex_destroy(&h->mutex);
	free(h);
}

int tsr_hasher_put(struct tsr_hasher *hasher, const struct tsr_hash_job *job)
{
	struct tsr_hash_job *copy = malloc(sizeof(*copy));
	int r = TSR_ERR_NOMEM;

	if (!copy)
		return r;
	*copy = *job;
	pthread_mutex_lock(&hasher->mutex);
	r = hasher->n < TSR_HASHER_QUEUE ? 0 : TSR_ERR_FULL;
	if (r == 0) {
		hasher->queue[hasher->n++] = copy;
		copy = NULL;
		pthread_cond_signal(&hasher->wake);
	}
	pthread_mutex_unlock(&hasher->mutex);
	free_job(copy);
	return r;
}
