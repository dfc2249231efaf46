/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/share.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/screen/hold.h"
#include "core/screen/pace.h"
#include "core/screen/preview.h"

/* A tenth of what is sent may go into KEYs that nobody asked for. */
#define BACKGROUND_SHARE 10u
/* What is held is still when it has not changed for so long. */
#define REST (120 * TSR_MS)
#define REST_MOTION (400 * TSR_MS)
/* Previews of one cell are no closer than this. */
#define PREVIEW_INTERVAL (33 * TSR_MS)
/* A picture may keep the line busy for so long. */
#define BURST_TIME (120 * TSR_MS)
/* And so long with what only replaces a preview. */
#define RELEASE_TIME (60 * TSR_MS)
/* What the line carries in this time may always go out. */
#define LITTLE_TIME (8 * TSR_MS)
#define QUALITY_START 50u
#define QUALITY_MIN 25u
#define QUALITY_MAX 75u

enum pause { RUNNING, PAUSING, PAUSED };

struct tsr_share {
	struct tsr_share_config config;
	struct tsr_encoder *enc;
	enum pause pause;
	bool is_pause_due; /* it is to be said again */
	bool is_old;       /* what was sent last is of before a pause; no KEY of it goes out */
	bool is_epoch_due; /* it began while that was so: the next picture comes whole */
	bool has_capture;  /* newer than the last picture */
	bool is_damage_known;
	struct tsr_damage damage; /* since the last picture */
	struct tsr_rect left;     /* of the one being made, for which it had no room */
	uint64_t fresh;           /* cells of the last picture that still have to go out as KEY */
	uint64_t asked;           /* cells of StreamNeed; these go first */
	uint64_t wanted;          /* asked, and what goes along; sent when fresh is empty */
	uint64_t stale;           /* cells that changed since their KEY */
	bool is_key_turn;         /* the wanted KEYs go before the next picture */
	uint64_t budget;          /* background: bytes that may be spent */
	uint32_t key_cost[TSR_CELLS_MAX]; /* bytes of each cell's last KEY, and its part of DELTAs
					     since */
	/* the frame that was made and not polled yet: its bytes live in the encoder */
	struct tsr_frame frame;
	struct tsr_slice unit;
	bool has_frame;
	bool is_refresh; /* the frame polled last was a KEY outside of a picture */
	/* pace */
	struct tsr_pace pace;
	struct tsr_holds holds;
	enum tsr_share_prefer prefer;
	uint32_t quality;
	uint32_t asked_cell; /* whose preview is being made; TSR_CELLS_MAX: none */
	struct tsr_rect asked_rect;
	uint8_t *preview;   /* plaintext of the preview that is to go out; made when first needed */
	size_t preview_len; /* 0: none */
	bool is_preview;    /* the frame polled last */
	bool is_void;       /* what was asked for is not held any more, or was before a pause */
	bool is_counted;    /* previews of the newest capture were counted as a picture shown */
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
	tsr_pace_init(&share->pace);
	share->holds.format = config->format;
	share->holds.grid = *tsr_encoder_grid(share->enc);
	share->quality = QUALITY_START;
	share->asked_cell = TSR_CELLS_MAX;
	*out = share;
	return 0;
}

void tsr_share_destroy(struct tsr_share *share)
{
	if (!share)
		return;
	tsr_encoder_destroy(share->enc);
	free(share->preview);
	free(share);
}

const struct tsr_grid *tsr_share_grid(const struct tsr_share *share)
{
	return tsr_encoder_grid(share->enc);
}

static void forget_capture(struct tsr_share *share)
{
	share->has_capture = !tsr_rect_is_empty(share->left);
	share->is_damage_known = true;
	share->damage.n = 0;
	tsr_damage_add(&share->damage, share->left);
	share->left = (struct tsr_rect){ 0 };
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
		tsr_damage_add(&share->damage, tsr_grid_clip(tsr_share_grid(share), *damage));
}

void tsr_share_add_damage(struct tsr_share *share, struct tsr_rect rect)
{
	if (share->pause == RUNNING && share->has_capture)
		tsr_damage_add(&share->damage, tsr_grid_clip(tsr_share_grid(share), rect));
}

/* Whether anything may be sent at all; how much is decided when its size is known. */
static bool has_room(const struct tsr_share *share)
{
	return share->sent - share->credited < TSR_SHARE_CREDIT;
}

/* Whether somebody waits for KEYs outside of pictures. */
static bool wants_refresh(const struct tsr_share *share)
{
	return share->wanted != 0 ||
	       (share->pause == PAUSING && share->stale != 0 && share->holds.cells == 0);
}

/* ---- what the line carries --------------------------------------------------------------- */

void tsr_share_handle_time(struct tsr_share *share, tsr_time now)
{
	tsr_pace_handle_time(&share->pace, now);
}

void tsr_share_set_preference(struct tsr_share *share, enum tsr_share_prefer prefer)
{
	share->prefer = prefer;
}

static bool is_limited(const struct tsr_share *share)
{
	return share->pace.now != 0 && share->prefer != TSR_PREFER_TEXT && share->pause == RUNNING;
}

static tsr_time rest_of(const struct tsr_share *share)
{
	return share->prefer == TSR_PREFER_MOTION ? REST_MOTION
	       : share->prefer == TSR_PREFER_TEXT ? 0
						  : REST;
}

/* What previews and exact forms that nobody waits for leave in the purse, for what comes next. */
static int64_t reserve(const struct tsr_share *share)
{
	return tsr_pace_purse_max(&share->pace) / 2;
}

/* How many bytes a picture may take: what keeps whatever comes next from waiting long. While the
 * purse is low something on the screen costs more than the line gives, on and on; then it is only a
 * little, which is enough for what is typed. */
static size_t limit_of(const struct tsr_share *share)
{
	const struct tsr_pace *pace = &share->pace;
	uint64_t little = pace->rate * LITTLE_TIME / TSR_SECOND;
	uint64_t most = pace->rate * (uint64_t)(BURST_TIME + pace->round_trip) / TSR_SECOND;

	if (!is_limited(share))
		return SIZE_MAX;
	if (pace->purse < reserve(share) || pace->unacked + little > most)
		return little;
	most -= pace->unacked;
	return most < (uint64_t)pace->purse ? most : (size_t)pace->purse;
}

/* How many bytes of what is held may go out exactly now. */
static size_t release_bytes(const struct tsr_share *share)
{
	int64_t left = share->pace.purse - reserve(share);
	int64_t most = (int64_t)share->pace.rate * RELEASE_TIME / TSR_SECOND;

	if (share->pause != RUNNING)
		return SIZE_MAX;
	if (left <= 0 || !tsr_pace_is_clear(&share->pace))
		return 0;
	return (size_t)(left < most ? left : most);
}

/* The cells whose exact form is due, if it may go out. */
static uint64_t releasable(const struct tsr_share *share)
{
	if (share->pause == PAUSED || share->holds.cells == 0 || release_bytes(share) == 0)
		return 0;
	if (share->pause != RUNNING)
		return share->holds.cells;
	return tsr_holds_due(&share->holds, share->pace.now, rest_of(share));
}

tsr_time tsr_share_next_timeout(const struct tsr_share *share)
{
	tsr_time now = share->pace.now, next, purse;

	if (share->holds.cells == 0 || share->pause != RUNNING || now == 0)
		return TSR_TIME_NEVER;
	next = tsr_holds_next(&share->holds, now, rest_of(share));
	/* what waits for the line to become clear goes on when a credit comes */
	if (!tsr_pace_is_clear(&share->pace))
		return next;
	purse = tsr_pace_when(&share->pace, reserve(share) + 1);
	if (tsr_holds_due(&share->holds, now, rest_of(share)) != 0)
		next = tsr_time_min(next, purse > now ? purse : now + TSR_MS);
	if (share->asked_cell == TSR_CELLS_MAX &&
		tsr_holds_preview(&share->holds, INT64_MAX) < TSR_CELLS_MAX)
		next = tsr_time_min(next,
			purse > now + PREVIEW_INTERVAL / 2 ? purse : now + PREVIEW_INTERVAL / 2);
	return next;
}

bool tsr_share_wants_picture(const struct tsr_share *share)
{
	if (share->has_frame || share->fresh != 0 || !has_room(share) ||
		(share->is_key_turn && wants_refresh(share) && !share->is_old))
		return false;
	return (share->pause == RUNNING && share->has_capture) || releasable(share) != 0;
}

/* Takes what KEYs of all stale cells will cost off the budget for KEYs nobody asked for, if it
 * is there. */
static bool spend_budget(struct tsr_share *share)
{
	uint64_t cost = 0;

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		cost += share->stale >> c & 1 ? share->key_cost[c] : 0;
	if (share->stale == 0 || share->pause != RUNNING || share->budget < cost ||
		cost > limit_of(share))
		return false;
	share->budget -= cost;
	return true;
}

/* ---- pictures ---------------------------------------------------------------------------- */

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

/* Something new was shown: a picture, or previews alone. */
static void count_shown(struct tsr_share *share, tsr_time now)
{
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

static void count_picture(struct tsr_share *share, tsr_time now)
{
	share->stats.pictures = tsr_encoder_picture_number(share->enc);
	count_shown(share, now);
	share->is_counted = true;
}

/* What the last picture left out, because it was too dear, is held from now on. */
static void hold_what_was_left(struct tsr_share *share, const struct tsr_planes *src, tsr_time now)
{
	struct tsr_rect left[TSR_CELLS_MAX];
	uint64_t cells = tsr_encoder_left(share->enc, left);

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		if (cells >> c & 1 && share->pace.now != 0)
			tsr_holds_add(&share->holds, share->enc, c, left[c], src, now);
		else if (cells >> c & 1) /* never for its cost then: in the next one */
			share->left = tsr_rect_union(share->left, left[c]);
}

/* Whether the preview at hand still shows what is held. */
static bool is_preview_current(const struct tsr_share *share)
{
	return share->asked_cell < TSR_CELLS_MAX && !share->is_void && is_limited(share) &&
	       memcmp(&share->holds.held[share->asked_cell].rect, &share->asked_rect,
		       sizeof(share->asked_rect)) == 0;
}

/* Encodes the next picture: what differs, what is released of what is held, within the limit. */
static uint64_t encode(
	struct tsr_share *share, const struct tsr_planes *src, tsr_time now, struct tsr_slice *unit)
{
	static const struct tsr_damage nothing = { 0 };
	const struct tsr_damage *damage = share->is_damage_known ? &share->damage : NULL;
	struct tsr_rect bounds;
	uint64_t cells;

	damage = share->has_capture ? damage : &nothing;
	bounds = tsr_damage_bounds(damage ? damage : &nothing);
	if (tsr_holds_observe(&share->holds, src, damage ? &bounds : NULL, now))
		share->is_counted = false;
	tsr_holds_release(&share->holds, share->enc, src, releasable(share), release_bytes(share));
	/* the same rectangle may be held again before it is there */
	share->is_void = !is_preview_current(share);
	tsr_encoder_set_limit(share->enc, limit_of(share));
	tsr_encoder_picture(share->enc, src, damage, &cells, unit);
	if (unit->len > 0)
		share->stats.copies += unit->data[12]; /* a DELTA's head: unit.h */
	hold_what_was_left(share, src, now);
	return cells;
}

/* What changes a cell makes its KEY so much longer, at most. */
static void add_key_cost(struct tsr_share *share, uint64_t cells, size_t bytes)
{
	uint32_t n = 0;

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		n += cells >> c & 1;
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		if (cells >> c & 1 && share->key_cost[c] < TSR_UNIT_MAX)
			share->key_cost[c] += (uint32_t)(bytes / n);
}

int tsr_share_handle_picture(struct tsr_share *share, const struct tsr_planes *src, tsr_time now)
{
	uint64_t cells;
	struct tsr_slice unit;
	uint32_t before = tsr_encoder_picture_number(share->enc);

	if (!tsr_share_wants_picture(share))
		return TSR_ERR_STATE;
	if (share->pace.now != 0)
		tsr_pace_handle_time(&share->pace, now);
	cells = encode(share, src, now, &unit);
	forget_capture(share);
	share->is_old = false;
	if (share->is_epoch_due) {
		if (cells == 0)
			tsr_encoder_restart(share->enc);
		cells = tsr_grid_all(tsr_share_grid(share));
		unit.len = 0;
		share->is_epoch_due = false;
	}
	if (cells == 0)
		return 0;
	count_picture(share, now);
	share->stale |= cells;
	share->is_key_turn = true;
	add_key_cost(share, cells, unit.len);
	if (unit.len != 0)
		make_frame(share, TSR_FRAME_LAST, before, cells, unit);
	else
		share->fresh = cells;
	return 0;
}

/* ---- previews ---------------------------------------------------------------------------- */

static bool may_preview(const struct tsr_share *share)
{
	return is_limited(share) && share->holds.cells != 0 && share->fresh == 0 &&
	       !share->has_frame && share->preview_len == 0 && share->asked_cell == TSR_CELLS_MAX &&
	       tsr_pace_is_clear(&share->pace) && share->pace.purse > reserve(share);
}

bool tsr_share_poll_preview(struct tsr_share *share, struct tsr_preview_ask *ask)
{
	uint32_t cell;
	struct tsr_held *held;

	if (!may_preview(share))
		return false;
	cell = tsr_holds_preview(&share->holds, share->pace.now - PREVIEW_INTERVAL);
	if (cell == TSR_CELLS_MAX)
		return false;
	held = &share->holds.held[cell];
	held->is_new = false;
	held->previewed = share->pace.now;
	share->asked_cell = cell;
	share->asked_rect = held->rect;
	share->is_void = false;
	*ask = (struct tsr_preview_ask){ held->rect, share->quality };
	return true;
}

/* Sharper while the line would carry more than enough previews a second, coarser when too few. */
static void adapt_quality(struct tsr_share *share)
{
	uint64_t round = 0, fill = tsr_pace_fill(&share->pace);

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		if (share->holds.cells >> c & 1)
			round += share->holds.held[c].preview_len;
	if (round * 12 > fill && share->quality > QUALITY_MIN)
		share->quality -= 5;
	else if (round * 25 < fill && share->quality < QUALITY_MAX)
		share->quality += 5;
}

void tsr_share_handle_preview(struct tsr_share *share, struct tsr_slice image)
{
	size_t max = TSR_PREVIEW_HEAD_LEN + TSR_PREVIEW_IMAGE_MAX;

	if (image.len == 0 || image.len > TSR_PREVIEW_IMAGE_MAX || !is_preview_current(share) ||
		!tsr_holds_handle_preview(&share->holds, share->asked_cell, image.len) ||
		(!share->preview && !(share->preview = malloc(max)))) {
		share->asked_cell = TSR_CELLS_MAX;
		return;
	}
	adapt_quality(share);
	tsr_preview_write_head(share->preview, share->asked_rect);
	memcpy(share->preview + TSR_PREVIEW_HEAD_LEN, image.data, image.len);
	share->preview_len = TSR_PREVIEW_HEAD_LEN + image.len;
}

/* The frame of the preview at hand, unless what it shows is not held any more. */
static void make_preview(struct tsr_share *share)
{
	struct tsr_slice unit = tsr_slice(share->preview, share->preview_len);

	if (is_preview_current(share)) {
		make_frame(share, TSR_FRAME_PREVIEW, tsr_encoder_picture_number(share->enc),
			bit(share->asked_cell), unit);
		share->stats.previews++;
		if (!share->is_counted)
			count_shown(share, share->pace.now);
		share->is_counted = true;
	}
	share->preview_len = 0;
	share->asked_cell = TSR_CELLS_MAX;
}

/* ---- frames ------------------------------------------------------------------------------ */

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

	if (share->has_frame || share->is_old)
		return;
	if (share->fresh != 0) {
		cell = lowest(share->fresh);
		share->fresh &= ~bit(cell);
		make_key(share, cell, share->fresh == 0 ? TSR_FRAME_LAST : 0);
	} else if (wants_refresh(share) ? share->is_key_turn || !share->has_capture
					: !share->has_capture && spend_budget(share)) {
		make_refresh(share);
	} else if (share->preview_len != 0) {
		make_preview(share);
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
	share->is_preview = share->frame.flags == TSR_FRAME_PREVIEW;
	*frame = share->frame;
	*unit = share->unit;
	return true;
}

void tsr_share_handle_sent(struct tsr_share *share, size_t bytes)
{
	share->sent += bytes;
	share->stats.bytes += bytes;
	tsr_pace_handle_sent(&share->pace, bytes);
	if (share->is_preview)
		share->stats.preview_bytes += bytes;
	else if (share->is_refresh)
		share->stats.key_bytes += bytes;
	else
		share->budget += bytes / BACKGROUND_SHARE;
}

void tsr_share_handle_credit(struct tsr_share *share, uint64_t bytes_total)
{
	if (bytes_total <= share->credited || bytes_total > share->sent)
		return;
	tsr_pace_handle_credit(&share->pace, bytes_total - share->credited);
	share->credited = bytes_total;
}

void tsr_share_handle_need(struct tsr_share *share, uint64_t cells)
{
	if (share->stats.pictures == 0 || share->pause == PAUSING)
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
	share->is_epoch_due = share->is_old;
	if (share->is_old)
		return;
	/* A frame made for the old epoch but not sent yet is not lost: what it says is in the
	 * picture that now goes out whole. A KEY picture that is half sent stays the same picture
	 * and starts again. */
	if (share->has_frame && !(share->frame.flags & (TSR_FRAME_KEY | TSR_FRAME_PREVIEW)))
		is_open = true;
	share->has_frame = false;
	tsr_holds_renew(&share->holds);
	if (!is_open)
		tsr_encoder_restart(share->enc);
	share->stats.pictures = tsr_encoder_picture_number(share->enc);
	share->fresh = tsr_grid_all(tsr_share_grid(share));
}

void tsr_share_handle_pause(struct tsr_share *share)
{
	share->is_pause_due = share->pause == PAUSED;
	if (share->pause != RUNNING)
		return;
	share->pause = PAUSING;
	share->is_void = true;
	if (share->preview_len != 0)
		share->asked_cell = TSR_CELLS_MAX;
	share->preview_len = 0;
	if (share->has_frame && share->frame.flags == TSR_FRAME_PREVIEW)
		share->has_frame = false;
	forget_capture(share);
}

bool tsr_share_poll_paused(struct tsr_share *share)
{
	bool is_due = share->is_pause_due;

	share->is_pause_due = false;
	if (is_due)
		return true;
	/* what was asked for since the last pause waits for what is captured after this one */
	if (share->pause != PAUSING || share->sent != share->credited ||
		(!share->is_old &&
			(share->has_frame || share->fresh != 0 || share->holds.cells != 0 ||
				share->wanted != 0 || share->stale != 0)))
		return false;
	share->pause = PAUSED;
	share->is_old = true;
	return true;
}

void tsr_share_handle_resume(struct tsr_share *share)
{
	share->pause = RUNNING;
	share->is_pause_due = false;
	forget_capture(share);
	share->is_damage_known = false; /* whatever happened meanwhile */
}

bool tsr_share_is_paused(const struct tsr_share *share)
{
	return share->pause != RUNNING;
}

uint64_t tsr_share_digest(const struct tsr_share *share)
{
	const struct tsr_share_config *config = &share->config;

	return tsr_picture_digest(
		config->format, config->width, config->height, tsr_encoder_last(share->enc));
}

void tsr_share_stats(const struct tsr_share *share, struct tsr_share_stats *out)
{
	*out = share->stats;
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		out->n_held += share->holds.cells >> c & 1;
	out->kbit_s = share->pace.is_measured ? (uint32_t)(share->pace.rate * 8 / 1000) : 0;
	out->unacked = (uint32_t)(share->sent - share->credited);
}
