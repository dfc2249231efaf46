/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/share.h"

#include <stdlib.h>

#include "core/base/err.h"

/* A tenth of what is sent may go into KEYs that nobody asked for. */
#define BACKGROUND_SHARE 10u

enum pause { RUNNING, PAUSING, PAUSED };

struct tsr_share {
	struct tsr_share_config config;
	struct tsr_encoder *enc;
	enum pause pause;
	bool has_capture; /* newer than the last picture */
	bool is_damage_known;
	struct tsr_rect damage; /* since the last picture */
	uint64_t fresh;         /* cells of the last picture that still have to go out as KEY */
	uint64_t asked;         /* cells of StreamNeed; these go first */
	uint64_t wanted;        /* asked, and what goes along; sent when fresh is empty */
	uint64_t stale;         /* cells that changed since their KEY */
	bool is_key_turn;       /* the wanted KEYs go before the next picture */
	uint64_t budget;        /* background: bytes that may be spent */
	uint32_t key_cost[TSR_CELLS_MAX]; /* bytes of each cell's last KEY */
	/* the frame that was made and not polled yet: its bytes live in the encoder */
	struct tsr_frame frame;
	struct tsr_slice unit;
	bool has_frame;
	bool is_refresh; /* the frame polled last was a KEY outside of a picture */
	uint64_t sent, credited;
	tsr_time second; /* start of the second being counted */
	uint32_t n_in_second;
	struct tsr_share_stats stats;
};

int tsr_share_create(struct tsr_share **out, const struct tsr_share_config *config)
{
	struct tsr_share *share;
	int r;

	*out = NULL;
	share = calloc(1, sizeof(*share));
	if (!share)
		return TSR_ERR_NOMEM;
	share->config = *config;
	r = tsr_encoder_create(&share->enc, config->format, config->width, config->height);
	if (r != 0) {
		tsr_share_destroy(share);
		return r;
	}
	*out = share;
	return 0;
}

void tsr_share_destroy(struct tsr_share *share)
{
	if (!share)
		return;
	tsr_encoder_destroy(share->enc);
	free(share);
}

const struct tsr_grid *tsr_share_grid(const struct tsr_share *share)
{
	return tsr_encoder_grid(share->enc);
}

static void forget_capture(struct tsr_share *share)
{
	share->has_capture = false;
	share->is_damage_known = true;
	share->damage = (struct tsr_rect){ 0 };
}

void tsr_share_handle_capture(struct tsr_share *share, const struct tsr_rect *damage)
{
	if (share->pause != RUNNING)
		return;
	share->stats.superseded += share->has_capture;
	share->has_capture = true;
	if (!damage)
		share->is_damage_known = false;
	else
		share->damage = tsr_rect_union(
			share->damage, tsr_grid_clip(tsr_share_grid(share), *damage));
}

/* Whether anything may be sent at all; how much is decided when its size is known. */
static bool has_room(const struct tsr_share *share)
{
	return share->sent - share->credited < TSR_SHARE_CREDIT;
}

/* Whether somebody waits for KEYs outside of pictures. */
static bool wants_refresh(const struct tsr_share *share)
{
	return share->wanted != 0 || (share->pause == PAUSING && share->stale != 0);
}

/* Takes what KEYs of all stale cells will cost off the budget for KEYs nobody asked for, if it
 * is there. */
static bool spend_budget(struct tsr_share *share)
{
	uint64_t cost = 0;

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		cost += share->stale >> c & 1 ? share->key_cost[c] : 0;
	if (share->stale == 0 || share->pause != RUNNING || share->budget < cost)
		return false;
	share->budget -= cost;
	return true;
}

bool tsr_share_wants_picture(const struct tsr_share *share)
{
	return share->pause == RUNNING && share->has_capture && !share->has_frame &&
	       share->fresh == 0 && has_room(share) &&
	       !(share->is_key_turn && wants_refresh(share));
}

static uint64_t bit(uint32_t cell)
{
	return (uint64_t)1 << cell;
}

static uint32_t lowest(uint64_t cells)
{
	uint32_t cell = 0;

	while (!(cells >> cell & 1))
		cell++;
	return cell;
}

static void make_frame(struct tsr_share *share, uint8_t flags, uint32_t base, uint64_t cells,
	struct tsr_slice unit)
{
	share->frame = (struct tsr_frame){
		.class = TSR_FRAME_SCREEN,
		.flags = flags,
		.epoch = (uint8_t)share->config.epoch,
		.from = share->config.from,
		.stream = share->config.stream,
		.picture = tsr_encoder_picture_number(share->enc),
		.base = base,
		.cells = cells,
	};
	share->unit = unit;
	share->has_frame = true;
	share->is_refresh = false;
}

static void count_picture(struct tsr_share *share, tsr_time now)
{
	share->stats.pictures = tsr_encoder_picture_number(share->enc);
	if (now - share->second >= TSR_SECOND) {
		tsr_time seconds = (now - share->second) / TSR_SECOND;

		share->stats.fps_x10 =
			seconds == 1 ? share->n_in_second * 10 : 0; /* a gap: nothing moved */
		share->second =
			share->stats.pictures == 1 ? now : share->second + seconds * TSR_SECOND;
		share->n_in_second = 0;
	}
	share->n_in_second++;
}

int tsr_share_handle_picture(struct tsr_share *share, const struct tsr_planes *src, tsr_time now)
{
	uint64_t cells;
	struct tsr_slice unit;
	uint32_t before = tsr_encoder_picture_number(share->enc);

	if (!tsr_share_wants_picture(share))
		return TSR_ERR_STATE;
	tsr_encoder_picture(
		share->enc, src, share->is_damage_known ? &share->damage : NULL, &cells, &unit);
	forget_capture(share);
	if (cells == 0)
		return 0;
	count_picture(share, now);
	share->stale |= cells;
	share->is_key_turn = true;
	if (unit.len != 0)
		make_frame(share, TSR_FRAME_LAST, before, cells, unit);
	else
		share->fresh = cells;
	return 0;
}

/* The KEY frame of a cell, of the picture sent last. */
static void make_key(struct tsr_share *share, uint32_t cell, uint8_t flags)
{
	struct tsr_slice unit = tsr_encoder_key(share->enc, cell);

	share->stale &= ~bit(cell);
	share->asked &= ~bit(cell);
	share->wanted &= ~bit(cell);
	share->key_cost[cell] = (uint32_t)unit.len;
	make_frame(share, (uint8_t)(TSR_FRAME_KEY | flags), tsr_encoder_picture_number(share->enc),
		bit(cell), unit);
}

static void make_refresh(struct tsr_share *share)
{
	/* All stale cells go along with those asked for, and no picture in between: then every KEY
	 * that the relay has shows the picture of now, whereas KEYs with changes in between may
	 * fit together at no picture at all. */
	share->wanted |= share->stale;
	make_key(share, lowest(share->asked ? share->asked : share->wanted), TSR_FRAME_LAST);
	share->is_refresh = true;
	share->is_key_turn = share->wanted != 0;
}

/* Makes the next frame, if one is due, without asking whether there is room for it. */
static void make_next(struct tsr_share *share)
{
	uint32_t cell;

	if (share->has_frame || share->pause == PAUSED)
		return;
	if (share->fresh != 0) {
		cell = lowest(share->fresh);
		share->fresh &= ~bit(cell);
		make_key(share, cell, share->fresh == 0 ? TSR_FRAME_LAST : 0);
	} else if (wants_refresh(share) ? share->is_key_turn || !share->has_capture
					: !share->has_capture && spend_budget(share)) {
		make_refresh(share);
	}
}

bool tsr_share_poll_frame(struct tsr_share *share, struct tsr_frame *frame, struct tsr_slice *unit)
{
	uint64_t unacked = share->sent - share->credited;

	if (!has_room(share))
		return false;
	make_next(share);
	if (!share->has_frame)
		return false;
	/* a frame that is larger than what is left waits; one that never fits goes alone */
	if (unacked != 0 && unacked + share->unit.len + TSR_FRAME_HEADER_LEN + TSR_FRAME_OVERHEAD >
				    TSR_SHARE_CREDIT)
		return false;
	share->has_frame = false;
	*frame = share->frame;
	*unit = share->unit;
	return true;
}

void tsr_share_handle_sent(struct tsr_share *share, size_t bytes)
{
	share->sent += bytes;
	share->stats.bytes += bytes;
	if (share->is_refresh)
		share->stats.key_bytes += bytes;
	else
		share->budget += bytes / BACKGROUND_SHARE;
}

void tsr_share_handle_credit(struct tsr_share *share, uint64_t bytes_total)
{
	if (bytes_total > share->credited && bytes_total <= share->sent)
		share->credited = bytes_total;
}

void tsr_share_handle_need(struct tsr_share *share, uint64_t cells)
{
	if (share->stats.pictures == 0 || share->pause != RUNNING)
		return;
	cells &= tsr_grid_all(tsr_share_grid(share)) & ~share->fresh;
	share->asked |= cells;
	share->wanted |= cells;
}

void tsr_share_handle_epoch(struct tsr_share *share, uint32_t epoch)
{
	bool is_open =
		share->fresh != 0 ||
		(share->has_frame && (share->frame.flags & TSR_FRAME_KEY) && !share->is_refresh);

	if (epoch == share->config.epoch)
		return;
	share->config.epoch = epoch;
	share->asked = share->wanted = 0;
	if (share->stats.pictures == 0)
		return;
	/* A frame made for the old epoch but not sent yet is not lost: what it says is in the
	 * picture that now goes out whole. A KEY picture that is half sent stays the same picture
	 * and starts again. */
	if (share->has_frame && !(share->frame.flags & TSR_FRAME_KEY))
		is_open = true;
	share->has_frame = false;
	if (!is_open)
		tsr_encoder_restart(share->enc);
	share->stats.pictures = tsr_encoder_picture_number(share->enc);
	share->fresh = tsr_grid_all(tsr_share_grid(share));
}

void tsr_share_handle_pause(struct tsr_share *share)
{
	if (share->pause != RUNNING)
		return;
	share->pause = PAUSING;
	forget_capture(share);
}

bool tsr_share_poll_paused(struct tsr_share *share)
{
	if (share->pause != PAUSING || share->has_frame || share->fresh != 0 ||
		share->wanted != 0 || share->stale != 0 || share->sent != share->credited)
		return false;
	share->pause = PAUSED;
	return true;
}

void tsr_share_handle_resume(struct tsr_share *share)
{
	share->pause = RUNNING;
	forget_capture(share);
	share->is_damage_known = false; /* whatever happened meanwhile */
}

bool tsr_share_is_paused(const struct tsr_share *share)
{
	return share->pause != RUNNING;
}

void tsr_share_stats(const struct tsr_share *share, struct tsr_share_stats *out)
{
	*out = share->stats;
	out->unacked = (uint32_t)(share->sent - share->credited);
}
