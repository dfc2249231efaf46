/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in: every kind of session against every kind of credential, and what the answers
 * give away. */
#include "server/control/join.h"
#include "test.h"
#include "test/unit/server/control/rig.h"

#include <time.h>

/* The states that a session can be in, from the point of view of device 1. */
enum state {
	FRESH,
	LOBBY,
	LOCKED,
	LOCKED_LOBBY,
	BARRED,
	REMOVED,
	OTHER_BARRED,
	INSIDE,
	INSIDE_LOBBY,
	INSIDE_LOCKED,
	LEFT_LOBBY,
	LEFT_LOCKED,
	HANDED_OVER,
	ENDED,
	UNKNOWN,
	N_STATES
};

static const char *const credentials[] = {
	RIG_AS_ORGANIZER,
	RIG_WRONG_ORGANIZER,
	RIG_AS_LINK,
	RIG_WRONG_LINK,
	RIG_AS_LINK RIG_KNOCK,
	RIG_BY_PASSWORD,
	RIG_WRONG_PASSWORD,
	RIG_BY_PASSWORD RIG_KNOCK,
	"",
	RIG_KNOCK,
};
#define N_CREDENTIALS (sizeof(credentials) / sizeof(credentials[0]))

/*
 * O organizer, A attendee, L lobby, K locked: may knock, R refused, E ended, P password or knock.
 * Columns: organizer's link, wrong; link, wrong, with a knock; password, wrong, with a knock;
 * digits, with a knock.
 */
static const char *const wanted[N_STATES] = {
	[FRESH] = "OR"
		  "ARA"
		  "ARA"
		  "PL",
	[LOBBY] = "OR"
		  "LRL"
		  "LRL"
		  "PL",
	[LOCKED] = "OR"
		   "KRL"
		   "KRL"
		   "PL",
	[LOCKED_LOBBY] = "OR"
			 "KRL"
			 "KRL"
			 "PL",
	[BARRED] = "OR"
		   "LRL"
		   "LRL"
		   "PL",
	[REMOVED] = "OR"
		    "LRL"
		    "LRL"
		    "PL",
	[OTHER_BARRED] = "OR"
			 "LRL"
			 "LRL"
			 "PL",
	[INSIDE] = "OR"
		   "ARA"
		   "ARA"
		   "PL",
	[INSIDE_LOBBY] = "OR"
			 "ARA"
			 "ARA"
			 "PL",
	[INSIDE_LOCKED] = "OR"
			  "ARA"
			  "ARA"
			  "PL",
	[LEFT_LOBBY] = "OR"
		       "ARA"
		       "ARA"
		       "PL",
	[LEFT_LOCKED] = "OR"
			"KRL"
			"KRL"
			"PL",
	[HANDED_OVER] = "AR"
			"ARA"
			"ARA"
			"PL",
	[ENDED] = "ER"
		  "ERE"
		  "RRR"
		  "PL",
	[UNKNOWN] = "RR"
		    "RRR"
		    "RRR"
		    "PL",
};

static bool has(enum state state, const enum state *set)
{
	for (; *set != N_STATES; set++) {
		if (*set == state)
			return true;
	}
	return false;
}

/* Brings a fresh session into the state, by what the edge would commit. */
static void bring(struct rig *rig, const struct rig_session *session, enum state state)
{
	static const enum state known[] = { BARRED, REMOVED, INSIDE, INSIDE_LOBBY, INSIDE_LOCKED,
		LEFT_LOBBY, LEFT_LOCKED, N_STATES };
	static const enum state lobby[] = { LOBBY, LOCKED_LOBBY, INSIDE_LOBBY, LEFT_LOBBY,
		N_STATES };
	static const enum state locked[] = { LOCKED, LOCKED_LOBBY, INSIDE_LOCKED, LEFT_LOCKED,
		N_STATES };
	Tessera__Ipc__Commit commit = TESSERA__IPC__COMMIT__INIT;
	Tessera__Ipc__SessionSettings settings = TESSERA__IPC__SESSION_SETTINGS__INIT;
	Tessera__Ipc__MemberRecord *member = NULL;

	/* The first member is somebody else; device 1 is the second where it is known. */
	RIG_MUST(rig_join(rig, rig_body(session->number, 100, RIG_AS_LINK)).status == 200);
	if (has(state, known))
		RIG_MUST(rig_join(rig, rig_body(session->number, 1, RIG_AS_LINK)).status == 200);
	member = rig_member(2, 1);
	commit.session_uid.data = (uint8_t *)(uintptr_t)session->uid.v;
	commit.session_uid.len = TSR_UID_LEN;
	commit.state_seq = 10;
	commit.settings = &settings;
	commit.members = &member;
	commit.n_members = has(state, known);
	settings.lobby = has(state, lobby);
	settings.locked = has(state, locked);
	if (state == BARRED || state == REMOVED) {
		member->removed = true;
		member->barred = state == BARRED;
		member->admitted = false;
	}
	member->left = state == LEFT_LOBBY || state == LEFT_LOCKED;
	if (state == OTHER_BARRED) {
		member = rig_member(1, 100);
		member->barred = true;
		commit.n_members = 1;
	}
	if (state == HANDED_OVER)
		settings.organizer = 1;
	commit.ended = state == ENDED;
	RIG_MUST(rig_commit(rig, &commit));
}

static char letter(struct rig *rig, const struct rig_reply *reply)
{
	struct tsr_token_claims claims;
	bool lobby;

	switch (reply->status) {
	case 401:
		return 'P';
	case 403:
		return 'R';
	case 410:
		return 'E';
	case 423:
		return 'K';
	case 200:
		break;
	default:
		return '?';
	}
	claims = rig_claims(rig, reply, "token");
	lobby = strstr(reply->body, "\"lobby\":true") != NULL;
	if (lobby != (claims.role == TSR_TOKEN_WAITING))
		return '!';
	return lobby ? 'L' : claims.role == TSR_TOKEN_ORGANIZER ? 'O' : 'A';
}

static char try_cell(enum state state, size_t credential)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "Plans", RIG_PASSWORD, false);
	struct rig_reply reply;
	char got;

	RIG_MUST(!session.failed);
	if (state == UNKNOWN)
		snprintf(session.number, sizeof(session.number), "%s",
			strcmp(session.number, "999999999") == 0 ? "999999998" : "999999999");
	else
		bring(rig, &session, state);
	reply = rig_join(rig, rig_body(session.number, 1, credentials[credential]));
	got = letter(rig, &reply);
	rig_destroy(rig);
	return got;
}

static void answers_every_combination_as_the_table_says(void)
{
	for (enum state state = FRESH; state < N_STATES; state++) {
		for (size_t i = 0; i < N_CREDENTIALS; i++) {
			char got = try_cell(state, i);

			if (got != wanted[state][i])
				printf("# state %d, credential %zu: %c, not %c\n", (int)state, i,
					got, wanted[state][i]);
			CHECK(got == wanted[state][i]);
		}
	}
}

/* Rules that hold whatever the other facts are. */
static void decides_by_the_rules_in_all_cases(void)
{
	for (unsigned bits = 0; bits < 1u << 12; bits++) {
		struct tsr_join_facts f = { .credential = (enum tsr_credential)(bits & 3),
			.knock = bits >> 2 & 1,
			.locked = bits >> 3 & 1,
			.lobby = bits >> 4 & 1,
			.any_barred = bits >> 5 & 1,
			.handed_over = bits >> 6 & 1,
			.was_organizer = bits >> 7 & 1,
			.admitted = bits >> 8 & 1,
			.removed = bits >> 9 & 1,
			.barred = bits >> 10 & 1,
			.gone = bits >> 11 & 1 };

		for (int known = 0; known < 2; known++) {
			enum tsr_verdict v;

			f.is_known = known;
			v = tsr_join_decide(&f);
			if (f.credential == TSR_BY_DIGITS)
				CHECK(v == TSR_VERDICT_LOBBY);
			if (v == TSR_VERDICT_ORGANIZER)
				CHECK((f.credential == TSR_BY_ORGANIZER_LINK && !f.handed_over) ||
					(known && f.was_organizer && f.admitted));
			if (v == TSR_VERDICT_ATTENDEE && (!known || !f.admitted))
				CHECK(!f.locked && !f.lobby &&
					!(known && (f.removed || f.barred)) && !f.any_barred);
			if (v == TSR_VERDICT_LOCKED)
				CHECK(f.locked && !f.knock);
			if (known && (f.barred || f.removed))
				CHECK(v != TSR_VERDICT_ATTENDEE);
		}
	}
}

/* Unknown, ended, locked with a wrong password, wrong password, no password set. */
static void refuses_in_one_way(void)
{
	struct rig *rig = rig_create();
	struct rig_session with = rig_create_session(rig, "a", RIG_PASSWORD, false);
	struct rig_session locked = rig_create_session(rig, "b", RIG_PASSWORD, false);
	struct rig_session ended = rig_create_session(rig, "c", RIG_PASSWORD, false);
	struct rig_session without = rig_create_session(rig, "d", "", false);
	const char *numbers[] = { with.number, locked.number, ended.number, without.number,
		"987654321" };
	struct rig_reply first = { 0 };

	bring(rig, &locked, LOCKED);
	bring(rig, &ended, ENDED);
	for (size_t i = 0; i < 5; i++) {
		/* However long the hash takes, within a step of the grid. */
		for (tsr_time takes = TSR_MS; takes < 240 * TSR_MS; takes += 119 * TSR_MS) {
			struct rig_reply reply;
			char source[32];

			snprintf(
				source, sizeof(source), "10.%zu.%d.0/24", i, (int)(takes / TSR_MS));
			rig->hash_takes = takes;
			reply = rig_join_from(
				rig, source, rig_body(numbers[i], 3, RIG_WRONG_PASSWORD));
			if (!first.status)
				first = reply;
			CHECK_INT(reply.status, 403);
			CHECK_STR(reply.body, "{\"error\":\"refused\"}");
			CHECK(memcmp(&first, &reply, sizeof(reply)) == 0);
			CHECK_INT(reply.took, 250 * TSR_MS);
		}
	}
	rig_destroy(rig);
}

static void waits_for_the_grid_after_a_slow_hash(void)
{
	struct rig *rig = rig_create();
	struct rig_reply reply;

	rig->hash_takes = 300 * TSR_MS;
	reply = rig_join(rig, rig_body("987654321", 3, RIG_WRONG_PASSWORD));
	CHECK_INT(reply.status, 403);
	CHECK_INT(reply.took, 500 * TSR_MS);
	rig_destroy(rig);
}

static void hashes_for_unknown_numbers_too(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);

	(void)rig_api_send(rig, "POST", "/api/v1/join", "application/json",
		tsr_slice_str(rig_body("987654321", 3, RIG_BY_PASSWORD)), "192.0.2.0/24");
	CHECK_INT(rig->n_jobs, 1);
	(void)rig_api_send(rig, "POST", "/api/v1/join", "application/json",
		tsr_slice_str(rig_body(session.number, 3, RIG_BY_PASSWORD)), "192.0.2.0/24");
	CHECK_INT(rig->n_jobs, 2);
	CHECK(rig->jobs[0].hash[0] == '\0' && rig->jobs[1].hash[0] == '\0');
	rig_destroy(rig);
}

/* Real Argon2id, real time: medians of the work for a known and an unknown number. */
static void costs_the_same_for_known_and_unknown(void)
{
	struct tsr_hash_job make = { .make = true, .password_len = 10 };
	double took[2] = { 1e9, 1e9 };

	memcpy(make.password, RIG_PASSWORD, 10);
	tsr_hash_job_run(&make);
	CHECK_INT(make.result, 0);
	for (int i = 0; i < 14; i++) {
		struct tsr_hash_job job = { .password_len = 10 };
		struct timespec a, b;
		double ms;

		memcpy(job.password, "opensesamf", 10);
		if (i % 2)
			memcpy(job.hash, make.hash, sizeof(job.hash));
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		tsr_hash_job_run(&job);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		CHECK_INT(job.result, TSR_ERR_AUTH);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		took[i % 2] = ms < took[i % 2] ? ms : took[i % 2];
	}
	CHECK(took[0] < took[1] * 1.5 && took[1] < took[0] * 1.5);
}

static void gives_tokens_that_hold(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "Plans \"B\"", "", false);
	struct rig_reply reply = rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK));
	struct tsr_token_claims role = rig_claims(rig, &reply, "token");
	struct tsr_token_claims resume = rig_claims(rig, &reply, "resume");
	struct tsr_token_claims none;
	uint8_t hash[32];
	int64_t now = (int64_t)(rig->now.wall_ms / 1000);

	rig_device_hash(hash, 1);
	CHECK(role.type == TSR_TOKEN_ROLE && resume.type == TSR_TOKEN_RESUME);
	CHECK_INT(role.exp, now + 60);
	CHECK_INT(resume.exp, now + 86400);
	CHECK(tsr_session_uid_equal(&role.mtg, &session.uid));
	CHECK_INT(role.mem.v, 1);
	CHECK(role.role == TSR_TOKEN_ATTENDEE && role.via == TSR_TOKEN_LINK);
	CHECK_MEM(role.ik, hash, 32);
	CHECK_MEM(resume.ik, hash, 32);
	CHECK(memcmp(role.jti, resume.jti, TSR_TOKEN_JTI_LEN) != 0);
	CHECK_STR(role.node, rig->keys.node);
	CHECK_STR(rig_json(reply.body, "node"), rig->keys.node);
	CHECK_STR(resume.node, "*");
	CHECK(strstr(reply.body, "\"title\":\"Plans \\\"B\\\"\"") != NULL);
	CHECK_INT(tsr_token_open(&none, tsr_slice_str(rig_json(reply.body, "token")),
			  tsr_sign_key_public(rig->keys.sign), "n-00000000", now),
		TSR_ERR_AUTH);
	rig_destroy(rig);
}

static void knows_a_device_again(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", RIG_PASSWORD, false);
	struct rig_reply a = rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK));
	struct rig_reply b = rig_join(rig, rig_body(session.number, 1, RIG_AS_ORGANIZER));
	struct rig_reply c = rig_join(rig, rig_body(session.number, 1, RIG_BY_PASSWORD));
	struct rig_reply d = rig_join(rig, rig_body(session.number, 1, RIG_AS_ORGANIZER));
	struct rig_reply e = rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK));

	CHECK_INT(rig_claims(rig, &a, "token").mem.v, 1);
	CHECK_INT(rig_claims(rig, &b, "token").mem.v, 2);
	CHECK_INT(rig_claims(rig, &c, "token").mem.v, 1);
	CHECK_INT(rig_claims(rig, &d, "token").mem.v, 2);
	CHECK_INT(rig_claims(rig, &e, "token").mem.v, 3);
	CHECK_INT(rig_count_rows(rig, "members"), 3);
	rig_destroy(rig);
}

/* Tokens can be fetched for later: only who was let in by the edge is in. */
static void opens_no_lock_to_a_token_that_was_never_used(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	Tessera__Ipc__SessionSettings settings = TESSERA__IPC__SESSION_SETTINGS__INIT;
	Tessera__Ipc__Commit commit = TESSERA__IPC__COMMIT__INIT;
	Tessera__Ipc__MemberRecord *member = rig_member(2, 2);
	const Tessera__Ipc__SessionRecord *record;
	struct tsr_arena arena = { 0 };
	size_t n;

	RIG_MUST(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status == 200);
	RIG_MUST(rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK)).status == 200);
	settings.locked = true;
	commit.session_uid.data = session.uid.v;
	commit.session_uid.len = TSR_UID_LEN;
	commit.state_seq = 10;
	commit.settings = &settings;
	commit.members = &member;
	commit.n_members = 1;
	RIG_MUST(rig_commit(rig, &commit));
	record = rig_open(rig, &session.uid, &arena, &n);
	CHECK_INT(n, 2);
	CHECK(!record->members[0]->admitted && record->members[1]->admitted);
	tsr_arena_finish(&arena);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 423);
	CHECK_INT(rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK)).status, 200);
	rig_destroy(rig);
}

/* A removal is the edge's to take back, not that of a request. */
static void leaves_a_removal_alone(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	Tessera__Ipc__Commit commit = TESSERA__IPC__COMMIT__INIT;
	Tessera__Ipc__MemberRecord *member = rig_member(1, 1);
	const Tessera__Ipc__SessionRecord *record;
	struct tsr_arena arena = { 0 };
	size_t n;

	RIG_MUST(rig_join(rig, rig_body(session.number, 1, RIG_AS_ORGANIZER)).status == 200);
	member->removed = true;
	member->admitted = false;
	member->role = TESSERA__V1__ROLE__ROLE_WAITING;
	commit.session_uid.data = session.uid.v;
	commit.session_uid.len = TSR_UID_LEN;
	commit.state_seq = 10;
	commit.members = &member;
	commit.n_members = 1;
	RIG_MUST(rig_commit(rig, &commit));
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_ORGANIZER)).status, 200);
	record = rig_open(rig, &session.uid, &arena, &n);
	CHECK(n == 1 && record->members[0]->removed && !record->members[0]->admitted);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

/* An edge that opens the session later must not take who waited for one who was sent out. */
static void notes_nobody_as_sent_to_the_lobby(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", true);
	const Tessera__Ipc__SessionRecord *record;
	struct tsr_arena arena = { 0 };
	size_t n;

	RIG_MUST(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status == 200);
	RIG_MUST(rig_join(rig, rig_body(session.number, 2, RIG_KNOCK)).status == 200);
	record = rig_open(rig, &session.uid, &arena, &n);
	CHECK_INT(n, 2);
	for (size_t i = 0; i < n; i++)
		CHECK(!record->members[i]->admitted &&
			record->members[i]->role == TESSERA__V1__ROLE__ROLE_ATTENDEE);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void add_rows(struct rig *rig, const struct rig_session *session, uint32_t from, uint32_t to)
{
	struct tsr_member_row row = { .role = 1, .name = "Eve" };

	RIG_MUST(tsr_store_run(rig->store, "BEGIN") == 0);
	for (row.id = from; row.id < to; row.id++) {
		memcpy(row.device_key_hash, &row.id, sizeof(row.id));
		RIG_MUST(tsr_member_put(rig->store, &session->uid, &row) == 0);
	}
	RIG_MUST(tsr_store_run(rig->store, "COMMIT") == 0);
}

static void knockers_and_members_cannot_fill_it_for_others(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);

	add_rows(rig, &session, 10000, 10000 + TSR_SESSION_MEMBERS / 2);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_KNOCK)).status, 200);
	CHECK_INT(rig_count_rows(rig, "members"), TSR_SESSION_MEMBERS / 2);
	CHECK_INT(rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK)).status, 200);
	add_rows(rig, &session, 20000, 20000 + TSR_SESSION_MEMBERS / 2 - 101);
	CHECK_INT(rig_join(rig, rig_body(session.number, 3, RIG_AS_LINK)).status, 429);
	CHECK_INT(rig_join(rig, rig_body(session.number, 2, RIG_AS_LINK)).status, 200);
	CHECK_INT(rig_join(rig, rig_body(session.number, 4, RIG_AS_ORGANIZER)).status, 200);
	rig_destroy(rig);
}

/* A returning device cannot rename the member: that it is his is not proven here. */
static void keeps_the_name_of_a_member(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	struct tsr_arena arena = { 0 };
	char json[1024], *name;
	size_t n;

	RIG_MUST(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status == 200);
	snprintf(json, sizeof(json), "%s", rig_body(session.number, 1, RIG_AS_LINK));
	name = strstr(json, "Ada");
	memcpy(name, "Eve", 3);
	CHECK_INT(rig_join(rig, json).status, 200);
	CHECK_STR(rig_open(rig, &session.uid, &arena, &n)->members[0]->name, "Ada");
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

/* Knocking at a number nobody has is not told from knocking at one that somebody has. */
static void lets_knockers_wait_before_nothing(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "secret plans", RIG_PASSWORD, false);
	const char *numbers[] = { session.number, "987654321" };
	size_t length[2];

	RIG_MUST(rig_join(rig, rig_body(session.number, 100, RIG_AS_LINK)).status == 200);
	for (int i = 0; i < 2; i++) {
		struct rig_reply a =
			rig_join_from(rig, "10.1.0.0/24", rig_body(numbers[i], 1, RIG_KNOCK));
		struct rig_reply b =
			rig_join_from(rig, "10.2.0.0/24", rig_body(numbers[i], 1, RIG_KNOCK));
		struct rig_reply c =
			rig_join_from(rig, "10.3.0.0/24", rig_body(numbers[i], 2, RIG_KNOCK));
		struct tsr_token_claims first = rig_claims(rig, &a, "token");
		struct tsr_token_claims again = rig_claims(rig, &b, "resume");
		struct tsr_token_claims other = rig_claims(rig, &c, "token");
		struct tsr_arena arena = { 0 };
		const Tessera__Ipc__SessionRecord *record;
		size_t n;

		CHECK_INT(a.status, 200);
		CHECK_INT(a.took, 250 * TSR_MS);
		CHECK(first.role == TSR_TOKEN_WAITING && first.via == TSR_TOKEN_DIGITS);
		CHECK(strstr(a.body, "\"lobby\":true") && !strstr(a.body, "title"));
		CHECK(tsr_session_uid_equal(&first.mtg, &again.mtg));
		CHECK(tsr_session_uid_equal(&first.mtg, &other.mtg));
		CHECK(first.mem.v == again.mem.v && first.mem.v != other.mem.v);
		CHECK(first.mem.v >= 0x40000000u && first.mem.v < 0x80000000u);
		record = rig_open(rig, &first.mtg, &arena, &n);
		CHECK(record->found && !record->ended);
		CHECK(i == 0 || (record->settings->lobby && n == 0));
		tsr_arena_finish(&arena);
		length[i] = strlen(a.body);
	}
	/* Texts of the same build: ids of ten digits, everything else of fixed length. */
	CHECK_INT(length[0], length[1]);
	rig_destroy(rig);
}

static void forgets_phantoms(void)
{
	struct rig *rig = rig_create();
	struct rig_reply reply = rig_join(rig, rig_body("987654321", 1, RIG_KNOCK));
	struct tsr_token_claims claims = rig_claims(rig, &reply, "token");
	struct tsr_arena arena = { 0 };
	size_t n;

	rig_advance(rig, 16 * TSR_MINUTE);
	CHECK(!rig_open(rig, &claims.mtg, &arena, &n)->found);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void bounds_lookups_per_source(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	struct rig_reply reply = { 0 };
	int n = 0;

	while (n < 100 &&
		(reply = rig_join(rig, rig_body("987654321", 1, RIG_WRONG_LINK))).status == 403)
		n++;
	CHECK_INT(reply.status, 429);
	CHECK(n == 20);
	CHECK(reply.retry_after_s >= 1 && reply.retry_after_s <= 6);
	CHECK(strncmp(reply.body, "{\"error\":\"too_many\",\"retry_after\":", 34) == 0);
	/* Others may, and who has the link may from anywhere. */
	CHECK_INT(rig_join_from(rig, "198.51.100.0/24", rig_body("987654321", 1, RIG_WRONG_LINK))
			  .status,
		403);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 200);
	rig_advance(rig, 7 * TSR_SECOND);
	CHECK_INT(rig_join(rig, rig_body("987654321", 1, RIG_WRONG_LINK)).status, 403);
	rig_destroy(rig);
}

/* After five wrong ones the source gets the lobby, also with the right password. */
static void bounds_passwords_per_source(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", RIG_PASSWORD, false);
	struct rig_reply reply;

	for (int i = 0; i < 5; i++)
		CHECK_INT(
			rig_join(rig, rig_body(session.number, 1, RIG_WRONG_PASSWORD)).status, 403);
	reply = rig_join(rig, rig_body(session.number, 1, RIG_BY_PASSWORD));
	CHECK_INT(reply.status, 200);
	CHECK(strstr(reply.body, "\"lobby\":true") != NULL);
	reply = rig_join(rig, rig_body("987654321", 1, RIG_BY_PASSWORD));
	CHECK(strstr(reply.body, "\"lobby\":true") != NULL);
	reply = rig_join_from(rig, "198.51.100.0/24", rig_body(session.number, 2, RIG_BY_PASSWORD));
	CHECK(strstr(reply.body, "\"lobby\":false") != NULL);
	rig_destroy(rig);
}

static void bounds_passwords_per_session(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", RIG_PASSWORD, false);
	struct rig_reply reply;
	char source[32];

	for (int i = 0; i < 25; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		CHECK_INT(
			rig_join_from(rig, source, rig_body(session.number, 1, RIG_WRONG_PASSWORD))
				.status,
			403);
	}
	reply = rig_join_from(rig, "198.51.100.0/24", rig_body(session.number, 2, RIG_BY_PASSWORD));
	CHECK_INT(reply.status, 200);
	CHECK(strstr(reply.body, "\"lobby\":true") != NULL);
	/* The link is not a password. */
	reply = rig_join_from(rig, "198.51.100.0/24", rig_body(session.number, 3, RIG_AS_LINK));
	CHECK(strstr(reply.body, "\"lobby\":false") != NULL);
	rig_destroy(rig);
}

static void bounds_knocks(void)
{
	struct rig *rig = rig_create();
	char source[32];
	int n = 0;

	for (int i = 0; i < 3; i++)
		CHECK_INT(rig_join(rig, rig_body("987654321", 1, RIG_KNOCK)).status, 200);
	CHECK_INT(rig_join(rig, rig_body("987654321", 1, RIG_KNOCK)).status, 429);
	for (int i = 0; i < 60; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		n += rig_join_from(rig, source, rig_body("987654321", 1, RIG_KNOCK)).status == 200;
	}
	CHECK(n >= 27 && n < 40); /* 30, and one more every two seconds */
	rig_destroy(rig);
}

static void turns_away_when_the_queue_is_full(void)
{
	struct rig *rig = rig_create();
	struct rig_reply reply;
	uint64_t id = 0;

	for (int i = 0; i < RIG_JOBS + 1; i++)
		id = rig_api_send(rig, "POST", "/api/v1/join", "application/json",
			tsr_slice_str(rig_body("987654321", 1, RIG_WRONG_PASSWORD)),
			"192.0.2.0/24");
	CHECK(rig_api_poll(rig, id, &reply));
	CHECK_INT(reply.status, 429);
	while (rig_hash_one(rig)) {}
	rig_destroy(rig);
}

/* A full disk and a read-only one: known or not, all are told the same; then it goes on. */
static void says_not_now_when_the_store_cannot(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", RIG_PASSWORD, false);

	RIG_MUST(tsr_store_set_read_only(rig->store, true) == 0);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 503);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_BY_PASSWORD)).status, 503);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_KNOCK)).status, 503);
	CHECK_INT(rig_join(rig, rig_body("987654321", 1, RIG_KNOCK)).status, 503);
	CHECK_INT(rig_create_session(rig, "b", "", false).failed, 503);
	RIG_MUST(tsr_store_set_read_only(rig->store, false) == 0);
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 200);
	CHECK_INT(rig_create_session(rig, "b", "", false).failed, 0);
	rig_destroy(rig);
}

static void fills_a_disk_and_recovers(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "a", "", false);
	int status = 200, n = 0;

	RIG_MUST(tsr_store_set_max_pages(rig->store, 1) == 0);
	for (uint8_t i = 1; i < 240 && status == 200; i++, n++)
		status = rig_join(rig, rig_body(session.number, i, RIG_AS_LINK)).status;
	CHECK_INT(status, 503);
	CHECK(tsr_store_trouble(rig->store) == TSR_STORE_FULL);
	/* Who is known already needs no room. */
	CHECK_INT(rig_join(rig, rig_body(session.number, 1, RIG_AS_LINK)).status, 200);
	RIG_MUST(tsr_store_set_max_pages(rig->store, 0) == 0);
	CHECK_INT(rig_join(rig, rig_body(session.number, (uint8_t)n, RIG_AS_LINK)).status, 200);
	rig_destroy(rig);
}

TEST_MAIN(TEST(answers_every_combination_as_the_table_says),
	TEST(decides_by_the_rules_in_all_cases), TEST(refuses_in_one_way),
	TEST(waits_for_the_grid_after_a_slow_hash), TEST(hashes_for_unknown_numbers_too),
	TEST(costs_the_same_for_known_and_unknown), TEST(gives_tokens_that_hold),
	TEST(knows_a_device_again), TEST(opens_no_lock_to_a_token_that_was_never_used),
	TEST(leaves_a_removal_alone), TEST(notes_nobody_as_sent_to_the_lobby),
	TEST(knockers_and_members_cannot_fill_it_for_others), TEST(keeps_the_name_of_a_member),
	TEST(lets_knockers_wait_before_nothing), TEST(forgets_phantoms),
	TEST(bounds_lookups_per_source), TEST(bounds_passwords_per_source),
	TEST(bounds_passwords_per_session), TEST(bounds_knocks),
	TEST(turns_away_when_the_queue_is_full), TEST(says_not_now_when_the_store_cannot),
	TEST(fills_a_disk_and_recovers))
