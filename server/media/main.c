/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/media/srtp_gcm.h"
#include "server/media/counters.h"
#include "server/media/desk.h"
#include "server/media/lane.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/sandbox.h"

static int media_init(struct tsr_media *media, const struct tsr_child *child)
{
	int r = 0;

	media->child = child;
	media->n_lanes = child->n_threads ? child->n_threads : 1;
	if (media->n_lanes > TSR_THREADS_MAX - 1)
		media->n_lanes = TSR_THREADS_MAX - 1;
	for (unsigned i = 0; i < media->n_lanes && r == 0; i++)
		r = tsr_lane_create(&media->lanes[i], media, i);
	return r == 0 ? tsr_desk_create(&media->desk, media) : r;
}

/* Mail that was under way when the threads ended is delivered, so that what it holds is freed. */
static void media_finish(struct tsr_media *media)
{
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i <= media->n_lanes; i++)
			if (media->threads[i])
				tsr_thread_drain(media->threads[i]);
	for (unsigned i = 0; i < media->n_lanes; i++)
		tsr_lane_destroy(media->lanes[i]);
	tsr_desk_destroy(media->desk);
	tsr_dtls_identity_destroy(media->identity);
}

static void run_threads(struct tsr_media *media)
{
	pthread_t threads[TSR_THREADS_MAX];
	unsigned n = 0;

	for (; n < media->n_lanes; n++)
		if (pthread_create(&threads[n], NULL, tsr_lane_run, media->lanes[n]) != 0) {
			tsr_log(TSR_LOG_ERROR, "no thread");
			_Exit(1);
		}
	tsr_desk_run(media->desk);
	while (n > 0)
		pthread_join(threads[--n], NULL);
}

static int apply_sandbox(void)
{
	struct tsr_sandbox sandbox = { .role = TSR_SANDBOX_MEDIA, .n_files = 1u << 16 };
	int r = tsr_sandbox_apply(&sandbox);

	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "sandbox failed", TSR_STR("step", tsr_sandbox_failed_step()),
			TSR_ERR("err", r));
	return r;
}

int tsr_media_main(const struct tsr_child *child)
{
	static struct tsr_media media;
	int r;

	signal(SIGPIPE, SIG_IGN);
	tsr_media_counters_add();
	tsr_thread_add_metrics();
	tsr_log(TSR_LOG_DEBUG, "media starts", TSR_STR("aes", tsr_srtp_gcm_init()));
	if ((r = tsr_crypto_init()) != 0 || (r = tsr_thread_settle_malloc()) != 0 ||
		(r = tsr_dtls_identity_create(
			 &media.identity, (int64_t)(tsr_clock_wall_ms() / 1000))) != 0 ||
		(r = apply_sandbox()) != 0 || (r = media_init(&media, child)) != 0) {
		tsr_log(TSR_LOG_ERROR, "media did not start", TSR_ERR("err", r));
		media_finish(&media);
		return 1;
	}
	run_threads(&media);
	media_finish(&media);
	return 0;
}
