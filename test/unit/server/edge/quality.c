/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/quality.h"

#include "test.h"

#define REASON(name) TESSERA__V1__QUALITY_REASON__REASON_##name
#define GRADE(name) TESSERA__V1__GRADE__GRADE_##name
#define PATH(name) TESSERA__V1__PATH__PATH_##name
#define UP TESSERA__MEDIA__STATE__CONNECTED
#define LOST TESSERA__MEDIA__STATE__LOST
#define FAILED TESSERA__MEDIA__STATE__FAILED
#define CHECKED TESSERA__MEDIA__STATE__CHECKED

struct line {
	struct tsr_media_path send, receive;
	Tessera__V1__Grade grade;
	Tessera__V1__QualityReason reason;
	Tessera__V1__Path path;
};

static void check_line(const struct line *line)
{
	const struct tsr_media_path paths[TSR_MEDIA_WAYS] = {
		[TSR_MEDIA_SEND] = line->send, [TSR_MEDIA_RECEIVE] = line->receive
	};
	Tessera__V1__Quality q;

	tsr_quality_judge(&q, paths);
	CHECK_INT(q.grade, line->grade);
	CHECK_INT(q.reason, line->reason);
	CHECK_INT(q.path, line->path);
}

static void check_all(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n && !test_failed; i++) {
		check_line(&lines[i]);
		if (test_failed)
			printf("# that was line %zu\n", i);
	}
}

#define CHECK_ALL(lines) check_all(lines, sizeof(lines) / sizeof((lines)[0]))

static void what_hinders_is_named(void)
{
	static const struct line lines[] = {
		{ { .state = UP, .rtt_ms = 20 }, { .state = UP, .rtt_ms = 30 }, GRADE(GOOD),
			REASON(NONE), PATH(UDP) },
		{ { .state = UP, .loss_permille = 30 }, { .state = UP, .rtt_ms = 300 }, GRADE(GOOD),
			REASON(NONE), PATH(UDP) },
		{ { .state = UP, .loss_permille = 31 }, { .state = UP }, GRADE(FAIR),
			REASON(LOSS_UP), PATH(UDP) },
		{ { .state = UP }, { .state = UP, .loss_permille = 31 }, GRADE(FAIR),
			REASON(LOSS_DOWN), PATH(UDP) },
		{ { .state = UP, .rtt_ms = 301 }, { .state = UP }, GRADE(FAIR), REASON(DELAY),
			PATH(UDP) },
		{ { .state = UP }, { .state = UP, .rtt_ms = 301 }, GRADE(FAIR), REASON(DELAY),
			PATH(UDP) },
		{ { .state = UP, .is_thin = true }, { .state = UP }, GRADE(FAIR),
			REASON(BANDWIDTH_UP), PATH(UDP) },
		{ { .state = UP }, { .state = UP, .is_thin = true }, GRADE(FAIR),
			REASON(BANDWIDTH_DOWN), PATH(UDP) },
		{ { .state = UP, .is_tcp = true }, { .state = UP }, GRADE(FAIR), REASON(TCP),
			PATH(TCP) },
		{ { .state = UP }, { .state = UP, .is_tcp = true }, GRADE(FAIR), REASON(TCP),
			PATH(TCP) },
	};

	CHECK_ALL(lines);
}

static void poor_is_what_many_lose_or_wait_for(void)
{
	static const struct line lines[] = {
		{ { .state = UP, .loss_permille = 100 }, { .state = UP }, GRADE(FAIR),
			REASON(LOSS_UP), PATH(UDP) },
		{ { .state = UP, .loss_permille = 101 }, { .state = UP }, GRADE(POOR),
			REASON(LOSS_UP), PATH(UDP) },
		{ { .state = UP }, { .state = UP, .loss_permille = 101 }, GRADE(POOR),
			REASON(LOSS_DOWN), PATH(UDP) },
		{ { .state = UP, .rtt_ms = 600 }, { .state = UP }, GRADE(FAIR), REASON(DELAY),
			PATH(UDP) },
		{ { .state = UP, .rtt_ms = 601 }, { .state = UP }, GRADE(POOR), REASON(DELAY),
			PATH(UDP) },
	};

	CHECK_ALL(lines);
}

static void of_several_reasons_the_first_to_mend(void)
{
	static const struct line lines[] = {
		/* what is lost more; his own first */
		{ { .state = UP, .loss_permille = 50 }, { .state = UP, .loss_permille = 80 },
			GRADE(FAIR), REASON(LOSS_DOWN), PATH(UDP) },
		{ { .state = UP, .loss_permille = 80 }, { .state = UP, .loss_permille = 80 },
			GRADE(FAIR), REASON(LOSS_UP), PATH(UDP) },
		/* loss, then the way, then how thin it is, then what it is */
		{ { .state = UP, .rtt_ms = 700 }, { .state = UP, .loss_permille = 31 }, GRADE(POOR),
			REASON(LOSS_DOWN), PATH(UDP) },
		{ { .state = UP, .rtt_ms = 700 }, { .state = UP, .is_thin = true }, GRADE(POOR),
			REASON(DELAY), PATH(UDP) },
		{ { .state = UP, .is_thin = true }, { .state = UP, .is_thin = true }, GRADE(FAIR),
			REASON(BANDWIDTH_UP), PATH(UDP) },
		{ { .state = UP }, { .state = UP, .is_thin = true, .is_tcp = true }, GRADE(FAIR),
			REASON(BANDWIDTH_DOWN), PATH(TCP) },
	};

	CHECK_ALL(lines);
}

static void lost_is_lost_whatever_was_measured(void)
{
	static const struct line lines[] = {
		{ { .state = LOST }, { .state = UP }, GRADE(LOST), REASON(SILENT), PATH(UDP) },
		{ { .state = UP }, { .state = FAILED, .loss_permille = 500, .rtt_ms = 900 },
			GRADE(LOST), REASON(SILENT), PATH(UDP) },
		{ { .state = LOST, .is_tcp = true }, { 0 }, GRADE(LOST), REASON(SILENT),
			PATH(TCP) },
	};

	CHECK_ALL(lines);
}

/* A line of which nothing was known was called good. */
static void nothing_is_said_before_it_is_known(void)
{
	static const struct line lines[] = {
		{ { 0 }, { 0 }, GRADE(UNKNOWN), REASON(NONE), PATH(UNKNOWN) },
		{ { .state = CHECKED }, { 0 }, GRADE(UNKNOWN), REASON(NONE), PATH(UNKNOWN) },
		/* who only listens, and who is heard by nobody yet */
		{ { 0 }, { .state = UP }, GRADE(GOOD), REASON(NONE), PATH(UDP) },
		{ { .state = UP }, { .state = CHECKED }, GRADE(GOOD), REASON(NONE), PATH(UDP) },
	};

	CHECK_ALL(lines);
}

static void the_figures_are_those_of_both_ways(void)
{
	const struct tsr_media_path paths[TSR_MEDIA_WAYS] = {
		[TSR_MEDIA_SEND] = { .state = UP, .rtt_ms = 40, .loss_permille = 1, .kbit_s = 900 },
		[TSR_MEDIA_RECEIVE] = { .state = UP,
			.rtt_ms = 60,
			.loss_permille = 2,
			.kbit_s = 1500,
			.estimate_kbit_s = 2500 },
	};
	Tessera__V1__Quality q;

	tsr_quality_judge(&q, paths);
	CHECK_INT(q.rtt_ms, 60);
	CHECK_INT(q.loss_up, 1);
	CHECK_INT(q.loss_down, 2);
	CHECK_INT(q.kbit_up, 900);
	CHECK_INT(q.kbit_down, 1500);
	CHECK_INT(q.estimate_down, 2500);
}

static bool thin_after(struct tsr_media_path *path, bool is_thin)
{
	Tessera__Media__TransportStats stats = TESSERA__MEDIA__TRANSPORT_STATS__INIT;

	tsr_media_path_note(path, &stats, is_thin);
	return path->is_thin;
}

static void a_moment_makes_no_line_thin(void)
{
	struct tsr_media_path path = { 0 };

	CHECK(!thin_after(&path, true));
	CHECK(!thin_after(&path, false));
	CHECK(!thin_after(&path, true));
	CHECK(thin_after(&path, true));
	/* a try to carry more that fails is none either */
	CHECK(thin_after(&path, false));
	CHECK(thin_after(&path, true));
	for (int i = 0; i < 500; i++)
		CHECK(thin_after(&path, true));
	CHECK(thin_after(&path, false));
	CHECK(!thin_after(&path, false));
	CHECK(!thin_after(&path, true));
}

static void what_media_says_is_kept(void)
{
	Tessera__Media__TransportStats stats = TESSERA__MEDIA__TRANSPORT_STATS__INIT;
	struct tsr_media_path path = { .state = UP };

	stats.tcp = true;
	stats.rtt_ms = 5;
	stats.loss_permille = 6;
	stats.kbit_s = 7;
	stats.estimate_kbit_s = 8;
	tsr_media_path_note(&path, &stats, false);
	CHECK_INT(path.state, UP); /* that comes by TransportState */
	CHECK(path.is_tcp);
	CHECK_INT(path.rtt_ms, 5);
	CHECK_INT(path.loss_permille, 6);
	CHECK_INT(path.kbit_s, 7);
	CHECK_INT(path.estimate_kbit_s, 8);
}

TEST_MAIN(TEST(what_hinders_is_named), TEST(poor_is_what_many_lose_or_wait_for),
	TEST(of_several_reasons_the_first_to_mend), TEST(lost_is_lost_whatever_was_measured),
	TEST(nothing_is_said_before_it_is_known), TEST(the_figures_are_those_of_both_ways),
	TEST(a_moment_makes_no_line_thin), TEST(what_media_says_is_kept))
