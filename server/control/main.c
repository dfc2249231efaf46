/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control process: gives the engine (control.h) its clock, its links and its thread. No
 * socket is opened here and no file outside the state folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "server/child.h"
#include "server/control/admin_socket.h"
#include "server/control/control.h"
#include "server/control/counters.h"
#include "server/control/hasher.h"
#include "server/control/watch.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/metrics.h"
#include "sys/sandbox.h"

#define FILES 256
#define OTHERS 4 /* processes whose metrics are shown beside ours */
#define ROLE_LEN 32

struct other {
	char role[ROLE_LEN];
	char *text;
	size_t len;
};

struct process {
	struct tsr_loop *loop;
	struct tsr_store *store;
	struct tsr_keys keys;
	struct tsr_control *control;
	struct tsr_ipc *edge;
	bool has_lost; /* a packet to the edge: nothing may follow it on this link */
	struct tsr_hasher *hasher;
	struct tsr_timer *timer;
	struct tsr_admin_socket *admin;
	struct tsr_watch *watch;
	struct tsr_child_link *supervisor;
	struct other others[OTHERS];
};

static struct tsr_now now_of(const struct process *p)
{
	return (struct tsr_now){ .mono = tsr_loop_now(p->loop), .wall_ms = tsr_clock_wall_ms() };
}

/* After whatever may have changed when the engine wants to be called. */
static void set_timer(struct process *p)
{
	tsr_timer_set(p->timer, tsr_control_next_timeout(p->control));
}

static void on_timer(void *user)
{
	struct process *p = user;

	tsr_control_handle_timeout(p->control, now_of(p));
	if (tsr_control_is_stranded(p->control, now_of(p))) {
		tsr_log(TSR_LOG_ERROR, "no link to the edge: control starts anew");
		tsr_loop_stop(p->loop);
		return;
	}
	set_timer(p);
}

/* What the engine asks for ------------------------------------------------------------------ */

static void send_to_edge(void *user, struct tsr_slice packet)
{
	struct process *p = user;
	int r = p->edge && !p->has_lost ? tsr_ipc_send(p->edge, packet, NULL, 0) : TSR_ERR_CLOSED;

	if (r == 0 || r == TSR_ERR_CLOSED)
		return;
	tsr_log(TSR_LOG_ERROR, "packet to the edge lost", TSR_ERR("err", r));
	/* The edge would wait for it for ever, a change that was kept would never hold there. When
	 * the link breaks it knows that what it asked is in doubt; a new one comes with a new
	 * control. Who is too long once is so again: that one is only left out. */
	p->has_lost = r != TSR_ERR_TOO_BIG;
	if (p->has_lost)
		tsr_loop_stop(p->loop);
}

static int hash(void *user, const struct tsr_hash_job *job)
{
	struct process *p = user;

	return tsr_hasher_put(p->hasher, job);
}

static void send_to_admin(void *user, uint64_t client, struct tsr_slice packet)
{
	struct process *p = user;

	tsr_admin_socket_send(p->admin, client, packet);
}

static const struct tsr_control_ops ops = {
	.send = send_to_edge,
	.hash = hash,
	.admin = send_to_admin,
	.uniform = tsr_random_uniform,
};

/* What comes in ----------------------------------------------------------------------------- */

static void on_hash(void *user, const struct tsr_hash_job *job)
{
	struct process *p = user;

	tsr_control_handle_hash(p->control, job, now_of(p));
	set_timer(p);
}

static void on_edge_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct process *p = user;

	(void)fds;
	(void)n_fds;
	if (tsr_control_handle_packet(p->control, packet, now_of(p)) == 0)
		set_timer(p);
}

static void on_edge_close(void *user, int err)
{
	struct process *p = user;

	tsr_log(TSR_LOG_INFO, "link to the edge closed", TSR_ERR("err", err));
	tsr_ipc_close(&p->edge);
	tsr_control_handle_link_lost(p->control, now_of(p));
	set_timer(p);
}

static const struct tsr_ipc_events edge_events = { .on_packet = on_edge_packet,
	.on_close = on_edge_close };

/* Takes fd. */
static int open_edge(struct process *p, int fd)
{
	int r;

	tsr_ipc_close(&p->edge);
	if ((r = tsr_ipc_open(&p->edge, p->loop, fd, &edge_events, p)) != 0) {
		tsr_control_handle_link_lost(p->control, now_of(p));
		set_timer(p);
		return r;
	}
	tsr_control_handle_link(p->control, now_of(p));
	return 0;
}

static int on_admin(void *user, uint64_t client, struct tsr_slice packet)
{
	struct process *p = user;
	int r = tsr_control_handle_admin(p->control, client, packet, now_of(p));

	set_timer(p);
	return r;
}

static void on_stop(void *user, tsr_time grace)
{
	struct process *p = user;

	(void)grace; /* every commit is on the disk already */
	tsr_loop_stop(p->loop);
}

static void on_peer(void *user, int fd)
{
	struct process *p = user;
	int r = open_edge(p, fd);

	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "no link to the edge", TSR_ERR("err", r));
}

static void on_stats(void *user, const char *role, struct tsr_slice text)
{
	struct process *p = user;
	struct other *other = NULL;
	char *copy = text.len && text.len <= TSR_WATCH_METRICS ? malloc(text.len) : NULL;

	for (size_t i = 0; i < OTHERS && !other; i++) {
		if (!p->others[i].role[0] || strcmp(p->others[i].role, role) == 0)
			other = &p->others[i];
	}
	if (!copy || !other) {
		free(copy);
		return;
	}
	memcpy(copy, text.data, text.len);
	free(other->text);
	other->text = copy;
	other->len = text.len;
	snprintf(other->role, sizeof(other->role), "%s", role);
}

static const struct tsr_child_events child_events = {
	.on_stop = on_stop, .on_peer = on_peer, .on_stats = on_stats
};

static bool is_ready(void *user, const char **why)
{
	struct process *p = user;

	return tsr_control_is_ready(p->control, why);
}

static size_t write_metrics(void *user, char *out, size_t cap)
{
	struct process *p = user;
	struct tsr_slice texts[1 + OTHERS];
	char *own = malloc(TSR_WATCH_METRICS);
	size_t n = 0, len;

	if (!own)
		return 0;
	texts[n++] = tsr_slice(own, tsr_metrics_write(own, TSR_WATCH_METRICS));
	for (size_t i = 0; i < OTHERS; i++) {
		if (p->others[i].text)
			texts[n++] = tsr_slice(p->others[i].text, p->others[i].len);
	}
	len = tsr_metrics_merge(out, cap, texts, n);
	free(own);
	return len;
}

static const struct tsr_watch_source watch_source = { .is_ready = is_ready,
	.write_metrics = write_metrics };

/* Start and stop ---------------------------------------------------------------------------- */

static int open_store(struct process *p, const char *state_dir)
{
	char path[TSR_CHILD_PATH_LEN + sizeof(TSR_CHILD_DATABASE) + 1];
	enum tsr_store_trouble trouble = TSR_STORE_FINE;
	int r;

	snprintf(path, sizeof(path), "%s/%s", state_dir, TSR_CHILD_DATABASE);
	if ((r = tsr_store_open(&p->store, path, &trouble)) == 0 &&
		(r = tsr_store_migrate(p->store)) != 0)
		trouble = tsr_store_trouble(p->store);
	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "the database cannot be used", TSR_ERR("err", r),
			TSR_STR("why", tsr_store_trouble_text(trouble)));
	return r;
}

static int load_keys(struct process *p, const char *state_dir)
{
	int dir = -1, r;

	if ((r = tsr_dir_open(&dir, state_dir)) == 0)
		r = tsr_keys_load(&p->keys, dir);
	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "the token key cannot be used", TSR_ERR("err", r),
			TSR_STR("file", TSR_KEYS_FILE));
	tsr_fd_close(&dir);
	return r;
}

static int shut_in(const struct tsr_child *child)
{
	struct tsr_sandbox sandbox = {
		.role = TSR_SANDBOX_CONTROL, .state_dir = child->state_dir, .n_files = FILES
	};
	int r = tsr_sandbox_apply(&sandbox);

	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "the sandbox cannot be closed", TSR_ERR("err", r),
			TSR_STR("step", tsr_sandbox_failed_step()));
	return r;
}

/* The sandbox closes before anything from outside, the database's content included, is read. */
static int start(struct process *p, const struct tsr_child *child)
{
	struct tsr_control_config config = {
		.keys = &p->keys, .ops = &ops, .user = p, .base_url = child->base_url
	};
	int r;

	umask(077); /* the database and its log are nobody else's to read */
	tsr_counters_add();
	if ((r = tsr_crypto_init()) != 0)
		return r;
	if (!(p->loop = tsr_loop_create()))
		return TSR_ERR_NOMEM;
	if ((r = shut_in(child)) != 0 || (r = load_keys(p, child->state_dir)) != 0 ||
		(r = open_store(p, child->state_dir)) != 0)
		return r;
	config.store = p->store;
	config.started = now_of(p);
	if ((r = tsr_control_create(&p->control, &config)) != 0 ||
		(r = tsr_timer_open(&p->timer, p->loop, on_timer, p)) != 0 ||
		(r = tsr_hasher_open(&p->hasher, p->loop, on_hash, p)) != 0 ||
		(r = tsr_watch_open(&p->watch, p->loop, child->metrics_fd, child->metrics_tcp_fd,
			 &watch_source, p)) != 0 ||
		(r = tsr_child_link_open(&p->supervisor, p->loop, child, &child_events, p)) != 0)
		return r;
	if (child->admin_fd >= 0 &&
		(r = tsr_admin_socket_open(&p->admin, p->loop, child->admin_fd, on_admin, p)) != 0)
		return r;
	if (child->peer_fd >= 0 && (r = open_edge(p, child->peer_fd)) != 0)
		return r;
	set_timer(p);
	return 0;
}

static void finish(struct process *p)
{
	tsr_child_link_close(&p->supervisor);
	tsr_admin_socket_close(&p->admin);
	tsr_watch_close(&p->watch);
	tsr_ipc_close(&p->edge);
	tsr_hasher_close(&p->hasher);
	tsr_timer_close(&p->timer);
	tsr_control_destroy(p->control);
	tsr_store_close(p->store);
	tsr_keys_finish(&p->keys);
	for (size_t i = 0; i < OTHERS; i++)
		free(p->others[i].text);
	tsr_loop_destroy(p->loop);
}

int tsr_control_main(const struct tsr_child *child)
{
	struct process p = { 0 };
	int r = start(&p, child);

	if (r == 0) {
		tsr_child_link_ready(p.supervisor);
		tsr_loop_run(p.loop);
	} else {
		tsr_log(TSR_LOG_ERROR, "control cannot start", TSR_ERR("err", r));
	}
	finish(&p);
	return r == 0 && !p.has_lost ? EXIT_SUCCESS : EXIT_FAILURE;
}
