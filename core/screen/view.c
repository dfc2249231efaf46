/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/view.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/screen/preview.h"

/* A lossy image above a cell. */
struct above {
	uint8_t *image; /* NULL: none */
	size_t len;
	struct tsr_rect rect;  /* where the whole image lies */
	struct tsr_rect shown; /* the part that no exact update has replaced */
	uint32_t picture;      /* an update of the cell by a later one is newer */
	uint32_t serial;
	bool is_due; /* to be drawn, or drawn again */
};

struct tsr_view {
	struct tsr_decoder *dec;
	bool is_in_sync;
	/* A KEY picture is coming in on top of a whole one: nothing is drawn before its last frame.
	 */
	bool is_held;
	uint32_t held_picture;
	uint32_t picture; /* newest that was whole */
	/* The newest picture that a KEY was cut from, and its state: the KEYs that make it whole
	 * may come in any order, the last of them cut from an older picture. */
	uint32_t newest;
	uint64_t newest_state;
	bool is_refresh_due, is_unreadable, is_asked;
	uint32_t n_vain; /* frames since the refresh was asked for */
	bool is_ack_due;
	uint32_t n_dirty, next_dirty;
	struct tsr_rect dirty[2 * TSR_DIRTY_MAX];
	struct above above[TSR_CELLS_MAX];
	uint32_t serial;
	struct tsr_view_stats stats;
};

int tsr_view_create(
	struct tsr_view **out, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	struct tsr_view *view;
	int r;

	*out = NULL;
	view = calloc(1, sizeof(*view));
	if (!view)
		return TSR_ERR_NOMEM;
	r = tsr_decoder_create(&view->dec, format, width, height);
	if (r != 0) {
		tsr_view_destroy(view);
		return r;
	}
	*out = view;
	return 0;
}

void tsr_view_destroy(struct tsr_view *view)
{
	if (!view)
		return;
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		free(view->above[c].image);
	tsr_decoder_destroy(view->dec);
	free(view);
}

static void push_dirty(struct tsr_view *view, struct tsr_rect rect)
{
	if (tsr_rect_is_empty(rect))
		return;
	if (view->next_dirty == view->n_dirty)
		view->next_dirty = view->n_dirty = 0;
	if (view->n_dirty == 2 * TSR_DIRTY_MAX) {
		/* not drained for long: one rectangle around it all */
		for (uint32_t i = view->next_dirty; i < view->n_dirty; i++)
			rect = tsr_rect_union(rect, view->dirty[i]);
		view->next_dirty = view->n_dirty = 0;
	}
	view->dirty[view->n_dirty++] = rect;
}

/* ---- previews --------------------------------------------------------------------------- */

static void drop_preview(struct above *above)
{
	free(above->image);
	*above = (struct above){ 0 };
}

static bool is_apart(struct tsr_rect a, struct tsr_rect b)
{
	return a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height ||
	       b.y >= a.y + a.height;
}

static bool contains(struct tsr_rect outer, struct tsr_rect inner)
{
	return inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width &&
	       inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height;
}

/* An exact rectangle was drawn below or instead of the preview of a cell. One that takes its upper
 * part at full width leaves the lower part; any other that is newer takes it away. */
static void meet_exact(struct tsr_view *view, uint32_t cell, struct tsr_rect exact)
{
	struct above *above = &view->above[cell];
	struct tsr_rect *shown = &above->shown;
	uint32_t bottom = shown->y + shown->height, cut = exact.y + exact.height;

	if (!above->image || is_apart(exact, *shown))
		return;
	if (tsr_decoder_state(view->dec)->changed[cell] <= above->picture) {
		above->is_due = true;
	} else if (exact.x <= shown->x && exact.y <= shown->y && cut < bottom &&
		   exact.x + exact.width >= shown->x + shown->width) {
		shown->height = bottom - cut;
		shown->y = cut;
	} else {
		push_dirty(view, *shown);
		drop_preview(above);
	}
}

static int handle_preview(
	struct tsr_view *view, const struct tsr_frame *frame, struct tsr_slice unit)
{
	struct tsr_preview preview;
	struct above *above;
	uint32_t cell = 0;
	uint8_t *image;
	int r;

	while (!(frame->cells >> cell & 1))
		cell++;
	above = &view->above[cell];
	if ((r = tsr_preview_parse(&preview, tsr_decoder_grid(view->dec), cell, unit)) != 0)
		return r;
	image = frame->picture < tsr_decoder_state(view->dec)->changed[cell] ||
				(above->image && frame->picture < above->picture)
			? NULL
			: malloc(preview.image.len);
	if (!image) {
		view->stats.skipped++; /* older than what is shown; or no memory for it */
		return 0;
	}
	memcpy(image, preview.image.data, preview.image.len);
	if (above->image && !contains(preview.rect, above->shown))
		push_dirty(view, above->shown);
	free(above->image);
	*above = (struct above){ image, preview.image.len, preview.rect, preview.rect,
		frame->picture, ++view->serial, true };
	view->stats.previews++;
	return 0;
}

bool tsr_view_preview(const struct tsr_view *view, uint32_t cell, struct tsr_view_preview *out)
{
	const struct above *above = cell < TSR_CELLS_MAX ? &view->above[cell] : NULL;

	if (!above || !above->image)
		return false;
	*out = (struct tsr_view_preview){ cell, above->serial, above->rect, above->shown,
		tsr_slice(above->image, above->len) };
	return true;
}

bool tsr_view_poll_preview(struct tsr_view *view, struct tsr_view_preview *out)
{
	if (view->is_held)
		return false;
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++) {
		if (!view->above[c].is_due)
			continue;
		view->above[c].is_due = false;
		return tsr_view_preview(view, c, out);
	}
	return false;
}

struct tsr_rect tsr_view_preview_shown(const struct tsr_view *view, uint32_t cell, uint32_t serial)
{
	if (cell >= TSR_CELLS_MAX || !view->above[cell].image || view->above[cell].serial != serial)
		return (struct tsr_rect){ 0 };
	return view->above[cell].shown;
}

/* ---- pictures --------------------------------------------------------------------------- */

/* Takes over what the decoder has just changed. */
static void add_dirty(struct tsr_view *view)
{
	const struct tsr_rect *rects;
	size_t n = tsr_decoder_dirty(view->dec, &rects);

	for (size_t i = 0; i < n; i++) {
		uint64_t cells = tsr_grid_cells_of(tsr_decoder_grid(view->dec), rects[i]);

		push_dirty(view, rects[i]);
		for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
			if (cells >> c & 1)
				meet_exact(view, c, rects[i]);
	}
}

static void ask(struct tsr_view *view, bool is_unreadable)
{
	view->is_in_sync = false;
	view->is_held = false;
	view->n_vain = view->is_asked ? view->n_vain + 1 : 0;
	if (view->n_vain != 0 && (view->n_vain & (view->n_vain - 1)) != 0)
		return; /* what was asked for may be on its way: again only after 1, 2, 4, 8 ...
			   more */
	view->is_asked = true;
	view->is_refresh_due = true;
	view->is_unreadable = is_unreadable;
}

static void become_whole(struct tsr_view *view, uint32_t picture)
{
	view->is_in_sync = true;
	view->is_held = false;
	view->is_asked = false;
	view->is_refresh_due = false;
	if (picture > view->picture)
		view->picture = picture;
}

static int handle_key(struct tsr_view *view, const struct tsr_frame *frame, struct tsr_slice unit)
{
	const struct tsr_rect *rects;
	uint32_t cell = 0;
	uint64_t state;
	int r;

	while (!(frame->cells >> cell & 1))
		cell++;
	r = tsr_decoder_key(view->dec, cell, unit, &state);
	if (r != 0)
		return r;
	if (tsr_decoder_dirty(view->dec, &rects) == 0) {
		view->stats.skipped++;
	} else {
		view->stats.applied++;
		add_dirty(view);
		if (view->is_in_sync && !(frame->flags & TSR_FRAME_LAST)) {
			view->is_held = true;
			view->held_picture = frame->picture;
		}
		view->is_in_sync = false;
	}
	if (frame->picture >= view->newest) {
		view->newest = frame->picture;
		view->newest_state = state;
	}
	if (tsr_decoder_state(view->dec)->sum == view->newest_state)
		become_whole(view, view->newest);
	else if (tsr_decoder_state(view->dec)->sum == state)
		become_whole(view, frame->picture);
	else if (view->is_held &&
		 (frame->picture != view->held_picture || (frame->flags & TSR_FRAME_LAST)))
		view->is_held = false;
	return 0;
}

static int handle_delta(struct tsr_view *view, const struct tsr_frame *frame, struct tsr_slice unit)
{
	int r;

	if (view->is_in_sync && frame->picture <= view->picture) {
		view->stats.skipped++; /* had it */
		return 0;
	}
	r = tsr_decoder_delta(view->dec, frame->picture, frame->cells, unit);
	if (r == TSR_ERR_STALE) {
		view->stats.skipped++;
		ask(view, false);
		return 0;
	}
	if (r != 0)
		return r;
	view->stats.applied++;
	add_dirty(view);
	become_whole(view, frame->picture);
	return 0;
}

int tsr_view_handle_frame(struct tsr_view *view, const struct tsr_frame *frame,
	struct tsr_slice unit, size_t frame_bytes)
{
	int r;

	view->stats.bytes += frame_bytes;
	view->is_ack_due = true;
	if (frame->flags & TSR_FRAME_PREVIEW && frame->class == TSR_FRAME_SCREEN &&
		frame->cells != 0) {
		r = handle_preview(view, frame, unit);
		view->stats.malformed += r != 0;
		return r; /* the picture is as good as before: nothing to ask for */
	}
	if (frame->class != TSR_FRAME_SCREEN || frame->cells == 0)
		r = TSR_ERR_FORMAT;
	else if (frame->flags & TSR_FRAME_KEY)
		r = handle_key(view, frame, unit);
	else
		r = handle_delta(view, frame, unit);
	if (r != 0) {
		view->stats.malformed++;
		ask(view, true);
	}
	return r;
}

void tsr_view_handle_unreadable(struct tsr_view *view, size_t frame_bytes)
{
	view->stats.bytes += frame_bytes;
	view->stats.unreadable++;
	view->is_ack_due = true;
	ask(view, true);
}

void tsr_view_handle_epoch(struct tsr_view *view)
{
	if (!view->is_asked)
		return;
	view->is_refresh_due = true;
	view->n_vain = 0;
}

bool tsr_view_poll_dirty(struct tsr_view *view, struct tsr_rect *out)
{
	if (view->is_held || view->next_dirty == view->n_dirty)
		return false;
	*out = view->dirty[view->next_dirty++];
	return true;
}

bool tsr_view_poll_ack(struct tsr_view *view, uint32_t *picture, uint64_t *bytes_total)
{
	if (!view->is_ack_due)
		return false;
	view->is_ack_due = false;
	*picture = view->picture;
	*bytes_total = view->stats.bytes;
	return true;
}

bool tsr_view_poll_refresh(struct tsr_view *view, bool *unreadable)
{
	if (!view->is_refresh_due)
		return false;
	view->is_refresh_due = false;
	*unreadable = view->is_unreadable;
	return true;
}

bool tsr_view_is_in_sync(const struct tsr_view *view)
{
	return view->is_in_sync;
}

uint32_t tsr_view_picture_number(const struct tsr_view *view)
{
	return view->picture;
}

const struct tsr_grid *tsr_view_grid(const struct tsr_view *view)
{
	return tsr_decoder_grid(view->dec);
}

const struct tsr_planes *tsr_view_planes(const struct tsr_view *view)
{
	return tsr_decoder_planes(view->dec);
}

uint64_t tsr_view_digest(const struct tsr_view *view)
{
	return tsr_decoder_digest(view->dec);
}

void tsr_view_stats(const struct tsr_view *view, struct tsr_view_stats *out)
{
	*out = view->stats;
}

void tsr_view_erase(struct tsr_view *view)
{
	tsr_decoder_erase(view->dec);
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		drop_preview(&view->above[c]);
	view->is_in_sync = view->is_held = view->is_asked = false;
	view->picture = view->newest = view->n_vain = 0;
	view->newest_state = 0;
	view->n_dirty = view->next_dirty = 0;
	add_dirty(view);
}
