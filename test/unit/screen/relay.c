/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/relay.h"

#include "core/base/err.h"
#include "core/screen/codec.h"
#include "test/test.h"

static tsr_time now = TSR_SECOND;

static int hand(struct tsr_relay *relay, const struct tsr_frame *frame)
{
	struct tsr_msg *msg = tsr_msg_create(TSR_FRAME_HEADER_LEN + frame->length);
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	tsr_frame_write(msg->data, frame);
	r = tsr_relay_handle_frame(relay, frame, msg, now);
	tsr_msg_unref(&msg);
	return r;
}

/* A frame of the presenter; len is the whole of it. */
static int put(struct tsr_relay *relay, bool is_key, bool is_last, uint32_t picture, uint64_t cells,
	uint8_t epoch, uint32_t len)
{
	struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
		.flags = (uint8_t)((is_key ? TSR_FRAME_KEY : 0) | (is_last ? TSR_FRAME_LAST : 0)),
		.epoch = epoch,
		.picture = picture,
		.base = is_key ? picture : picture - 1,
		.cells = cells,
		.length = len - TSR_FRAME_HEADER_LEN };

	return hand(relay, &frame);
}

/* Takes everything that is there for the viewer; returns how many, *last is the last header. */
static uint32_t take(
	struct tsr_relay *relay, struct tsr_relay_viewer *viewer, struct tsr_frame *last)
{
	struct tsr_msg *msg;
	uint32_t n = 0;

	while (tsr_relay_poll_send(relay, viewer, now, &msg)) {
		if (tsr_frame_parse(last, tsr_msg_slice(msg)) != 0)
			return 0;
		tsr_msg_unref(&msg);
		n++;
	}
	return n;
}

static void a_late_viewer_enters_by_keys_and_the_run(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_relay_viewer_stats stats;
	struct tsr_frame last;
	uint64_t cells;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 100), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 100), 0);
	CHECK_INT(put(relay, false, true, 2, 2, 5, 60), 0);
	CHECK_INT(put(relay, false, true, 3, 1, 5, 60), 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK(viewer);
	CHECK_INT(take(relay, viewer, &last), 4);
	CHECK_INT(last.picture, 3);
	tsr_relay_viewer_stats(relay, viewer, now, &stats);
	CHECK(stats.is_in_sync);
	CHECK(!tsr_relay_poll_need(relay, now, &cells));
	tsr_relay_destroy(relay);
}

static void what_is_missing_is_asked_for_once_in_500_ms(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_frame last;
	uint64_t cells = 0;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 100), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 100), 0);
	for (uint32_t p = 2; p < 100; p++)
		CHECK_INT(put(relay, false, true, p, 2, 5, 60), 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, viewer, &last), 1);
	CHECK(tsr_relay_poll_need(relay, now, &cells));
	CHECK_INT(cells, 2);
	tsr_relay_handle_refresh(relay, viewer, false, now);
	take(relay, viewer, &last);
	CHECK(!tsr_relay_poll_need(relay, now, &cells));
	CHECK_INT(tsr_relay_next_timeout(relay), now + TSR_RELAY_NEED_INTERVAL);
	CHECK_INT(put(relay, true, true, 99, 2, 5, 100), 0);
	CHECK_INT(tsr_relay_next_timeout(relay), TSR_TIME_NEVER);
	CHECK_INT(take(relay, viewer, &last), 1);
	CHECK_INT(last.picture, 99);
	tsr_relay_destroy(relay);
}

/* A KEY that is kept and cannot be read would be of no more use to those who come later. */
static void what_cannot_be_read_comes_anew(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer, *guest;
	struct tsr_frame last;
	uint64_t cells = 0;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 100), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 100), 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, viewer, &last), 2);
	tsr_relay_handle_pause(relay, false);
	tsr_relay_handle_refresh(relay, viewer, true, now);
	CHECK_INT(take(relay, viewer, &last), 2); /* there is nobody to ask */
	tsr_relay_handle_resume(relay);
	tsr_relay_handle_refresh(relay, viewer, true, now);
	guest = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, viewer, &last), 0);
	CHECK_INT(take(relay, guest, &last), 0);
	CHECK(tsr_relay_poll_need(relay, now, &cells));
	CHECK_INT(cells, 3);
	CHECK_INT(put(relay, true, true, 1, 1, 5, 90), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 90), 0);
	CHECK_INT(take(relay, viewer, &last), 2);
	CHECK_INT(take(relay, guest, &last), 2);
	CHECK_INT(last.length, 90 - TSR_FRAME_HEADER_LEN);
	/* who says so all the time gets what there is, and costs the presenter nothing */
	now += TSR_RELAY_RENEW_INTERVAL - TSR_MS;
	tsr_relay_handle_refresh(relay, guest, true, now);
	CHECK_INT(take(relay, guest, &last), 2);
	CHECK(!tsr_relay_poll_need(relay, now, &cells));
	now += TSR_MS;
	tsr_relay_handle_refresh(relay, guest, true, now);
	CHECK_INT(take(relay, guest, &last), 0);
	CHECK(tsr_relay_poll_need(relay, now, &cells));
	tsr_relay_destroy(relay);
}

static void the_order_of_pictures_is_enforced(void)
{
	struct tsr_relay *relay;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	CHECK_INT(put(relay, false, true, 1, 1, 5, 60), TSR_ERR_STALE);
	CHECK_INT(put(relay, true, true, 2, 1, 5, 60), TSR_ERR_STALE);
	CHECK_INT(put(relay, true, false, 1, 4, 5, 60), TSR_ERR_RANGE);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 60), 0);
	CHECK_INT(put(relay, false, true, 2, 1, 5, 60), TSR_ERR_STALE);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 60), 0);
	CHECK_INT(put(relay, false, false, 2, 1, 5, 60), TSR_ERR_FORMAT);
	CHECK_INT(put(relay, false, true, 3, 1, 5, 60), TSR_ERR_STALE);
	CHECK_INT(put(relay, true, true, 1, 2, 4, 60), TSR_ERR_STALE);
	tsr_relay_destroy(relay);
}

/* What a hostile presenter sends is kept as honest pictures are; so it is no longer than these. */
static void what_is_longer_than_any_picture_is_refused(void)
{
	const uint32_t head = TSR_FRAME_HEADER_LEN + TSR_FRAME_OVERHEAD + 16 + 1;
	const uint32_t delta = TSR_FRAME_HEADER_LEN + TSR_FRAME_OVERHEAD + TSR_DELTA_MAX;
	struct tsr_relay *relay;
	struct tsr_relay_stats stats;

	CHECK(tsr_relay_create(&relay, 522, 4) == 0); /* the second cell is 10 pixels wide */
	CHECK_INT(put(relay, true, false, 1, 1, 5, head + 512 * 4 * 3 + 1), TSR_ERR_TOO_BIG);
	CHECK_INT(put(relay, true, false, 1, 1, 5, head + 512 * 4 * 3), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, head + 10 * 4 * 3 + 1), TSR_ERR_TOO_BIG);
	CHECK_INT(put(relay, true, true, 1, 2, 5, head + 10 * 4 * 3), 0);
	CHECK_INT(put(relay, false, true, 2, 1, 5, delta + 1), TSR_ERR_TOO_BIG);
	CHECK_INT(put(relay, false, true, 2, 1, 5, delta), 0);
	tsr_relay_stats(relay, &stats);
	CHECK_INT(stats.memory, 2 * head + 522 * 4 * 3 + delta);
	tsr_relay_destroy(relay);
}

static void a_window_holds_back(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_frame last;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 200000), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 200000), 0);
	CHECK_INT(take(relay, viewer, &last), 1); /* one may overshoot */
	CHECK_INT(tsr_relay_handle_ack(relay, viewer, 0, 200001, now), TSR_ERR_RANGE);
	CHECK_INT(tsr_relay_handle_ack(relay, viewer, 0, 200000, now + TSR_SECOND), 0);
	CHECK_INT(take(relay, viewer, &last), 1);
	tsr_relay_destroy(relay);
}

static void pause_refuses_and_blank_erases(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_relay_stats stats;
	struct tsr_frame last;
	uint64_t bytes;
	uint32_t picture;

	CHECK(tsr_relay_create(&relay, 512, 512) == 0);
	CHECK_INT(put(relay, true, true, 1, 1, 5, 100), 0);
	tsr_relay_handle_pause(relay, false);
	CHECK_INT(put(relay, false, true, 2, 1, 5, 60), TSR_ERR_DENIED);
	CHECK(tsr_relay_poll_credit(relay, &bytes, &picture));
	CHECK_INT(bytes, 160);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, viewer, &last), 1); /* the frozen picture */
	tsr_relay_handle_pause(relay, true);
	tsr_relay_stats(relay, &stats);
	CHECK_INT(stats.memory, 0);
	CHECK_INT(stats.refused, 1);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, viewer, &last), 0);
	tsr_relay_destroy(relay);
}

static void old_epochs_are_dropped(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_relay_stats stats;
	struct tsr_frame last;

	CHECK(tsr_relay_create(&relay, 512, 512) == 0);
	CHECK_INT(put(relay, true, true, 1, 1, 255, 100), 0);
	viewer = tsr_relay_add_viewer(relay, 0, NULL, now);
	CHECK_INT(take(relay, viewer, &last), 0); /* cannot read it */
	tsr_relay_handle_epoch(relay, 0);
	tsr_relay_stats(relay, &stats);
	CHECK_INT(stats.memory, 100);
	tsr_relay_handle_epoch(relay, 1);
	tsr_relay_stats(relay, &stats);
	CHECK_INT(stats.memory, 0);
	CHECK_INT(put(relay, true, true, 2, 1, 1, 100), 0);
	CHECK_INT(take(relay, viewer, &last), 1);
	tsr_relay_destroy(relay);
}

static void serves_two_thousand_viewers(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_stats stats;
	struct tsr_relay_viewer *v;
	struct tsr_frame last;

	CHECK(tsr_relay_create(&relay, 1920, 1080) == 0);
	for (int i = 0; i < 2000; i++)
		CHECK(tsr_relay_add_viewer(relay, 5, NULL, now));
	for (uint32_t c = 0; c < 12; c++)
		CHECK_INT(put(relay, true, c == 11, 1, (uint64_t)1 << c, 5, 5000), 0);
	for (uint32_t p = 1; p < 50; p++) {
		for (v = tsr_relay_next_viewer(relay, NULL); v; v = tsr_relay_next_viewer(relay, v))
			CHECK_INT(take(relay, v, &last), p == 1 ? 12 : 1);
		CHECK_INT(put(relay, false, true, p + 1, 1, 5, 500), 0);
	}
	tsr_relay_stats(relay, &stats);
	CHECK_INT(stats.n_in_sync, 2000);
	CHECK_INT(stats.memory, 12 * 5000 + 49 * 500);
	tsr_relay_destroy(relay);
}

static int put_preview(struct tsr_relay *relay, uint32_t picture, uint64_t cells, uint32_t len)
{
	struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
		.flags = TSR_FRAME_PREVIEW,
		.epoch = 5,
		.picture = picture,
		.base = picture,
		.cells = cells,
		.length = len - TSR_FRAME_HEADER_LEN };

	return hand(relay, &frame);
}

static size_t memory_of(const struct tsr_relay *relay)
{
	struct tsr_relay_stats stats;

	tsr_relay_stats(relay, &stats);
	return stats.memory;
}

/* Two cells, a whole picture, and a viewer who has it. */
static void begin(struct tsr_relay **relay, struct tsr_relay_viewer **viewer)
{
	struct tsr_frame last;

	CHECK(tsr_relay_create(relay, 1024, 512) == 0);
	CHECK_INT(put(*relay, true, false, 1, 1, 5, 100), 0);
	CHECK_INT(put(*relay, true, true, 1, 2, 5, 100), 0);
	*viewer = tsr_relay_add_viewer(*relay, 5, NULL, now);
	CHECK_INT(take(*relay, *viewer, &last), 2);
}

static void the_newest_preview_of_a_cell_goes_to_who_is_in_sync(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer, *late;
	struct tsr_frame last;

	begin(&relay, &viewer);
	CHECK_INT(put_preview(relay, 1, 1, 1000), 0);
	CHECK_INT(put_preview(relay, 1, 2, 1000), 0);
	CHECK_INT(put_preview(relay, 1, 1, 2000), 0);
	CHECK_INT(memory_of(relay), 200 + 3000);
	CHECK_INT(take(relay, viewer, &last), 2);
	CHECK_INT(last.flags, TSR_FRAME_PREVIEW);
	CHECK_INT(last.length, 2000 - TSR_FRAME_HEADER_LEN);
	CHECK_INT(take(relay, viewer, &last), 0);
	/* exact cells first, then what lies above them */
	late = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, late, &last), 4);
	CHECK_INT(last.flags, TSR_FRAME_PREVIEW);
	/* an exact update makes it void, and a pause all of them */
	CHECK_INT(put(relay, false, true, 2, 1, 5, 60), 0);
	CHECK_INT(memory_of(relay), 200 + 60 + 1000);
	late = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK_INT(take(relay, late, &last), 4);
	CHECK_INT(last.cells, 2);
	CHECK_INT(put_preview(relay, 1, 1, 500), 0); /* of a picture before: void already */
	CHECK_INT(memory_of(relay), 200 + 60 + 1000);
	CHECK_INT(put_preview(relay, 3, 1, 500), TSR_ERR_STALE);
	tsr_relay_handle_pause(relay, false);
	CHECK_INT(memory_of(relay), 200 + 60);
	CHECK_INT(put_preview(relay, 2, 1, 500), TSR_ERR_DENIED);
	tsr_relay_handle_resume(relay);
	CHECK_INT(put_preview(relay, 2, 1, 500), 0);
	tsr_relay_handle_epoch(relay, 6);
	CHECK_INT(memory_of(relay), 200 + 60);
	tsr_relay_destroy(relay);
}

static void who_does_not_keep_up_misses_previews(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_frame last;
	uint32_t n = 0;

	begin(&relay, &viewer);
	for (uint32_t i = 0; i < 50; i++) {
		CHECK_INT(put_preview(relay, 1, 1 + i % 2, 20000), 0);
		n += take(relay, viewer, &last);
	}
	CHECK(n * 20000 <= TSR_RELAY_WINDOW_START / 2);
	/* an exact picture still finds room, and then the newest previews go */
	CHECK_INT(put(relay, false, true, 2, 1, 5, 60), 0);
	CHECK_INT(take(relay, viewer, &last), 1);
	CHECK_INT(last.picture, 2);
	CHECK_INT(tsr_relay_handle_ack(relay, viewer, 2, 200 + n * 20000 + 60, now + TSR_MS), 0);
	CHECK_INT(take(relay, viewer, &last), 1);
	CHECK_INT(last.cells, 2);
	tsr_relay_destroy(relay);
}

/* Everybody has erased it, and perhaps nothing changes on the screen. */
static void after_a_blank_pause_all_of_it_is_asked_for(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_relay_viewer_stats stats;
	struct tsr_frame last;
	uint64_t cells = 0;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 100), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 100), 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK(take(relay, viewer, &last) > 0);
	tsr_relay_viewer_stats(relay, viewer, now, &stats);
	CHECK(stats.is_in_sync);
	tsr_relay_handle_pause(relay, true);
	tsr_relay_viewer_stats(relay, viewer, now, &stats);
	CHECK(!stats.is_in_sync);
	CHECK_INT(take(relay, viewer, &last), 0);
	CHECK(!tsr_relay_poll_need(relay, now, &cells));
	tsr_relay_handle_resume(relay);
	CHECK_INT(take(relay, viewer, &last), 0);
	CHECK(tsr_relay_poll_need(relay, now, &cells));
	CHECK(cells == 3);
	tsr_relay_destroy(relay);
}

static void previews_have_a_bound(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_frame last;

	CHECK(tsr_relay_create(&relay, 512 * 4, 512 * 4) == 0);
	for (uint32_t c = 0; c < 16; c++)
		CHECK_INT(put(relay, true, c == 15, 1, (uint64_t)1 << c, 5, 100), 0);
	for (uint32_t i = 0; i < 100; i++)
		CHECK_INT(put_preview(relay, 1, (uint64_t)1 << i % 16, 200 * 1024), 0);
	CHECK(memory_of(relay) <= 1600 + TSR_RELAY_PREVIEWS_MAX);
	CHECK(memory_of(relay) > TSR_RELAY_PREVIEWS_MAX / 2);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	CHECK(take(relay, viewer, &last) >= 16);
	tsr_relay_erase(relay);
	CHECK_INT(memory_of(relay), 0);
	tsr_relay_destroy(relay);
}

/* People who join while the picture changes, and one who asks for everything again and again, cost
 * the presenter a tenth of what he sends, not a set of KEYs every half second. */
static void joins_and_floods_cost_the_presenter_a_tenth(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *hostile;
	struct tsr_frame last;
	uint64_t sent = 0, keys = 0, cells;
	uint32_t picture = 1;

	begin(&relay, &hostile);
	for (uint32_t i = 0; i < 3000; i++) {
		struct tsr_relay_viewer *guest;

		now += 33 * TSR_MS;
		CHECK_INT(put(relay, false, true, ++picture, 1, 5, 500), 0);
		sent += 500;
		tsr_relay_handle_refresh(relay, hostile, false, now);
		take(relay, hostile, &last);
		guest = tsr_relay_add_viewer(relay, 5, NULL, now);
		CHECK(guest);
		CHECK(take(relay, guest, &last) >= 1);
		tsr_relay_remove_viewer(relay, guest);
		if (!tsr_relay_poll_need(relay, now, &cells))
			continue;
		for (uint32_t c = 0; c < 2; c++) {
			if (!(cells >> c & 1))
				continue;
			CHECK_INT(put(relay, true, true, picture, (uint64_t)1 << c, 5, 20000), 0);
			keys += 20000;
		}
	}
	printf("# %llu bytes of pictures, %llu of KEYs\n", (unsigned long long)sent,
		(unsigned long long)keys);
	CHECK(keys > 0);
	CHECK(keys <= sent / 5);
	tsr_relay_destroy(relay);
}

/* 40 kB/s and frames of 20 kB: what the figures say is what the line carries. */
static void a_thin_line_is_measured(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_relay_viewer_stats stats;
	struct tsr_msg *msg;
	uint64_t sent = 0, acked = 0;
	uint32_t picture = 1;

	CHECK(tsr_relay_create(&relay, 1024, 512) == 0);
	CHECK_INT(put(relay, true, false, 1, 1, 5, 20000), 0);
	CHECK_INT(put(relay, true, true, 1, 2, 5, 20000), 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	for (uint32_t i = 0; i < 400; i++) {
		uint64_t cells;

		now += 100 * TSR_MS;
		CHECK_INT(put(relay, false, true, ++picture, 3, 5, 9000), 0);
		while (tsr_relay_poll_send(relay, viewer, now, &msg)) {
			sent += msg->len;
			tsr_msg_unref(&msg);
		}
		if (tsr_relay_poll_need(relay, now, &cells))
			for (uint32_t c = 0; c < 2; c++)
				if (cells >> c & 1)
					CHECK_INT(
						put(relay, true, true, picture, 1u << c, 5, 20000),
						0);
		if (i % 5 == 4 && acked < sent) { /* every half second a frame is through */
			acked = acked + 20000 < sent ? acked + 20000 : sent;
			CHECK_INT(tsr_relay_handle_ack(relay, viewer, 1, acked, now), 0);
		}
		if (i == 9) { /* the first one that took long replaces the guess */
			tsr_relay_viewer_stats(relay, viewer, now, &stats);
			CHECK(stats.kbit_s > 200 && stats.kbit_s < 480);
		}
	}
	tsr_relay_viewer_stats(relay, viewer, now, &stats);
	printf("# %u kbit/s of 320, %llu bytes on the way\n", stats.kbit_s,
		(unsigned long long)(sent - acked));
	CHECK(!stats.is_in_sync);
	CHECK(stats.kbit_s > 200 && stats.kbit_s < 480);
	CHECK(sent - acked <= 60000);
	tsr_relay_destroy(relay);
}

/* A tab that was busy with itself says nothing of the line. */
static void a_small_late_answer_measures_nothing(void)
{
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewer;
	struct tsr_relay_viewer_stats before, after;
	struct tsr_frame last;

	CHECK(tsr_relay_create(&relay, 512, 512) == 0);
	CHECK_INT(put(relay, true, true, 1, 1, 5, 100), 0);
	viewer = tsr_relay_add_viewer(relay, 5, NULL, now);
	tsr_relay_viewer_stats(relay, viewer, now, &before);
	CHECK(take(relay, viewer, &last) > 0);
	now += 500 * TSR_MS;
	CHECK_INT(tsr_relay_handle_ack(relay, viewer, 1, 100, now), 0);
	tsr_relay_viewer_stats(relay, viewer, now, &after);
	CHECK_INT(after.kbit_s, before.kbit_s);
	tsr_relay_destroy(relay);
}

TEST_MAIN(TEST(a_late_viewer_enters_by_keys_and_the_run),
	TEST(what_is_missing_is_asked_for_once_in_500_ms), TEST(what_cannot_be_read_comes_anew),
	TEST(the_order_of_pictures_is_enforced), TEST(what_is_longer_than_any_picture_is_refused),
	TEST(a_window_holds_back), TEST(pause_refuses_and_blank_erases),
	TEST(old_epochs_are_dropped), TEST(serves_two_thousand_viewers),
	TEST(the_newest_preview_of_a_cell_goes_to_who_is_in_sync),
	TEST(who_does_not_keep_up_misses_previews), TEST(previews_have_a_bound),
	TEST(after_a_blank_pause_all_of_it_is_asked_for),
	TEST(joins_and_floods_cost_the_presenter_a_tenth), TEST(a_thin_line_is_measured),
	TEST(a_small_late_answer_measures_nothing))
