/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/directory.h"

#include <stdlib.h>

void tsr_host_opening_destroy(struct tsr_host_opening *opening)
{
	if (!opening)
		return;
	free(opening->members);
	free(opening);
}

void tsr_directory_init(struct tsr_directory *directory)
{
	directory->n = 0;
	for (unsigned i = 0; i < TSR_DIRECTORY_BUCKETS; i++)
		tsr_list_init(&directory->buckets[i]);
}

void tsr_directory_finish(struct tsr_directory *directory)
{
	for (unsigned i = 0; i < TSR_DIRECTORY_BUCKETS; i++)
		while (!tsr_list_is_empty(&directory->buckets[i]))
			tsr_directory_remove(directory,
				tsr_list_entry(directory->buckets[i].next, struct tsr_place, link));
}

/* Uids are drawn by control and come signed: nobody outside chooses them. */
static struct tsr_list *bucket_of(
	struct tsr_directory *directory, const struct tsr_session_uid *uid)
{
	return &directory->buckets[(uid->v[0] << 8 | uid->v[1]) % TSR_DIRECTORY_BUCKETS];
}

struct tsr_place *tsr_directory_find(
	struct tsr_directory *directory, const struct tsr_session_uid *uid)
{
	struct tsr_list *bucket = bucket_of(directory, uid);

	tsr_list_each (pos, next, bucket) {
		struct tsr_place *place = tsr_list_entry(pos, struct tsr_place, link);

		if (tsr_session_uid_equal(&place->uid, uid))
			return place;
	}
	return NULL;
}

struct tsr_place *tsr_directory_add(
	struct tsr_directory *directory, const struct tsr_session_uid *uid)
{
	struct tsr_place *place = NULL;

	if (directory->n < TSR_DIRECTORY_SESSIONS_MAX)
		place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->uid = *uid;
	tsr_list_init(&place->waiting);
	tsr_list_append(bucket_of(directory, uid), &place->link);
	directory->n++;
	return place;
}

void tsr_directory_remove(struct tsr_directory *directory, struct tsr_place *place)
{
	tsr_list_each (pos, next, &place->waiting) {
		tsr_list_remove(pos);
		free(tsr_list_entry(pos, struct tsr_entry, link));
	}
	tsr_host_opening_destroy(place->opening);
	tsr_list_remove(&place->link);
	free(place);
	directory->n--;
}
