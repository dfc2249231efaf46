/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store on SQLite: WAL, one writer, every commit on the disk before it is acknowledged.
 * Placeholders $1..$n are *named* parameters to SQLite, so each is bound by its name, never by
 * its order in the text.
 */
#include "store/store.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"

#define BUSY_MS 2000
#define MAX_RETRIES 5

struct tsr_store {
	sqlite3 *db;
	char *path;
	enum tsr_store_trouble trouble; /* of the last failure */
	bool in_tx;
};

struct tsr_stmt {
	struct tsr_store *store;
	sqlite3_stmt *st;
	int err; /* sticky error of a bind */
};

const char *tsr_store_trouble_text(enum tsr_store_trouble trouble)
{
	switch (trouble) {
	case TSR_STORE_FINE:
		return "";
	case TSR_STORE_FULL:
		return "the disk is full: free some space for the state folder";
	case TSR_STORE_READ_ONLY:
		return "the database cannot be written: check the owner, the rights and the mount "
		       "of "
		       "the state folder";
	case TSR_STORE_BUSY:
		return "the database is locked by another program: stop the other tesserad that "
		       "uses "
		       "the same state folder";
	case TSR_STORE_NEWER:
		return "the database was written by a newer version: install that version, or "
		       "start "
		       "with another state folder";
	case TSR_STORE_DAMAGED:
		return "the database is damaged: restore tessera.db from a backup, or move it away "
		       "to "
		       "start with an empty one";
	case TSR_STORE_MISSING:
		return "the database cannot be opened: check that the state folder exists and "
		       "belongs "
		       "to the service";
	case TSR_STORE_OTHER:
		break;
	}
	return "the database failed: see the system's log for errors of the disk";
}

static enum tsr_store_trouble trouble_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return TSR_STORE_FULL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return TSR_STORE_READ_ONLY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return TSR_STORE_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return TSR_STORE_DAMAGED;
	case SQLITE_CANTOPEN:
		return TSR_STORE_MISSING;
	default:
		return TSR_STORE_OTHER;
	}
}

/* Translates SQLite's code into ours and remembers the reason. */
static int fail(struct tsr_store *store, int code)
{
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return TSR_ERR_NOMEM;
	case SQLITE_CONSTRAINT:
		return TSR_ERR_OUTRACED;
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_SCHEMA:
		store->trouble = TSR_STORE_OTHER;
		return TSR_ERR_STATE;
	default:
		store->trouble = trouble_of(code);
		return store->trouble == TSR_STORE_BUSY ? TSR_ERR_BUSY : TSR_ERR_STORE;
	}
}

static int run(struct tsr_store *store, const char *sql)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(store, sqlite3_extended_errcode(store->db));
}

static int open_file(struct tsr_store *store)
{
	int r, code = sqlite3_open_v2(store->path, &store->db,
		       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return fail(store, code);
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, BUSY_MS);
	/* Erased rows are to be gone from the file as well: secure_delete. */
	/* Alone with it: the index of the WAL is then in memory of our own. Mapped, a file that
	 * becomes read-only would be a SIGBUS. */
	r = run(store, "PRAGMA locking_mode = EXCLUSIVE;"
		       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		       "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
		       "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
	/* A read-only file cannot be switched to WAL; it can still be read. */
	return r != 0 && sqlite3_db_readonly(store->db, "main") == 1 ? 0 : r;
}

int tsr_store_open(struct tsr_store **out, const char *path, enum tsr_store_trouble *trouble)
{
	struct tsr_store *store = calloc(1, sizeof(*store));
	int r = TSR_ERR_NOMEM;

	*out = NULL;
	if (!store || !(store->path = strdup(path)))
		goto out;
	if ((r = open_file(store)) != 0)
		goto out;
	*out = store;
	store = NULL; /* now the caller's */
out:
	if (trouble)
		*trouble = r == 0 || !store ? TSR_STORE_FINE : store->trouble;
	tsr_store_close(store);
	return r;
}

void tsr_store_close(struct tsr_store *store)
{
	if (!store)
		return;
	sqlite3_close_v2(store->db);
	free(store->path);
	free(store);
}

enum tsr_store_trouble tsr_store_trouble(const struct tsr_store *store)
{
	return store->trouble;
}

int tsr_store_run(struct tsr_store *store, const char *sql)
{
	return run(store, sql);
}

int tsr_store_flush(struct tsr_store *store)
{
	int code =
		sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(store, sqlite3_extended_errcode(store->db));
}

int64_t tsr_store_n_changed(const struct tsr_store *store)
{
	return sqlite3_changes64(store->db);
}

int tsr_store_set_max_pages(struct tsr_store *store, int64_t n_pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
		n_pages ? (long long)n_pages : 1073741823LL);
	return run(store, sql);
}

int tsr_store_set_read_only(struct tsr_store *store, bool on)
{
	return run(store, on ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF");
}

/* Transactions ----------------------------------------------------------------------------- */

static int try_tx(struct tsr_store *store, int (*body)(struct tsr_store *, void *), void *arg)
{
	int r;

	if ((r = run(store, "BEGIN IMMEDIATE")) != 0)
		return r;
	store->in_tx = true;
	r = body(store, arg);
	if (r == 0)
		r = run(store, "COMMIT");
	store->in_tx = false;
	/* Some errors, a full disk among them, have rolled back already. */
	if (r != 0 && !sqlite3_get_autocommit(store->db)) {
		enum tsr_store_trouble why = store->trouble;

		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		store->trouble = why;
	}
	return r;
}

int tsr_store_tx(struct tsr_store *store, int (*body)(struct tsr_store *, void *), void *arg)
{
	int r = TSR_ERR_BUSY;

	assert(!store->in_tx);
	for (int i = 0; i < MAX_RETRIES && r == TSR_ERR_BUSY; i++)
		r = try_tx(store, body, arg);
	return r;
}

static int write_something(struct tsr_store *store, void *arg)
{
	(void)arg;
	return run(
		store, "UPDATE schema_version SET checks = (checks + 1) % 1000000 WHERE only = 1");
}

int tsr_store_check_writable(struct tsr_store *store)
{
	int r = tsr_store_tx(store, write_something, NULL);

	if (r == 0 || sqlite3_db_readonly(store->db, "main") != 1)
		return r;
	/* The file itself was opened read-only: only a new connection can find out that this has
	 * changed. No statement outlives a call, so nothing hangs on the old one. */
	sqlite3_close_v2(store->db);
	store->db = NULL;
	if ((r = open_file(store)) != 0)
		return r;
	return tsr_store_tx(store, write_something, NULL);
}

/* Migrations ------------------------------------------------------------------------------- */

struct migration_step {
	const struct tsr_migration *list;
	size_t n;
	bool is_done;
};

static int read_version(struct tsr_store *store, int64_t *version)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	*version = 0;
	if ((r = tsr_stmt_create(
		     &stmt, store, "SELECT version FROM schema_version WHERE only = 1")) == 0 &&
		(r = tsr_stmt_step(stmt)) == 1) {
		*version = tsr_stmt_int(stmt, 0);
		r = 0;
	}
	tsr_stmt_destroy(stmt);
	return r;
}

static int write_version(struct tsr_store *store, int64_t version)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store,
		     "INSERT INTO schema_version (only, version, checks) VALUES (1, $1, 0) "
		     "ON CONFLICT (only) DO UPDATE SET version = excluded.version")) == 0) {
		tsr_stmt_bind_int(stmt, 1, version);
		r = tsr_stmt_finish(stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

/* One migration; the version is read inside the transaction, so two programs that start at the
 * same moment do each step once. */
static int migrate_once(struct tsr_store *store, void *arg)
{
	struct migration_step *step = arg;
	int64_t version;
	int r;

	if ((r = read_version(store, &version)) != 0)
		return r;
	if (version > (int64_t)step->n) {
		store->trouble = TSR_STORE_NEWER;
		return TSR_ERR_STORE;
	}
	step->is_done = version == (int64_t)step->n;
	if (step->is_done)
		return 0;
	if ((r = run(store, step->list[version].sql)) != 0)
		return r;
	return write_version(store, version + 1);
}

/* "checks" counts the trial writes of tsr_store_check_writable(). */
static const char version_table[] = "CREATE TABLE IF NOT EXISTS schema_version ("
				    "only BIGINT PRIMARY KEY CHECK (only = 1), version BIGINT NOT "
				    "NULL, checks BIGINT NOT NULL)";

static bool has_version_table(struct tsr_store *store)
{
	struct tsr_stmt *stmt = NULL;
	int r = tsr_stmt_create(&stmt, store, "SELECT version FROM schema_version WHERE only = 1");

	tsr_stmt_destroy(stmt);
	return r == 0;
}

int tsr_store_migrate_with(struct tsr_store *store, const struct tsr_migration *list, size_t n)
{
	struct migration_step step = { .list = list, .n = n };
	int64_t version = 0;
	int r;

	if (has_version_table(store)) {
		/* A database that is up to date is not written, so it may be read-only. */
		if ((r = read_version(store, &version)) != 0)
			return r;
		if (version == (int64_t)n)
			return 0;
	} else if ((r = run(store, version_table)) != 0) {
		return r;
	}
	do {
		if ((r = tsr_store_tx(store, migrate_once, &step)) != 0)
			return r;
	} while (!step.is_done);
	return 0;
}

int tsr_store_migrate(struct tsr_store *store)
{
	return tsr_store_migrate_with(store, tsr_migrations, tsr_n_migrations);
}

/* Statements ------------------------------------------------------------------------------- */

int tsr_stmt_create(struct tsr_stmt **out, struct tsr_store *store, const char *sql)
{
	struct tsr_stmt *stmt = calloc(1, sizeof(*stmt));
	int code, r = TSR_ERR_NOMEM;

	*out = NULL;
	if (!stmt)
		goto out;
	stmt->store = store;
	code = store->db ? sqlite3_prepare_v2(store->db, sql, -1, &stmt->st, NULL)
			 : SQLITE_CANTOPEN;
	r = code == SQLITE_OK ? 0 : fail(store, code);
	if (r != 0)
		goto out;
	*out = stmt;
	stmt = NULL; /* now the caller's */
out:
	free(stmt);
	return r;
}

void tsr_stmt_destroy(struct tsr_stmt *stmt)
{
	if (!stmt)
		return;
	sqlite3_finalize(stmt->st);
	free(stmt);
}

static int place_of(struct tsr_stmt *stmt, int n)
{
	char name[16];

	snprintf(name, sizeof(name), "$%d", n);
	return sqlite3_bind_parameter_index(stmt->st, name);
}

static void note_bind(struct tsr_stmt *stmt, int code)
{
	if (code != SQLITE_OK && stmt->err == 0)
		stmt->err = fail(stmt->store, code);
}

void tsr_stmt_bind_int(struct tsr_stmt *stmt, int n, int64_t value)
{
	note_bind(stmt, sqlite3_bind_int64(stmt->st, place_of(stmt, n), value));
}

void tsr_stmt_bind_text(struct tsr_stmt *stmt, int n, const char *text)
{
	note_bind(stmt, sqlite3_bind_text(stmt->st, place_of(stmt, n), text, -1, SQLITE_TRANSIENT));
}

void tsr_stmt_bind_blob(struct tsr_stmt *stmt, int n, struct tsr_slice bytes)
{
	/* A NULL pointer would bind NULL; no bytes are still bytes. */
	note_bind(stmt,
		sqlite3_bind_blob64(stmt->st, place_of(stmt, n),
			bytes.len ? bytes.data : (const void *)"", bytes.len, SQLITE_TRANSIENT));
}

void tsr_stmt_bind_null(struct tsr_stmt *stmt, int n)
{
	note_bind(stmt, sqlite3_bind_null(stmt->st, place_of(stmt, n)));
}

int tsr_stmt_step(struct tsr_stmt *stmt)
{
	int code;

	if (stmt->err != 0)
		return stmt->err;
	code = sqlite3_step(stmt->st);
	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : fail(stmt->store, code);
}

void tsr_stmt_reset(struct tsr_stmt *stmt)
{
	(void)sqlite3_reset(stmt->st); /* repeats the error that step gave */
	(void)sqlite3_clear_bindings(stmt->st);
}

int tsr_stmt_finish(struct tsr_stmt *stmt)
{
	int r;

	do {
		r = tsr_stmt_step(stmt);
	} while (r == 1);
	tsr_stmt_reset(stmt);
	return r;
}

int64_t tsr_stmt_int(struct tsr_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->st, column);
}

const char *tsr_stmt_text(struct tsr_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt->st, column);

	return text ? (const char *)text : "";
}

struct tsr_slice tsr_stmt_blob(struct tsr_stmt *stmt, int column)
{
	const void *data = sqlite3_column_blob(stmt->st, column);

	return tsr_slice(data, data ? (size_t)sqlite3_column_bytes(stmt->st, column) : 0);
}

bool tsr_stmt_is_null(struct tsr_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->st, column) == SQLITE_NULL;
}
