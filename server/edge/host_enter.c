/* SPDX-License-Identifier: Apache-2.0 */
/* host_enter: connections come to a session and go from it. */
#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/client.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/pack.h"
#include "sys/log.h"

static enum tsr_role role_of(enum tsr_token_role role)
{
	switch (role) {
	case TSR_TOKEN_ORGANIZER:
		return TSR_ROLE_ORGANIZER;
	case TSR_TOKEN_ATTENDEE:
		return TSR_ROLE_ATTENDEE;
	default:
		return TSR_ROLE_WAITING;
	}
}

static enum tsr_close reason_of(int err)
{
	switch (err) {
	case TSR_ERR_FULL:
		return TSR_CLOSE_FULL;
	case TSR_ERR_ENDED:
		return TSR_CLOSE_ENDED;
	case TSR_ERR_NOMEM:
	case TSR_ERR_UNDRAINED:
		return TSR_CLOSE_RESTART;
	default:
		return TSR_CLOSE_REFUSED;
	}
}

void tsr_host_handle_entry(struct tsr_host *host, const struct tsr_entry *entry)
{
	struct tsr_session_claims claims = {
		.member = entry->claims.mem,
		.role = role_of(entry->claims.role),
		.by_link = entry->claims.via == TSR_TOKEN_LINK,
		.client = entry->client,
		.name = entry->name,
		.keeps_media = entry->keeps_media,
	};
	struct tsr_member_link *link = tsr_host_get_link(host, claims.member);
	int r = TSR_ERR_NOMEM;

	memcpy(claims.device_key, entry->device_key, TSR_DEVICE_KEY_LEN);
	memcpy(claims.device_hash, entry->claims.ik, TSR_DEVICE_HASH_LEN);
	if (link) {
		host->entering = entry->conn;
		host->entering_knows_title = entry->claims.via != TSR_TOKEN_DIGITS;
		r = tsr_session_handle_connect(
			host->session, &claims, entry->conn, tsr_host_now(host));
	}
	if (r != 0) {
		tsr_metrics_refuse(r);
		tsr_host_close_conn(host, entry->conn, reason_of(r), "", 2000);
		if (link)
			tsr_host_drop_link(host, link);
		return;
	}
	tsr_host_settle(host);
}

void tsr_host_on_entry(void *user, void *item, uint64_t id)
{
	struct tsr_worker *worker = user;
	struct tsr_entry *entry = item;
	struct tsr_host *host = tsr_host_find(worker, id);
	struct tsr_closing *closing;

	if (host) {
		host->entries++;
		if (tsr_thread_is_any_behind(&worker->thread)) {
			tsr_metrics_refuse(TSR_ERR_RATE);
			tsr_host_close_conn(host, entry->conn, TSR_CLOSE_TOO_MUCH, "", 5000);
		} else {
			tsr_host_handle_entry(host, entry);
		}
	} else if ((closing = calloc(1, sizeof(*closing))) != NULL) {
		/* Ended or was let go a moment ago: the next try learns which. */
		closing->conn = entry->conn;
		closing->reason = TSR_CLOSE_RESTART;
		closing->retry_ms = 300;
		tsr_worker_post(
			worker, tsr_ref_worker(entry->conn), tsr_client_on_closing, closing, 0);
	}
	free(entry);
}

/* ---- bulk ----------------------------------------------------------------------------- */

static struct tsr_member_link *find_by_ticket(
	const struct tsr_host *host, const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	for (unsigned i = 0; i < TSR_HOST_BUCKETS; i++)
		for (struct tsr_member_link *link = host->members[i]; link; link = link->next)
			if (link->conn && link->is_admitted &&
				tsr_bytes_equal(tsr_slice(link->ticket, TSR_BULK_TICKET_LEN),
					tsr_slice(ticket, TSR_BULK_TICKET_LEN)))
				return link;
	return NULL;
}

static void bind_bulk(struct tsr_host *host, struct tsr_member_link *link)
{
	struct tsr_bind *bind = calloc(1, sizeof(*bind));

	if (!bind) {
		tsr_host_close_bulk(host, link, TSR_CLOSE_RESTART);
		return;
	}
	bind->conn = link->bulk;
	bind->as = TSR_BIND_BULK;
	bind->owner = host->worker->thread.index;
	bind->host = host->id;
	bind->member = link->member;
	bind->first_epoch = (uint8_t)link->first_epoch;
	tsr_list_each (pos, next, &host->screens) {
		const struct tsr_host_screen *screen =
			tsr_list_entry(pos, struct tsr_host_screen, link);

		if (tsr_member_id_equal(screen->from, link->member) &&
			bind->n_screens < TSR_SESSION_SCREENS_MAX)
			bind->screens[bind->n_screens++] = screen->stream;
	}
	tsr_worker_post(host->worker, tsr_ref_worker(link->bulk), tsr_client_on_bind, bind, 0);
}

void tsr_host_handle_attach(struct tsr_host *host, const struct tsr_attach *attach)
{
	struct tsr_member_link *link = find_by_ticket(host, attach->ticket);
	const struct tsr_member *member =
		link ? tsr_session_find_member(host->session, link->member) : NULL;

	if (!member || tsr_proof_attach_verify(attach->proof, member->device_key, attach->nonce,
			       attach->ticket) != 0) {
		tsr_metrics_refuse(TSR_ERR_AUTH);
		tsr_host_close_conn(host, attach->conn, TSR_CLOSE_REFUSED, "", 0);
		return;
	}
	tsr_host_new_ticket(host, link);
	tsr_host_close_bulk(host, link, TSR_CLOSE_ELSEWHERE);
	link->bulk = attach->conn;
	bind_bulk(host, link);
	tsr_host_send(host, link->bulk, tsr_pack_attached(link->ticket));
}

/* ---- going ---------------------------------------------------------------------------- */

void tsr_host_handle_gone(struct tsr_host *host, struct tsr_member_id member, uint64_t conn)
{
	struct tsr_member_link *link = tsr_host_find_link(host, member);

	if (!link)
		return;
	if (link->bulk == conn) {
		link->bulk = 0;
		tsr_host_drop_link(host, link);
		return;
	}
	if (link->conn != conn)
		return;
	tsr_host_media_leave(host, link);
	link->conn = 0;
	link->is_admitted = false;
	tsr_host_close_bulk(host, link, TSR_CLOSE_RESTART);
	tsr_host_drop_link(host, link);
	if (tsr_session_handle_drop(host->session, member, conn, tsr_host_now(host)) != 0)
		tsr_log(TSR_LOG_ERROR, "session engine was not drained");
	tsr_host_settle(host);
}
