/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/screen/preview.h"
#include "test/sim/screen-parts.h"

static void send_frame(struct world *w, struct tsr_frame *frame, struct tsr_slice unit)
{
	struct tsr_msg *msg = tsr_msg_create(TSR_FRAME_HEADER_LEN + unit.len + SEAL_LEN);
	uint64_t all = 0;

	if (!msg) {
		world_out_of_memory(w);
		return;
	}
	frame->length = (uint32_t)unit.len + SEAL_LEN;
	tsr_frame_write(msg->data, frame);
	memcpy(msg->data + TSR_FRAME_HEADER_LEN, unit.data, unit.len);
	memset(msg->data + TSR_FRAME_HEADER_LEN + unit.len, 0x5e, SEAL_LEN);
	msg->data[msg->len - 1] = frame->flags == TSR_FRAME_PREVIEW
					  ? unit.data[TSR_PREVIEW_HEAD_LEN + JPEG_HEAD_LEN]
					  : w->encoded_age;
	tsr_share_handle_sent(w->share, msg->len);
	if (frame->flags & TSR_FRAME_KEY)
		for (uint32_t c = 0; c < TSR_CELLS_MAX; c++) {
			if (frame->cells >> c & 1)
				w->key_bytes[c] = msg->len;
			all += w->key_bytes[c];
		}
	if (all > w->result->key_bytes)
		w->result->key_bytes = all;
	w->result->uplink += msg->len;
	world_send(w, &w->up, LINK_FRAME, 0, 0, msg);
}

uint64_t world_captured_digest(const struct world *w)
{
	return tsr_picture_digest(w->config.format, w->config.width, w->config.height, &w->planes);
}

static void give_picture(struct world *w)
{
	struct tsr_share_stats before, after;
	uint32_t at;

	tsr_share_stats(w->share, &before);
	if (tsr_share_handle_picture(w->share, &w->planes, w->now) != 0)
		world_wrong(w, "a wanted picture is refused");
	tsr_share_stats(w->share, &after);
	w->encoded_age = w->age;
	at = after.pictures % DIGESTS;
	w->is_exact[at] = after.n_held == 0;
	if (after.pictures == before.pictures)
		return;
	/* a pause freezes the last picture, but what was held of it as in the newest capture */
	w->digests[at] = w->is_exact[at] && !tsr_share_is_paused(w->share)
				 ? world_captured_digest(w)
				 : tsr_share_digest(w->share);
	w->outdated[(after.pictures - 1) % DIGESTS] = w->now;
	w->taken[at] = w->now;
	if (after.n_held > w->result->n_held)
		w->result->n_held = after.n_held;
}

/* What a JPEG of a rectangle takes, about; what is in it is only how old it is. */
static void answer_preview(struct world *w)
{
	static uint8_t image[TSR_PREVIEW_IMAGE_MAX];
	const struct tsr_preview_ask *ask = &w->asked.ask;
	size_t len = 600 + (size_t)ask->rect.width * ask->rect.height * ask->quality / 600;

	write_jpeg_head(image, ask->rect.width, ask->rect.height);
	image[JPEG_HEAD_LEN] = w->asked.age;
	w->asked.is_due = false;
	w->has_news = true;
	if (random_below(&w->random, 20) == 0)
		len = 0; /* it could not be made */
	tsr_share_handle_preview(w->share, tsr_slice(image, len));
}

/* Begins a preview if one is wanted; in a browser it is ready a while later. */
static bool begin_preview(struct world *w)
{
	if (!w->config.is_paced || !tsr_share_poll_preview(w->share, &w->asked.ask))
		return false;
	if (w->asked.is_due)
		world_wrong(w, "two previews are wanted at once");
	w->asked.is_due = true;
	w->asked.age = w->age;
	w->asked.at = w->now;
	if (random_below(&w->random, 2))
		w->asked.at += (tsr_time)random_below(&w->random, 200) * TSR_MS;
	else
		answer_preview(w);
	return true;
}

/* What core/screen/share.h prescribes; with the time told, only when something has happened or is
 * due. */
static void drain_share(struct world *w)
{
	struct tsr_share_stats stats;
	struct tsr_frame frame;
	struct tsr_slice unit;

	if (w->asked.is_due && w->asked.at <= w->now)
		answer_preview(w);
	if (w->config.is_paced && !w->has_news && w->now < w->wake_at)
		return;
	for (;;) {
		while (!w->result->is_out_of_memory &&
			tsr_share_poll_frame(w->share, &frame, &unit))
			send_frame(w, &frame, unit);
		if (w->result->is_out_of_memory)
			return;
		if (tsr_share_wants_picture(w->share))
			give_picture(w);
		else if (!begin_preview(w))
			break;
	}
	w->has_news = false;
	w->wake_at = tsr_share_next_timeout(w->share);
	tsr_share_stats(w->share, &stats);
	if (stats.unacked > TSR_SHARE_CREDIT && w->up.n > 1)
		world_wrong(w, "the presenter exceeds its credit");
	if (!tsr_share_poll_paused(w->share) || !w->wants_pause)
		return;
	if (stats.n_held != 0)
		world_wrong(w, "a pause freezes what is not exact");
	world_send(w, &w->control_up, LINK_PAUSE,
		world_tosses(w, WORLD_BLANK) ? LINK_BLANK : LINK_FROZEN, 0, NULL);
}

/* The screen has changed there; NULL: anywhere. */
static void capture(struct world *w, const struct tsr_rect *damage)
{
	if (tsr_share_is_paused(w->share))
		return;
	if (!w->config.source)
		memcpy(w->captured.bytes, w->art.screen.bytes, w->captured.len);
	tsr_share_handle_capture(w->share, damage);
	w->has_news = true;
}

static void change_by_noise(struct world *w)
{
	const struct tsr_grid *grid = tsr_share_grid(w->share);
	uint32_t place = w->n_noise++ % 4;

	for (uint32_t c = 0; c < grid->n_cells; c++) {
		struct tsr_rect cell = tsr_grid_cell(grid, c);
		struct tsr_rect patch = { cell.x + place * (PATCH + 8), cell.y, PATCH, PATCH };

		picture_noise(&w->art.screen, patch, next_random(&w->art.random));
	}
	capture(w, NULL);
}

static void change_by_source(struct world *w)
{
	struct tsr_planes planes = w->planes;
	struct tsr_rect damage;

	if (!w->config.source->next(w->config.source->user, w->now, &planes, &damage) ||
		tsr_share_is_paused(w->share))
		return;
	w->planes = planes;
	capture(w, &damage);
}

/* How long the picture stands now. */
static tsr_time until_next_change(struct world *w)
{
	if (w->config.has_noise)
		return 100 * TSR_MS;
	return (tsr_time)(20 + random_below(&w->art.random, 80)) * TSR_MS *
	       (w->config.is_a_day ? 16 : 1);
}

static void change(struct world *w)
{
	struct tsr_rect damage;

	if (w->config.source) {
		change_by_source(w);
	} else if (w->now >= w->next_change && w->now < w->config.active) {
		if (w->config.has_noise) {
			change_by_noise(w);
		} else {
			damage = art_change(&w->art);
			capture(w, random_below(&w->art.random, 3) ? &damage : NULL);
		}
		w->next_change = w->now + until_next_change(w);
	}
}

/* Whoever comes back paused shows the picture that was frozen, or none. */
bool world_open_stream(struct world *w)
{
	struct tsr_share_config config = {
		.format = w->config.format,
		.width = w->config.width,
		.height = w->config.height,
		.from = 1,
		.stream = ++w->stream,
		.epoch = w->epoch,
	};

	memset(w->digests, 0, sizeof(w->digests));
	if (tsr_share_create(&w->share, &config) != 0 ||
		tsr_relay_create(&w->relay, config.width, config.height) != 0) {
		world_out_of_memory(w);
		return false;
	}
	tsr_relay_handle_epoch(w->relay, (uint8_t)w->epoch);
	w->is_paused_at_relay = w->asked.is_due = false;
	w->has_news = true;
	if (w->config.is_paced)
		tsr_share_handle_time(w->share, w->now);
	if (!w->wants_pause) {
		w->age++;
		capture(w, NULL);
		return true;
	}
	if (!world_tosses(w, WORLD_BLANK)) {
		tsr_share_handle_capture(w->share, NULL);
		give_picture(w);
	}
	tsr_share_handle_pause(w->share);
	return true;
}

void world_close_stream(struct world *w)
{
	struct tsr_share_stats stats;

	if (w->share) {
		tsr_share_stats(w->share, &stats);
		w->result->n_copies += stats.copies;
	}
	tsr_share_destroy(w->share);
	tsr_relay_destroy(w->relay);
	w->share = NULL;
	w->relay = NULL;
}

/* An epoch opens a picture of its own, with the pixels of the last. */
static void change_epoch(struct world *w, uint32_t epoch)
{
	struct tsr_share_stats before, after;

	tsr_share_stats(w->share, &before);
	tsr_share_handle_epoch(w->share, epoch);
	tsr_share_stats(w->share, &after);
	if (after.pictures > before.pictures) {
		w->digests[after.pictures % DIGESTS] = w->digests[before.pictures % DIGESTS];
		w->is_exact[after.pictures % DIGESTS] = w->is_exact[before.pictures % DIGESTS];
	}
	if (after.pictures > 0)
		w->outdated[after.pictures % DIGESTS] = 0;
}

static void presenter_receives(struct world *w, const struct link_item *item)
{
	w->has_news = true;
	switch (item->kind) {
	case LINK_CREDIT:
		tsr_share_handle_credit(w->share, item->a);
		break;
	case LINK_NEED:
		tsr_share_handle_need(w->share, item->a);
		break;
	case LINK_EPOCH:
		change_epoch(w, (uint32_t)item->a);
		break;
	case LINK_RESULT:
		if (w->wants_pause)
			break;
		tsr_share_handle_resume(w->share);
		w->age++;
		w->is_awaiting_capture = true;
		break;
	default:
		break;
	}
}

void world_present(struct world *w)
{
	struct link_item item;

	if (w->config.is_paced)
		tsr_share_handle_time(w->share, w->now);
	change(w);
	while (link_receive(&w->control_down, w->now, &item))
		presenter_receives(w, &item);
	/* the first capture after a pause comes when the screen is looked at again */
	if (w->is_awaiting_capture && !w->wants_pause && w->now % (8 * TICK) == 0) {
		w->is_awaiting_capture = false;
		capture(w, NULL);
	}
	drain_share(w);
}
