/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/pack.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "proto/unpack.h"
#include "server/edge/pack_control.h"
#include "server/edge/report.h"
#include "session.pb-c.h"
#include "test.h"

static struct tsr_session *session;

static void drain(void)
{
	struct tsr_session_event event;

	while (tsr_session_poll_event(session, &event))
		;
}

/* A session with the organizer 1, 299 attendees, all present, and one who waits. */
static int make_session(void)
{
	struct tsr_session_record record = { .settings = { .chat_public = true } };
	int r = tsr_session_create(&session, &record, 5, TSR_SECOND);

	for (uint32_t i = 1; i <= 301 && r == 0; i++) {
		struct tsr_session_claims claims = {
			.member = { i },
			.role = i == 1     ? TSR_ROLE_ORGANIZER
				: i == 301 ? TSR_ROLE_WAITING
					   : TSR_ROLE_ATTENDEE,
			.by_link = true,
			.name = "A name of some length, so that it takes room",
		};

		claims.device_key[0] = claims.device_hash[0] = (uint8_t)i;
		claims.device_hash[1] = (uint8_t)(i >> 8);
		r = tsr_session_handle_connect(session, &claims, i, TSR_SECOND);
		drain();
	}
	return r;
}

struct seen {
	unsigned n, n_full, n_members, n_waiting;
	uint64_t seq;
	bool is_one_seq;
	size_t longest;
};

static void look(void *user, struct tsr_msg *msg)
{
	struct seen *seen = user;
	struct tsr_arena arena = { 0 };
	const Tessera__V1__State *state;

	if (msg->data[0] != 0 ||
		tsr_proto_unpack_within(&tessera__v1__to_client__descriptor,
			tsr_slice(msg->data + 1, msg->len - 1), 65536, 1 << 20, &arena) != 0) {
		seen->longest = SIZE_MAX;
		tsr_msg_unref(&msg);
		return;
	}
	state = ((const Tessera__V1__ToClient *)(const void *)arena.message)->state;
	seen->is_one_seq = seen->n == 0 || (seen->is_one_seq && seen->seq == state->state_seq);
	seen->seq = state->state_seq;
	seen->n++;
	seen->n_full += state->full;
	for (size_t i = 0; i < state->n_members; i++) {
		seen->n_members++;
		seen->n_waiting += state->members[i]->role == TESSERA__V1__ROLE__ROLE_WAITING;
	}
	if (msg->len > seen->longest)
		seen->longest = msg->len;
	tsr_arena_finish(&arena);
	tsr_msg_unref(&msg);
}

static void splits_a_large_state(void)
{
	struct tsr_pack_state what = { .may_admit = true };
	struct seen seen = { 0 };

	CHECK_INT(make_session(), 0);
	what.session = session;
	CHECK_INT(tsr_pack_full(&what, look, &seen), 0);
	CHECK(seen.n > 1);
	CHECK_INT(seen.n_full, 1);
	CHECK(seen.is_one_seq);
	CHECK(seen.longest <= 65536);
	CHECK_INT(seen.n_members, tsr_session_n_members(session) + tsr_session_n_waiting(session));
	CHECK(seen.n_waiting > 0);
	tsr_session_destroy(session);
}

static void shows_waiters_to_who_may_admit_only(void)
{
	struct tsr_pack_state what = { .may_admit = false };
	struct seen seen = { 0 };

	CHECK_INT(make_session(), 0);
	what.session = session;
	CHECK_INT(tsr_pack_full(&what, look, &seen), 0);
	CHECK_INT(seen.n_waiting, 0);
	CHECK_INT(seen.n_members, tsr_session_n_members(session));
	tsr_session_destroy(session);
}

static void puts_the_id_of_a_packet_in_front(void)
{
	struct tsr_session_uid uid = { { 1, 2, 3 } };
	struct tsr_msg *packet = tsr_pack_open(&uid);
	struct tsr_arena arena = { 0 };
	uint8_t bytes[128];

	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t id = (uint64_t)1 << bit;
		size_t n = tsr_pack_id(bytes, id);
		const Tessera__Ipc__ToControl *message;

		memcpy(bytes + n, packet->data, packet->len);
		CHECK_INT(tsr_proto_unpack(&tessera__ipc__to_control__descriptor,
				  tsr_slice(bytes, n + packet->len), 128, &arena),
			0);
		message = (const void *)arena.message;
		CHECK(message->id == id);
		CHECK_INT(message->body_case, TESSERA__IPC__TO_CONTROL__BODY_OPEN);
		CHECK_MEM(message->open->session_uid.data, uid.v, TSR_UID_LEN);
		tsr_arena_finish(&arena);
	}
	tsr_msg_unref(&packet);
}

static void a_full_commit_fits_a_packet(void)
{
	static struct tsr_member_record members[TSR_SESSION_COMMIT_MAX];
	struct tsr_session_uid uid = { { 1 } };
	struct tsr_session_commit commit = {
		.seq = UINT64_MAX,
		.members = members,
		.n_members = TSR_SESSION_COMMIT_MAX,
	};
	struct tsr_msg *packet;

	for (size_t i = 0; i < TSR_SESSION_COMMIT_MAX; i++) {
		members[i].id.v = UINT32_MAX;
		memset(members[i].name, 'x', TSR_NAME_SIZE - 1);
		memset(members[i].source, 'y', TSR_SOURCE_SIZE - 1);
	}
	packet = tsr_pack_commit(&uid, &commit);
	CHECK(packet);
	CHECK(packet->len + TSR_PACKET_ID_MAX <= 65536);
	tsr_msg_unref(&packet);
}

static void takes_a_record_and_nothing_strange(void)
{
	Tessera__Ipc__SessionRecord record = TESSERA__IPC__SESSION_RECORD__INIT;
	Tessera__Ipc__MemberRecord member = TESSERA__IPC__MEMBER_RECORD__INIT;
	Tessera__Ipc__MemberRecord *list[] = { &member };
	struct tsr_host_opening *opening = calloc(1, sizeof(*opening));
	uint8_t hash[32] = { 9 };
	char name[] = "Ada", number[] = "418205937";

	record.members = list;
	record.n_members = 1;
	record.number = number;
	member.id = 4;
	member.name = name;
	member.device_key_hash.data = hash;
	member.device_key_hash.len = 32;
	member.role = 2;
	CHECK_INT(tsr_opening_add(opening, &record), 0);
	CHECK_INT(opening->n_members, 1);
	CHECK_STR(opening->members[0].name, "Ada");
	CHECK_STR(opening->number, "418205937");
	member.role = 9;
	CHECK_INT(tsr_opening_add(opening, &record), TSR_ERR_FORMAT);
	member.role = 2;
	member.device_key_hash.len = 31;
	CHECK_INT(tsr_opening_add(opening, &record), TSR_ERR_FORMAT);
	tsr_host_opening_destroy(opening);
}

static const Tessera__V1__ToClient *read_back(struct tsr_msg *msg, struct tsr_arena *arena)
{
	if (!msg || tsr_proto_unpack_within(&tessera__v1__to_client__descriptor,
			    tsr_slice(msg->data + 1, msg->len - 1), 65536, 1 << 20, arena) != 0)
		return NULL;
	return (const Tessera__V1__ToClient *)(const void *)arena->message;
}

static void tells_the_presenter_how_it_gets_on(void)
{
	struct tsr_share_counts counts = { 1, 2, 3, 0, 4, 5, 6, 7 };
	struct tsr_report_sum sum = { .n_viewers = 2000, .n_in_sync = 1900, .n_late = 100 };
	const Tessera__V1__StreamStats *stats;
	struct tsr_arena arena = { 0 };
	struct tsr_msg *msg;

	for (uint32_t i = 0; i < TSR_REPORT_NAMED; i++)
		sum.behind[i] = (struct tsr_report_viewer){ i + 1, 60000 - i, 1000, false };
	sum.n_behind = TSR_REPORT_NAMED;
	sum.bytes_out = 1ull << 40;
	msg = tsr_pack_stats(9, 1ull << 33, 77, &counts, &sum);
	CHECK(msg && msg->len < 2000); /* once a second, however many watch */
	stats = read_back(msg, &arena)->stream_stats;
	CHECK(stats != NULL);
	CHECK_INT(stats->stream, 9);
	CHECK_INT(stats->viewers, 2000);
	CHECK_INT(stats->late, 100);
	CHECK_INT(stats->n_behind, TSR_REPORT_NAMED);
	CHECK_INT(stats->behind[0]->member, 1);
	CHECK_INT(stats->behind[0]->lag_ms, 60000);
	CHECK_INT(stats->keys, 1);
	CHECK_INT(stats->deltas, 2);
	CHECK_INT(stats->previews, 3);
	CHECK_INT(stats->dropped, 4);
	CHECK_INT(stats->needs, 5);
	CHECK_INT(stats->refreshes, 6);
	CHECK_INT(stats->unreadable, 7);
	tsr_arena_finish(&arena);
	tsr_msg_unref(&msg);
}

static void tells_how_good_connections_are(void)
{
	static uint32_t members[2000], rtt_ms[2000];
	struct tsr_arena arena = { 0 };
	const Tessera__V1__Paths *paths;
	struct tsr_msg *msg;

	for (uint32_t i = 0; i < 2000; i++) {
		members[i] = i + 1;
		rtt_ms[i] = i % 400;
	}
	msg = tsr_pack_paths(members, rtt_ms, 2000);
	CHECK(msg && msg->len < 8192);
	paths = read_back(msg, &arena)->paths;
	CHECK(paths != NULL);
	CHECK_INT(paths->n_members, 2000);
	CHECK_INT(paths->n_rtt_ms, 2000);
	CHECK_INT(paths->members[1999], 2000);
	CHECK_INT(paths->rtt_ms[1999], 399);
	tsr_arena_finish(&arena);
	tsr_msg_unref(&msg);
}

TEST_MAIN(TEST(splits_a_large_state), TEST(shows_waiters_to_who_may_admit_only),
	TEST(puts_the_id_of_a_packet_in_front), TEST(a_full_commit_fits_a_packet),
	TEST(takes_a_record_and_nothing_strange), TEST(tells_the_presenter_how_it_gets_on),
	TEST(tells_how_good_connections_are))
