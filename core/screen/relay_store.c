/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/relay_store.h"

#include "core/base/err.h"
#include "core/screen/pixels.h"
#include "core/screen/unit.h"

static void drop_key(struct tsr_relay_store *store, uint32_t cell)
{
	struct tsr_relay_key *key = &store->keys[cell];

	if (key->msg)
		store->memory -= key->msg->len;
	tsr_msg_unref(&key->msg);
}

void tsr_relay_store_drop_keys(struct tsr_relay_store *store)
{
	for (uint32_t c = 0; c < store->grid.n_cells; c++)
		drop_key(store, c);
}

/* Drops the oldest DELTA of the run. */
static void drop_delta(struct tsr_relay_store *store)
{
	struct tsr_relay_delta *delta = &store->run[++store->base % TSR_RELAY_RUN_PICTURES];

	store->memory -= delta->msg->len;
	tsr_msg_unref(&delta->msg);
}

static uint32_t run_len(const struct tsr_relay_store *store)
{
	return store->picture - store->base;
}

static void empty_run(struct tsr_relay_store *store)
{
	while (run_len(store) > 0)
		drop_delta(store);
}

static bool is_kept(const struct tsr_relay_store *store, uint8_t epoch)
{
	return tsr_epoch_ahead(store->epoch, epoch) <= 1;
}

static void drop_preview(struct tsr_relay_store *store, uint32_t cell)
{
	struct tsr_relay_preview *preview = &store->previews[cell];

	if (!preview->msg)
		return;
	store->memory -= preview->msg->len;
	store->preview_memory -= preview->msg->len;
	tsr_msg_unref(&preview->msg);
}

void tsr_relay_store_drop_previews(struct tsr_relay_store *store)
{
	for (uint32_t c = 0; store->preview_memory > 0 && c < store->grid.n_cells; c++)
		drop_preview(store, c);
}

static void put_key(struct tsr_relay_store *store, uint32_t cell, const struct tsr_frame *frame,
	struct tsr_msg *msg)
{
	struct tsr_relay_key *key = &store->keys[cell];

	drop_key(store, cell);
	key->lo = store->changed[cell];
	key->hi = 0;
	key->len = TSR_FRAME_HEADER_LEN + frame->length;
	key->epoch = frame->epoch;
	if (!is_kept(store, frame->epoch))
		return;
	key->msg = tsr_msg_ref(msg);
	store->memory += msg->len;
}

/* Bytes of an object that no presenter exceeds: what is longer is no picture, and would be kept. */
static uint64_t key_max(const struct tsr_relay_store *store, uint32_t cell)
{
	struct tsr_rect rect = tsr_grid_cell(&store->grid, cell);

	return TSR_KEY_HEAD_LEN + tsr_pixels_bound(TSR_FORMAT_BGRA, &rect, 1) + TSR_FRAME_OVERHEAD;
}

static int handle_key(struct tsr_relay_store *store, const struct tsr_frame *frame,
	struct tsr_msg *msg, tsr_time now)
{
	bool is_first = frame->picture == store->picture + 1 && !store->is_open;
	uint32_t cell = 0;

	if (!is_first && (frame->picture != store->picture || store->picture == 0))
		return TSR_ERR_STALE;
	if (frame->cells == 0 || (frame->cells & (frame->cells - 1)) != 0)
		return TSR_ERR_FORMAT;
	while (!(frame->cells >> cell & 1))
		cell++;
	if (frame->length > key_max(store, cell))
		return TSR_ERR_TOO_BIG;
	if (is_first) {
		empty_run(store);
		store->base = store->picture = frame->picture;
		store->is_open = true;
		store->arrived[frame->picture % TSR_RELAY_ARRIVALS] = now;
	}
	if (store->is_open || store->changed[cell] == 0) {
		store->changed[cell] = frame->picture;
		drop_preview(store, cell);
	}
	if (frame->flags & TSR_FRAME_LAST)
		store->is_open = false;
	put_key(store, cell, frame, msg);
	return 0;
}

static int handle_delta(struct tsr_relay_store *store, const struct tsr_frame *frame,
	struct tsr_msg *msg, tsr_time now)
{
	struct tsr_relay_delta *delta;

	if (store->is_open || store->picture == 0 || frame->base != store->picture ||
		frame->picture != store->picture + 1)
		return TSR_ERR_STALE;
	if (!(frame->flags & TSR_FRAME_LAST))
		return TSR_ERR_FORMAT;
	if (frame->length > TSR_DELTA_MAX + TSR_FRAME_OVERHEAD)
		return TSR_ERR_TOO_BIG;
	while (run_len(store) > 0 &&
		(run_len(store) == TSR_RELAY_RUN_PICTURES ||
			store->sum - tsr_relay_store_delta(store, store->base + 1)->sum +
					frame->length + TSR_FRAME_HEADER_LEN >
				TSR_RELAY_RUN_MAX))
		drop_delta(store);
	store->picture = frame->picture;
	store->arrived[frame->picture % TSR_RELAY_ARRIVALS] = now;
	for (uint32_t c = 0; c < store->grid.n_cells; c++) {
		if (!(frame->cells >> c & 1))
			continue;
		store->changed[c] = frame->picture;
		drop_preview(store, c);
		if (store->keys[c].hi == 0)
			store->keys[c].hi = frame->picture;
	}
	delta = &store->run[frame->picture % TSR_RELAY_RUN_PICTURES];
	delta->msg = tsr_msg_ref(msg);
	delta->sum = store->sum;
	delta->len = TSR_FRAME_HEADER_LEN + frame->length;
	delta->epoch = frame->epoch;
	store->sum += delta->len;
	store->memory += msg->len;
	return 0;
}

/* The cell whose preview has been there for longest, of those that have one. */
static uint32_t oldest_preview(const struct tsr_relay_store *store)
{
	uint32_t oldest = TSR_CELLS_MAX;

	for (uint32_t c = 0; c < store->grid.n_cells; c++)
		if (store->previews[c].msg &&
			(oldest == TSR_CELLS_MAX ||
				store->previews[c].serial < store->previews[oldest].serial))
			oldest = c;
	return oldest;
}

static int handle_preview(
	struct tsr_relay_store *store, const struct tsr_frame *frame, struct tsr_msg *msg)
{
	struct tsr_relay_preview *preview;
	uint32_t cell = 0;

	if (store->picture == 0 || frame->picture > store->picture)
		return TSR_ERR_STALE;
	if (frame->cells == 0 || (frame->cells & (frame->cells - 1)) != 0)
		return TSR_ERR_FORMAT;
	while (!(frame->cells >> cell & 1))
		cell++;
	drop_preview(store, cell);
	/* of a cell that changed since: the presenter's next one is on its way */
	if (store->changed[cell] > frame->picture)
		return 0;
	while (store->preview_memory > 0 &&
		store->preview_memory + msg->len > TSR_RELAY_PREVIEWS_MAX)
		drop_preview(store, oldest_preview(store));
	preview = &store->previews[cell];
	preview->msg = tsr_msg_ref(msg);
	preview->serial = ++store->preview_serial;
	preview->len = TSR_FRAME_HEADER_LEN + frame->length;
	preview->epoch = frame->epoch;
	store->memory += msg->len;
	store->preview_memory += msg->len;
	return 0;
}

int tsr_relay_store_put(struct tsr_relay_store *store, const struct tsr_frame *frame,
	struct tsr_msg *msg, tsr_time now)
{
	int r;

	if (frame->class != TSR_FRAME_SCREEN)
		return TSR_ERR_FORMAT;
	if (frame->cells & ~tsr_grid_all(&store->grid))
		return TSR_ERR_RANGE;
	if (store->picture != 0 && tsr_epoch_ahead(frame->epoch, store->frame_epoch) < 0)
		return TSR_ERR_STALE;
	tsr_relay_store_handle_epoch(store, frame->epoch);
	if (frame->flags & TSR_FRAME_PREVIEW)
		r = handle_preview(store, frame, msg);
	else
		r = frame->flags & TSR_FRAME_KEY ? handle_key(store, frame, msg, now)
						 : handle_delta(store, frame, msg, now);
	if (r != 0)
		return r;
	store->frame_epoch = frame->epoch;
	return 0;
}

tsr_time tsr_relay_store_arrival(const struct tsr_relay_store *store, uint32_t picture)
{
	if (store->picture - picture >= TSR_RELAY_ARRIVALS)
		picture = store->picture - TSR_RELAY_ARRIVALS + 1;
	return store->arrived[picture % TSR_RELAY_ARRIVALS];
}

void tsr_relay_store_handle_epoch(struct tsr_relay_store *store, uint8_t epoch)
{
	if (store->has_epoch && tsr_epoch_ahead(epoch, store->epoch) <= 0)
		return;
	store->has_epoch = true;
	store->epoch = epoch;
	tsr_relay_store_drop_previews(store);
	for (uint32_t c = 0; c < store->grid.n_cells; c++)
		if (!is_kept(store, store->keys[c].epoch))
			drop_key(store, c);
	while (run_len(store) > 0 &&
		!is_kept(store, tsr_relay_store_delta(store, store->base + 1)->epoch))
		drop_delta(store);
}

void tsr_relay_store_erase(struct tsr_relay_store *store)
{
	tsr_relay_store_drop_keys(store);
	tsr_relay_store_drop_previews(store);
	empty_run(store);
}
