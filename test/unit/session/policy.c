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
#define CELL_SIZE 192

struct word;

/* One of these, and of it all words. */
#define CHOICES_MAX 4
#define WORDS_MAX 8
struct cell {
	struct choice {
		const struct word *words[WORDS_MAX];
		unsigned n;
	} choices[CHOICES_MAX];
	unsigned n;
};

/* waiting, attendee, presenter, organizer */
static struct cell expected[TSR_ACT_N][N_COLUMNS];
static bool is_on_page[TSR_ACT_N];

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
	{ "may-speak", 'a', false, TSR_ACTOR_MAY_AUDIO },
	{ "may-film", 'a', false, TSR_ACTOR_MAY_VIDEO },
	{ "admitted", 'a', false, TSR_ACTOR_ADMITTED },
	{ "stayed", 'a', true, TSR_ACTOR_LEFT },
	{ "welcome", 'a', true, TSR_ACTOR_SENT_OUT },
	{ "open", 's', false, TSR_SESSION_OPEN },
	{ "chat", 's', false, TSR_SESSION_CHAT_PUBLIC },
	{ "whisper", 's', false, TSR_SESSION_CHAT_PRIVATE },
	{ "voices", 's', false, TSR_SESSION_AUDIO },
	{ "faces", 's', false, TSR_SESSION_VIDEO },
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
	{ "microphone", 't', false, TSR_TARGET_AUDIO },
	{ "camera", 't', false, TSR_TARGET_VIDEO },
	{ "running", 't', true, TSR_TARGET_PAUSED },
};

static bool holds(const struct word *w, const struct tsr_policy_facts *facts)
{
	uint32_t bits = w->of == 'a' ? facts->actor : w->of == 't' ? facts->target : facts->session;

	return w->has_not ? !(bits & w->bits) : (bits & w->bits) != 0;
}

/* NULL for "-", which never holds. */
static const struct word *word_of(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].text) == len && memcmp(words[i].text, text, len) == 0)
			return &words[i];
	}
	if (len != 1 || text[0] != '-') {
		printf("# docs/roles.md: unknown word '%.*s'\n", (int)len, text);
		exit(1);
	}
	return NULL;
}

/* Words joined by '+', alternatives by " or ". */
static struct cell parse_cell(const char *text)
{
	struct cell cell = { 0 };
	struct choice *choice = &cell.choices[cell.n++];

	for (;;) {
		size_t len = strcspn(text, "+ ");
		const struct word *w = word_of(text, len);

		if (w)
			choice->words[choice->n++] = w;
		else
			cell.n--;
		text += len;
		if (*text == '\0')
			return cell;
		if (*text == '+') {
			text++;
			continue;
		}
		text += strlen(" or ");
		choice = &cell.choices[cell.n++];
	}
}

static bool is_expected(const struct cell *cell, const struct tsr_policy_facts *facts)
{
	for (unsigned i = 0; i < cell->n; i++) {
		const struct choice *choice = &cell->choices[i];
		unsigned n = 0;

		while (n < choice->n && holds(choice->words[n], facts))
			n++;
		if (n == choice->n)
			return true;
	}
	return false;
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
		char cells[N_COLUMNS][CELL_SIZE];
		enum tsr_act act;

		if (sscanf(line, "| %191[A-Z_] | %191[^|]| %191[^|]| %191[^|]| %191[^|]|", name,
			    cells[0], cells[1], cells[2], cells[3]) != 5)
			continue;
		act = act_by_name(name);
		if (act == TSR_ACT_NONE)
			continue;
		for (size_t i = 0; i < N_COLUMNS; i++) {
			cells[i][strlen(cells[i]) - 1] = '\0'; /* the blank before the bar */
			expected[act][i] = parse_cell(cells[i]);
		}
		is_on_page[act] = true;
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

/* None; or one of each kind, somebody else's or one's own, running or paused. */
#define STREAM_TARGETS 17
static uint32_t stream_target(unsigned i)
{
	static const uint32_t kinds[] = { 0, TSR_TARGET_SCREEN, TSR_TARGET_AUDIO,
		TSR_TARGET_VIDEO };

	if (i-- == 0)
		return 0;
	return TSR_TARGET_STREAM | kinds[i / 4] | (i & 1 ? TSR_TARGET_OWN : 0) |
	       (i & 2 ? TSR_TARGET_PAUSED : 0);
}

static bool is_cell_right(enum tsr_act act, unsigned role, const struct tsr_policy_facts *facts)
{
	int got = tsr_policy_allows(act, facts);
	bool want = is_expected(&expected[act][roles[role].column], facts);
	uint32_t flat = tsr_policy_check(act, facts->actor, facts->target, facts->session);

	if ((got == 0) == want && flat == (uint32_t)-got && got <= 0)
		return true;
	printf("# %s by %s: actor %#x target %#x session %#x: got %s, the page says %s\n",
		tsr_act_name(act), roles[role].name, facts->actor, facts->target, facts->session,
		tsr_err_name(got), want ? "allowed" : "refused");
	return false;
}

/*
 * All sets of rights, or for ENTER of what the record says, and all states of the session. With
 * each goes one state of what only acts about microphones and cameras depend on (two rights, two
 * settings), so that each of these sixteen comes up with every act, role and target.
 */
static bool walk_states(enum tsr_act act, unsigned role, uint32_t target, unsigned long *n)
{
	uint32_t unit = act == TSR_ACT_ENTER ? TSR_ACTOR_ADMITTED : TSR_ACTOR_MAY_CHAT_PUBLIC;

	for (uint32_t rights = 0; rights < 16; rights++) {
		for (uint32_t session = 0; session < TSR_SESSION_ENDED; session++) {
			uint32_t may = (rights + session) & 3, are = (rights ^ session >> 2) & 3;
			struct tsr_policy_facts facts = {
				.actor = roles[role].bits | (rights & 7) * unit |
					 (rights & 8 ? TSR_ACTOR_SHARING : 0) |
					 may * TSR_ACTOR_MAY_AUDIO,
				.target = target,
				.session = session | are * TSR_SESSION_AUDIO,
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
		CHECK(is_on_page[act]);
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
