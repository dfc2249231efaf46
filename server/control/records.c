/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/records.h"

#include <stdio.h>

#include "core/base/err.h"
#include "server/control/numbers.h"

#define SESSION_COLUMNS \
	"uid, number, title, join_token_hash, organizer_token_hash, meeting_key, password_hash, " \
	"created_ms, started_ms, idle_since_ms, state_seq, last_commit, locked, lobby, " \
	"open_mode, chat_public, chat_private, presenter, organizer, handed_over, next_member, " \
	"audio, video"

#define MEMBER_COLUMNS \
	"id, device_key_hash, by_organizer_link, name, role, admitted, may_chat_public, " \
	"may_chat_private, may_share, removed, barred, by_link, source, gone, " \
	"may_audio, may_video"

/* A column of a fixed size; another size means that somebody else wrote the file: zeros. */
static void get_bytes(uint8_t *out, size_t len, struct tsr_stmt *stmt, int column)
{
	struct tsr_slice bytes = tsr_stmt_blob(stmt, column);

	memset(out, 0, len);
	if (bytes.len == len)
		memcpy(out, bytes.data, len);
}

static void get_text(char *out, size_t cap, struct tsr_stmt *stmt, int column)
{
	snprintf(out, cap, "%s", tsr_stmt_text(stmt, column));
}

static struct tsr_slice uid_slice(const struct tsr_session_uid *uid)
{
	return tsr_slice(uid->v, sizeof(uid->v));
}

static struct tsr_slice hash_slice(const uint8_t *hash)
{
	return tsr_slice(hash, TSR_HASH_LEN);
}

static void read_session(struct tsr_session_row *row, struct tsr_stmt *stmt)
{
	int c = 0;

	get_bytes(row->uid.v, sizeof(row->uid.v), stmt, c++);
	row->number = (uint32_t)tsr_stmt_int(stmt, c++);
	get_text(row->title, sizeof(row->title), stmt, c++);
	get_bytes(row->join_token_hash, TSR_HASH_LEN, stmt, c++);
	get_bytes(row->organizer_token_hash, TSR_HASH_LEN, stmt, c++);
	get_bytes(row->meeting_key, sizeof(row->meeting_key), stmt, c++);
	get_text(row->password_hash, sizeof(row->password_hash), stmt, c++);
	row->created_ms = (uint64_t)tsr_stmt_int(stmt, c++);
	row->started_ms = (uint64_t)tsr_stmt_int(stmt, c++);
	row->idle_since_ms = (uint64_t)tsr_stmt_int(stmt, c++);
	row->state_seq = (uint64_t)tsr_stmt_int(stmt, c++);
	get_bytes(row->last_commit, TSR_HASH_LEN, stmt, c++);
	row->locked = tsr_stmt_int(stmt, c++) != 0;
	row->lobby = tsr_stmt_int(stmt, c++) != 0;
	row->open_mode = tsr_stmt_int(stmt, c++) != 0;
	row->chat_public = tsr_stmt_int(stmt, c++) != 0;
	row->chat_private = tsr_stmt_int(stmt, c++) != 0;
	row->presenter = (uint32_t)tsr_stmt_int(stmt, c++);
	row->organizer = (uint32_t)tsr_stmt_int(stmt, c++);
	row->handed_over = tsr_stmt_int(stmt, c++) != 0;
	row->next_member = (uint32_t)tsr_stmt_int(stmt, c++);
	row->audio = tsr_stmt_int(stmt, c++) != 0;
	row->video = tsr_stmt_int(stmt, c++) != 0;
}

/* Runs a query that was bound and reads its first row. */
static int read_one_session(struct tsr_session_row *out, struct tsr_stmt *stmt)
{
	int r = tsr_stmt_step(stmt);

	memset(out, 0, sizeof(*out));
	if (r == 0)
		return TSR_ERR_UNKNOWN;
	if (r < 0)
		return r;
	read_session(out, stmt);
	return 0;
}

int tsr_session_find_number(struct tsr_session_row *out, struct tsr_store *store, uint32_t number)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "SELECT " SESSION_COLUMNS " FROM sessions WHERE number = $1")) == 0) {
		tsr_stmt_bind_int(stmt, 1, number);
		r = read_one_session(out, stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_session_find(
	struct tsr_session_row *out, struct tsr_store *store, const struct tsr_session_uid *uid)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "SELECT " SESSION_COLUMNS " FROM sessions WHERE uid = $1")) == 0) {
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
		r = read_one_session(out, stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_session_list(struct tsr_session_row *rows, size_t n, struct tsr_store *store)
{
	struct tsr_stmt *stmt = NULL;
	size_t have = 0;
	int r;

	r = tsr_stmt_create(&stmt, store,
		"SELECT " SESSION_COLUMNS
		" FROM sessions ORDER BY created_ms DESC, number LIMIT $1");
	if (r == 0)
		tsr_stmt_bind_int(stmt, 1, (int64_t)n);
	while (r == 0 && have < n && (r = tsr_stmt_step(stmt)) == 1) {
		read_session(&rows[have++], stmt);
		r = 0;
	}
	tsr_stmt_destroy(stmt);
	return r < 0 ? r : (int)have;
}

int tsr_ended_find_number(struct tsr_ended_row *out, struct tsr_store *store, uint32_t number)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = tsr_stmt_create(&stmt, store,
		     "SELECT ended_ms, ended_join_hash, ended_organizer_hash FROM numbers "
		     "WHERE number = $1 AND retired_until IS NOT NULL")) != 0)
		goto out;
	tsr_stmt_bind_int(stmt, 1, number);
	if ((r = tsr_stmt_step(stmt)) != 1) {
		r = r == 0 ? TSR_ERR_UNKNOWN : r;
		goto out;
	}
	r = 0;
	out->is_recent = !tsr_stmt_is_null(stmt, 0);
	get_bytes(out->join_token_hash, TSR_HASH_LEN, stmt, 1);
	get_bytes(out->organizer_token_hash, TSR_HASH_LEN, stmt, 2);
out:
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_ended_find(struct tsr_store *store, const struct tsr_session_uid *uid)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store, "SELECT 1 FROM numbers WHERE ended_uid = $1")) ==
		0) {
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
		r = tsr_stmt_step(stmt);
		r = r == 1 ? 0 : r == 0 ? TSR_ERR_UNKNOWN : r;
	}
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_ended_list(struct tsr_session_uid *uids, size_t n, struct tsr_store *store)
{
	struct tsr_stmt *stmt = NULL;
	size_t have = 0;
	int r;

	r = tsr_stmt_create(&stmt, store,
		"SELECT ended_uid FROM numbers WHERE ended_uid IS NOT NULL "
		"ORDER BY ended_ms DESC LIMIT $1");
	if (r == 0)
		tsr_stmt_bind_int(stmt, 1, (int64_t)n);
	while (r == 0 && have < n && (r = tsr_stmt_step(stmt)) == 1) {
		get_bytes(uids[have].v, sizeof(uids[have].v), stmt, 0);
		have++;
		r = 0;
	}
	tsr_stmt_destroy(stmt);
	return r < 0 ? r : (int)have;
}

/* What changes in a session's life, in the order of SESSION_COLUMNS, from place c on. */
static void bind_life(struct tsr_stmt *stmt, int c, const struct tsr_session_row *row)
{
	tsr_stmt_bind_int(stmt, c++, (int64_t)row->started_ms);
	tsr_stmt_bind_int(stmt, c++, (int64_t)row->idle_since_ms);
	tsr_stmt_bind_int(stmt, c++, (int64_t)row->state_seq);
	tsr_stmt_bind_blob(stmt, c++, hash_slice(row->last_commit));
	tsr_stmt_bind_int(stmt, c++, row->locked);
	tsr_stmt_bind_int(stmt, c++, row->lobby);
	tsr_stmt_bind_int(stmt, c++, row->open_mode);
	tsr_stmt_bind_int(stmt, c++, row->chat_public);
	tsr_stmt_bind_int(stmt, c++, row->chat_private);
	tsr_stmt_bind_int(stmt, c++, row->presenter);
	tsr_stmt_bind_int(stmt, c++, row->organizer);
	tsr_stmt_bind_int(stmt, c++, row->handed_over);
	tsr_stmt_bind_int(stmt, c++, row->next_member);
	tsr_stmt_bind_int(stmt, c++, row->audio);
	tsr_stmt_bind_int(stmt, c, row->video);
}

int tsr_session_insert(struct tsr_store *store, const struct tsr_session_row *row)
{
	struct tsr_stmt *stmt = NULL;
	int c = 1, r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "INSERT INTO sessions (" SESSION_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, "
		     "$7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, "
		     "$22, $23)")) != 0)
		goto out;
	tsr_stmt_bind_blob(stmt, c++, uid_slice(&row->uid));
	tsr_stmt_bind_int(stmt, c++, row->number);
	tsr_stmt_bind_text(stmt, c++, row->title);
	tsr_stmt_bind_blob(stmt, c++, hash_slice(row->join_token_hash));
	tsr_stmt_bind_blob(stmt, c++, hash_slice(row->organizer_token_hash));
	tsr_stmt_bind_blob(stmt, c++, tsr_slice(row->meeting_key, sizeof(row->meeting_key)));
	tsr_stmt_bind_text(stmt, c++, row->password_hash);
	tsr_stmt_bind_int(stmt, c++, (int64_t)row->created_ms);
	bind_life(stmt, c, row);
	r = tsr_stmt_finish(stmt);
out:
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_session_update(struct tsr_store *store, const struct tsr_session_row *row)
{
	struct tsr_stmt *stmt = NULL;
	int c = 1, r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "UPDATE sessions SET started_ms = $2, idle_since_ms = $3, state_seq = $4, "
		     "last_commit = $5, locked = $6, lobby = $7, open_mode = $8, chat_public = $9, "
		     "chat_private = $10, presenter = $11, organizer = $12, handed_over = $13, "
		     "next_member = $14, audio = $15, video = $16 WHERE uid = $1")) != 0)
		goto out;
	tsr_stmt_bind_blob(stmt, c++, uid_slice(&row->uid));
	bind_life(stmt, c, row);
	r = tsr_stmt_finish(stmt);
out:
	tsr_stmt_destroy(stmt);
	return r;
}

static int run_with_uid(struct tsr_store *store, const char *sql, const struct tsr_session_uid *uid)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store, sql)) == 0) {
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
		r = tsr_stmt_finish(stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

static int retire_number(
	struct tsr_store *store, const struct tsr_session_row *row, uint64_t now_ms)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "UPDATE numbers SET retired_until = $2, ended_ms = $3, ended_uid = $4, "
		     "ended_join_hash = $5, ended_organizer_hash = $6 WHERE number = $1")) != 0)
		goto out;
	tsr_stmt_bind_int(stmt, 1, row->number);
	tsr_stmt_bind_int(stmt, 2, (int64_t)(now_ms + TSR_NUMBER_COOL_DOWN_MS));
	tsr_stmt_bind_int(stmt, 3, (int64_t)now_ms);
	tsr_stmt_bind_blob(stmt, 4, uid_slice(&row->uid));
	tsr_stmt_bind_blob(stmt, 5, hash_slice(row->join_token_hash));
	tsr_stmt_bind_blob(stmt, 6, hash_slice(row->organizer_token_hash));
	r = tsr_stmt_finish(stmt);
out:
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_session_erase(struct tsr_store *store, const struct tsr_session_row *row, uint64_t now_ms)
{
	int r;

	if ((r = run_with_uid(store, "DELETE FROM members WHERE session_uid = $1", &row->uid)) !=
			0 ||
		(r = run_with_uid(store, "DELETE FROM sessions WHERE uid = $1", &row->uid)) != 0)
		return r;
	return retire_number(store, row, now_ms);
}

/* Members ---------------------------------------------------------------------------------- */

static void read_member(struct tsr_member_row *row, struct tsr_stmt *stmt)
{
	int c = 0;

	row->id = (uint32_t)tsr_stmt_int(stmt, c++);
	get_bytes(row->device_key_hash, TSR_HASH_LEN, stmt, c++);
	row->by_organizer_link = tsr_stmt_int(stmt, c++) != 0;
	get_text(row->name, sizeof(row->name), stmt, c++);
	row->role = (uint32_t)tsr_stmt_int(stmt, c++);
	row->admitted = tsr_stmt_int(stmt, c++) != 0;
	row->may_chat_public = tsr_stmt_int(stmt, c++) != 0;
	row->may_chat_private = tsr_stmt_int(stmt, c++) != 0;
	row->may_share = tsr_stmt_int(stmt, c++) != 0;
	row->removed = tsr_stmt_int(stmt, c++) != 0;
	row->barred = tsr_stmt_int(stmt, c++) != 0;
	row->by_link = tsr_stmt_int(stmt, c++) != 0;
	get_text(row->source, sizeof(row->source), stmt, c++);
	row->gone = tsr_stmt_int(stmt, c++) != 0;
	row->may_audio = tsr_stmt_int(stmt, c++) != 0;
	row->may_video = tsr_stmt_int(stmt, c++) != 0;
}

static int read_one_member(struct tsr_member_row *out, struct tsr_stmt *stmt)
{
	int r = tsr_stmt_step(stmt);

	memset(out, 0, sizeof(*out));
	if (r == 0)
		return TSR_ERR_UNKNOWN;
	if (r < 0)
		return r;
	read_member(out, stmt);
	return 0;
}

int tsr_member_find_device(struct tsr_member_row *out, struct tsr_store *store,
	const struct tsr_session_uid *uid, const uint8_t device_key_hash[static TSR_HASH_LEN],
	bool by_organizer_link)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "SELECT " MEMBER_COLUMNS " FROM members WHERE session_uid = $1 AND "
		     "device_key_hash = $2 AND by_organizer_link = $3")) == 0) {
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
		tsr_stmt_bind_blob(stmt, 2, hash_slice(device_key_hash));
		tsr_stmt_bind_int(stmt, 3, by_organizer_link);
		r = read_one_member(out, stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_member_find(struct tsr_member_row *out, struct tsr_store *store,
	const struct tsr_session_uid *uid, uint32_t id)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "SELECT " MEMBER_COLUMNS
		     " FROM members WHERE session_uid = $1 AND id = $2")) == 0) {
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
		tsr_stmt_bind_int(stmt, 2, id);
		r = read_one_member(out, stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_member_put(struct tsr_store *store, const struct tsr_session_uid *uid,
	const struct tsr_member_row *row)
{
	struct tsr_stmt *stmt = NULL;
	int c = 1, r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "INSERT INTO members (session_uid, " MEMBER_COLUMNS
		     ") VALUES ($1, $2, $3, $4, "
		     "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) "
		     "ON CONFLICT (session_uid, id) DO UPDATE SET name = $5, role = $6, "
		     "admitted = $7, may_chat_public = $8, may_chat_private = $9, may_share = $10, "
		     "removed = $11, barred = $12, by_link = $13, source = $14, gone = $15, "
		     "may_audio = $16, may_video = $17")) != 0)
		goto out;
	tsr_stmt_bind_blob(stmt, c++, uid_slice(uid));
	tsr_stmt_bind_int(stmt, c++, row->id);
	tsr_stmt_bind_blob(stmt, c++, hash_slice(row->device_key_hash));
	tsr_stmt_bind_int(stmt, c++, row->by_organizer_link);
	tsr_stmt_bind_text(stmt, c++, row->name);
	tsr_stmt_bind_int(stmt, c++, row->role);
	tsr_stmt_bind_int(stmt, c++, row->admitted);
	tsr_stmt_bind_int(stmt, c++, row->may_chat_public);
	tsr_stmt_bind_int(stmt, c++, row->may_chat_private);
	tsr_stmt_bind_int(stmt, c++, row->may_share);
	tsr_stmt_bind_int(stmt, c++, row->removed);
	tsr_stmt_bind_int(stmt, c++, row->barred);
	tsr_stmt_bind_int(stmt, c++, row->by_link);
	tsr_stmt_bind_text(stmt, c++, row->source);
	tsr_stmt_bind_int(stmt, c++, row->gone);
	tsr_stmt_bind_int(stmt, c++, row->may_audio);
	tsr_stmt_bind_int(stmt, c++, row->may_video);
	r = tsr_stmt_finish(stmt);
out:
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_member_each(struct tsr_store *store, const struct tsr_session_uid *uid,
	int (*fn)(void *user, const struct tsr_member_row *row), void *user)
{
	struct tsr_member_row row;
	struct tsr_stmt *stmt = NULL;
	int r;

	r = tsr_stmt_create(&stmt, store,
		"SELECT " MEMBER_COLUMNS " FROM members WHERE session_uid = $1 ORDER BY id");
	if (r == 0)
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
	while (r == 0 && (r = tsr_stmt_step(stmt)) == 1) {
		read_member(&row, stmt);
		r = fn(user, &row);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

static int count(struct tsr_store *store, const char *sql, const struct tsr_session_uid *uid)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store, sql)) == 0) {
		tsr_stmt_bind_blob(stmt, 1, uid_slice(uid));
		r = tsr_stmt_step(stmt);
		if (r == 1)
			r = (int)tsr_stmt_int(stmt, 0);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

int tsr_member_count_present(struct tsr_store *store, const struct tsr_session_uid *uid)
{
	return count(store,
		"SELECT count(*) FROM members WHERE session_uid = $1 AND admitted = 1 AND gone = 0",
		uid);
}

int tsr_member_count(struct tsr_store *store, const struct tsr_session_uid *uid)
{
	return count(store, "SELECT count(*) FROM members WHERE session_uid = $1", uid);
}

int tsr_member_any_barred(struct tsr_store *store, const struct tsr_session_uid *uid)
{
	return count(store,
		"SELECT count(*) FROM (SELECT 1 FROM members WHERE session_uid = $1 AND barred = 1 "
		"LIMIT 1) AS one",
		uid);
}
