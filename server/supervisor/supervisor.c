/* SPDX-License-Identifier: Apache-2.0 */
#include "server/supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "server/supervisor/announce.h"
#include "server/supervisor/family.h"
#include "server/supervisor/ports.h"
#include "server/supervisor/state.h"
#include "sys/files.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/metrics.h"
#include "sys/sandbox.h"

#define STOP_GRACE (3 * TSR_SECOND)
#define STOP_DEADLINE (5 * TSR_SECOND)
#define INSISTS_AFTER (500 * TSR_MS)

struct supervisor {
	const struct tsr_options *options;
	struct tsr_loop *loop;
	struct tsr_state state;
	struct tsr_certificate certificate;
	struct tsr_child all; /* every descriptor there is; each child gets its part */
	struct tsr_family family;
	struct tsr_signal *signals[4];
	struct tsr_timer *deadline;
	bool is_announced, is_stopping;
	tsr_time stopping_since;
	int status;
};

/* ---- setting up ---- */

static void choose_base_url(struct supervisor *sup)
{
	const struct tsr_options *options = sup->options;
	const char *host = options->listen ? options->listen : "localhost";
	bool is_v6 = strchr(host, ':') != NULL && host[0] != '[';
	char port[8] = "";

	if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0) {
		host = "localhost";
		is_v6 = false;
	}
	if (sup->all.ports[0] != 443)
		snprintf(port, sizeof(port), ":%u", sup->all.ports[0]);
	if (options->base_url)
		snprintf(sup->all.base_url, sizeof(sup->all.base_url), "%s", options->base_url);
	else
		snprintf(sup->all.base_url, sizeof(sup->all.base_url), "https://%s%s%s%s",
			is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

static unsigned choose_threads(const struct tsr_options *options)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (options->n_threads)
		return options->n_threads;
	return n < 1 ? 1 : n > TSR_OPTIONS_THREADS ? TSR_OPTIONS_THREADS : (unsigned)n;
}

static bool is_for_this_machine(const char *base_url)
{
	return strstr(base_url, "//localhost") != NULL || strstr(base_url, "//127.") != NULL ||
	       strstr(base_url, "//[::1]") != NULL;
}

static int open_all(struct supervisor *sup)
{
	struct tsr_child *all = &sup->all;
	int r;

	all->supervisor_fd = all->peer_fd = all->media_fd = all->admin_fd = -1;
	all->metrics_fd = all->metrics_tcp_fd = -1;
	all->n_threads = choose_threads(sup->options);
	all->screen_mib = sup->options->screen_mib;
	all->given_certificate = sup->options->cert != NULL;
	if ((r = tsr_state_open(&sup->state, sup->options)) != 0 ||
		(r = tsr_certificate_load(&sup->certificate, &sup->state, sup->options)) != 0 ||
		(r = tsr_ports_open(all, sup->options)) != 0 ||
		(r = tsr_state_open_sockets(&sup->state, all)) != 0)
		return r;
	if (sup->options->metrics &&
		(r = tsr_ports_open_metrics(&all->metrics_tcp_fd, sup->options->metrics)) != 0)
		return r;
	memcpy(all->state_dir, sup->state.path, sizeof(all->state_dir));
	choose_base_url(sup);
	return tsr_ports_find_addresses(all, sup->options, is_for_this_machine(all->base_url));
}

static int confine(void)
{
	const struct tsr_sandbox sandbox = { .role = TSR_SANDBOX_SUPERVISOR };
	int r = tsr_sandbox_apply(&sandbox);

	if (r != 0)
		tsr_say("cannot give up privileges (%s); the kernel is too old or forbids it",
			tsr_sandbox_failed_step());
	return r;
}

/* ---- what the family tells ---- */

static void on_ready(void *user)
{
	struct supervisor *sup = user;
	struct tsr_announcement what = { .child = &sup->all,
		.certificate = &sup->certificate,
		.fd = sup->options->announce_fd,
		.control_pid = tsr_family_pid(&sup->family, TSR_FAMILY_CONTROL),
		.edge_pid = tsr_family_pid(&sup->family, TSR_FAMILY_EDGE),
		.media_pid = tsr_family_pid(&sup->family, TSR_FAMILY_MEDIA) };

	if (sup->is_announced)
		return;
	sup->is_announced = true;
	tsr_log(TSR_LOG_INFO, "ready", TSR_UINT("port", sup->all.ports[0]),
		TSR_UINT("threads", sup->all.n_threads));
	tsr_announce(&what);
}

static void on_hopeless(void *user, const char *role)
{
	struct supervisor *sup = user;

	tsr_say("the %s process cannot start; the log lines above say why", role);
	sup->status = 1;
	tsr_family_kill(&sup->family);
	tsr_loop_stop(sup->loop);
}

static void on_all_gone(void *user)
{
	struct supervisor *sup = user;

	tsr_loop_stop(sup->loop);
}

static const struct tsr_family_events family_events = { on_ready, on_hopeless, on_all_gone };

/* ---- signals ---- */

static void on_deadline(void *user)
{
	struct supervisor *sup = user;

	tsr_log(TSR_LOG_WARN, "stop took too long");
	tsr_family_kill(&sup->family);
	tsr_loop_stop(sup->loop);
}

static void stop(struct supervisor *sup)
{
	if (sup->is_stopping) {
		/* Asked again by a person: at once. The same signal sent to the process and to its
		 * group comes twice in no time, and means one. */
		if (tsr_loop_now(sup->loop) - sup->stopping_since > INSISTS_AFTER)
			on_deadline(sup);
		return;
	}
	sup->is_stopping = true;
	sup->stopping_since = tsr_loop_now(sup->loop);
	tsr_log(TSR_LOG_INFO, "stopping");
	tsr_timer_set(sup->deadline, tsr_loop_now(sup->loop) + STOP_DEADLINE);
	tsr_family_stop(&sup->family, STOP_GRACE);
}

static void reload(struct supervisor *sup)
{
	struct tsr_certificate fresh;

	if (tsr_certificate_load(&fresh, &sup->state, sup->options) != 0) {
		tsr_log(TSR_LOG_ERROR, "reload failed, the old certificate stays");
		return;
	}
	tsr_certificate_drop(&sup->certificate);
	sup->certificate = fresh;
	tsr_family_set_certificate(&sup->family, tsr_msg_slice(sup->certificate.chain),
		tsr_msg_slice(sup->certificate.key));
	tsr_log(TSR_LOG_INFO, "certificate reloaded");
}

static void on_signal(void *user, int number)
{
	struct supervisor *sup = user;

	if (number == SIGHUP)
		reload(sup);
	else if (number == SIGCHLD)
		tsr_family_reap(&sup->family);
	else
		stop(sup);
}

static int watch_signals(struct supervisor *sup)
{
	static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };
	int r = tsr_timer_open(&sup->deadline, sup->loop, on_deadline, sup);

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < 4 && r == 0; i++)
		r = tsr_signal_open(&sup->signals[i], sup->loop, numbers[i], on_signal, sup);
	return r;
}

/* From here on nothing handles signals: one that comes late must not turn a clean end into a
 * death. (A test of the supervisor sends SIGTERM twice.) */
static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void finish(struct supervisor *sup)
{
	block_signals();
	for (size_t i = 0; i < 4; i++)
		tsr_signal_close(&sup->signals[i]);
	tsr_timer_close(&sup->deadline);
	tsr_family_finish(&sup->family);
	tsr_loop_destroy(sup->loop);
	tsr_certificate_drop(&sup->certificate);
	tsr_state_close(&sup->state);
}

int tsr_supervisor_main(const struct tsr_options *options)
{
	struct supervisor sup = { .options = options, .status = 1 };
	int r;

	sup.state.dir_fd = sup.state.lock_fd = -1;
	tsr_log_init(
		STDERR_FILENO, "supervisor", options->is_verbose ? TSR_LOG_DEBUG : TSR_LOG_INFO);
	tsr_metrics_init("supervisor");
	if (open_all(&sup) != 0 || confine() != 0) {
		tsr_certificate_drop(&sup.certificate); /* wipes the key */
		tsr_state_close(&sup.state);
		return 1;
	}
	sup.loop = tsr_loop_create();
	r = sup.loop ? watch_signals(&sup) : TSR_ERR_NOMEM;
	if (r == 0)
		r = tsr_family_init(
			&sup.family, sup.loop, &sup.all, options->is_verbose, &family_events, &sup);
	if (r == 0) {
		sup.status = 0;
		tsr_family_set_certificate(&sup.family, tsr_msg_slice(sup.certificate.chain),
			tsr_msg_slice(sup.certificate.key));
		tsr_family_start(&sup.family);
		tsr_loop_run(sup.loop);
		tsr_log(TSR_LOG_INFO, "stopped", TSR_INT("status", sup.status));
	} else {
		tsr_say("cannot start: %s", tsr_err_text(r));
	}
	if (sup.loop)
		finish(&sup);
	return sup.status;
}
