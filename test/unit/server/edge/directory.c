/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/directory.h"

#include <stdlib.h>

#include "test.h"

static struct tsr_session_uid uid_of(unsigned n)
{
	return (struct tsr_session_uid){ { (uint8_t)n, (uint8_t)(n >> 8), 7, (uint8_t)(n >> 1) } };
}

static void finds_and_forgets_places(void)
{
	static struct tsr_directory directory;
	struct tsr_session_uid a = uid_of(1), b = uid_of(2);
	struct tsr_place *place;

	tsr_directory_init(&directory);
	CHECK(!tsr_directory_find(&directory, &a));
	place = tsr_directory_add(&directory, &a);
	CHECK(place);
	CHECK(tsr_directory_find(&directory, &a) == place);
	CHECK(!tsr_directory_find(&directory, &b));
	tsr_directory_remove(&directory, place);
	CHECK(!tsr_directory_find(&directory, &a));
	CHECK_INT(directory.n, 0);
}

static void is_bounded(void)
{
	static struct tsr_directory directory;
	struct tsr_session_uid uid;

	tsr_directory_init(&directory);
	for (unsigned i = 0; i < TSR_DIRECTORY_SESSIONS_MAX; i++) {
		uid = uid_of(i);
		CHECK(tsr_directory_add(&directory, &uid));
	}
	uid = uid_of(TSR_DIRECTORY_SESSIONS_MAX);
	CHECK(!tsr_directory_add(&directory, &uid));
	tsr_directory_finish(&directory);
	CHECK_INT(directory.n, 0);
}

static void frees_who_waits(void)
{
	static struct tsr_directory directory;
	struct tsr_session_uid uid = uid_of(1);
	struct tsr_entry *entry = calloc(1, sizeof(*entry));
	struct tsr_place *place;

	tsr_directory_init(&directory);
	place = tsr_directory_add(&directory, &uid);
	tsr_list_append(&place->waiting, &entry->link);
	place->opening = calloc(1, sizeof(*place->opening));
	tsr_directory_finish(&directory);
	CHECK_INT(directory.n, 0);
}

TEST_MAIN(TEST(finds_and_forgets_places), TEST(is_bounded), TEST(frees_who_waits))
