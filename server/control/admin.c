/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "ipc.pb-c.h"
#include "server/control/counters.h"
#include "server/control/numbers.h"
#include "server/control/state.h"
#include "server/control/text.h"
#include "sys/log.h"

#define LIST_MAX 500

/* Who asked what. */
struct asker {
	struct tsr_control *control;
	uint64_t client;
	uint64_t id;
	struct tsr_now now;
};

void tsr_admin_fail(
	struct tsr_control *control, uint64_t client, uint64_t id, uint32_t code, const char *text)
{
	Tessera__Ipc__AdminReply reply = TESSERA__IPC__ADMIN_REPLY__INIT;
	Tessera__Ipc__Failed failed = TESSERA__IPC__FAILED__INIT;

	reply.id = id;
	failed.code = code;
	failed.text = (char *)(uintptr_t)text; /* only read */
	reply.body_case = TESSERA__IPC__ADMIN_REPLY__BODY_FAILED;
	reply.failed = &failed;
	tsr_control_send_admin(control, client, &reply.base);
}

static void answer_failed(const struct asker *a, uint32_t code, const char *text)
{
	tsr_admin_fail(a->control, a->client, a->id, code, text);
}

static void answer_store_failed(const struct asker *a, int err)
{
	enum tsr_store_trouble trouble = tsr_store_trouble(a->control->store);

	tsr_control_note_trouble(a->control, err, a->now);
	answer_failed(a, 503,
		(err == TSR_ERR_STORE || err == TSR_ERR_BUSY) && trouble != TSR_STORE_FINE
			? tsr_store_trouble_text(trouble)
			: tsr_err_text(err));
}

/* Creating --------------------------------------------------------------------------------- */

struct creating {
	struct tsr_session_row *row;
	uint32_t (*uniform)(uint32_t n);
};

static int create_in_tx(struct tsr_store *store, void *arg)
{
	struct creating *c = arg;
	struct tsr_stmt *stmt = NULL;
	int r, n;

	if ((r = tsr_stmt_create(&stmt, store, "SELECT count(*) FROM sessions")) != 0)
		return r;
	r = tsr_stmt_step(stmt);
	n = r == 1 ? (int)tsr_stmt_int(stmt, 0) : 0;
	tsr_stmt_destroy(stmt);
	if (r < 0)
		return r;
	if (n >= TSR_ADMIN_SESSIONS_MAX)
		return TSR_ERR_FULL;
	if ((r = tsr_number_draw(&c->row->number, store, c->uniform)) != 0)
		return r;
	return tsr_session_insert(store, c->row);
}

static void create(const struct asker *a, struct tsr_session_row *row)
{
	struct creating creating = { .row = row, .uniform = a->control->ops->uniform };
	Tessera__Ipc__AdminReply reply = TESSERA__IPC__ADMIN_REPLY__INIT;
	Tessera__Ipc__Created created = TESSERA__IPC__CREATED__INIT;
	char number[16];
	int r;

	tsr_random(row->uid.v, sizeof(row->uid.v));
	row->created_ms = row->idle_since_ms = a->now.wall_ms;
	if ((r = tsr_store_tx(a->control->store, create_in_tx, &creating)) == TSR_ERR_FULL) {
		answer_failed(a, 503, "there are too many sessions: end some first");
		return;
	}
	if (r != 0) {
		answer_store_failed(a, r);
		return;
	}
	tsr_count(TSR_COUNT_SESSION_CREATED);
	snprintf(number, sizeof(number), "%u", (unsigned)row->number);
	reply.id = a->id;
	reply.body_case = TESSERA__IPC__ADMIN_REPLY__BODY_CREATED;
	reply.created = &created;
	created.number = number;
	created.session_uid.data = row->uid.v;
	created.session_uid.len = TSR_UID_LEN;
	created.base_url = (char *)(uintptr_t)a->control->base_url;
	tsr_control_send_admin(a->control, a->client, &reply.base);
}

static void handle_hash_done(struct tsr_control *control, struct tsr_hashing *waiter,
	const struct tsr_hash_job *job, struct tsr_now now)
{
	struct asker a = {
		.control = control, .client = waiter->client, .id = waiter->id, .now = now
	};

	if (job->result != 0) {
		answer_failed(&a, 503, tsr_err_text(job->result));
		return;
	}
	memcpy(waiter->row.password_hash, job->hash, sizeof(waiter->row.password_hash));
	create(&a, &waiter->row);
}

static void create_with_password(
	const struct asker *a, const struct tsr_session_row *row, const char *password)
{
	struct tsr_hashing *waiter = calloc(1, sizeof(*waiter));
	struct tsr_hash_job job = { .make = true, .password_len = strlen(password) };
	int r = TSR_ERR_NOMEM;

	if (waiter) {
		waiter->done = handle_hash_done;
		waiter->client = a->client;
		waiter->id = a->id;
		waiter->row = *row;
		memcpy(job.password, password, job.password_len);
		r = tsr_control_hash(a->control, waiter, &job);
	}
	tsr_wipe(&job, sizeof(job));
	if (r != 0) {
		free(waiter);
		answer_failed(a, 429, "too many passwords at once: try again");
	}
}

/* Reads the request into a row; what is wrong with it as a sentence, or NULL. */
static const char *read_create(
	struct tsr_session_row *row, const Tessera__Ipc__CreateSession *create)
{
	size_t password_len = strlen(create->password);

	memset(row, 0, sizeof(*row));
	if (create->join_token_hash.len != TSR_HASH_LEN ||
		create->organizer_token_hash.len != TSR_HASH_LEN)
		return "the hashes of the tokens must be 32 bytes each";
	if (create->meeting_key.len != TSR_SIGN_PUBLIC_LEN ||
		tsr_sign_public_check(create->meeting_key.data) != 0)
		return "the meeting key must be an Ed25519 public key";
	if (tsr_text_clean(row->title, sizeof(row->title), tsr_slice_str(create->title),
		    TSR_TITLE_POINTS) != 0)
		return "the title must be UTF-8";
	if (password_len != 0 &&
		(password_len < TSR_ADMIN_PASSWORD_MIN || password_len > TSR_PASSWORD_MAX))
		return "the password must have 6 to 256 bytes";
	memcpy(row->join_token_hash, create->join_token_hash.data, TSR_HASH_LEN);
	memcpy(row->organizer_token_hash, create->organizer_token_hash.data, TSR_HASH_LEN);
	memcpy(row->meeting_key, create->meeting_key.data, sizeof(row->meeting_key));
	row->lobby = create->lobby;
	row->open_mode = create->open;
	row->chat_public = row->chat_private = row->audio = row->video = true;
	row->next_member = 1;
	return NULL;
}

static void handle_create(const struct asker *a, const Tessera__Ipc__CreateSession *request)
{
	struct tsr_session_row row;
	const char *wrong;

	if (request->end_to_end)
		answer_failed(a, 409, "end-to-end sessions are not offered by this version");
	else if ((wrong = read_create(&row, request)) != NULL)
		answer_failed(a, 400, wrong);
	else if (request->password[0])
		create_with_password(a, &row, request->password);
	else
		create(a, &row);
}

/* Listing ---------------------------------------------------------------------------------- */

struct listing {
	struct tsr_session_row rows[LIST_MAX];
	struct tsr_admin_line lines[LIST_MAX];
	Tessera__Ipc__SessionInfo *pointers[LIST_MAX];
};

int tsr_admin_describe(
	struct tsr_admin_line *out, struct tsr_session_row *row, struct tsr_store *store)
{
	Tessera__Ipc__SessionInfo *info = &out->info;
	int r = tsr_member_count_present(store, &row->uid);

	if (r < 0)
		return r;
	*info = (Tessera__Ipc__SessionInfo)TESSERA__IPC__SESSION_INFO__INIT;
	snprintf(out->number, sizeof(out->number), "%u", (unsigned)row->number);
	info->number = out->number;
	info->title = row->title;
	info->created_ms = row->created_ms;
	info->started_ms = row->started_ms;
	info->members = (uint32_t)r;
	info->locked = row->locked;
	info->live = row->idle_since_ms == 0;
	return 0;
}

static void handle_list(const struct asker *a)
{
	Tessera__Ipc__AdminReply reply = TESSERA__IPC__ADMIN_REPLY__INIT;
	Tessera__Ipc__Sessions sessions = TESSERA__IPC__SESSIONS__INIT;
	struct listing *list = calloc(1, sizeof(*list));
	size_t bytes = 0;
	int n, r = list ? 0 : TSR_ERR_NOMEM;

	n = list ? tsr_session_list(list->rows, LIST_MAX, a->control->store) : 0;
	r = n < 0 ? n : r;
	for (size_t i = 0; r == 0 && i < (size_t)n; i++) {
		if ((r = tsr_admin_describe(&list->lines[i], &list->rows[i], a->control->store)) !=
			0)
			break;
		list->pointers[i] = &list->lines[i].info;
		bytes += tessera__ipc__session_info__get_packed_size(list->pointers[i]) + 8;
		if (bytes > TSR_ADMIN_LIST_BYTES)
			break;
		sessions.n_sessions = i + 1;
	}
	if (r != 0) {
		answer_store_failed(a, r);
		goto out;
	}
	reply.id = a->id;
	reply.body_case = TESSERA__IPC__ADMIN_REPLY__BODY_SESSIONS;
	reply.sessions = &sessions;
	sessions.sessions = list->pointers;
	tsr_control_send_admin(a->control, a->client, &reply.base);
out:
	free(list);
}

/* Ending ----------------------------------------------------------------------------------- */

struct ending {
	uint32_t number;
	uint64_t now_ms;
	struct tsr_session_row row;
};

static int end_in_tx(struct tsr_store *store, void *arg)
{
	struct ending *e = arg;
	int r = tsr_session_find_number(&e->row, store, e->number);

	return r == 0 ? tsr_session_erase(store, &e->row, e->now_ms) : r;
}

static void handle_end(const struct asker *a, const Tessera__Ipc__EndByNumber *end)
{
	struct ending ending = { .number = tsr_number_parse(tsr_slice_str(end->number)),
		.now_ms = a->now.wall_ms };
	Tessera__Ipc__AdminReply reply = TESSERA__IPC__ADMIN_REPLY__INIT;
	Tessera__Ipc__Done done = TESSERA__IPC__DONE__INIT;
	int r = ending.number ? tsr_store_tx(a->control->store, end_in_tx, &ending)
			      : TSR_ERR_UNKNOWN;

	if (r == TSR_ERR_UNKNOWN) {
		answer_failed(a, 404, "there is no session of that number");
		return;
	}
	if (r != 0) {
		answer_store_failed(a, r);
		return;
	}
	tsr_count(TSR_COUNT_SESSION_ENDED);
	tsr_control_end_at_edge(a->control, &ending.row.uid);
	tsr_control_flush(a->control, a->now);
	reply.id = a->id;
	reply.body_case = TESSERA__IPC__ADMIN_REPLY__BODY_DONE;
	reply.done = &done;
	tsr_control_send_admin(a->control, a->client, &reply.base);
}

static void handle_health(const struct asker *a)
{
	Tessera__Ipc__AdminReply reply = TESSERA__IPC__ADMIN_REPLY__INIT;
	Tessera__Ipc__HealthReply health = TESSERA__IPC__HEALTH_REPLY__INIT;
	char version[] = TSR_VERSION;
	const char *why;

	reply.id = a->id;
	reply.body_case = TESSERA__IPC__ADMIN_REPLY__BODY_HEALTH;
	reply.health = &health;
	health.ready = tsr_control_is_ready(a->control, &why);
	health.text = (char *)(uintptr_t)why;
	health.uptime_ms = (uint64_t)((a->now.mono - a->control->started) / TSR_MS);
	health.base_url = (char *)(uintptr_t)a->control->base_url;
	health.version = version;
	tsr_control_send_admin(a->control, a->client, &reply.base);
}

void tsr_admin_handle(struct tsr_control *control, uint64_t client,
	const Tessera__Ipc__AdminRequest *request, struct tsr_now now)
{
	struct asker a = { .control = control, .client = client, .id = request->id, .now = now };

	switch (request->body_case) {
	case TESSERA__IPC__ADMIN_REQUEST__BODY_CREATE:
		handle_create(&a, request->create);
		break;
	case TESSERA__IPC__ADMIN_REQUEST__BODY_LIST:
		handle_list(&a);
		break;
	case TESSERA__IPC__ADMIN_REQUEST__BODY_SHOW:
		tsr_show_handle(control, client, request->id, request->show, now);
		break;
	case TESSERA__IPC__ADMIN_REQUEST__BODY_END:
		handle_end(&a, request->end);
		break;
	case TESSERA__IPC__ADMIN_REQUEST__BODY_HEALTH:
		handle_health(&a);
		break;
	default:
		answer_failed(&a, 400, "the request is not known to this version");
	}
}
