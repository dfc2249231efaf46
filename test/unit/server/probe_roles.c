/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roles of probe-tesserad: children that do nothing but what every child does, so that the
 * supervisor is tested without the rest of the server. Each takes its sandbox, says Ready, greets
 * its peer on every new link and counts the greetings that it gets.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "server/assets.h"
#include "server/child.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/sandbox.h"

const struct tsr_asset tsr_assets[] = { { 0 } };
const size_t tsr_n_assets = 0;

struct probe {
	const struct tsr_child *child;
	struct tsr_loop *loop;
	struct tsr_child_link *link;
	struct tsr_ipc *peer;
	bool is_ready;
};

static void on_greeting(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	(void)user;
	(void)fds;
	(void)n_fds;
	if (tsr_slice_equal(packet, tsr_slice_str("hello")))
		tsr_log(TSR_LOG_INFO, "peer greeted");
}

static void on_peer_gone(void *user, int err)
{
	struct probe *probe = user;

	(void)err;
	tsr_ipc_close(&probe->peer);
}

static const struct tsr_ipc_events peer_events = { on_greeting, on_peer_gone };

static void take_peer(void *user, int fd)
{
	struct probe *probe = user;

	tsr_ipc_close(&probe->peer);
	if (tsr_ipc_open(&probe->peer, probe->loop, fd, &peer_events, probe) != 0 ||
		tsr_ipc_send(probe->peer, tsr_slice_str("hello"), NULL, 0) != 0)
		tsr_log(TSR_LOG_ERROR, "peer not greeted");
}

static void on_stop(void *user, tsr_time grace)
{
	struct probe *probe = user;

	(void)grace;
	tsr_loop_stop(probe->loop);
}

static void on_certificate(void *user, struct tsr_slice chain, struct tsr_slice key)
{
	struct probe *probe = user;

	tsr_log(TSR_LOG_INFO, "certificate taken", TSR_BOOL("whole", chain.len > 0 && key.len > 0));
	if (!probe->is_ready)
		tsr_child_link_ready(probe->link);
	probe->is_ready = true;
}

static void on_stats(void *user, const char *role, struct tsr_slice text)
{
	(void)user;
	tsr_log(TSR_LOG_INFO, "stats taken", TSR_STR("of", role), TSR_UINT("len", text.len));
}

static int run(const struct tsr_child *child, const struct tsr_sandbox *sandbox)
{
	static const struct tsr_child_events events = { .on_stop = on_stop,
		.on_certificate = on_certificate,
		.on_peer = take_peer,
		.on_stats = on_stats };
	struct probe probe = { .child = child };

	if (getenv("PROBE_FAILS"))
		return 1;
	if (tsr_sandbox_apply(sandbox) != 0) {
		tsr_log(TSR_LOG_ERROR, "no sandbox", TSR_STR("step", tsr_sandbox_failed_step()));
		return 1;
	}
	probe.loop = tsr_loop_create();
	if (!probe.loop ||
		tsr_child_link_open(&probe.link, probe.loop, child, &events, &probe) != 0)
		return 1;
	if (child->peer_fd >= 0)
		take_peer(&probe, child->peer_fd);
	if (child->n_listeners == 0) /* the others: the edge waits for its certificate */
		tsr_child_link_ready(probe.link);
	tsr_loop_run(probe.loop);
	tsr_child_link_close(&probe.link);
	tsr_ipc_close(&probe.peer);
	tsr_loop_destroy(probe.loop);
	return 0;
}

int tsr_edge_main(const struct tsr_child *child)
{
	const struct tsr_sandbox sandbox = { .role = TSR_SANDBOX_EDGE, .n_files = 4096 };

	return run(child, &sandbox);
}

int tsr_media_main(const struct tsr_child *child)
{
	const struct tsr_sandbox sandbox = { .role = TSR_SANDBOX_MEDIA, .n_files = 4096 };

	return run(child, &sandbox);
}

int tsr_control_main(const struct tsr_child *child)
{
	const struct tsr_sandbox sandbox = { .role = TSR_SANDBOX_CONTROL,
		.state_dir = child->state_dir };

	return run(child, &sandbox);
}
