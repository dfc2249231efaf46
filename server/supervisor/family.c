/* SPDX-License-Identifier: Apache-2.0 */
#include "server/supervisor/family.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "ipc.pb-c.h"
#include "proto/unpack.h"
#include "server/supervisor/process.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/log.h"
#include "sys/metrics.h"

#define LONG_LIFE (30 * TSR_SECOND)
#define FIRST_DELAY (100 * TSR_MS)
#define LONGEST_DELAY (10 * TSR_SECOND)
#define HOPELESS 5 /* deaths in a row without ever having served */
#define STATS_LEN 32768

static const char *const role_names[] = { "control", "edge", "media" };

static struct tsr_metric restarts[TSR_FAMILY_N] = {
	TSR_COUNTER_LABEL("tessera_restarts_total", "role=\"control\"", "Children started anew"),
	TSR_COUNTER_LABEL("tessera_restarts_total", "role=\"edge\"", "Children started anew"),
	TSR_COUNTER_LABEL("tessera_restarts_total", "role=\"media\"", "Children started anew"),
};
static struct tsr_metric sandbox_kills = TSR_COUNTER(
	"tessera_sandbox_kills_total", "Children that asked the kernel for what they may not");

/* ---- messages ---- */

static void send_down(struct tsr_process *process, const Tessera__Ipc__ToChild *message,
	const int *fds, size_t n_fds)
{
	uint8_t packet[TSR_IPC_PACKET_LEN];
	size_t len = tessera__ipc__to_child__get_packed_size(message);
	int r = TSR_ERR_TOO_BIG;

	if (!process->link)
		return;
	if (len <= sizeof(packet)) {
		tessera__ipc__to_child__pack(message, packet);
		r = tsr_ipc_send(process->link, tsr_slice(packet, len), fds, n_fds);
	}
	if (r != 0 && r != TSR_ERR_CLOSED)
		tsr_log(TSR_LOG_ERROR, "child not told", TSR_STR("role", role_names[process->role]),
			TSR_ERR("err", r));
}

static void send_certificate(struct tsr_process *process)
{
	struct tsr_family *family = process->family;
	Tessera__Ipc__SetCertificate set = TESSERA__IPC__SET_CERTIFICATE__INIT;
	Tessera__Ipc__ToChild down = TESSERA__IPC__TO_CHILD__INIT;

	if (!family->chain)
		return;
	set.chain_pem.data = family->chain->data;
	set.chain_pem.len = family->chain->len;
	down.body_case = TESSERA__IPC__TO_CHILD__BODY_CERTIFICATE;
	down.certificate = &set;
	send_down(process, &down, &family->key_fd, 1);
}

static void send_peer(struct tsr_process *process, enum tsr_family_role to, int fd)
{
	Tessera__Ipc__PeerLink peer = TESSERA__IPC__PEER_LINK__INIT;
	Tessera__Ipc__ToChild down = TESSERA__IPC__TO_CHILD__INIT;
	char name[16];

	memcpy(name, role_names[to], strlen(role_names[to]) + 1);
	peer.role = name;
	down.body_case = TESSERA__IPC__TO_CHILD__BODY_PEER;
	down.peer = &peer;
	send_down(process, &down, &fd, 1);
}

static void send_stop(struct tsr_process *process, tsr_time grace)
{
	Tessera__Ipc__Stop stop = TESSERA__IPC__STOP__INIT;
	Tessera__Ipc__ToChild down = TESSERA__IPC__TO_CHILD__INIT;

	stop.grace_ms = (uint32_t)(grace / TSR_MS);
	down.body_case = TESSERA__IPC__TO_CHILD__BODY_STOP;
	down.stop = &stop;
	send_down(process, &down, NULL, 0);
}

/* Hands a process's metrics to control, which answers for all. */
static void send_stats(struct tsr_family *family, const char *role, ProtobufCBinaryData text)
{
	struct tsr_process *control = &family->processes[TSR_FAMILY_CONTROL];
	Tessera__Ipc__Stats stats = TESSERA__IPC__STATS__INIT;
	Tessera__Ipc__ToChild down = TESSERA__IPC__TO_CHILD__INIT;
	char name[16];

	if (!control->link || tsr_ipc_queued(control->link) > 0)
		return; /* the next one says it all again */
	memcpy(name, role, strlen(role) + 1);
	stats.role = name;
	stats.prometheus = text;
	down.body_case = TESSERA__IPC__TO_CHILD__BODY_STATS;
	down.stats = &stats;
	send_down(control, &down, NULL, 0);
}

static void send_own_stats(struct tsr_family *family)
{
	uint8_t text[STATS_LEN];
	ProtobufCBinaryData data = { .data = text };

	data.len = tsr_metrics_write((char *)text, sizeof(text));
	send_stats(family, "supervisor", data);
}

static void handle_ready(struct tsr_process *process)
{
	struct tsr_family *family = process->family;

	if (process->is_ready)
		return;
	process->is_ready = process->was_ready = true;
	tsr_log(TSR_LOG_INFO, "child ready", TSR_STR("role", role_names[process->role]),
		TSR_INT("after_ms", (tsr_loop_now(family->loop) - process->started_at) / TSR_MS));
	for (size_t i = 0; i < TSR_FAMILY_N; i++)
		if (!family->processes[i].is_ready)
			return;
	family->events->on_ready(family->user);
}

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct tsr_process *process = user;
	const Tessera__Ipc__FromChild *up;
	struct tsr_arena arena;

	(void)fds; /* a child has no descriptor to give: they are closed */
	(void)n_fds;
	if (tsr_proto_unpack(&tessera__ipc__from_child__descriptor, packet, TSR_IPC_PACKET_LEN,
		    &arena) != 0) {
		tsr_metrics_refuse(TSR_ERR_FORMAT);
		return;
	}
	up = (const Tessera__Ipc__FromChild *)arena.message;
	if (up->body_case == TESSERA__IPC__FROM_CHILD__BODY_READY) {
		handle_ready(process);
	} else if (up->body_case == TESSERA__IPC__FROM_CHILD__BODY_STATS &&
		   process->role != TSR_FAMILY_CONTROL) {
		send_stats(process->family, role_names[process->role], up->stats->prometheus);
		send_own_stats(process->family);
	}
	tsr_arena_finish(&arena);
}

/* Its death follows by SIGCHLD; who only closes his link is of no use any more. */
static void on_link_close(void *user, int err)
{
	struct tsr_process *process = user;

	(void)err;
	tsr_ipc_close(&process->link);
	if (process->pid > 0 && !process->family->is_stopping)
		kill(process->pid, SIGKILL);
}

static const struct tsr_ipc_events link_events = { on_packet, on_link_close };

/* ---- starting ---- */

/* Makes both ends of a peer link: ours goes into the start, the other to the peer, now or when
 * that one starts. */
static int make_peer_link(struct tsr_process *process, enum tsr_family_role other, int *own)
{
	struct tsr_process *peer = &process->family->processes[other];
	int pair[2], r;

	*own = process->pending_fds[other];
	process->pending_fds[other] = -1;
	if (*own >= 0)
		return 0;
	if ((r = tsr_ipc_pair(pair)) != 0)
		return r;
	*own = pair[0];
	if (peer->pid > 0) {
		send_peer(peer, process->role, pair[1]);
		tsr_fd_close(&pair[1]);
	} else {
		tsr_fd_close(&peer->pending_fds[process->role]);
		peer->pending_fds[process->role] = pair[1];
	}
	return 0;
}

static int make_peer_links(struct tsr_process *process, struct tsr_child *child)
{
	enum tsr_family_role role = process->role;
	int r = 0;

	if (role != TSR_FAMILY_MEDIA)
		r = make_peer_link(process,
			role == TSR_FAMILY_EDGE ? TSR_FAMILY_CONTROL : TSR_FAMILY_EDGE,
			&child->peer_fd);
	if (role != TSR_FAMILY_CONTROL && r == 0)
		r = make_peer_link(process,
			role == TSR_FAMILY_EDGE ? TSR_FAMILY_MEDIA : TSR_FAMILY_EDGE,
			&child->media_fd);
	return r;
}

static void narrow(struct tsr_child *child, enum tsr_family_role role)
{
	child->role = role_names[role];
	if (role != TSR_FAMILY_CONTROL) {
		child->admin_fd = child->metrics_fd = child->metrics_tcp_fd = -1;
		child->state_dir[0] = 0;
	}
	if (role != TSR_FAMILY_EDGE)
		child->n_listeners = 0;
	if (role != TSR_FAMILY_MEDIA)
		child->n_udp = 0;
	if (role == TSR_FAMILY_CONTROL)
		child->n_addresses = 0;
}

static int start(struct tsr_process *process)
{
	struct tsr_family *family = process->family;
	struct tsr_child child = *family->all;
	int pair[2], r;

	narrow(&child, process->role);
	if ((r = tsr_ipc_pair(pair)) != 0)
		return r;
	if ((r = make_peer_links(process, &child)) != 0) {
		tsr_fd_close(&pair[0]);
		tsr_fd_close(&pair[1]);
		tsr_fd_close(&child.peer_fd);
		return r;
	}
	child.supervisor_fd = pair[1];
	process->started_at = tsr_loop_now(family->loop);
	r = tsr_process_start(&process->pid, &child, family->is_verbose);
	tsr_fd_close(&pair[1]);
	tsr_fd_close(&child.peer_fd);
	tsr_fd_close(&child.media_fd);
	if (r != 0) {
		process->pid = 0;
		tsr_fd_close(&pair[0]);
		return r;
	}
	/* A failure here shows as a closed link to the child, which then ends. */
	r = tsr_ipc_open(&process->link, family->loop, pair[0], &link_events, process);
	if (r == 0 && process->role == TSR_FAMILY_EDGE)
		send_certificate(process);
	return r;
}

static void plan_restart(struct tsr_process *process)
{
	tsr_time delay = 0;

	if (process->n_failures > 0)
		delay = FIRST_DELAY << (process->n_failures < 8 ? process->n_failures - 1 : 7);
	if (delay > LONGEST_DELAY)
		delay = LONGEST_DELAY;
	process->n_failures++;
	tsr_timer_set(process->restart, tsr_loop_now(process->family->loop) + delay);
}

static void on_restart(void *user)
{
	struct tsr_process *process = user;
	int r;

	if (process->family->is_stopping || process->pid > 0)
		return;
	tsr_metric_count(&restarts[process->role], 1);
	r = start(process);
	if (r != 0) {
		tsr_log(TSR_LOG_ERROR, "child not started",
			TSR_STR("role", role_names[process->role]), TSR_ERR("err", r));
		plan_restart(process);
	}
}

/* ---- ending ---- */

static void log_death(const struct tsr_process *process, int status)
{
	bool is_killed = WIFSIGNALED(status);
	bool by_sandbox = is_killed && WTERMSIG(status) == SIGSYS;

	if (by_sandbox)
		tsr_metric_count(&sandbox_kills, 1);
	tsr_log(process->family->is_stopping && !is_killed ? TSR_LOG_INFO : TSR_LOG_ERROR,
		by_sandbox ? "child killed by its sandbox" : "child ended",
		TSR_STR("role", role_names[process->role]),
		TSR_INT("signal", is_killed ? WTERMSIG(status) : 0),
		TSR_INT("status", is_killed ? 0 : WEXITSTATUS(status)));
}

static void go_on_stopping(struct tsr_family *family)
{
	bool is_any_left = false;

	if (family->processes[TSR_FAMILY_EDGE].pid > 0)
		return;
	for (size_t i = 0; i < TSR_FAMILY_N; i++) {
		if (family->processes[i].pid <= 0)
			continue;
		send_stop(&family->processes[i], family->grace);
		is_any_left = true;
	}
	if (!is_any_left)
		family->events->on_all_gone(family->user);
}

static void handle_death(struct tsr_process *process, int status)
{
	struct tsr_family *family = process->family;

	process->pid = 0;
	process->is_ready = false;
	tsr_ipc_close(&process->link);
	log_death(process, status);
	if (family->is_stopping) {
		go_on_stopping(family);
		return;
	}
	if (tsr_loop_now(family->loop) - process->started_at > LONG_LIFE)
		process->n_failures = 0;
	/* Never served, and ended by itself: it said why, and will say the same again. */
	if (!process->was_ready && (WIFEXITED(status) || process->n_failures + 1 >= HOPELESS)) {
		family->events->on_hopeless(family->user, role_names[process->role]);
		return;
	}
	plan_restart(process);
}

void tsr_family_reap(struct tsr_family *family)
{
	for (size_t i = 0; i < TSR_FAMILY_N; i++) {
		struct tsr_process *process = &family->processes[i];
		int status;

		if (process->pid > 0 && waitpid(process->pid, &status, WNOHANG) == process->pid)
			handle_death(process, status);
	}
}

/* ---- the whole ---- */

int tsr_family_init(struct tsr_family *family, struct tsr_loop *loop, const struct tsr_child *all,
	bool is_verbose, const struct tsr_family_events *events, void *user)
{
	int r = 0;

	memset(family, 0, sizeof(*family));
	family->loop = loop;
	family->all = all;
	family->is_verbose = is_verbose;
	family->events = events;
	family->user = user;
	family->key_fd = -1;
	tsr_metrics_add(&sandbox_kills);
	for (size_t i = 0; i < TSR_FAMILY_N; i++) {
		struct tsr_process *process = &family->processes[i];

		process->family = family;
		process->role = (enum tsr_family_role)i;
		for (size_t other = 0; other < TSR_FAMILY_N; other++)
			process->pending_fds[other] = -1;
		tsr_metrics_add(&restarts[i]);
		if (r == 0)
			r = tsr_timer_open(&process->restart, loop, on_restart, process);
	}
	return r;
}

void tsr_family_finish(struct tsr_family *family)
{
	tsr_family_kill(family);
	for (size_t i = 0; i < TSR_FAMILY_N; i++) {
		tsr_ipc_close(&family->processes[i].link);
		tsr_timer_close(&family->processes[i].restart);
		for (size_t other = 0; other < TSR_FAMILY_N; other++)
			tsr_fd_close(&family->processes[i].pending_fds[other]);
	}
	tsr_msg_unref(&family->chain);
	tsr_fd_close(&family->key_fd);
}

void tsr_family_start(struct tsr_family *family)
{
	for (size_t i = 0; i < TSR_FAMILY_N; i++) {
		int r = start(&family->processes[i]);

		if (r == 0)
			continue;
		tsr_log(TSR_LOG_ERROR, "child not started", TSR_STR("role", role_names[i]),
			TSR_ERR("err", r));
		family->events->on_hopeless(family->user, role_names[i]);
		return;
	}
}

void tsr_family_set_certificate(
	struct tsr_family *family, struct tsr_slice chain_pem, struct tsr_slice key_pem)
{
	struct tsr_msg *chain = tsr_msg_copy(chain_pem);
	int key_fd = -1;

	if (!chain || tsr_memfd_create(&key_fd, key_pem) != 0) {
		tsr_log(TSR_LOG_ERROR, "certificate not kept");
		tsr_msg_unref(&chain);
		return;
	}
	tsr_msg_unref(&family->chain);
	tsr_fd_close(&family->key_fd);
	family->chain = chain;
	family->key_fd = key_fd;
	send_certificate(&family->processes[TSR_FAMILY_EDGE]);
}

void tsr_family_stop(struct tsr_family *family, tsr_time grace)
{
	struct tsr_process *edge = &family->processes[TSR_FAMILY_EDGE];

	family->is_stopping = true;
	family->grace = grace;
	if (edge->pid > 0)
		send_stop(edge, grace);
	else
		go_on_stopping(family);
}

void tsr_family_kill(struct tsr_family *family)
{
	family->is_stopping = true;
	for (size_t i = 0; i < TSR_FAMILY_N; i++) {
		struct tsr_process *process = &family->processes[i];

		if (process->pid > 0 && kill(process->pid, SIGKILL) == 0)
			while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR) {}
		process->pid = 0;
	}
}

pid_t tsr_family_pid(const struct tsr_family *family, enum tsr_family_role role)
{
	return family->processes[role].pid;
}
