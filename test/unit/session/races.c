/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes out when two people act in one instant: every ordered pair, against the table of
 * docs/roles.md.
 */
#include "room.h"

struct contender {
	const char *name;
	uint32_t asker;
	struct tsr_action action;
};

static const struct contender contenders[] = {
	{ "take", 3, { .act = TSR_ACT_TAKE_PRESENTER } },
	{ "take4", 4, { .act = TSR_ACT_TAKE_PRESENTER } },
	{ "pass", 2, { .act = TSR_ACT_MAKE_PRESENTER, .member = { 4 } } },
	{ "make", 1, { .act = TSR_ACT_MAKE_PRESENTER, .member = { 4 } } },
	{ "hand-over", 1, { .act = TSR_ACT_HAND_OVER, .member = { 3 } } },
	{ "remove", 1, { .act = TSR_ACT_REMOVE, .member = { 3 } } },
	{ "remove2", 1, { .act = TSR_ACT_REMOVE, .member = { 2 } } },
	{ "lock", 1, { .act = TSR_ACT_SET_LOCKED, .on = true } },
	{ "end", 1, { .act = TSR_ACT_END } },
};
#define N_CONTENDERS (sizeof(contenders) / sizeof(contenders[0]))
#define LINE_SIZE 160

static const char *word_of(int err)
{
	switch (err) {
	case 0:
		return "ok";
	case 1:
		return "void";
	case TSR_ERR_OUTRACED:
		return "outraced";
	default:
		return tsr_err_name(err);
	}
}

static bool set_up(struct room *room)
{
	if (!room_with(room, 4) || room_switch(room, 1, TSR_ACT_SET_OPEN, 0, true) != 0 ||
		room_act(room, 1, TSR_ACT_MAKE_PRESENTER, 2) != 0 ||
		room_open(room, 2, TSR_ACT_OPEN_SCREEN) != 0)
		return false;
	room_pass(room, TSR_MINUTE);
	room->keeps_at_once = false;
	return true;
}

static int result_of(const struct room *room, uint32_t request)
{
	for (size_t i = 0; i < room->n_events; i++) {
		if (room->events[i].kind == TSR_SESSION_RESULT &&
			room->events[i].result.request == request)
			return room->events[i].result.err;
	}
	return 1;
}

static int ask(struct room *room, const struct contender *c, uint32_t request)
{
	struct tsr_action action = c->action;
	int r;

	action.request = request;
	r = tsr_session_handle_action(
		room->s, member(c->asker), room_conn(room, c->asker), &action, room->now);
	room_drain(room);
	return r;
}

/* Plays the pair and writes the row of the table that came out of it. */
static bool play(
	const struct contender *first, const struct contender *second, char line[static LINE_SIZE])
{
	struct room room;
	const struct tsr_session_settings *set;
	const char *ended = "";

	if (!set_up(&room))
		return false;
	room.n_events = 0;
	if (ask(&room, first, 1) != 0 || ask(&room, second, 2) != 0)
		return false;
	while (room.commit_seq)
		room_answer(&room, TSR_COMMIT_KEPT);
	set = tsr_session_settings(room.s);
	if (tsr_session_has_ended(room.s))
		ended = ", ended";
	snprintf(line, LINE_SIZE, "| %s | %s | %s | %s | presenter %u, organizer %u%s%s%s%s |",
		first->name, second->name,
		result_of(&room, 1) == 1 && first->action.act == TSR_ACT_END
			? "ok"
			: word_of(result_of(&room, 1)),
		result_of(&room, 2) == 1 && second->action.act == TSR_ACT_END &&
				first->action.act != TSR_ACT_END && ended[0]
			? "ok"
			: word_of(result_of(&room, 2)),
		set->presenter.v, set->organizer.v,
		room_presence(&room, 2) == TSR_PRESENCE_ABSENT ? ", 2 out" : "",
		room_presence(&room, 3) == TSR_PRESENCE_ABSENT ? ", 3 out" : "",
		set->is_locked ? ", locked" : "", ended);
	room_destroy(&room);
	return true;
}

static bool is_on_page(const char *wanted)
{
	FILE *file = fopen(TEST_ROLES_MD, "r");
	char line[1024];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		is_found = strcmp(line, wanted) == 0;
	}
	if (file)
		fclose(file);
	return is_found;
}

static void every_pair_ends_as_the_page_says(void)
{
	char line[LINE_SIZE];

	for (size_t i = 0; i < N_CONTENDERS; i++) {
		for (size_t j = 0; j < N_CONTENDERS; j++) {
			CHECK(play(&contenders[i], &contenders[j], line));
			if (!is_on_page(line)) {
				printf("# not in docs/roles.md: %s\n", line);
				test_failed = true;
			}
		}
	}
}

/* The same instant, but the second comes when the first has just been kept. */
static void who_takes_just_after_a_change_is_outraced_too(void)
{
	struct room room;

	CHECK(set_up(&room));
	room.keeps_at_once = true;
	CHECK_INT(room_act(&room, 3, TSR_ACT_TAKE_PRESENTER, 0), 0);
	room.now += TSR_SESSION_TAKE_HOLD - 1;
	CHECK_INT(room_act(&room, 4, TSR_ACT_TAKE_PRESENTER, 0), TSR_ERR_OUTRACED);
	CHECK_INT(room_act(&room, 1, TSR_ACT_TAKE_PRESENTER, 0), 0);
	room.now += TSR_SESSION_TAKE_HOLD;
	CHECK_INT(room_act(&room, 4, TSR_ACT_TAKE_PRESENTER, 0), 0);
	CHECK_INT(tsr_session_settings(room.s)->presenter.v, 4);
	room_destroy(&room);
}

TEST_MAIN(
	TEST(every_pair_ends_as_the_page_says), TEST(who_takes_just_after_a_change_is_outraced_too))
