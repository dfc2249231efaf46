/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "test.h"

/* A folder of our own for database files. */
static char folder[64];
static char path[128];

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/tessera-store-XXXXXX");
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/test.db", folder);
}

static void remove_folder(void)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	char name[512];

	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		(void)unlink(name);
	}
	if (dir)
		closedir(dir);
	(void)rmdir(folder);
}

static const struct tsr_migration two[] = {
	{ 1, "counters",
		"CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL, "
		"bytes BYTEA);" },
	{ 2, "first", "INSERT INTO counters (name, value) VALUES ('first', 1);" },
};

static int64_t ask(struct tsr_store *store, const char *sql)
{
	struct tsr_stmt *stmt = NULL;
	int64_t value = -1;

	if (tsr_stmt_create(&stmt, store, sql) == 0 && tsr_stmt_step(stmt) == 1)
		value = tsr_stmt_int(stmt, 0);
	tsr_stmt_destroy(stmt);
	return value;
}

static void migrates_once(void)
{
	struct tsr_store *store;

	make_folder();
	for (int i = 0; i < 3; i++) {
		CHECK_INT(tsr_store_open(&store, path, NULL), 0);
		CHECK_INT(tsr_store_migrate_with(store, two, i == 0 ? 1 : 2), 0);
		CHECK_INT(ask(store, "SELECT version FROM schema_version"), i == 0 ? 1 : 2);
		CHECK_INT(ask(store, "SELECT count(*) FROM counters"), i == 0 ? 0 : 1);
		tsr_store_close(store);
	}
	remove_folder();
}

static void applies_the_migrations_of_the_program(void)
{
	struct tsr_store *store;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate(store), 0);
	CHECK_INT(tsr_store_migrate(store), 0);
	CHECK_INT(ask(store, "SELECT version FROM schema_version"), (int64_t)tsr_n_migrations);
	tsr_store_close(store);
}

/* The first half of a migration does not stay when the second fails. */
static void keeps_no_half_of_a_migration(void)
{
	static const struct tsr_migration bad[] = {
		{ 1, "good", "CREATE TABLE a (x BIGINT);" },
		{ 2, "bad", "CREATE TABLE b (x BIGINT); INSERT INTO nowhere VALUES (1);" },
	};
	struct tsr_store *store;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, bad, 2), TSR_ERR_STATE);
	CHECK_INT(ask(store, "SELECT version FROM schema_version"), 1);
	CHECK_INT(ask(store, "SELECT count(*) FROM sqlite_master WHERE name = 'b'"), 0);
	tsr_store_close(store);
}

static void refuses_a_newer_schema(void)
{
	struct tsr_store *store;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 1), TSR_ERR_STORE);
	CHECK(tsr_store_trouble(store) == TSR_STORE_NEWER);
	CHECK(strstr(tsr_store_trouble_text(TSR_STORE_NEWER), "newer version") != NULL);
	tsr_store_close(store);
}

static void says_why_it_cannot_open(void)
{
	enum tsr_store_trouble why;
	struct tsr_store *store;
	FILE *file;

	CHECK_INT(tsr_store_open(&store, "/nonexistent/folder/test.db", &why), TSR_ERR_STORE);
	CHECK(store == NULL && why == TSR_STORE_MISSING);
	make_folder();
	file = fopen(path, "w");
	CHECK(file != NULL);
	for (int i = 0; i < 1000; i++)
		fputs("this is no database. ", file);
	fclose(file);
	CHECK_INT(tsr_store_open(&store, path, &why), TSR_ERR_STORE);
	CHECK(why == TSR_STORE_DAMAGED);
	remove_folder();
}

static void binds_by_name_and_reads_back(void)
{
	static const uint8_t bytes[] = { 0, 1, 255, 0 };
	struct tsr_store *store;
	struct tsr_stmt *stmt;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_stmt_create(&stmt, store,
			  "INSERT INTO counters (bytes, value, name) VALUES ($3, $2, $1)"),
		0);
	tsr_stmt_bind_text(stmt, 1, "größe");
	tsr_stmt_bind_int(stmt, 2, INT64_MIN);
	tsr_stmt_bind_blob(stmt, 3, tsr_slice(bytes, sizeof(bytes)));
	CHECK_INT(tsr_stmt_finish(stmt), 0);
	tsr_stmt_bind_text(stmt, 1, "empty");
	tsr_stmt_bind_int(stmt, 2, 0);
	tsr_stmt_bind_blob(stmt, 3, tsr_slice(NULL, 0));
	CHECK_INT(tsr_stmt_finish(stmt), 0);
	/* The name is there already: the constraint says no. */
	tsr_stmt_bind_text(stmt, 1, "empty");
	tsr_stmt_bind_int(stmt, 2, 0);
	tsr_stmt_bind_null(stmt, 3);
	CHECK_INT(tsr_stmt_finish(stmt), TSR_ERR_OUTRACED);
	tsr_stmt_destroy(stmt);
	CHECK_INT(tsr_stmt_create(&stmt, store,
			  "SELECT name, value, bytes FROM counters ORDER BY value LIMIT 2"),
		0);
	CHECK_INT(tsr_stmt_step(stmt), 1);
	CHECK_STR(tsr_stmt_text(stmt, 0), "größe");
	CHECK(tsr_stmt_int(stmt, 1) == INT64_MIN);
	CHECK(tsr_slice_equal(tsr_stmt_blob(stmt, 2), tsr_slice(bytes, sizeof(bytes))));
	CHECK_INT(tsr_stmt_step(stmt), 1);
	CHECK(!tsr_stmt_is_null(stmt, 2) && tsr_stmt_blob(stmt, 2).len == 0);
	tsr_stmt_destroy(stmt);
	tsr_store_close(store);
}

static int insert_then_fail(struct tsr_store *store, void *arg)
{
	int r = tsr_store_run(store, "INSERT INTO counters (name, value) VALUES ('x', 1)");

	return r != 0 ? r : *(int *)arg;
}

static void rolls_back_when_the_body_fails(void)
{
	struct tsr_store *store;
	int err = TSR_ERR_DENIED;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_store_tx(store, insert_then_fail, &err), TSR_ERR_DENIED);
	CHECK_INT(ask(store, "SELECT count(*) FROM counters"), 1);
	err = 0;
	CHECK_INT(tsr_store_tx(store, insert_then_fail, &err), 0);
	CHECK_INT(ask(store, "SELECT count(*) FROM counters"), 2);
	tsr_store_close(store);
}

static int busy_thrice(struct tsr_store *store, void *arg)
{
	int *n = arg;
	int r = tsr_store_run(store, "UPDATE counters SET value = value + 1");

	return r != 0 ? r : ++*n < 4 ? TSR_ERR_BUSY : 0;
}

static void runs_again_when_asked_to(void)
{
	struct tsr_store *store;
	int n = 0;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_store_tx(store, busy_thrice, &n), 0);
	CHECK_INT(n, 4);
	CHECK_INT(ask(store, "SELECT value FROM counters"), 2);
	tsr_store_close(store);
}

static void takes_one_program_at_a_time(void)
{
	struct tsr_store *store, *other;
	enum tsr_store_trouble trouble;

	make_folder();
	CHECK_INT(tsr_store_open(&store, path, NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_store_open(&other, path, &trouble), TSR_ERR_BUSY);
	CHECK(trouble == TSR_STORE_BUSY);
	CHECK_INT(ask(store, "SELECT value FROM counters"), 1);
	tsr_store_close(store);
	CHECK_INT(tsr_store_open(&other, path, NULL), 0);
	tsr_store_close(other);
	remove_folder();
}

static int write_much(struct tsr_store *store, void *arg)
{
	struct tsr_stmt *stmt = NULL;
	static const uint8_t block[8192];
	int r = tsr_stmt_create(&stmt, store, "UPDATE counters SET bytes = $1");

	(void)arg;
	if (r == 0) {
		tsr_stmt_bind_blob(stmt, 1, tsr_slice(block, sizeof(block)));
		r = tsr_stmt_finish(stmt);
	}
	tsr_stmt_destroy(stmt);
	return r;
}

static void survives_a_full_disk(void)
{
	struct tsr_store *store;

	make_folder();
	CHECK_INT(tsr_store_open(&store, path, NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_store_set_max_pages(store, 1), 0);
	CHECK_INT(tsr_store_tx(store, write_much, NULL), TSR_ERR_STORE);
	CHECK(tsr_store_trouble(store) == TSR_STORE_FULL);
	CHECK_INT(ask(store, "SELECT value FROM counters"), 1);
	CHECK_INT(tsr_store_set_max_pages(store, 0), 0);
	CHECK_INT(tsr_store_tx(store, write_much, NULL), 0);
	tsr_store_close(store);
	remove_folder();
}

static void survives_being_read_only(void)
{
	struct tsr_store *store;

	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate(store), 0);
	CHECK_INT(tsr_store_check_writable(store), 0);
	CHECK_INT(tsr_store_set_read_only(store, true), 0);
	CHECK_INT(tsr_store_check_writable(store), TSR_ERR_STORE);
	CHECK(tsr_store_trouble(store) == TSR_STORE_READ_ONLY);
	CHECK_INT(tsr_store_set_read_only(store, false), 0);
	CHECK_INT(tsr_store_check_writable(store), 0);
	tsr_store_close(store);
}

/* A file that was read-only when it was opened: readable, and writable by itself once it is. */
static void opens_anew_what_was_read_only(void)
{
	struct tsr_store *store;

	if (geteuid() == 0)
		SKIP("root may write everything");
	make_folder();
	CHECK_INT(tsr_store_open(&store, path, NULL), 0);
	CHECK_INT(tsr_store_migrate(store), 0);
	tsr_store_close(store);
	CHECK_INT(chmod(path, 0400), 0);
	CHECK_INT(tsr_store_open(&store, path, NULL), 0);
	CHECK_INT(tsr_store_migrate(store), 0);
	CHECK_INT(tsr_store_check_writable(store), TSR_ERR_STORE);
	CHECK(tsr_store_trouble(store) == TSR_STORE_READ_ONLY);
	CHECK_INT(chmod(path, 0600), 0);
	CHECK_INT(tsr_store_check_writable(store), 0);
	tsr_store_close(store);
	remove_folder();
}

static bool file_holds(const char *name, const char *text)
{
	char data[1 << 16];
	FILE *file = fopen(name, "rb");
	size_t n = file ? fread(data, 1, sizeof(data), file) : 0;

	if (file)
		fclose(file);
	return memmem(data, n, text, strlen(text)) != NULL;
}

static void leaves_nothing_of_what_was_erased(void)
{
	static const char canary[] = "canary-5f1d93";
	char log[160];
	struct tsr_store *store;

	make_folder();
	snprintf(log, sizeof(log), "%s-wal", path);
	CHECK_INT(tsr_store_open(&store, path, NULL), 0);
	CHECK_INT(tsr_store_migrate_with(store, two, 2), 0);
	CHECK_INT(tsr_store_run(
			  store, "INSERT INTO counters (name, value) VALUES ('canary-5f1d93', 1)"),
		0);
	CHECK(file_holds(path, canary) || file_holds(log, canary));
	CHECK_INT(tsr_store_run(store, "DELETE FROM counters WHERE value = 1"), 0);
	CHECK_INT(tsr_store_flush(store), 0);
	CHECK(!file_holds(path, canary) && !file_holds(log, canary));
	tsr_store_close(store);
	remove_folder();
}

TEST_MAIN(TEST(migrates_once), TEST(applies_the_migrations_of_the_program),
	TEST(keeps_no_half_of_a_migration), TEST(refuses_a_newer_schema),
	TEST(says_why_it_cannot_open), TEST(binds_by_name_and_reads_back),
	TEST(rolls_back_when_the_body_fails), TEST(runs_again_when_asked_to),
	TEST(takes_one_program_at_a_time), TEST(survives_a_full_disk),
	TEST(survives_being_read_only), TEST(opens_anew_what_was_read_only),
	TEST(leaves_nothing_of_what_was_erased))
