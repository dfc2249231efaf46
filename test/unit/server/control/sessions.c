/* SPDX-License-Identifier: Apache-2.0 */
/* The life of sessions: made by administrators, numbered, listed, ended, expired, forgotten. */
#include "server/control/numbers.h"
#include "server/control/retention.h"
#include "test.h"
#include "test/unit/server/control/rig.h"

#define HOURS(n) ((n)*60 * TSR_MINUTE)

static uint32_t drawn[32]; /* what rig_draw() gives, in turn; the last one for ever */
static size_t n_drawn, next_drawn;

static uint32_t draw_from_list(uint32_t n)
{
	uint32_t value = drawn[next_drawn];

	next_drawn += next_drawn + 1 < n_drawn;
	return value % n;
}

static void draw_these(const uint32_t *values, size_t n)
{
	memcpy(drawn, values, n * sizeof(*values));
	n_drawn = n;
	next_drawn = 0;
	rig_uniform = draw_from_list;
}

static void draws_numbers_of_nine_digits(void)
{
	struct rig *rig = rig_create();
	uint32_t lowest = 0, highest = TSR_NUMBER_COUNT - 1;

	draw_these(&lowest, 1);
	CHECK_STR(rig_create_session(rig, "a", "", false).number, "100000000");
	draw_these(&highest, 1);
	CHECK_STR(rig_create_session(rig, "b", "", false).number, "999999999");
	rig_uniform = tsr_random_uniform;
	rig_destroy(rig);
}

static void draws_again_when_a_number_is_taken(void)
{
	static const uint32_t values[] = { 5, 5, 5, 5, 6 };
	static const uint32_t same = 5;
	struct rig *rig = rig_create();

	draw_these(values, 5);
	CHECK_STR(rig_create_session(rig, "a", "", false).number, "100000005");
	CHECK_STR(rig_create_session(rig, "b", "", false).number, "100000006");
	/* Twenty draws in vain: refused, and nothing half made stays. */
	draw_these(&same, 1);
	CHECK_INT(rig_create_session(rig, "c", "", false).failed, 503);
	CHECK_INT(rig_count_rows(rig, "sessions"), 2);
	CHECK_INT(rig_count_rows(rig, "numbers"), 2);
	rig_uniform = tsr_random_uniform;
	rig_destroy(rig);
}

static void reads_only_whole_numbers(void)
{
	static const char *const bad[] = { "", "12345678", "1234567890", "012345678", "12345678a",
		"+12345678", " 12345678", "1234 5678" };

	CHECK_INT(tsr_number_parse(tsr_slice_str("418205937")), 418205937);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(tsr_number_parse(tsr_slice_str(bad[i])), 0);
}

static uint32_t end_by_number(struct rig *rig, const char *number)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__EndByNumber end = TESSERA__IPC__END_BY_NUMBER__INIT;
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__AdminReply *reply;
	uint32_t code;

	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_END;
	request.end = &end;
	end.number = (char *)(uintptr_t)number;
	reply = rig_admin(rig, &request, &arena);
	code = reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_DONE ? 0 : reply->failed->code;
	tsr_arena_finish(&arena);
	return code;
}

static void rests_a_number_for_90_days(void)
{
	static const uint32_t same = 5;
	struct rig *rig = rig_create();

	draw_these(&same, 1);
	CHECK_INT(rig_create_session(rig, "a", "", false).failed, 0);
	CHECK_INT(end_by_number(rig, "100000005"), 0);
	for (int day = 0; day < 89; day++)
		rig_advance(rig, HOURS(24));
	CHECK_INT(rig_create_session(rig, "b", "", false).failed, 503);
	rig_advance(rig, HOURS(25));
	CHECK_INT(rig_create_session(rig, "c", "", false).failed, 0);
	rig_uniform = tsr_random_uniform;
	rig_destroy(rig);
}

static void ends_by_number_and_tells_the_edge(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__ToEdge *message;

	CHECK_INT(end_by_number(rig, "123"), 404);
	CHECK_INT(end_by_number(rig, "987654321"), 404);
	CHECK_INT(end_by_number(rig, session.number), 0);
	message = rig_take(rig, 0, &arena, NULL);
	CHECK(message && message->body_case == TESSERA__IPC__TO_EDGE__BODY_END);
	CHECK_MEM(message->end->session_uid.data, session.uid.v, TSR_UID_LEN);
	tsr_arena_finish(&arena);
	CHECK_INT(end_by_number(rig, session.number), 404);
	rig_destroy(rig);
}

/* The word was lost with the link, or there was none. */
static void tells_a_new_link_what_has_ended(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	const Tessera__Ipc__ToEdge *message;
	struct tsr_arena arena = { 0 };

	CHECK_INT(rig_create_session(rig, "goes on", "", false).failed, 0);
	tsr_control_handle_link_lost(rig->control, rig->now);
	rig_forget_sent(rig);
	CHECK_INT(end_by_number(rig, session.number), 0);
	CHECK_INT(rig->n_sent, 0);
	tsr_control_handle_link(rig->control, rig->now);
	message = rig_take(rig, 0, &arena, NULL);
	CHECK(message && message->body_case == TESSERA__IPC__TO_EDGE__BODY_KEYS);
	tsr_arena_finish(&arena);
	message = rig_take(rig, 0, &arena, NULL);
	CHECK(message && message->body_case == TESSERA__IPC__TO_EDGE__BODY_END);
	CHECK_MEM(message->end->session_uid.data, session.uid.v, TSR_UID_LEN);
	tsr_arena_finish(&arena);
	CHECK_INT(rig->n_sent, 0);
	rig_destroy(rig);
}

/* A link learns for a day that its session has ended; then there is nothing left to know. */
static void forgets_what_ended_after_a_day(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);

	CHECK_INT(end_by_number(rig, session.number), 0);
	rig_advance(rig, HOURS(23));
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 410);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_ORGANIZER)).status, 410);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_WRONG_LINK)).status, 403);
	rig_advance(rig, HOURS(2));
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 403);
	CHECK_INT(
		rig_count_rows(rig, "numbers WHERE ended_uid IS NOT NULL OR ended_join_hash IS NOT "
				    "NULL OR ended_organizer_hash IS NOT NULL"),
		0);
	rig_destroy(rig);
}

static void gone(struct rig *rig, const struct rig_session *session)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__SessionGone body = TESSERA__IPC__SESSION_GONE__INIT;

	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_GONE;
	message.gone = &body;
	body.session_uid.data = (uint8_t *)(uintptr_t)session->uid.v;
	body.session_uid.len = TSR_UID_LEN;
	RIG_MUST(rig_to_control(rig, &message) == 0);
}

static void open(struct rig *rig, const struct rig_session *session)
{
	struct tsr_arena arena = { 0 };
	size_t n;

	RIG_MUST(rig_open(rig, &session->uid, &arena, &n)->found);
	tsr_arena_finish(&arena);
}

static void beat(struct rig *rig, uint32_t n_sessions)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__Heartbeat body = TESSERA__IPC__HEARTBEAT__INIT;

	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_HEARTBEAT;
	message.heartbeat = &body;
	body.sessions = n_sessions;
	RIG_MUST(rig_to_control(rig, &message) == 0);
}

static void expires_what_nobody_uses(void)
{
	struct rig *rig = rig_create();
	struct rig_session never = rig_create_session(rig, "never", "", false);
	struct rig_session left = rig_create_session(rig, "left", "", false);
	struct rig_session live = rig_create_session(rig, "live", "", false);

	open(rig, &left);
	open(rig, &live);
	beat(rig, 2);
	rig_advance(rig, HOURS(12));
	gone(rig, &left);
	rig_advance(rig, HOURS(13));
	CHECK_INT(rig_count_rows(rig, "sessions"), 2);
	CHECK_INT(rig_join(rig, rig_body(never.number, 1, RIG_AS_LINK)).status, 410);
	rig_advance(rig, HOURS(12));
	CHECK_INT(rig_count_rows(rig, "sessions"), 1);
	for (int i = 0; i < 20; i++)
		rig_advance(rig, HOURS(24));
	CHECK_INT(rig_join(rig, rig_body(live.number, 1, RIG_AS_LINK)).status, 200);
	rig_destroy(rig);
}

/* An edge that died takes its sessions with it: they count as idle since then. */
static void expires_what_a_dead_edge_held(void)
{
	struct rig *rig = rig_create();
	struct rig_session a = rig_create_session(rig, "a", "", false);

	open(rig, &a);
	tsr_control_handle_link_lost(rig->control, rig->now);
	tsr_control_handle_link(rig->control, rig->now);
	rig_advance(rig, HOURS(25));
	CHECK_INT(rig_count_rows(rig, "sessions"), 0);

	/* Control died too: the heartbeats tell. */
	a = rig_create_session(rig, "b", "", false);
	open(rig, &a);
	rig_start_control(rig);
	for (int i = 0; i < 5; i++) {
		beat(rig, 0);
		rig_advance(rig, 61 * TSR_SECOND);
	}
	CHECK_INT(rig_count_rows(rig, "sessions WHERE idle_since_ms = 0"), 0);

	/* Only control died: the session lives on. */
	a = rig_create_session(rig, "c", "", false);
	open(rig, &a);
	rig_start_control(rig);
	for (int i = 0; i < 5; i++) {
		beat(rig, 1);
		rig_advance(rig, 61 * TSR_SECOND);
	}
	CHECK_INT(rig_count_rows(rig, "sessions WHERE idle_since_ms = 0"), 1);
	rig_destroy(rig);
}

static uint32_t try_create(struct rig *rig, void (*change)(Tessera__Ipc__CreateSession *create))
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__CreateSession create = TESSERA__IPC__CREATE_SESSION__INIT;
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__AdminReply *reply;
	uint8_t hash[32] = { 1 }, key[32];
	uint32_t code;

	rig_device_key(key, 3);
	create.title = (char *)(uintptr_t) "Plans";
	create.password = (char *)(uintptr_t) "";
	create.join_token_hash.data = create.organizer_token_hash.data = hash;
	create.join_token_hash.len = create.organizer_token_hash.len = 32;
	create.meeting_key.data = key;
	create.meeting_key.len = 32;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_CREATE;
	request.create = &create;
	change(&create);
	reply = rig_admin(rig, &request, &arena);
	code = reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_FAILED ? reply->failed->code : 0;
	RIG_MUST(code == 0 || strlen(reply->failed->text) > 5);
	tsr_arena_finish(&arena);
	return code;
}

static void as_it_is(Tessera__Ipc__CreateSession *create)
{
	(void)create;
}
static void short_hash(Tessera__Ipc__CreateSession *create)
{
	create->join_token_hash.len = 31;
}
static void no_hash(Tessera__Ipc__CreateSession *create)
{
	create->organizer_token_hash.len = 0;
}
static void bad_key(Tessera__Ipc__CreateSession *create)
{
	memset(create->meeting_key.data, 0xff, 32);
}
static void short_password(Tessera__Ipc__CreateSession *create)
{
	create->password = (char *)(uintptr_t) "12345";
}
static void end_to_end(Tessera__Ipc__CreateSession *create)
{
	create->end_to_end = true;
}
static void long_password(Tessera__Ipc__CreateSession *create)
{
	static char text[258];

	memset(text, 'x', 257);
	create->password = text;
}

static void says_what_is_wrong_with_a_request(void)
{
	struct rig *rig = rig_create();

	CHECK_INT(try_create(rig, as_it_is), 0);
	CHECK_INT(try_create(rig, short_hash), 400);
	CHECK_INT(try_create(rig, no_hash), 400);
	CHECK_INT(try_create(rig, bad_key), 400);
	CHECK_INT(try_create(rig, short_password), 400);
	CHECK_INT(try_create(rig, long_password), 400);
	CHECK_INT(try_create(rig, end_to_end), 409);
	CHECK_INT(rig_count_rows(rig, "sessions"), 1);
	rig_destroy(rig);
}

static void keeps_passwords_hashed(void)
{
	struct rig *rig = rig_create();
	struct rig_session session;
	struct rig_reply reply;

	rig->real_hashes = true;
	session = rig_create_session(rig, "a", RIG_PASSWORD, false);
	CHECK_INT(session.failed, 0);
	CHECK_INT(rig_count_rows(rig, "sessions WHERE password_hash LIKE '$argon2id$%'"), 1);
	reply = rig_join(rig, rig_body(session.number, 1, RIG_WRONG_PASSWORD));
	CHECK_INT(reply.status, 403);
	reply = rig_join(rig, rig_body(session.number, 1, RIG_BY_PASSWORD));
	CHECK_INT(reply.status, 200);
	rig_destroy(rig);
}

static void lists_sessions(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "  Plan\xe2\x80\xae\x07s ", "", false);
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__ListSessions list = TESSERA__IPC__LIST_SESSIONS__INIT;
	const Tessera__Ipc__AdminReply *reply;
	Tessera__Ipc__Commit commit = TESSERA__IPC__COMMIT__INIT;
	Tessera__Ipc__MemberRecord *member = rig_member(1, 1);
	struct tsr_arena arena = { 0 };

	rig_advance(rig, TSR_SECOND);
	(void)rig_create_session(rig, "later", "", false);
	RIG_MUST(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status == 200);
	RIG_MUST(rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK)).status == 200);
	open(rig, &session);
	commit.session_uid.data = session.uid.v;
	commit.session_uid.len = TSR_UID_LEN;
	commit.state_seq = 2;
	commit.members = &member;
	commit.n_members = 1; /* the other has a token and did not come */
	RIG_MUST(rig_commit(rig, &commit));
	request.id = 77;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_LIST;
	request.list = &list;
	reply = rig_admin(rig, &request, &arena);
	CHECK_INT(reply->id, 77);
	CHECK(reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_SESSIONS);
	CHECK_INT(reply->sessions->n_sessions, 2);
	CHECK_STR(reply->sessions->sessions[0]->title, "later");
	CHECK(!reply->sessions->sessions[0]->live);
	CHECK_STR(reply->sessions->sessions[1]->title, "Plans");
	CHECK_STR(reply->sessions->sessions[1]->number, session.number);
	CHECK(reply->sessions->sessions[1]->live);
	CHECK_INT(reply->sessions->sessions[1]->members, 1);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void keeps_long_lists_within_a_packet(void)
{
	struct rig *rig = rig_create();
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__ListSessions list = TESSERA__IPC__LIST_SESSIONS__INIT;
	struct tsr_arena arena = { 0 };
	char title[TSR_TITLE_LEN];

	memset(title, 'x', sizeof(title));
	title[TSR_TITLE_POINTS] = '\0';
	for (int i = 0; i < 600; i++)
		CHECK_INT(rig_create_session(rig, title, "", false).failed, 0);
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_LIST;
	request.list = &list;
	CHECK(rig_admin(rig, &request, &arena)->sessions->n_sessions > 300);
	CHECK(rig->admin.len < 65536);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void tells_its_health(void)
{
	struct rig *rig = rig_create();
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__Health health = TESSERA__IPC__HEALTH__INIT;
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };

	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_HEALTH;
	request.health = &health;
	rig_advance(rig, 90 * TSR_SECOND);
	reply = rig_admin(rig, &request, &arena);
	CHECK(reply->health->ready);
	CHECK_INT(reply->health->uptime_ms, 90000);
	CHECK_STR(reply->health->base_url, "https://meet.example");
	CHECK_STR(reply->health->version, TSR_VERSION);
	tsr_arena_finish(&arena);
	tsr_control_handle_link_lost(rig->control, rig->now);
	reply = rig_admin(rig, &request, &arena);
	CHECK(!reply->health->ready && strstr(reply->health->text, "edge"));
	tsr_arena_finish(&arena);
	tsr_control_handle_link(rig->control, rig->now);
	RIG_MUST(tsr_store_set_read_only(rig->store, true) == 0);
	reply = rig_admin(rig, &request, &arena);
	CHECK(!reply->health->ready && strstr(reply->health->text, "cannot be written"));
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

TEST_MAIN(TEST(draws_numbers_of_nine_digits), TEST(draws_again_when_a_number_is_taken),
	TEST(reads_only_whole_numbers), TEST(rests_a_number_for_90_days),
	TEST(ends_by_number_and_tells_the_edge), TEST(tells_a_new_link_what_has_ended),
	TEST(forgets_what_ended_after_a_day), TEST(expires_what_nobody_uses),
	TEST(expires_what_a_dead_edge_held), TEST(says_what_is_wrong_with_a_request),
	TEST(keeps_passwords_hashed), TEST(lists_sessions), TEST(keeps_long_lists_within_a_packet),
	TEST(tells_its_health))
