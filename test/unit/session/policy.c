/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks every cell: each act, for each role with each set of rights, on each kind of target, in
 * each state of the session, against the table of docs/roles.md, which is written for people
 * and shares nothing with the table of the code.
 */
#include "core/session/policy.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "test.h"

#define N_COLUMNS 4
#define CELL_SIZE 160

struct expectation {
	char cells[N_COLUMNS][CELL_SIZE]; /* waiting, attendee, presenter, organizer */
};

static struct expectation expected[TSR_ACT_N];

/* One word of the page; the bit belongs to the actor, the target or the session. */
struct word {
	const char *text;
	char of;      /* 'a', 't' or 's' */
	bool has_not; /* holds when none of the bits is there, instead of any */
	uint32_t bits;
};

static const struct word words[] = {
	{ "yes", 'a', true, 0 },
	{ "presents", 'a', false, TSR_ACTOR_PRESENTER },
	{ "may-share", 'a', false, TSR_ACTOR_MAY_SHARE },
	{ "sharing", 'a', false, TSR_ACTOR_SHARING },
	{ "may-chat", 'a', false, TSR_ACTOR_MAY_CHAT_PUBLIC },
	{ "may-whisper", 'a', false, TSR_ACTOR_MAY_CHAT_PRIVATE },
	{ "admitted", 'a', false, TSR_ACTOR_ADMITTED },
	{ "stayed", 'a', true, TSR_ACTOR_LEFT },
	{ "welcome", 'a', true, TSR_ACTOR_SENT_OUT },
	{ "open", 's', false, TSR_SESSION_OPEN },
	{ "chat", 's', false, TSR_SESSION_CHAT_PUBLIC },
	{ "whisper", 's', false, TSR_SESSION_CHAT_PRIVATE },
	{ "unlocked", 's', true, TSR_SESSION_LOCKED },
	{ "no-lobby", 's', true, TSR_SESSION_LOBBY },
	{ "all", 't', false, TSR_TARGET_ALL },
	{ "self", 't', false, TSR_TARGET_SELF },
	{ "not-self", 't', true, TSR_TARGET_SELF },
	{ "waiter", 't', false, TSR_TARGET_WAITING },
	{ "attendee", 't', false, TSR_TARGET_ATTENDEE },
	{ "inside", 't', false, TSR_TARGET_ATTENDEE | TSR_TARGET_ORGANIZER },
	{ "here", 't', true, TSR_TARGET_AWAY },
	{ "sharer", 't', false, TSR_TARGET_MAY_SHARE },
	{ "sent-out", 't', false, TSR_TARGET_SENT_OUT },
	{ "own", 't', false, TSR_TARGET_OWN },
	{ "stream", 't', false, TSR_TARGET_STREAM },
	{ "screen", 't', false, TSR_TARGET_SCREEN },
	{ "running", 't', true, TSR_TARGET_PAUSED },
};

static bool holds(const char *text, size_t len, const struct tsr_policy_facts *facts)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct word *w = &words[i];
		uint32_t bits = w->of == 'a'   ? facts->actor
				: w->of == 't' ? facts->target
					       : facts->session;

		if (strlen(w->text) == len && memcmp(w->text, text, len) == 0)
			return w->has_not ? !(bits & w->bits) : (bits & w->bits) != 0;
	}
	if (len != 1 || text[0] != '-') {
		printf("# docs/roles.md: unknown word '%.*s'\n", (int)len, text);
		exit(1);
	}
	return false;
}

/* Words joined by '+', alternatives by " or ". */
static bool is_expected(const char *cell, const struct tsr_policy_facts *facts)
{
	bool all = true;

	for (;;) {
		size_t len = strcspn(cell, "+ ");

		all = holds(cell, len, facts) && all;
		cell += len;
		if (*cell == '+') {
			cell++;
			continue;
		}
		if (all || *cell == '\0')
			return all;
		cell += strlen(" or ");
		all = true;
	}
}

static enum tsr_act act_by_name(const char *name)
{
	for (unsigned act = 1; act < TSR_ACT_N; act++) {
		if (strcmp(tsr_act_name((enum tsr_act)act), name) == 0)
			return (enum tsr_act)act;
	}
	return TSR_ACT_NONE;
}

/* Returns how many acts the page has a row for. */
static unsigned read_page(void)
{
	FILE *file = fopen(TEST_ROLES_MD, "r");
	char line[1024], name[CELL_SIZE];
	unsigned n = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		struct expectation e;
		enum tsr_act act;

		if (sscanf(line, "| %159[A-Z_] | %159[^|]| %159[^|]| %159[^|]| %159[^|]|", name,
			    e.cells[0], e.cells[1], e.cells[2], e.cells[3]) != 5)
			continue;
		act = act_by_name(name);
		if (act == TSR_ACT_NONE)
			continue;
		for (size_t i = 0; i < N_COLUMNS; i++)
			e.cells[i][strlen(e.cells[i]) - 1] = '\0'; /* the blank before the bar */
		expected[act] = e;
		n++;
	}
	fclose(file);
	return n;
}

static const struct {
	const char *name;
	uint32_t bits;
	unsigned column;
} roles[] = {
	{ "waiting", TSR_ACTOR_WAITING, 0 },
	{ "attendee", TSR_ACTOR_ATTENDEE, 1 },
	{ "presenter", TSR_ACTOR_ATTENDEE | TSR_ACTOR_PRESENTER, 2 },
	{ "organizer", TSR_ACTOR_ORGANIZER, 3 },
	{ "presenting organizer", TSR_ACTOR_ORGANIZER | TSR_ACTOR_PRESENTER, 3 },
};

#define MEMBER_TARGETS 18
static const uint32_t members[MEMBER_TARGETS] = {
	0,
	TSR_TARGET_ALL,
	TSR_TARGET_WAITING,
	TSR_TARGET_WAITING | TSR_TARGET_SELF,
	TSR_TARGET_WAITING | TSR_TARGET_SENT_OUT,
	TSR_TARGET_SENT_OUT,
	TSR_TARGET_ATTENDEE,
	TSR_TARGET_ATTENDEE | TSR_TARGET_SELF,
	TSR_TARGET_ATTENDEE | TSR_TARGET_MAY_SHARE,
	TSR_TARGET_ATTENDEE | TSR_TARGET_MAY_SHARE | TSR_TARGET_SELF,
	TSR_TARGET_ATTENDEE | TSR_TARGET_AWAY,
	TSR_TARGET_ATTENDEE | TSR_TARGET_AWAY | TSR_TARGET_MAY_SHARE,
	TSR_TARGET_ORGANIZER,
	TSR_TARGET_ORGANIZER | TSR_TARGET_SELF,
	TSR_TARGET_ORGANIZER | TSR_TARGET_MAY_SHARE,
	TSR_TARGET_ORGANIZER | TSR_TARGET_MAY_SHARE | TSR_TARGET_SELF,
	TSR_TARGET_ORGANIZER | TSR_TARGET_AWAY,
	TSR_TARGET_ORGANIZER | TSR_TARGET_AWAY | TSR_TARGET_MAY_SHARE,
};

#define STREAM_TARGETS 9
static uint32_t stream_target(unsigned i)
{
	return i == 0 ? 0 : TSR_TARGET_STREAM | (i - 1) * TSR_TARGET_OWN;
}

static bool is_cell_right(enum tsr_act act, unsigned role, const struct tsr_policy_facts *facts)
{
	int got = tsr_policy_allows(act, facts);
	bool want = is_expected(expected[act].cells[roles[role].column], facts);
	uint32_t flat = tsr_policy_check(act, facts->actor, facts->target, facts->session);

	if ((got == 0) == want && flat == (uint32_t)-got && got <= 0)
		return true;
	printf("# %s by %s: actor %#x target %#x session %#x: got %s, the page says %s\n",
		tsr_act_name(act), roles[role].name, facts->actor, facts->target, facts->session,
		tsr_err_name(got), want ? "allowed" : "refused");
	return false;
}

/* All sets of rights, or for ENTER of what the record says, and all states of the session. */
static bool walk_states(enum tsr_act act, unsigned role, uint32_t target, unsigned long *n)
{
	uint32_t unit = act == TSR_ACT_ENTER ? TSR_ACTOR_ADMITTED : TSR_ACTOR_MAY_CHAT_PUBLIC;

	for (uint32_t rights = 0; rights < 16; rights++) {
		for (uint32_t session = 0; session < TSR_SESSION_ENDED; session++) {
			struct tsr_policy_facts facts = {
				.actor = roles[role].bits | (rights & 7) * unit |
					 (rights & 8 ? TSR_ACTOR_SHARING : 0),
				.target = target,
				.session = session,
			};

			++*n;
			if (!is_cell_right(act, role, &facts))
				return false;
		}
	}
	return true;
}

static void the_page_has_every_act(void)
{
	CHECK_INT(read_page(), TSR_ACT_N - 1);
	for (unsigned act = 1; act < TSR_ACT_N; act++)
		CHECK(expected[act].cells[0][0]);
}

static void every_cell_is_as_the_page_says(void)
{
	unsigned long n = 0;

	for (unsigned act = 1; act < TSR_ACT_N; act++) {
		for (unsigned role = 0; role < sizeof(roles) / sizeof(roles[0]); role++) {
			for (unsigned i = 0; i < MEMBER_TARGETS * STREAM_TARGETS; i++) {
				uint32_t target = members[i % MEMBER_TARGETS] |
						  stream_target(i / MEMBER_TARGETS);

				CHECK(walk_states((enum tsr_act)act, role, target, &n));
			}
		}
	}
	printf("# %lu cells\n", n);
	CHECK(n > 1000);
}

static void after_the_end_nothing_is_allowed(void)
{
	for (unsigned act = 1; act < TSR_ACT_N; act++) {
		struct tsr_policy_facts facts = { .actor = TSR_ACTOR_ORGANIZER,
			.target = TSR_TARGET_ALL,
			.session = TSR_SESSION_ENDED };

		CHECK_INT(tsr_policy_allows((enum tsr_act)act, &facts), TSR_ERR_ENDED);
	}
}

static void facts_that_contradict_each_other_allow_nothing(void)
{
	static const uint32_t actors[] = { 0, TSR_ACTOR_PRESENTER,
		TSR_ACTOR_WAITING | TSR_ACTOR_PRESENTER, TSR_ACTOR_WAITING | TSR_ACTOR_ORGANIZER,
		TSR_ACTOR_ATTENDEE | TSR_ACTOR_ORGANIZER, 0x7 };

	for (unsigned act = 1; act < TSR_ACT_N; act++) {
		for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++) {
			struct tsr_policy_facts facts = { .actor = actors[i] | TSR_ACTOR_MAY_SHARE,
				.target = TSR_TARGET_ALL,
				.session = TSR_SESSION_OPEN };

			CHECK_INT(tsr_policy_allows((enum tsr_act)act, &facts), TSR_ERR_DENIED);
		}
	}
}

static void a_refusal_says_why(void)
{
	struct tsr_policy_facts organizer = { .actor = TSR_ACTOR_ORGANIZER };
	struct tsr_policy_facts attendee = { .actor = TSR_ACTOR_ATTENDEE };
	struct tsr_policy_facts newcomer = {
		.actor = TSR_ACTOR_ATTENDEE, .target = TSR_TARGET_ALL, .session = TSR_SESSION_LOCKED
	};

	CHECK_INT(tsr_policy_allows(TSR_ACT_REMOVE, &organizer), TSR_ERR_UNKNOWN);
	CHECK_INT(tsr_policy_allows(TSR_ACT_REMOVE, &attendee), TSR_ERR_DENIED);
	CHECK_INT(tsr_policy_allows(TSR_ACT_ENTER, &newcomer), TSR_ERR_LOCKED);
	CHECK_INT(tsr_policy_allows(TSR_ACT_NONE, &organizer), TSR_ERR_RANGE);
	CHECK_INT(tsr_policy_allows(TSR_ACT_N, &organizer), TSR_ERR_RANGE);
	CHECK_INT(tsr_policy_check(0xffffffff, TSR_ACTOR_ORGANIZER, 0, 0), -TSR_ERR_RANGE);
	CHECK_STR(tsr_act_name(TSR_ACT_N), "?");
	CHECK_STR(tsr_act_text(TSR_ACT_END), "end the session for all");
}

/* tessera.v1.Refusal, by number. */
static void every_error_has_a_refusal(void)
{
	CHECK_INT(tsr_policy_refusal(0), 0);
	for (int i = 0; i < TSR_ERR_N; i++)
		CHECK(tsr_policy_refusal(-1 - i) >= 1 && tsr_policy_refusal(-1 - i) <= 9);
	CHECK_INT(tsr_policy_refusal(TSR_ERR_DENIED), 1);
	CHECK_INT(tsr_policy_refusal(TSR_ERR_RANGE), 3);
	CHECK_INT(tsr_policy_refusal(TSR_ERR_STORE), 5);
	CHECK_INT(tsr_policy_refusal(TSR_ERR_FULL), 6);
	CHECK_INT(tsr_policy_refusal(TSR_ERR_OUTRACED), 9);
}

TEST_MAIN(TEST(the_page_has_every_act), TEST(every_cell_is_as_the_page_says),
	TEST(after_the_end_nothing_is_allowed),
	TEST(facts_that_contradict_each_other_allow_nothing), TEST(a_refusal_says_why),
	TEST(every_error_has_a_refusal))
