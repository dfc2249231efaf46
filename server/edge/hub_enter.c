/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_enter: who proved who he is comes into his session: at its owner if somebody is there
 * already, else control is asked for it. Sessions that control does not know are phantoms: who
 * came there by digits waits in a lobby that nobody sees, and cannot tell it from another.
 */
#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/client.h"
#include "server/edge/counters.h"
#include "server/edge/hub.h"
#include "server/edge/pack_control.h"
#include "sys/log.h"

static tsr_time now_of(const struct tsr_hub *hub)
{
	return tsr_loop_now(hub->thread.loop);
}

void tsr_hub_refuse(struct tsr_hub *hub, uint64_t conn, enum tsr_close reason, uint32_t retry_ms)
{
	struct tsr_closing *closing = calloc(1, sizeof(*closing));

	if (!closing)
		return; /* the connection's own time-out ends it */
	closing->conn = conn;
	closing->reason = reason;
	closing->retry_ms = retry_ms;
	tsr_thread_post(&hub->thread, tsr_ref_worker(conn), tsr_client_on_closing, closing, 0);
}

/* ---- phantoms ------------------------------------------------------------------------- */

/* A free place, or that of the same member: his connection before is closed, as in a real lobby. */
static struct tsr_phantom *find_phantom_place(struct tsr_hub *hub, const struct tsr_entry *entry)
{
	struct tsr_phantom *place = NULL;

	for (unsigned i = 0; i < TSR_PHANTOMS_MAX; i++) {
		struct tsr_phantom *phantom = &hub->phantoms[i];

		if (!phantom->conn) {
			place = place ? place : phantom;
		} else if (tsr_member_id_equal(phantom->member, entry->claims.mem) &&
			   tsr_session_uid_equal(&phantom->uid, &entry->claims.mtg)) {
			tsr_hub_refuse(hub, phantom->conn, TSR_CLOSE_ELSEWHERE, 0);
			return phantom;
		}
	}
	return place;
}

static void become_phantom(struct tsr_hub *hub, const struct tsr_entry *entry)
{
	struct tsr_phantom *place = find_phantom_place(hub, entry);
	struct tsr_bind *bind;

	bind = place ? calloc(1, sizeof(*bind)) : NULL;
	if (!bind) {
		tsr_metrics_refuse(TSR_ERR_FULL);
		tsr_hub_refuse(hub, entry->conn, TSR_CLOSE_FULL, 0);
		return;
	}
	place->conn = entry->conn;
	place->uid = entry->claims.mtg;
	place->member = entry->claims.mem;
	place->until = now_of(hub) + TSR_PHANTOM_TIME;
	bind->conn = entry->conn;
	bind->as = TSR_BIND_PHANTOM;
	bind->member = entry->claims.mem;
	tsr_thread_post(&hub->thread, tsr_ref_worker(entry->conn), tsr_client_on_bind, bind, 0);
}

void tsr_hub_on_phantom_gone(void *user, void *unused, uint64_t conn)
{
	struct tsr_hub *hub = user;

	(void)unused;
	for (unsigned i = 0; i < TSR_PHANTOMS_MAX; i++)
		if (hub->phantoms[i].conn == conn)
			hub->phantoms[i].conn = 0;
}

static void phantoms_tick(struct tsr_hub *hub)
{
	for (unsigned i = 0; i < TSR_PHANTOMS_MAX; i++) {
		struct tsr_phantom *phantom = &hub->phantoms[i];

		if (!phantom->conn || now_of(hub) < phantom->until)
			continue;
		tsr_hub_refuse(hub, phantom->conn, TSR_CLOSE_LOBBY_TIMEOUT, 0);
		phantom->conn = 0;
	}
}

/* ---- entering ------------------------------------------------------------------------- */

static void send_to_owner(struct tsr_hub *hub, struct tsr_place *place, struct tsr_entry *entry)
{
	place->entries++;
	tsr_thread_post(&hub->thread, place->owner, tsr_host_on_entry, entry, place->host);
}

static struct tsr_entry *pop_waiting(struct tsr_place *place)
{
	struct tsr_entry *entry;

	if (tsr_list_is_empty(&place->waiting))
		return NULL;
	entry = tsr_list_entry(place->waiting.next, struct tsr_entry, link);
	tsr_list_remove(&entry->link);
	place->n_waiting--;
	return entry;
}

/* All who wait are sent away, and the place is forgotten. */
static void refuse_place(
	struct tsr_hub *hub, struct tsr_place *place, enum tsr_close reason, uint32_t retry_ms)
{
	struct tsr_entry *entry;

	while ((entry = pop_waiting(place)) != NULL) {
		tsr_hub_refuse(hub, entry->conn, reason, retry_ms);
		free(entry);
	}
	tsr_directory_remove(&hub->directory, place);
}

static void ask_control(struct tsr_hub *hub, struct tsr_place *place)
{
	struct tsr_call *call = calloc(1, sizeof(*call));

	if (!call) {
		refuse_place(hub, place, TSR_CLOSE_RESTART, 1000);
		return;
	}
	call->kind = TSR_CALL_OPEN;
	call->uid = place->uid;
	call->packet = tsr_pack_open(&place->uid);
	call->deadline = place->deadline;
	place->state = TSR_PLACE_ASKED;
	tsr_hub_call(hub, call); /* if it fails at once, the place is gone */
}

static void start_place(struct tsr_hub *hub, struct tsr_entry *entry)
{
	struct tsr_place *place = tsr_directory_add(&hub->directory, &entry->claims.mtg);

	if (!place) {
		tsr_metrics_refuse(TSR_ERR_FULL);
		tsr_hub_refuse(hub, entry->conn, TSR_CLOSE_FULL, 5000);
		free(entry);
		return;
	}
	place->owner = tsr_ref_worker(entry->conn);
	place->deadline = now_of(hub) + TSR_OPEN_TIME;
	tsr_list_append(&place->waiting, &entry->link);
	place->n_waiting = 1;
	ask_control(hub, place);
}

static void enter(struct tsr_hub *hub, struct tsr_entry *entry)
{
	struct tsr_place *place = tsr_directory_find(&hub->directory, &entry->claims.mtg);

	if (!place) {
		start_place(hub, entry);
	} else if (place->state == TSR_PLACE_LIVE) {
		send_to_owner(hub, place, entry);
	} else if (place->n_waiting >= TSR_DIRECTORY_WAITING_MAX) {
		tsr_metrics_refuse(TSR_ERR_BUSY);
		tsr_hub_refuse(hub, entry->conn, TSR_CLOSE_RESTART, 2000);
		free(entry);
	} else {
		tsr_list_append(&place->waiting, &entry->link);
		place->n_waiting++;
	}
}

void tsr_hub_on_entry(void *user, void *item, uint64_t unused)
{
	struct tsr_hub *hub = user;
	struct tsr_entry *entry = item;
	int r = 0;

	(void)unused;
	tsr_list_init(&entry->link);
	if (entry->claims.type == TSR_TOKEN_ROLE)
		r = tsr_once_take(hub->once, entry->claims.jti, now_of(hub));
	if (r != 0) {
		tsr_metrics_refuse(r);
		tsr_hub_refuse(hub, entry->conn,
			r == TSR_ERR_STALE ? TSR_CLOSE_REFUSED : TSR_CLOSE_RESTART, 1000);
		free(entry);
		return;
	}
	enter(hub, entry);
}

/* ---- opening -------------------------------------------------------------------------- */

static void handle_unknown(struct tsr_hub *hub, struct tsr_place *place, bool is_ended)
{
	struct tsr_entry *entry;

	while ((entry = pop_waiting(place)) != NULL) {
		bool is_phantom = !is_ended && entry->claims.role == TSR_TOKEN_WAITING &&
				  entry->claims.via == TSR_TOKEN_DIGITS;

		if (is_phantom)
			become_phantom(hub, entry);
		else
			tsr_hub_refuse(hub, entry->conn, TSR_CLOSE_ENDED, 0);
		free(entry);
	}
	tsr_directory_remove(&hub->directory, place);
}

static void make_host(struct tsr_hub *hub, struct tsr_place *place)
{
	struct tsr_host_opening *opening = place->opening;

	place->opening = NULL;
	place->state = TSR_PLACE_MAKING;
	opening->uid = place->uid;
	opening->owner = place->owner;
	/* Tenths of a second since the start: the epochs and streams of an earlier life of this
	 * session lie below, however fast it rotated (a removal each time, kept by the store). */
	opening->first_epoch = hub->edge->epoch_base +
			       (uint32_t)((now_of(hub) - hub->started_at) / (TSR_SECOND / 10));
	tsr_thread_post(&hub->thread, place->owner, tsr_host_on_open, opening, 0);
}

void tsr_hub_handle_record(struct tsr_hub *hub, const struct tsr_session_uid *uid,
	const Tessera__Ipc__SessionRecord *record)
{
	struct tsr_place *place = tsr_directory_find(&hub->directory, uid);
	int r = 0;

	if (!place || place->state != TSR_PLACE_ASKED)
		return;
	if (!record->found || record->ended) {
		handle_unknown(hub, place, record->ended);
		return;
	}
	if (!place->opening)
		place->opening = calloc(1, sizeof(*place->opening));
	r = place->opening ? tsr_opening_add(place->opening, record) : TSR_ERR_NOMEM;
	if (r != 0) {
		tsr_log(TSR_LOG_WARN, "record of a session not usable", TSR_ERR("err", r));
		refuse_place(hub, place, TSR_CLOSE_RESTART, 5000);
		return;
	}
	if (!record->more)
		make_host(hub, place);
}

void tsr_hub_handle_open_failed(struct tsr_hub *hub, const struct tsr_session_uid *uid)
{
	struct tsr_place *place = tsr_directory_find(&hub->directory, uid);

	if (!place || place->state != TSR_PLACE_ASKED)
		return;
	/* The link broke while it was under way: ask again as long as there is time. */
	if (now_of(hub) + TSR_SECOND < place->deadline && !hub->is_stopping) {
		tsr_host_opening_destroy(place->opening);
		place->opening = NULL;
		place->state = TSR_PLACE_UNASKED;
		return;
	}
	refuse_place(hub, place, TSR_CLOSE_RESTART, 1000);
}

void tsr_hub_on_opened(void *user, void *item, uint64_t unused)
{
	struct tsr_hub *hub = user;
	struct tsr_host_opening *opening = item;
	struct tsr_place *place = tsr_directory_find(&hub->directory, &opening->uid);
	struct tsr_entry *entry;

	(void)unused;
	if (place && opening->host == 0) {
		refuse_place(hub, place, TSR_CLOSE_RESTART, 5000);
	} else if (place) {
		place->state = TSR_PLACE_LIVE;
		place->host = opening->host;
		while ((entry = pop_waiting(place)) != NULL)
			send_to_owner(hub, place, entry);
		if (place->is_ended)
			tsr_hub_end_session(hub, &place->uid);
	}
	tsr_host_opening_destroy(opening);
}

/* ---- letting go ----------------------------------------------------------------------- */

void tsr_hub_on_host_gone(void *user, void *item, uint64_t unused)
{
	struct tsr_hub *hub = user;
	struct tsr_host_gone *gone = item;
	struct tsr_place *place = tsr_directory_find(&hub->directory, &gone->uid);

	(void)unused;
	/* Somebody is on his way to the owner: it stays. */
	if (place && place->host == tsr_ref_id(gone->host) &&
		(gone->is_ended || place->entries == gone->entries)) {
		if (!gone->is_ended)
			tsr_thread_post(
				&hub->thread, place->owner, tsr_host_on_release, NULL, place->host);
		tsr_directory_remove(&hub->directory, place);
		tsr_hub_send(hub, tsr_pack_gone(&gone->uid));
	}
	free(gone);
}

void tsr_hub_end_session(struct tsr_hub *hub, const struct tsr_session_uid *uid)
{
	struct tsr_place *place = tsr_directory_find(&hub->directory, uid);

	if (!place)
		return;
	if (place->state == TSR_PLACE_LIVE)
		tsr_thread_post(&hub->thread, place->owner, tsr_host_on_ended, NULL, place->host);
	else if (place->state == TSR_PLACE_MAKING)
		place->is_ended = true;
	else
		refuse_place(hub, place, TSR_CLOSE_ENDED, 0);
}

void tsr_hub_ask_shares(struct tsr_hub *hub, const struct tsr_session_uid *uid, uint64_t query)
{
	const struct tsr_place *place = tsr_directory_find(&hub->directory, uid);
	Tessera__Ipc__ShareReport none = TESSERA__IPC__SHARE_REPORT__INIT;
	struct tsr_share_ask *ask;

	none.query = query;
	if (!place || place->state != TSR_PLACE_LIVE) {
		tsr_hub_send(hub, tsr_pack_share_report(&none));
		return;
	}
	ask = calloc(1, sizeof(*ask));
	if (!ask)
		return; /* control waits in vain, for a while */
	ask->query = query;
	tsr_thread_post(&hub->thread, place->owner, tsr_host_on_ask, ask, place->host);
}

void tsr_hub_enter_tick(struct tsr_hub *hub)
{
	phantoms_tick(hub);
	for (unsigned i = 0; i < TSR_DIRECTORY_BUCKETS; i++)
		tsr_list_each (pos, next, &hub->directory.buckets[i]) {
			struct tsr_place *place = tsr_list_entry(pos, struct tsr_place, link);

			if (place->state == TSR_PLACE_UNASKED)
				ask_control(hub, place);
		}
}
