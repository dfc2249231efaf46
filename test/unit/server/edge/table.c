/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/table.h"

#include "test.h"

static void finds_what_was_added(void)
{
	struct tsr_table table = { 0 };
	uint64_t ids[200];
	int items[200];

	for (int i = 0; i < 200; i++) {
		CHECK_INT(tsr_table_add(&table, &items[i], &ids[i]), 0);
		CHECK(ids[i] != 0 && ids[i] < (uint64_t)1 << 56);
	}
	for (int i = 0; i < 200; i++)
		CHECK(tsr_table_find(&table, ids[i]) == &items[i]);
	tsr_table_finish(&table);
}

static void never_gives_an_id_twice(void)
{
	struct tsr_table table = { 0 };
	uint64_t first, id;
	int item;

	CHECK_INT(tsr_table_add(&table, &item, &first), 0);
	tsr_table_remove(&table, first);
	CHECK(!tsr_table_find(&table, first));
	CHECK_INT(tsr_table_add(&table, &item, &id), 0);
	CHECK(id != first);
	CHECK(!tsr_table_find(&table, first));
	tsr_table_remove(&table, first); /* says nothing to the new one */
	CHECK(tsr_table_find(&table, id) == &item);
	tsr_table_finish(&table);
}

static void knows_nothing_of_strange_ids(void)
{
	struct tsr_table table = { 0 };
	uint64_t id;
	int item;

	CHECK(!tsr_table_find(&table, 0));
	CHECK(!tsr_table_find(&table, UINT64_MAX));
	CHECK_INT(tsr_table_add(&table, &item, &id), 0);
	CHECK(!tsr_table_find(&table, 0));
	CHECK(!tsr_table_find(&table, id + 1));
	CHECK(!tsr_table_find(&table, id | (uint64_t)1 << 60));
	tsr_table_finish(&table);
}

TEST_MAIN(TEST(finds_what_was_added), TEST(never_gives_an_id_twice),
	TEST(knows_nothing_of_strange_ids))
