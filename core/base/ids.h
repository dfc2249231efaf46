/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_IDS_H
#define TSR_BASE_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Ids are structs of one member, so that one kind cannot be passed as another. */
struct tsr_member_id {
	uint32_t v; /* 1.., unique in a session for ever; 0 = nobody, or everybody */
};
struct tsr_stream_id {
	uint32_t v; /* 1.., unique in a session for ever */
};

#define TSR_UID_LEN 16
struct tsr_session_uid {
	uint8_t v[TSR_UID_LEN]; /* random; one instance of a session */
};

static inline bool tsr_member_id_equal(struct tsr_member_id a, struct tsr_member_id b)
{
	return a.v == b.v;
}
static inline bool tsr_session_uid_equal(
	const struct tsr_session_uid *a, const struct tsr_session_uid *b)
{
	return memcmp(a->v, b->v, TSR_UID_LEN) == 0;
}

#endif
