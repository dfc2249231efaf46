/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/host.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/e2e/schedule.h"
#include "server/edge/counters.h"
#include "server/edge/hub.h"
#include "server/edge/ticket.h"
#include "sys/log.h"

tsr_time tsr_host_now(const struct tsr_host *host)
{
	return tsr_worker_now(host->worker);
}

struct tsr_host *tsr_host_find(struct tsr_worker *worker, uint64_t id)
{
	return tsr_table_find(&worker->hosts, id);
}

uint64_t tsr_host_ref(const struct tsr_host *host)
{
	return tsr_ref(host->worker->thread.index, host->id);
}

/* ---- links ---------------------------------------------------------------------------- */

static struct tsr_member_link **bucket_of(const struct tsr_host *host, struct tsr_member_id member)
{
	return (struct tsr_member_link **)&host->members[member.v % TSR_HOST_BUCKETS];
}

struct tsr_member_link *tsr_host_find_link(const struct tsr_host *host, struct tsr_member_id member)
{
	struct tsr_member_link *link = *bucket_of(host, member);

	while (link && !tsr_member_id_equal(link->member, member))
		link = link->next;
	return link;
}

struct tsr_member_link *tsr_host_get_link(struct tsr_host *host, struct tsr_member_id member)
{
	struct tsr_member_link *link = tsr_host_find_link(host, member);
	struct tsr_member_link **bucket = bucket_of(host, member);

	if (link)
		return link;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->member = member;
	link->media_joins = (struct tsr_bucket){ .rate = 1, .burst = 5 };
	link->media_wants = (struct tsr_bucket){ .rate = 100, .burst = 256 };
	link->next = *bucket;
	*bucket = link;
	return link;
}

void tsr_host_drop_link(struct tsr_host *host, struct tsr_member_link *link)
{
	struct tsr_member_link **at = bucket_of(host, link->member);

	if (link->conn || link->bulk)
		return;
	tsr_host_media_leave(host, link);
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	free(link);
}

void tsr_host_each_present(struct tsr_host *host,
	void (*fn)(struct tsr_host *host, struct tsr_member_link *link, void *user), void *user)
{
	for (unsigned i = 0; i < TSR_HOST_BUCKETS; i++)
		for (struct tsr_member_link *link = host->members[i]; link; link = link->next)
			if (link->conn && link->is_admitted)
				fn(host, link, user);
}

static bool is_anybody_here(const struct tsr_host *host)
{
	for (unsigned i = 0; i < TSR_HOST_BUCKETS; i++)
		for (struct tsr_member_link *link = host->members[i]; link; link = link->next)
			if (link->conn)
				return true;
	return false;
}

void tsr_host_new_ticket(struct tsr_host *host, struct tsr_member_link *link)
{
	uint64_t random;

	tsr_random(&random, sizeof(random));
	tsr_ticket_write(link->ticket, host->worker->thread.index, host->id, random);
}

/* ---- life ----------------------------------------------------------------------------- */

static void host_destroy(struct tsr_host *host)
{
	struct tsr_worker *worker = host->worker;

	tsr_host_screens_end(host);
	tsr_host_media_end(host);
	for (unsigned i = 0; i < TSR_HOST_BUCKETS; i++)
		while (host->members[i]) {
			struct tsr_member_link *link = host->members[i];

			host->members[i] = link->next;
			free(link);
		}
	while (host->results) {
		struct tsr_host_result *result = host->results;

		host->results = result->next;
		free(result);
	}
	tsr_secret_destroy(host->seed);
	tsr_msg_unref(&host->paths);
	tsr_msg_unref(&host->speakers);
	tsr_chatlog_finish(&host->chat);
	tsr_session_destroy(host->session);
	tsr_timer_close(&host->timer);
	if (host->id) {
		tsr_table_remove(&worker->hosts, host->id);
		tsr_metric_down(&tsr_edge_counters.sessions);
	}
	tsr_list_remove(&host->link);
	free(host);
}

static void on_timer(void *user)
{
	struct tsr_host *host = user;

	tsr_host_screens_timeout(host);
	if (tsr_session_handle_timeout(host->session, tsr_host_now(host)) != 0)
		tsr_log(TSR_LOG_ERROR, "session engine was not drained");
	tsr_host_settle(host);
}

static int host_start(struct tsr_host *host, const struct tsr_host_opening *opening)
{
	struct tsr_session_record record = {
		.uid = opening->uid,
		.state_seq = opening->state_seq,
		.settings = opening->settings,
		.members = opening->members,
		.n_members = opening->n_members,
	};
	int r;

	if ((r = tsr_secret_random(&host->seed, TSR_SEED_LEN)) != 0 ||
		(r = tsr_session_create(
			 &host->session, &record, opening->first_epoch, tsr_host_now(host))) != 0 ||
		(r = tsr_timer_open(&host->timer, host->worker->thread.loop, on_timer, host)) !=
			0 ||
		(r = tsr_table_add(&host->worker->hosts, host, &host->id)) != 0)
		return r;
	tsr_metric_up(&tsr_edge_counters.sessions);
	tsr_list_append(&host->worker->host_list, &host->link);
	return 0;
}

static int host_create(struct tsr_worker *worker, struct tsr_host_opening *opening)
{
	struct tsr_host *host = calloc(1, sizeof(*host));
	int r;

	if (!host)
		return TSR_ERR_NOMEM;
	host->worker = worker;
	host->uid = opening->uid;
	memcpy(host->number, opening->number, sizeof(host->number));
	memcpy(host->title, opening->title, sizeof(host->title));
	host->started_ms = opening->started_ms;
	host->idle_since = tsr_host_now(host);
	tsr_list_init(&host->link);
	tsr_list_init(&host->screens);
	tsr_list_init(&host->tracks);
	r = host_start(host, opening);
	if (r != 0) {
		host_destroy(host);
		return r;
	}
	opening->host = host->id;
	tsr_host_settle(host);
	return 0;
}

void tsr_host_on_open(void *user, void *item, uint64_t unused)
{
	struct tsr_worker *worker = user;
	struct tsr_host_opening *opening = item;
	int r = worker->is_stopping ? TSR_ERR_STATE : host_create(worker, opening);

	(void)unused;
	if (r != 0)
		tsr_log(TSR_LOG_WARN, "session not opened", TSR_ERR("err", r));
	tsr_worker_post_hub(worker, tsr_hub_on_opened, opening, 0);
}

static void tell_hub_gone(struct tsr_host *host)
{
	struct tsr_host_gone *gone = calloc(1, sizeof(*gone));

	if (!gone)
		abort();
	gone->uid = host->uid;
	gone->host = tsr_host_ref(host);
	gone->entries = host->entries;
	gone->is_ended = host->is_over;
	tsr_worker_post_hub(host->worker, tsr_hub_on_host_gone, gone, 0);
}

void tsr_host_settle(struct tsr_host *host)
{
	struct tsr_session_event event;

	while (tsr_session_poll_event(host->session, &event))
		tsr_host_handle_event(host, &event);
	tsr_host_end_round(host);
	if (host->is_over) {
		tell_hub_gone(host);
		host_destroy(host);
		return;
	}
	tsr_timer_set(host->timer, tsr_time_min(tsr_session_next_timeout(host->session),
					   tsr_host_screens_next_timeout(host)));
}

void tsr_host_on_commit(void *worker, void *item, uint64_t unused)
{
	struct tsr_commit_mail *mail = item;
	struct tsr_host *host = tsr_host_find(worker, mail->host);

	(void)unused;
	if (host) {
		if (tsr_session_handle_commit(
			    host->session, mail->seq, mail->answer, tsr_host_now(host)) != 0)
			tsr_log(TSR_LOG_ERROR, "session engine was not drained");
		tsr_host_settle(host);
	}
	free(mail);
}

void tsr_host_on_release(void *worker, void *unused, uint64_t id)
{
	struct tsr_host *host = tsr_host_find(worker, id);

	(void)unused;
	if (host)
		host_destroy(host);
}

void tsr_host_on_ended(void *worker, void *unused, uint64_t id)
{
	struct tsr_host *host = tsr_host_find(worker, id);

	(void)unused;
	if (!host)
		return;
	if (tsr_session_handle_end(host->session, tsr_host_now(host)) != 0)
		tsr_log(TSR_LOG_ERROR, "session engine was not drained");
	tsr_host_settle(host);
}

/* Nobody is here, and nobody is expected back: the hub may have it. */
static void check_idle(struct tsr_host *host)
{
	tsr_time now = tsr_host_now(host);

	if (is_anybody_here(host) || tsr_session_n_members(host->session) > 0) {
		host->idle_since = TSR_TIME_NEVER;
		return;
	}
	if (host->idle_since == TSR_TIME_NEVER)
		host->idle_since = now;
	if (now - host->idle_since < TSR_HOST_IDLE_TIME)
		return;
	host->idle_since = now; /* ask again in a while if somebody was on his way */
	tell_hub_gone(host);
}

void tsr_host_tick(struct tsr_worker *worker)
{
	tsr_list_each (pos, next, &worker->host_list) {
		struct tsr_host *host = tsr_list_entry(pos, struct tsr_host, link);

		tsr_host_screens_tick(host);
		tsr_host_media_tick(host);
		check_idle(host);
	}
}

void tsr_host_finish(struct tsr_worker *worker)
{
	tsr_list_each (pos, next, &worker->host_list)
		host_destroy(tsr_list_entry(pos, struct tsr_host, link));
}
