/* SPDX-License-Identifier: Apache-2.0 */
/* host_post: the ways between owners and connections. Nothing is decided here. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "server/edge/client.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/pack.h"
#include "server/edge/ticket.h"
#include "server/edge/ws.h"

/* ---- from connections ----------------------------------------------------------------- */

static void on_upward(void *worker, void *item, uint64_t unused)
{
	struct tsr_upward *up = item;
	struct tsr_host *host = tsr_host_find(worker, up->host);
	uint64_t conn = up->conn;
	size_t len = up->frame ? up->frame->len : 0;

	(void)unused;
	if (host)
		tsr_host_handle_upward(host, up);
	if (len > 0)
		tsr_worker_post(worker, tsr_ref_worker(conn), tsr_client_on_taken,
			(void *)(uintptr_t)len, tsr_ref_id(conn));
	tsr_arena_finish(&up->arena);
	tsr_msg_unref(&up->frame);
	free(up);
}

void tsr_host_post_upward(
	struct tsr_worker *from, const struct tsr_client *client, struct tsr_upward *up)
{
	up->host = client->host;
	up->conn = tsr_conn_ref(client->ws->conn);
	up->member = client->member;
	tsr_worker_post(from, client->owner, on_upward, up, 0);
}

static void refuse_attach(struct tsr_worker *worker, uint64_t conn)
{
	struct tsr_closing *closing = calloc(1, sizeof(*closing));

	tsr_metrics_refuse(TSR_ERR_AUTH);
	if (!closing)
		return; /* the connection's own time-out ends it */
	closing->conn = conn;
	closing->reason = TSR_CLOSE_REFUSED;
	tsr_worker_post(worker, tsr_ref_worker(conn), tsr_client_on_closing, closing, 0);
}

static void on_attach(void *worker, void *item, uint64_t unused)
{
	struct tsr_attach *attach = item;
	struct tsr_host *host = tsr_host_find(worker, tsr_ticket_host(attach->ticket));

	(void)unused;
	if (host)
		tsr_host_handle_attach(host, attach);
	else
		refuse_attach(worker, attach->conn);
	free(attach);
}

void tsr_host_post_attach(struct tsr_worker *from, struct tsr_attach *attach)
{
	unsigned owner = tsr_ticket_owner(attach->ticket);

	if (owner < from->edge->n_workers) {
		tsr_worker_post(from, owner, on_attach, attach, 0);
		return;
	}
	refuse_attach(from, attach->conn);
	free(attach);
}

struct gone {
	uint64_t host;
	struct tsr_member_id member;
	uint64_t conn;
};

static void on_gone(void *worker, void *item, uint64_t unused)
{
	struct gone *gone = item;
	struct tsr_host *host = tsr_host_find(worker, gone->host);

	(void)unused;
	if (host)
		tsr_host_handle_gone(host, gone->member, gone->conn);
	free(gone);
}

void tsr_host_post_gone(struct tsr_worker *from, unsigned owner, uint64_t host,
	struct tsr_member_id member, uint64_t conn)
{
	struct gone *gone = calloc(1, sizeof(*gone));

	if (!gone)
		abort(); /* a member who never goes is worse than a restart */
	*gone = (struct gone){ .host = host, .member = member, .conn = conn };
	tsr_worker_post(from, owner, on_gone, gone, 0);
}

/* ---- from replicas -------------------------------------------------------------------- */

struct need {
	uint64_t host;
	uint32_t stream;
	uint64_t cells;
};

static void on_need(void *worker, void *item, uint64_t unused)
{
	struct need *need = item;
	struct tsr_host *host = tsr_host_find(worker, need->host);

	(void)unused;
	if (host)
		tsr_host_handle_need(host, need->stream, need->cells);
	free(need);
}

void tsr_host_post_need(struct tsr_worker *from, uint64_t session, uint32_t stream, uint64_t cells)
{
	struct need *need = NULL;

	if (!tsr_thread_is_behind(&from->thread, tsr_ref_worker(session)))
		need = calloc(1, sizeof(*need));
	if (!need)
		return; /* the relay asks again */
	*need = (struct need){ .host = tsr_ref_id(session), .stream = stream, .cells = cells };
	tsr_worker_post(from, tsr_ref_worker(session), on_need, need, 0);
}

static void on_report(void *worker, void *item, uint64_t unused)
{
	struct tsr_report *report = item;
	struct tsr_host *host = tsr_host_find(worker, tsr_ref_id(report->session));

	(void)unused;
	if (host)
		tsr_host_handle_report(host, report);
	else
		free(report);
}

void tsr_host_post_report(struct tsr_worker *from, struct tsr_report *report)
{
	if (tsr_thread_is_behind(&from->thread, tsr_ref_worker(report->session)))
		free(report); /* the next one is newer */
	else
		tsr_worker_post(from, tsr_ref_worker(report->session), on_report, report, 0);
}

struct rtt {
	uint64_t host, conn;
	struct tsr_member_id member;
	uint32_t rtt_ms;
};

static void on_rtt(void *worker, void *item, uint64_t unused)
{
	struct rtt *rtt = item;
	struct tsr_host *host = tsr_host_find(worker, rtt->host);
	struct tsr_member_link *link = host ? tsr_host_find_link(host, rtt->member) : NULL;

	(void)unused;
	if (link && link->conn == rtt->conn)
		link->rtt_ms = rtt->rtt_ms;
	free(rtt);
}

void tsr_host_post_rtt(struct tsr_worker *from, const struct tsr_client *client, uint32_t rtt_ms)
{
	struct rtt *rtt = calloc(1, sizeof(*rtt));

	if (!rtt)
		return; /* it changes again */
	*rtt = (struct rtt){ client->host, tsr_conn_ref(client->ws->conn), client->member, rtt_ms };
	tsr_worker_post(from, client->owner, on_rtt, rtt, 0);
}

/* ---- to connections ------------------------------------------------------------------- */

void tsr_host_post_send(struct tsr_worker *from, uint64_t conn, struct tsr_msg *msg, unsigned flags)
{
	struct tsr_send *send = calloc(1, sizeof(*send) + sizeof(send->conns[0]));

	if (!send) {
		if (flags & TSR_SENDQ_SECRET)
			tsr_wipe(msg->data, msg->len);
		tsr_msg_unref(&msg);
		return;
	}
	send->msg = msg;
	send->flags = flags;
	send->n = 1;
	send->conns[0] = conn;
	tsr_worker_post(from, tsr_ref_worker(conn), tsr_client_on_send, send, 0);
}

void tsr_host_send(struct tsr_host *host, uint64_t conn, struct tsr_msg *msg)
{
	if (msg && conn)
		tsr_host_post_send(host->worker, conn, msg, 0);
	else
		tsr_msg_unref(&msg);
}

void tsr_host_close_conn(struct tsr_host *host, uint64_t conn, enum tsr_close reason,
	const char *text, uint32_t retry_ms)
{
	struct tsr_closing *closing = calloc(1, sizeof(*closing));

	if (!closing)
		abort(); /* who is removed must go */
	closing->conn = conn;
	closing->reason = reason;
	closing->retry_ms = retry_ms;
	strncpy(closing->text, text, sizeof(closing->text) - 1);
	tsr_worker_post(host->worker, tsr_ref_worker(conn), tsr_client_on_closing, closing, 0);
}

void tsr_host_close_bulk(struct tsr_host *host, struct tsr_member_link *link, enum tsr_close reason)
{
	if (link->bulk)
		tsr_host_close_conn(host, link->bulk, reason, "", 0);
	link->bulk = 0;
}

/* With more members than this on one worker, what they are all told may wait for more of it. */
#define GATHER_FROM 32

/* One multicast being gathered: a tsr_send per worker. */
struct multicast {
	struct tsr_send *sends[TSR_THREADS_MAX - 1];
	size_t cap; /* of each */
	struct tsr_msg *msg;
	enum tsr_host_audience audience;
	struct tsr_member_id but;
};

static bool belongs(
	const struct tsr_host *host, const struct multicast *cast, struct tsr_member_id member)
{
	bool is_organizer;

	if (tsr_member_id_equal(member, cast->but))
		return false;
	if (cast->audience == TSR_TO_ALL)
		return true;
	is_organizer = tsr_member_id_equal(member, tsr_session_settings(host->session)->organizer);
	return is_organizer == (cast->audience == TSR_TO_ORGANIZERS);
}

static void gather(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	struct multicast *cast = user;
	struct tsr_send **send = &cast->sends[tsr_ref_worker(link->conn)];

	/* Who is sent the whole State at the end of the round needs no delta. */
	if (link->needs_full || !belongs(host, cast, link->member))
		return;
	if (!*send) {
		*send = calloc(1, sizeof(**send) + cast->cap * sizeof((*send)->conns[0]));
		if (!*send)
			abort(); /* a replica with a gap in its state is of no use */
		(*send)->msg = tsr_msg_ref(cast->msg);
	}
	if ((*send)->n == GATHER_FROM && cast->msg->data[0] == TSR_KIND_PROTO)
		(*send)->flags = TSR_SENDQ_GATHER;
	(*send)->conns[(*send)->n++] = link->conn;
}

void tsr_host_send_all(struct tsr_host *host, struct tsr_msg *msg, enum tsr_host_audience audience,
	struct tsr_member_id but)
{
	struct multicast cast = {
		.cap = tsr_session_n_members(host->session) + 1,
		.msg = msg,
		.audience = audience,
		.but = but,
	};

	tsr_host_each_present(host, gather, &cast);
	for (unsigned i = 0; i < host->worker->edge->n_workers; i++)
		if (cast.sends[i])
			tsr_worker_post(host->worker, i, tsr_client_on_send, cast.sends[i], 0);
	tsr_msg_unref(&msg);
}
