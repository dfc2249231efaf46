/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_STORE_STORE_H
#define TSR_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * store: a thin typed layer over the database. The SQL text is the same for every engine:
 * placeholders $1..$n, `ON CONFLICT`, `RETURNING`, 64-bit milliseconds for time, integers for
 * booleans, BYTEA for bytes; no functions of the clock, no serial numbers, no JSON operators.
 *
 * One store is used by one thread. Statements live inside one call of the caller: create, bind,
 * step, destroy; none may be held over a return to the event loop.
 *
 * Errors: TSR_ERR_STORE when the database cannot keep or give something right now (the reason is
 * tsr_store_trouble()), TSR_ERR_BUSY when another writer was in the way for too long,
 * TSR_ERR_OUTRACED when a constraint of the schema says no, TSR_ERR_NOMEM, TSR_ERR_STATE for our
 * own mistakes in SQL. After any of them the store can be used again.
 */
struct tsr_store;
struct tsr_stmt;

/* Why the last failed call failed. */
enum tsr_store_trouble {
	TSR_STORE_FINE,
	TSR_STORE_FULL,      /* the disk (or the allowed size) is full */
	TSR_STORE_READ_ONLY, /* the file or its folder cannot be written */
	TSR_STORE_BUSY,      /* locked by another process */
	TSR_STORE_NEWER,     /* written by a newer program: the schema is not known to this one */
	TSR_STORE_DAMAGED,   /* not a database, or a broken one */
	TSR_STORE_MISSING,   /* cannot be opened or made */
	TSR_STORE_OTHER,
};

/* A sentence for people that says what to do; "" for TSR_STORE_FINE. */
const char *tsr_store_trouble_text(enum tsr_store_trouble trouble);

/* Opens the database at path, making it when it is not there; ":memory:" is a private one. One
 * program has it alone, until it closes it: others get TSR_ERR_BUSY.
 * *trouble (may be NULL) says why when it fails with TSR_ERR_STORE. */
TSR_CHECKED int tsr_store_open(
	struct tsr_store **out, const char *path, enum tsr_store_trouble *trouble);
void tsr_store_close(struct tsr_store *store); /* NULL is fine */

enum tsr_store_trouble tsr_store_trouble(const struct tsr_store *store);

/* Brings the schema up to the newest migration built into the program, one transaction each.
 * TSR_ERR_STORE with TSR_STORE_NEWER when the database is ahead of the program. */
TSR_CHECKED int tsr_store_migrate(struct tsr_store *store);

/* The same with another list, for tests. */
struct tsr_migration {
	int64_t version; /* 1.., rising by one */
	const char *name;
	const char *sql;
};
TSR_CHECKED int tsr_store_migrate_with(
	struct tsr_store *store, const struct tsr_migration *list, size_t n);

/* The migrations built into the program (made from store/migrations at build time). */
extern const struct tsr_migration tsr_migrations[];
extern const size_t tsr_n_migrations;

/* Proves that the store can write: 0, or the error that a write meets. Opens the file anew when
 * it had been opened while it was read-only, so that the process recovers by itself. */
TSR_CHECKED int tsr_store_check_writable(struct tsr_store *store);

/* Runs body in one transaction: committed when it returns 0, rolled back when it returns an
 * error, run again (from the start, at most 5 times) when the database asks for a retry. The
 * body must not keep anything from a run that failed. */
TSR_CHECKED int tsr_store_tx(
	struct tsr_store *store, int (*body)(struct tsr_store *store, void *arg), void *arg);

/* Keeps at most this many pages; 0 = no limit. Tests make a full disk with it. */
TSR_CHECKED int tsr_store_set_max_pages(struct tsr_store *store, int64_t n_pages);

/* Refuses or allows writes by this connection. Tests make a read-only database with it. */
TSR_CHECKED int tsr_store_set_read_only(struct tsr_store *store, bool on);

/* Brings what the log beside the database holds into it and empties the log, so that erased rows
 * are in no file any more. */
TSR_CHECKED int tsr_store_flush(struct tsr_store *store);

/* Runs one statement without results. */
TSR_CHECKED int tsr_store_run(struct tsr_store *store, const char *sql);

/* Statement ------------------------------------------------------------------------------- */

/* The statement keeps store; sql is copied. */
TSR_CHECKED int tsr_stmt_create(struct tsr_stmt **out, struct tsr_store *store, const char *sql);
void tsr_stmt_destroy(struct tsr_stmt *stmt); /* NULL is fine */

/* Binds $n. Bytes and text are copied. A failure is sticky and comes out of tsr_stmt_step(). */
void tsr_stmt_bind_int(struct tsr_stmt *stmt, int n, int64_t value);
void tsr_stmt_bind_text(struct tsr_stmt *stmt, int n, const char *text);
void tsr_stmt_bind_blob(struct tsr_stmt *stmt, int n, struct tsr_slice bytes);
void tsr_stmt_bind_null(struct tsr_stmt *stmt, int n);

/* 1 = a row is at hand, 0 = no more rows, or an error. */
TSR_CHECKED int tsr_stmt_step(struct tsr_stmt *stmt);

/* Forgets bindings and rows, for another round. */
void tsr_stmt_reset(struct tsr_stmt *stmt);

/* Steps to the end, then resets. 0 or an error. */
TSR_CHECKED int tsr_stmt_finish(struct tsr_stmt *stmt);

/* Columns of the row at hand, from 0. Text and bytes live until the next step. NULL in the
 * database reads as 0, "" and no bytes. */
int64_t tsr_stmt_int(struct tsr_stmt *stmt, int column);
const char *tsr_stmt_text(struct tsr_stmt *stmt, int column);
struct tsr_slice tsr_stmt_blob(struct tsr_stmt *stmt, int column);
bool tsr_stmt_is_null(struct tsr_stmt *stmt, int column);

/* Rows changed by the last statement that ran. */
int64_t tsr_store_n_changed(const struct tsr_store *store);

#endif
