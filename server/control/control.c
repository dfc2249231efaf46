/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/control.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "ipc.pb-c.h"
#include "proto/unpack.h"
#include "server/control/admin.h"
#include "server/control/commit.h"
#include "server/control/counters.h"
#include "server/control/retention.h"
#include "server/control/state.h"
#include "sys/log.h"
#include "sys/metrics.h"

#define PACKET_MAX 65536
#define BUDGET_LEAST 16384
#define RETENTION_EVERY (60 * TSR_SECOND)
#define QUIET (60 * TSR_SECOND)
/* Longer than the supervisor ever waits before it starts an edge anew. */
#define RELINK (15 * TSR_SECOND)
#define LOG_EVERY (10 * TSR_SECOND)
#define ENDED_TOLD 1000 /* as many sessions as an edge holds */

int tsr_control_create(struct tsr_control **out, const struct tsr_control_config *config)
{
	struct tsr_control *control = calloc(1, sizeof(*control));

	*out = NULL;
	if (!control)
		return TSR_ERR_NOMEM;
	control->store = config->store;
	control->keys = config->keys;
	control->ops = config->ops;
	control->user = config->user;
	control->base_url = config->base_url;
	control->started = config->started.mono;
	control->retention_at = config->started.mono;
	control->logged_at = config->started.mono - LOG_EVERY;
	control->stranded_at = TSR_TIME_NEVER;
	tsr_list_init(&control->held);
	tsr_list_init(&control->hashing);
	control->limits = tsr_limits_create();
	if (!control->limits) {
		free(control);
		return TSR_ERR_NOMEM;
	}
	*out = control;
	return 0;
}

static void drop_waiter(struct tsr_control *control, struct tsr_hashing *waiter)
{
	tsr_list_remove(&waiter->link);
	control->n_hashing--;
	tsr_wipe(waiter, sizeof(*waiter));
	free(waiter);
}

/* What an edge that is gone was waiting for. */
static void forget_edge(struct tsr_control *control)
{
	tsr_api_forget(control);
	tsr_list_each (link, next, &control->hashing) {
		struct tsr_hashing *waiter = tsr_list_entry(link, struct tsr_hashing, link);

		if (waiter->for_edge)
			drop_waiter(control, waiter);
	}
	control->quiet_since = TSR_TIME_NEVER;
}

void tsr_control_destroy(struct tsr_control *control)
{
	if (!control)
		return;
	forget_edge(control);
	tsr_list_each (link, next, &control->hashing) {
		drop_waiter(control, tsr_list_entry(link, struct tsr_hashing, link));
	}
	tsr_limits_destroy(control->limits);
	free(control);
}

/* Out -------------------------------------------------------------------------------------- */

static uint8_t *pack(size_t *len, const ProtobufCMessage *message)
{
	uint8_t *packet;

	*len = protobuf_c_message_get_packed_size(message);
	packet = malloc(*len ? *len : 1);
	if (packet)
		protobuf_c_message_pack(message, packet);
	else
		tsr_log(TSR_LOG_ERROR, "out of memory");
	return packet;
}

void tsr_control_send(struct tsr_control *control, const ProtobufCMessage *message)
{
	size_t len;
	uint8_t *packet = pack(&len, message);

	if (packet) {
		control->ops->send(control->user, tsr_slice(packet, len));
		tsr_wipe(packet, len); /* may hold tokens */
	}
	free(packet);
}

void tsr_control_send_admin(
	struct tsr_control *control, uint64_t client, const ProtobufCMessage *message)
{
	size_t len;
	uint8_t *packet = pack(&len, message);

	if (packet)
		control->ops->admin(control->user, client, tsr_slice(packet, len));
	free(packet);
}

void tsr_control_end_at_edge(struct tsr_control *control, const struct tsr_session_uid *uid)
{
	Tessera__Ipc__EndSession end = TESSERA__IPC__END_SESSION__INIT;
	Tessera__Ipc__ToEdge message = TESSERA__IPC__TO_EDGE__INIT;
	struct tsr_session_uid copy = *uid;

	end.session_uid.data = copy.v;
	end.session_uid.len = TSR_UID_LEN;
	message.body_case = TESSERA__IPC__TO_EDGE__BODY_END;
	message.end = &end;
	if (control->is_linked)
		tsr_control_send(control, &message.base);
}

static void send_keys(struct tsr_control *control, struct tsr_now now)
{
	Tessera__Ipc__NodeKeys keys = TESSERA__IPC__NODE_KEYS__INIT;
	Tessera__Ipc__ToEdge message = TESSERA__IPC__TO_EDGE__INIT;
	uint8_t key[TSR_SIGN_PUBLIC_LEN];

	memcpy(key, tsr_sign_key_public(control->keys->sign), sizeof(key));
	keys.token_public_key.data = key;
	keys.token_public_key.len = sizeof(key);
	keys.node = (char *)(uintptr_t)control->keys->node;
	keys.now_ms = now.wall_ms;
	message.body_case = TESSERA__IPC__TO_EDGE__BODY_KEYS;
	message.keys = &keys;
	tsr_control_send(control, &message.base);
}

bool tsr_control_may_log(struct tsr_control *control, struct tsr_now now)
{
	if (now.mono - control->logged_at < LOG_EVERY)
		return false;
	control->logged_at = now.mono;
	return true;
}

void tsr_control_note_trouble(struct tsr_control *control, int err, struct tsr_now now)
{
	enum tsr_store_trouble trouble = tsr_store_trouble(control->store);

	tsr_count(TSR_COUNT_STORE_FAILED);
	if (tsr_control_may_log(control, now))
		tsr_log(TSR_LOG_ERROR, "the store failed", TSR_ERR("err", err),
			TSR_STR("why", tsr_store_trouble_text(trouble)));
}

void tsr_control_flush(struct tsr_control *control, struct tsr_now now)
{
	int r = tsr_store_flush(control->store);

	if (r != 0)
		tsr_control_note_trouble(control, r, now);
}

/* Hashing ---------------------------------------------------------------------------------- */

void tsr_hash_job_run(struct tsr_hash_job *job)
{
	struct tsr_slice password = tsr_slice(job->password, job->password_len);

	job->result = job->make ? tsr_password_hash(job->hash, password)
				: tsr_password_verify(job->hash[0] ? job->hash : NULL, password);
	tsr_wipe(job->password, sizeof(job->password));
}

int tsr_control_hash(
	struct tsr_control *control, struct tsr_hashing *waiter, struct tsr_hash_job *job)
{
	int r;

	if (control->n_hashing >= TSR_HASHING_MAX)
		return TSR_ERR_FULL;
	job->id = waiter->job = ++control->last_job;
	if ((r = control->ops->hash(control->user, job)) != 0)
		return r;
	tsr_list_append(&control->hashing, &waiter->link);
	control->n_hashing++;
	return 0;
}

void tsr_control_handle_hash(
	struct tsr_control *control, const struct tsr_hash_job *job, struct tsr_now now)
{
	tsr_list_each (link, next, &control->hashing) {
		struct tsr_hashing *waiter = tsr_list_entry(link, struct tsr_hashing, link);

		if (waiter->job != job->id)
			continue;
		waiter->done(control, waiter, job, now);
		drop_waiter(control, waiter);
		return;
	}
}

/* The edge --------------------------------------------------------------------------------- */

/* The word of an end may have been lost with the link or the control before: an edge that still
 * holds such a session would go on letting people in. */
static void end_again(struct tsr_control *control, struct tsr_now now)
{
	struct tsr_session_uid *ended = calloc(ENDED_TOLD, sizeof(*ended));
	int n = ended ? tsr_ended_list(ended, ENDED_TOLD, control->store) : TSR_ERR_NOMEM;

	if (n < 0)
		tsr_control_note_trouble(control, n, now);
	for (int i = 0; i < n; i++)
		tsr_control_end_at_edge(control, &ended[i]);
	free(ended);
}

void tsr_control_handle_link(struct tsr_control *control, struct tsr_now now)
{
	int r;

	forget_edge(control);
	tsr_show_forget(control);
	control->is_linked = true;
	control->stranded_at = TSR_TIME_NEVER;
	/* A second link means a new edge, which holds no session yet. At the first one control
	 * itself may be the one that was started anew. */
	if (control->was_linked &&
		(r = tsr_retention_note_all_idle(control->store, now.wall_ms)) != 0)
		tsr_control_note_trouble(control, r, now);
	control->was_linked = true;
	control->quiet_since = now.mono;
	tsr_keys_rename_node(control->keys);
	send_keys(control, now);
	end_again(control, now);
}

void tsr_control_handle_link_lost(struct tsr_control *control, struct tsr_now now)
{
	forget_edge(control);
	tsr_show_forget(control);
	control->is_linked = false;
	control->stranded_at = now.mono + RELINK;
}

bool tsr_control_is_stranded(const struct tsr_control *control, struct tsr_now now)
{
	return control->stranded_at <= now.mono;
}

static int dispatch(
	struct tsr_control *control, const Tessera__Ipc__ToControl *message, struct tsr_now now)
{
	switch (message->body_case) {
	case TESSERA__IPC__TO_CONTROL__BODY_API:
		tsr_api_handle(control, message->id, message->api, now);
		return 0;
	case TESSERA__IPC__TO_CONTROL__BODY_OPEN:
		control->quiet_since = TSR_TIME_NEVER;
		return tsr_commit_handle_open(control, message->id, message->open, now);
	case TESSERA__IPC__TO_CONTROL__BODY_COMMIT:
		return tsr_commit_handle(control, message->id, message->commit, now);
	case TESSERA__IPC__TO_CONTROL__BODY_GONE:
		return tsr_commit_handle_gone(control, message->gone, now);
	case TESSERA__IPC__TO_CONTROL__BODY_SHARES:
		tsr_show_handle_report(control, message->shares, now);
		return 0;
	case TESSERA__IPC__TO_CONTROL__BODY_HEARTBEAT:
		if (message->heartbeat->sessions > 0)
			control->quiet_since = TSR_TIME_NEVER;
		else if (control->quiet_since == TSR_TIME_NEVER)
			control->quiet_since = now.mono;
		return 0;
	default:
		return TSR_ERR_FORMAT;
	}
}

int tsr_control_handle_packet(
	struct tsr_control *control, struct tsr_slice packet, struct tsr_now now)
{
	struct tsr_arena arena = { 0 };
	/* Lists of member records need more than the four times that suffice elsewhere. */
	int r = tsr_proto_unpack_within(&tessera__ipc__to_control__descriptor, packet, PACKET_MAX,
		BUDGET_LEAST + 8 * packet.len, &arena);

	if (r == 0)
		r = dispatch(
			control, (const Tessera__Ipc__ToControl *)(const void *)arena.message, now);
	tsr_arena_finish(&arena);
	return r;
}

int tsr_control_handle_admin(
	struct tsr_control *control, uint64_t client, struct tsr_slice packet, struct tsr_now now)
{
	struct tsr_arena arena = { 0 };
	int r = tsr_proto_unpack(
		&tessera__ipc__admin_request__descriptor, packet, PACKET_MAX, &arena);

	if (r == 0)
		tsr_admin_handle(control, client,
			(const Tessera__Ipc__AdminRequest *)(const void *)arena.message, now);
	tsr_arena_finish(&arena);
	return r;
}

/* The clock -------------------------------------------------------------------------------- */

static void run_retention(struct tsr_control *control, struct tsr_now now)
{
	struct tsr_session_uid expired[TSR_RETENTION_BATCH];
	int n = 0;

	control->retention_at = now.mono + RETENTION_EVERY;
	/* What still counts as live while the edge has held nothing for a while was lost with an
	 * edge that died when control did. */
	if (control->is_linked && control->quiet_since <= now.mono - QUIET)
		n = tsr_retention_note_all_idle(control->store, now.wall_ms);
	if (n == 0)
		n = tsr_retention_run(expired, control->store, now.wall_ms);
	if (n < 0) {
		tsr_control_note_trouble(control, n, now);
		return;
	}
	for (int i = 0; i < n; i++) {
		tsr_count(TSR_COUNT_SESSION_EXPIRED);
		tsr_control_end_at_edge(control, &expired[i]);
	}
	if (n == TSR_RETENTION_BATCH)
		control->retention_at = now.mono;
}

void tsr_control_handle_timeout(struct tsr_control *control, struct tsr_now now)
{
	tsr_api_handle_timeout(control, now.mono);
	tsr_show_handle_timeout(control, now.mono);
	if (control->retention_at <= now.mono)
		run_retention(control, now);
}

tsr_time tsr_control_next_timeout(const struct tsr_control *control)
{
	return tsr_time_min(tsr_time_min(tsr_api_next_timeout(control), control->stranded_at),
		tsr_time_min(tsr_show_next_timeout(control), control->retention_at));
}

bool tsr_control_is_ready(struct tsr_control *control, const char **why)
{
	int r = tsr_store_check_writable(control->store);

	*why = "";
	if (r != 0) {
		*why = tsr_store_trouble_text(tsr_store_trouble(control->store));
		if (!**why)
			*why = tsr_err_text(r);
	} else if (!control->is_linked) {
		*why = "no edge process is linked";
	}
	return !**why;
}
