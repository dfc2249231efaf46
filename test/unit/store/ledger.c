/* SPDX-License-Identifier: Apache-2.0 */
/* Every stored column has a line in docs/storage.md that says why and how long, and the other
 * way round. */
#include <stdlib.h>

#include "core/base/err.h"
#include "store/store.h"
#include "test.h"

#define LEDGER TSR_SOURCE_ROOT "/docs/storage.md"
#define MAX_LINES 200
#define NAME_LEN 80

static char listed[MAX_LINES][NAME_LEN]; /* table.column */
static size_t n_listed;

/* Takes "| `table.column` | why | until |"; a line whose why or until is empty does not count. */
static void take_line(const char *line)
{
	char name[NAME_LEN], why[512], until[256];

	if (n_listed < MAX_LINES &&
		sscanf(line, "| `%79[a-z_.]` | %511[^|]| %255[^|]|", name, why, until) == 3 &&
		strlen(why) > 3 && strlen(until) > 2)
		snprintf(listed[n_listed++], NAME_LEN, "%s", name);
}

static bool read_ledger(void)
{
	FILE *file = fopen(LEDGER, "r");
	char line[2048];

	n_listed = 0;
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		take_line(line);
	fclose(file);
	return n_listed > 0;
}

/* How often the ledger lists the column. */
static int count_listed(const char *name)
{
	int n = 0;

	for (size_t i = 0; i < n_listed; i++)
		n += strcmp(listed[i], name) == 0;
	return n;
}

static void agrees_with_the_schema(void)
{
	struct tsr_store *store;
	struct tsr_stmt *stmt;
	size_t n_columns = 0;
	int r;

	CHECK(read_ledger());
	CHECK_INT(tsr_store_open(&store, ":memory:", NULL), 0);
	CHECK_INT(tsr_store_migrate(store), 0);
	CHECK_INT(tsr_stmt_create(&stmt, store,
			  "SELECT m.name || '.' || p.name FROM sqlite_master AS m, "
			  "pragma_table_info(m.name) AS p WHERE m.type = 'table'"),
		0);
	while ((r = tsr_stmt_step(stmt)) == 1) {
		if (count_listed(tsr_stmt_text(stmt, 0)) != 1)
			printf("# column %s has no line, or several\n", tsr_stmt_text(stmt, 0));
		CHECK_INT(count_listed(tsr_stmt_text(stmt, 0)), 1);
		n_columns++;
	}
	CHECK_INT(r, 0);
	/* Each column once and as many lines as columns: no line without a column. */
	CHECK_INT(n_listed, n_columns);
	tsr_stmt_destroy(stmt);
	tsr_store_close(store);
}

TEST_MAIN(TEST(agrees_with_the_schema))
