/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/retention.h"

#include <string.h>

#include "core/base/err.h"
#include "server/control/records.h"

struct round {
	struct tsr_session_uid *expired;
	int n;
	uint64_t now_ms;
};

static int run_before(struct tsr_store *store, const char *sql, uint64_t ms)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	if ((r = tsr_stmt_create(&stmt, store, sql)) == 0) {
		tsr_stmt_bind_int(stmt, 1, (int64_t)ms);
		r = tsr_stmt_finish(stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

static int list_idle(struct round *round, struct tsr_store *store)
{
	struct tsr_stmt *stmt = NULL;
	int r;

	round->n = 0;
	r = tsr_stmt_create(&stmt, store,
		"SELECT uid FROM sessions WHERE idle_since_ms > 0 AND idle_since_ms <= $1 LIMIT "
		"$2");
	if (r != 0)
		goto out;
	tsr_stmt_bind_int(stmt, 1, (int64_t)(round->now_ms - TSR_IDLE_MS));
	tsr_stmt_bind_int(stmt, 2, TSR_RETENTION_BATCH);
	while (round->n < TSR_RETENTION_BATCH && (r = tsr_stmt_step(stmt)) == 1) {
		struct tsr_slice uid = tsr_stmt_blob(stmt, 0);

		if (uid.len == TSR_UID_LEN)
			memcpy(round->expired[round->n++].v, uid.data, TSR_UID_LEN);
	}
	r = r < 0 ? r : 0;
out:
	tsr_stmt_destroy(stmt);
	return r;
}

static int round_in_tx(struct tsr_store *store, void *arg)
{
	struct round *round = arg;
	struct tsr_session_row row;
	int r;

	if ((r = run_before(store,
		     "DELETE FROM numbers WHERE retired_until IS NOT NULL AND retired_until <= $1",
		     round->now_ms)) != 0 ||
		(r = run_before(store,
			 "UPDATE numbers SET ended_ms = NULL, ended_uid = NULL, "
			 "ended_join_hash = NULL, ended_organizer_hash = NULL "
			 "WHERE ended_ms IS NOT NULL AND ended_ms <= $1",
			 round->now_ms - TSR_ENDED_MS)) != 0 ||
		(r = list_idle(round, store)) != 0)
		return r;
	for (int i = 0; i < round->n && r == 0; i++) {
		if ((r = tsr_session_find(&row, store, &round->expired[i])) == 0)
			r = tsr_session_erase(store, &row, round->now_ms);
	}
	return r;
}

int tsr_retention_run(struct tsr_session_uid expired[static TSR_RETENTION_BATCH],
	struct tsr_store *store, uint64_t now_ms)
{
	struct round round = { .expired = expired, .now_ms = now_ms };
	int r;

	if (now_ms < TSR_IDLE_MS)
		return TSR_ERR_RANGE; /* a clock that was never set */
	if ((r = tsr_store_tx(store, round_in_tx, &round)) != 0)
		return r;
	return round.n > 0 && (r = tsr_store_flush(store)) != 0 ? r : round.n;
}

int tsr_retention_note_all_idle(struct tsr_store *store, uint64_t now_ms)
{
	return run_before(
		store, "UPDATE sessions SET idle_since_ms = $1 WHERE idle_since_ms = 0", now_ms);
}
