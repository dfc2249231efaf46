/* SPDX-License-Identifier: Apache-2.0 */
/* What the edge commits: kept whole or not at all, once, and given back. */
#include "test.h"
#include "test/unit/server/control/rig.h"

/* A session with two members who came by link: devices 1 and 2, ids 1 and 2. */
static struct rig_session start(struct rig *rig)
{
	struct rig_session session = rig_create_session(rig, "Plans", "", false);

	RIG_MUST(!session.failed);
	RIG_MUST(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status == 200);
	RIG_MUST(rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK)).status == 200);
	return session;
}

static Tessera__Ipc__Commit commit_of(const struct rig_session *session, uint64_t seq)
{
	Tessera__Ipc__Commit commit = TESSERA__IPC__COMMIT__INIT;

	commit.session_uid.data = (uint8_t *)(uintptr_t)session->uid.v;
	commit.session_uid.len = TSR_UID_LEN;
	commit.state_seq = seq;
	return commit;
}

static void gives_back_what_it_kept(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig);
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	Tessera__Ipc__SessionSettings settings = TESSERA__IPC__SESSION_SETTINGS__INIT;
	Tessera__Ipc__MemberRecord *members[] = { rig_member(2, 2), rig_member(1, 1) };
	const Tessera__Ipc__SessionRecord *record;
	struct tsr_arena arena = { 0 };
	size_t n;

	settings.locked = settings.chat_private = true;
	settings.presenter = 2;
	commit.settings = &settings;
	commit.members = members;
	commit.n_members = 2;
	members[0]->barred = true;
	members[0]->source = (char *)(uintptr_t) "192.0.2.0/24";
	members[1]->source = (char *)(uintptr_t) "198.51.100.0/24";
	members[1]->left = true;
	CHECK(rig_commit(rig, &commit));
	record = rig_open(rig, &session.uid, &arena, &n);
	CHECK(record->found && !record->ended);
	CHECK_STR(record->number, session.number);
	CHECK_STR(record->title, "Plans");
	CHECK_INT(record->state_seq, 7);
	CHECK(record->started_ms == rig->now.wall_ms);
	CHECK(record->settings->locked && record->settings->chat_private);
	CHECK(!record->settings->chat_public && !record->settings->lobby);
	CHECK_INT(record->settings->presenter, 2);
	CHECK_INT(n, 2);
	CHECK(record->members[0]->left && !record->members[0]->barred);
	/* Where somebody came from is kept of the barred only. */
	CHECK_STR(record->members[0]->source, "");
	CHECK(record->members[1]->barred);
	CHECK_STR(record->members[1]->source, "192.0.2.0/24");
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void applies_a_commit_once(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig);
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	Tessera__Ipc__SessionSettings settings = TESSERA__IPC__SESSION_SETTINGS__INIT;
	Tessera__Ipc__SessionSettings other = TESSERA__IPC__SESSION_SETTINGS__INIT;
	struct tsr_arena arena = { 0 };
	size_t n;

	settings.locked = true;
	commit.settings = &settings;
	CHECK(rig_commit(rig, &commit));
	CHECK(rig_commit(rig, &commit)); /* the answer was lost */
	rig_start_control(rig);
	CHECK(rig_commit(rig, &commit)); /* and control with it */
	/* The same number for something else, and everything older, is refused. */
	commit.settings = &other;
	CHECK(!rig_commit(rig, &commit));
	commit.state_seq = 6;
	CHECK(!rig_commit(rig, &commit));
	CHECK(rig_open(rig, &session.uid, &arena, &n)->settings->locked);
	tsr_arena_finish(&arena);
	commit.state_seq = 9;
	CHECK(rig_commit(rig, &commit));
	CHECK(!rig_open(rig, &session.uid, &arena, &n)->settings->locked);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static bool refused_whole(
	struct rig *rig, const struct rig_session *session, Tessera__Ipc__MemberRecord *second)
{
	Tessera__Ipc__MemberRecord *members[] = { rig_member(1, 1), second };
	Tessera__Ipc__Commit commit = commit_of(session, 7);
	struct tsr_arena arena = { 0 };
	bool is_untouched;
	size_t n;

	members[0]->name = (char *)(uintptr_t) "Eve";
	commit.members = members;
	commit.n_members = 2;
	if (rig_commit(rig, &commit))
		return false;
	is_untouched =
		strcmp(rig_open(rig, &session->uid, &arena, &n)->members[0]->name, "Ada") == 0;
	tsr_arena_finish(&arena);
	return is_untouched;
}

static void refuses_what_makes_no_sense_as_a_whole(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig), nobody = session;
	Tessera__Ipc__Commit commit;
	Tessera__Ipc__MemberRecord *member;

	CHECK(refused_whole(rig, &session, rig_member(0, 3)));
	CHECK(refused_whole(rig, &session, rig_member(2, 3))); /* another device under that id */
	CHECK(refused_whole(rig, &session, rig_member(9, 1))); /* a device under two ids */
	member = rig_member(2, 2);
	member->role = 4;
	CHECK(refused_whole(rig, &session, member));
	member = rig_member(2, 2);
	member->device_key_hash.len = 31;
	CHECK(refused_whole(rig, &session, member));
	member = rig_member(2, 2);
	member->source = (char *)(uintptr_t) "a source that is a good deal longer than any network "
					     "prefix can possibly be";
	CHECK(refused_whole(rig, &session, member));
	nobody.uid.v[0] ^= 1;
	commit = commit_of(&nobody, 7);
	CHECK(!rig_commit(rig, &commit));
	commit = commit_of(&session, 1ull << 63);
	CHECK(!rig_commit(rig, &commit));
	rig_destroy(rig);
}

/* Ids go on above what the edge committed. */
static void never_gives_an_id_twice(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig);
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	Tessera__Ipc__MemberRecord *member = rig_member(17, 3);
	struct rig_reply reply;

	commit.members = &member;
	commit.n_members = 1;
	CHECK(rig_commit(rig, &commit));
	reply = rig_join(rig, rig_body(session.number, 4, RIG_AS_LINK));
	CHECK_INT(rig_claims(rig, &reply, "token").mem.v, 18);
	rig_destroy(rig);
}

static void sends_many_members_in_several_packets(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "Plans", "", false);
	struct tsr_arena arena = { 0 };
	size_t n;

	for (int i = 0; i < 250; i++) {
		CHECK_INT(rig_join(rig, rig_body(session.number, (uint8_t)i, RIG_AS_LINK)).status,
			200);
	}
	CHECK(rig_open(rig, &session.uid, &arena, &n)->found);
	CHECK_INT(n, 250);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

/* As many records as core/session puts into one commit. */
static void takes_a_hundred_members_at_once(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "Plans", "", false);
	Tessera__Ipc__MemberRecord records[100], *members[100];
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	uint8_t hashes[100][32] = { 0 };
	struct tsr_arena arena = { 0 };
	size_t n;

	for (uint32_t i = 0; i < 100; i++) {
		hashes[i][0] = (uint8_t)i;
		records[i] = (Tessera__Ipc__MemberRecord)TESSERA__IPC__MEMBER_RECORD__INIT;
		records[i].id = i + 1;
		records[i].role = TESSERA__V1__ROLE__ROLE_ATTENDEE;
		records[i].device_key_hash.data = hashes[i];
		records[i].device_key_hash.len = 32;
		members[i] = &records[i];
	}
	commit.members = members;
	commit.n_members = 100;
	CHECK(rig_commit(rig, &commit));
	CHECK(rig_open(rig, &session.uid, &arena, &n)->found);
	CHECK_INT(n, 100);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void does_not_take_a_hand_over_back(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig);
	Tessera__Ipc__SessionSettings settings = TESSERA__IPC__SESSION_SETTINGS__INIT;
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	struct rig_reply reply = rig_join(rig, rig_body(session.number, 3, RIG_AS_ORGANIZER));

	CHECK(rig_claims(rig, &reply, "token").role == TSR_TOKEN_ORGANIZER);
	commit.settings = &settings;
	settings.organizer = rig_claims(rig, &reply, "token").mem.v;
	CHECK(rig_commit(rig, &commit));
	reply = rig_join(rig, rig_body(session.number, 4, RIG_AS_ORGANIZER));
	CHECK(rig_claims(rig, &reply, "token").role == TSR_TOKEN_ORGANIZER);
	settings.organizer = 1;
	commit.state_seq = 8;
	CHECK(rig_commit(rig, &commit));
	settings.organizer = 0; /* he left, nobody is organizer */
	commit.state_seq = 9;
	CHECK(rig_commit(rig, &commit));
	reply = rig_join(rig, rig_body(session.number, 5, RIG_AS_ORGANIZER));
	CHECK(rig_claims(rig, &reply, "token").role == TSR_TOKEN_ATTENDEE);
	rig_destroy(rig);
}

static void erases_everything_at_the_end(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig), other = session;
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	const Tessera__Ipc__SessionRecord *record;
	struct tsr_arena arena = { 0 };
	size_t n;

	commit.ended = true;
	CHECK(rig_commit(rig, &commit));
	CHECK_INT(rig_count_rows(rig, "sessions"), 0);
	CHECK_INT(rig_count_rows(rig, "members"), 0);
	CHECK_INT(rig_count_rows(rig, "numbers"), 1);
	CHECK(rig_commit(rig, &commit)); /* told twice */
	commit.ended = false;
	commit.state_seq = 8;
	CHECK(!rig_commit(rig, &commit));
	record = rig_open(rig, &session.uid, &arena, &n);
	CHECK(!record->found && record->ended && n == 0);
	tsr_arena_finish(&arena);
	other.uid.v[3] ^= 1;
	record = rig_open(rig, &other.uid, &arena, &n);
	CHECK(!record->found && !record->ended);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

/* Control died between the end and the word of it: the edge must not go on with it for ever. */
static void ends_at_the_edge_what_is_over(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig);
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	const Tessera__Ipc__ToEdge *message;
	struct tsr_arena arena = { 0 };

	commit.ended = true;
	RIG_MUST(rig_commit(rig, &commit));
	commit.ended = false;
	commit.state_seq = 8;
	CHECK(!rig_commit(rig, &commit));
	message = rig_take(rig, 0, &arena, NULL);
	CHECK(message && message->body_case == TESSERA__IPC__TO_EDGE__BODY_END);
	CHECK_MEM(message->end->session_uid.data, session.uid.v, TSR_UID_LEN);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void says_no_when_the_store_cannot(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = start(rig);
	Tessera__Ipc__SessionSettings settings = TESSERA__IPC__SESSION_SETTINGS__INIT;
	Tessera__Ipc__Commit commit = commit_of(&session, 7);
	struct tsr_arena arena = { 0 };
	size_t n;

	commit.settings = &settings;
	RIG_MUST(tsr_store_set_read_only(rig->store, true) == 0);
	CHECK(!rig_commit(rig, &commit));
	/* Sessions can still be opened: reconnects must work. */
	CHECK(rig_open(rig, &session.uid, &arena, &n)->found);
	CHECK_INT(n, 2);
	tsr_arena_finish(&arena);
	RIG_MUST(tsr_store_set_read_only(rig->store, false) == 0);
	CHECK(rig_commit(rig, &commit));
	rig_destroy(rig);
}

static void refuses_packets_that_are_none(void)
{
	struct rig *rig = rig_create();
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__OpenSession open = TESSERA__IPC__OPEN_SESSION__INIT;
	static const uint8_t noise[] = { 0xff, 0xff, 0xff, 0xff, 0x01 };
	uint8_t short_uid[15] = { 0 };

	CHECK(tsr_control_handle_packet(rig->control, tsr_slice(noise, sizeof(noise)), rig->now) <
		0);
	CHECK(rig_to_control(rig, &message) < 0);
	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_OPEN;
	message.open = &open;
	open.session_uid.data = short_uid;
	open.session_uid.len = sizeof(short_uid);
	CHECK(rig_to_control(rig, &message) < 0);
	CHECK_INT(rig->n_sent, 0);
	rig_destroy(rig);
}

/* NodeKeys comes at the start of every link, and answers owed to the old one are forgotten. */
static void greets_every_link(void)
{
	struct rig *rig = rig_create();
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__ToEdge *message;
	char before[TSR_KEYS_NODE_LEN];

	memcpy(before, rig->keys.node, sizeof(before));
	(void)rig_api_send(rig, "POST", "/api/v1/join", "application/json",
		tsr_slice_str(rig_body("987654321", 1, RIG_WRONG_PASSWORD)), "192.0.2.0/24");
	tsr_control_handle_link_lost(rig->control, rig->now);
	tsr_control_handle_link(rig->control, rig->now);
	message = rig_take(rig, 0, &arena, NULL);
	CHECK(message && message->body_case == TESSERA__IPC__TO_EDGE__BODY_KEYS);
	CHECK_MEM(message->keys->token_public_key.data, tsr_sign_key_public(rig->keys.sign), 32);
	CHECK_STR(message->keys->node, rig->keys.node);
	CHECK(strcmp(rig->keys.node, before) != 0); /* old role tokens are for nobody now */
	tsr_arena_finish(&arena);
	CHECK(rig_hash_one(rig));
	rig_advance(rig, TSR_SECOND);
	CHECK_INT(rig->n_sent, 0);
	rig_destroy(rig);
}

/* An edge that died is there again within 10 s; one that lives gets a link only with a new control.
 */
static void ends_when_the_link_to_a_living_edge_broke(void)
{
	struct rig *rig = rig_create();

	rig_advance(rig, 60 * TSR_SECOND);
	CHECK(!tsr_control_is_stranded(rig->control, rig->now));
	tsr_control_handle_link_lost(rig->control, rig->now);
	rig_advance(rig, 11 * TSR_SECOND);
	CHECK(!tsr_control_is_stranded(rig->control, rig->now));
	tsr_control_handle_link(rig->control, rig->now);
	rig_advance(rig, 60 * TSR_SECOND);
	CHECK(!tsr_control_is_stranded(rig->control, rig->now));
	tsr_control_handle_link_lost(rig->control, rig->now);
	CHECK(tsr_control_next_timeout(rig->control) <= rig->now.mono + 15 * TSR_SECOND);
	rig_advance(rig, 15 * TSR_SECOND);
	CHECK(tsr_control_is_stranded(rig->control, rig->now));
	rig_destroy(rig);
}

TEST_MAIN(TEST(gives_back_what_it_kept), TEST(applies_a_commit_once),
	TEST(refuses_what_makes_no_sense_as_a_whole), TEST(never_gives_an_id_twice),
	TEST(sends_many_members_in_several_packets), TEST(takes_a_hundred_members_at_once),
	TEST(does_not_take_a_hand_over_back), TEST(erases_everything_at_the_end),
	TEST(ends_at_the_edge_what_is_over), TEST(says_no_when_the_store_cannot),
	TEST(refuses_packets_that_are_none), TEST(greets_every_link),
	TEST(ends_when_the_link_to_a_living_edge_broke))
