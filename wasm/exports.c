/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the browser calls; tessera.d.ts describes it, layout.ts holds the offsets that are asserted
 * here. Only numbers cross the border: pointers into the module's memory, sets of cells in
 * halves, byte totals and milliseconds as doubles. The caller is our own SDK; what comes from the
 * network is checked in the core.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/screen/preview.h"
#include "core/screen/share.h"
#include "core/screen/view.h"
#include "core/session/policy.h"
#include "wasm/rgba.h"

#define EXPORT(name) __attribute__((export_name(#name)))

struct frame_fields {
	uint32_t class, flags, epoch, from, to, stream, picture, base, cells_lo, cells_hi, length;
};

struct share_out {
	struct frame_fields frame;
	const uint8_t *unit;
	uint32_t unit_len;
};

struct ack_out {
	uint32_t picture, reserved;
	double bytes;
};

struct share_stats {
	double bytes, key_bytes;
	uint32_t pictures, fps_x10, superseded, unacked;
	double preview_bytes;
	uint32_t previews, n_held, kbit_s, copies;
};

struct view_preview {
	uint32_t cell, serial;
	struct tsr_rect rect, shown;
	const uint8_t *image;
	uint32_t len;
};

struct view_stats {
	double bytes;
	uint32_t applied, skipped, malformed, unreadable, previews, reserved;
};

static_assert(sizeof(struct frame_fields) == 44, "FrameFields.SIZE");
static_assert(offsetof(struct frame_fields, cells_lo) == 32, "FrameFields.cellsLo");
static_assert(sizeof(struct share_out) == 52, "ShareOut.SIZE");
static_assert(offsetof(struct share_out, unit_len) == 48, "ShareOut.unitLen");
static_assert(sizeof(struct ack_out) == 16, "AckOut.SIZE");
static_assert(sizeof(struct share_stats) == 56, "ShareStats.SIZE");
static_assert(sizeof(struct view_stats) == 32, "ViewStats.SIZE");
static_assert(sizeof(struct view_preview) == 48, "ViewPreview.SIZE");
static_assert(sizeof(struct tsr_preview_ask) == 20, "PreviewAsk.SIZE");
static_assert(sizeof(struct tsr_rect) == 16, "Rect.SIZE");

EXPORT(tsr_alloc) void *wasm_alloc(size_t len)
{
	return malloc(len);
}

EXPORT(tsr_free) void wasm_free(void *ptr)
{
	free(ptr);
}

EXPORT(tsr_wasm_policy_check)
uint32_t wasm_policy_check(uint32_t act, uint32_t actor, uint32_t target, uint32_t session)
{
	return tsr_policy_check(act, actor, target, session);
}

/* ---- frame headers -------------------------------------------------------------------- */

static uint64_t join(uint32_t lo, uint32_t hi)
{
	return (uint64_t)hi << 32 | lo;
}

static void to_fields(struct frame_fields *out, const struct tsr_frame *frame)
{
	*out = (struct frame_fields){
		.class = frame->class,
		.flags = frame->flags,
		.epoch = frame->epoch,
		.from = frame->from,
		.to = frame->to,
		.stream = frame->stream,
		.picture = frame->picture,
		.base = frame->base,
		.cells_lo = (uint32_t)frame->cells,
		.cells_hi = (uint32_t)(frame->cells >> 32),
		.length = frame->length,
	};
}

EXPORT(tsr_wasm_frame_parse)
int wasm_frame_parse(struct frame_fields *out, const uint8_t *bytes, size_t len)
{
	struct tsr_frame frame;
	int r = tsr_frame_parse(&frame, tsr_slice(bytes, len));

	if (r == 0)
		to_fields(out, &frame);
	return r;
}

EXPORT(tsr_wasm_frame_write) void wasm_frame_write(uint8_t *out, const struct frame_fields *f)
{
	struct tsr_frame frame = {
		.class = (uint8_t)f->class,
		.flags = (uint8_t)f->flags,
		.epoch = (uint8_t)f->epoch,
		.from = f->from,
		.to = f->to,
		.stream = f->stream,
		.picture = f->picture,
		.base = f->base,
		.cells = join(f->cells_lo, f->cells_hi),
		.length = f->length,
	};

	tsr_frame_write(out, &frame);
}

/* ---- presenter -------------------------------------------------------------------------- */

struct wasm_share {
	struct tsr_share *share;
	struct tsr_planes planes; /* of source */
	uint8_t *source;
	uint8_t *preview; /* made when first asked for */
	struct share_out out;
};

EXPORT(tsr_wasm_share_destroy) void wasm_share_destroy(struct wasm_share *s)
{
	if (!s)
		return;
	tsr_share_destroy(s->share);
	free(s->source);
	free(s->preview);
	free(s);
}

EXPORT(tsr_wasm_share_create)
struct wasm_share *wasm_share_create(uint32_t format, uint32_t width, uint32_t height,
	uint32_t from, uint32_t stream, uint32_t epoch)
{
	struct tsr_share_config config = { format, width, height, from, stream, epoch };
	struct wasm_share *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (tsr_share_create(&s->share, &config) != 0 ||
		!(s->source = malloc(tsr_picture_len(format, width, height)))) {
		wasm_share_destroy(s);
		return NULL;
	}
	s->planes = tsr_picture_planes(format, width, height, s->source);
	return s;
}

EXPORT(tsr_wasm_share_source) uint8_t *wasm_share_source(struct wasm_share *s)
{
	return s->source;
}

EXPORT(tsr_wasm_share_capture)
void wasm_share_capture(
	struct wasm_share *s, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct tsr_rect damage = { x, y, width, height };

	tsr_share_handle_capture(s->share, width == 0 ? NULL : &damage);
}

EXPORT(tsr_wasm_share_wants) int wasm_share_wants(const struct wasm_share *s)
{
	return tsr_share_wants_picture(s->share);
}

EXPORT(tsr_wasm_share_picture) int wasm_share_picture(struct wasm_share *s, double now_ms)
{
	return tsr_share_handle_picture(s->share, &s->planes, (tsr_time)(now_ms * 1000));
}

EXPORT(tsr_wasm_share_time) void wasm_share_time(struct wasm_share *s, double now_ms)
{
	tsr_share_handle_time(s->share, (tsr_time)(now_ms * 1000));
}

EXPORT(tsr_wasm_share_timeout) double wasm_share_timeout(const struct wasm_share *s)
{
	tsr_time next = tsr_share_next_timeout(s->share);

	return next == TSR_TIME_NEVER ? -1 : (double)next / 1000;
}

EXPORT(tsr_wasm_share_prefer) void wasm_share_prefer(struct wasm_share *s, uint32_t prefer)
{
	if (prefer <= TSR_PREFER_MOTION)
		tsr_share_set_preference(s->share, prefer);
}

EXPORT(tsr_wasm_share_preview_poll)
int wasm_share_preview_poll(struct wasm_share *s, struct tsr_preview_ask *out)
{
	return tsr_share_poll_preview(s->share, out);
}

EXPORT(tsr_wasm_share_preview_input) uint8_t *wasm_share_preview_input(struct wasm_share *s)
{
	if (!s->preview)
		s->preview = malloc(TSR_PREVIEW_IMAGE_MAX);
	return s->preview;
}

EXPORT(tsr_wasm_share_preview) void wasm_share_preview(struct wasm_share *s, uint32_t len)
{
	bool is_there = s->preview && len <= TSR_PREVIEW_IMAGE_MAX;

	tsr_share_handle_preview(s->share, tsr_slice(s->preview, is_there ? len : 0));
}

EXPORT(tsr_wasm_share_poll) int wasm_share_poll(struct wasm_share *s)
{
	struct tsr_frame frame;
	struct tsr_slice unit;

	if (!tsr_share_poll_frame(s->share, &frame, &unit))
		return 0;
	to_fields(&s->out.frame, &frame);
	s->out.unit = unit.data;
	s->out.unit_len = (uint32_t)unit.len;
	return 1;
}

EXPORT(tsr_wasm_share_out) const struct share_out *wasm_share_out(const struct wasm_share *s)
{
	return &s->out;
}

EXPORT(tsr_wasm_share_sent) void wasm_share_sent(struct wasm_share *s, uint32_t bytes)
{
	tsr_share_handle_sent(s->share, bytes);
}

EXPORT(tsr_wasm_share_credit) void wasm_share_credit(struct wasm_share *s, double bytes_total)
{
	tsr_share_handle_credit(s->share, (uint64_t)bytes_total);
}

EXPORT(tsr_wasm_share_need)
void wasm_share_need(struct wasm_share *s, uint32_t cells_lo, uint32_t cells_hi)
{
	tsr_share_handle_need(s->share, join(cells_lo, cells_hi));
}

EXPORT(tsr_wasm_share_epoch) void wasm_share_epoch(struct wasm_share *s, uint32_t epoch)
{
	tsr_share_handle_epoch(s->share, epoch);
}

EXPORT(tsr_wasm_share_pause) void wasm_share_pause(struct wasm_share *s)
{
	tsr_share_handle_pause(s->share);
}

EXPORT(tsr_wasm_share_paused) int wasm_share_paused(struct wasm_share *s)
{
	return tsr_share_poll_paused(s->share);
}

EXPORT(tsr_wasm_share_resume) void wasm_share_resume(struct wasm_share *s)
{
	tsr_share_handle_resume(s->share);
}

EXPORT(tsr_wasm_share_stats)
void wasm_share_stats(const struct wasm_share *s, struct share_stats *out)
{
	struct tsr_share_stats stats;

	tsr_share_stats(s->share, &stats);
	*out = (struct share_stats){ (double)stats.bytes, (double)stats.key_bytes, stats.pictures,
		stats.fps_x10, stats.superseded, stats.unacked, (double)stats.preview_bytes,
		stats.previews, stats.n_held, stats.kbit_s, stats.copies };
}

EXPORT(tsr_wasm_share_digest) void wasm_share_digest(const struct wasm_share *s, uint32_t *out)
{
	uint64_t digest = tsr_share_digest(s->share);

	out[0] = (uint32_t)digest;
	out[1] = (uint32_t)(digest >> 32);
}

/* ---- viewer ----------------------------------------------------------------------------- */

struct wasm_view {
	struct tsr_view *view;
	enum tsr_pixel_format format;
	uint8_t *input;
	size_t input_cap;
	uint8_t *rgba;
	size_t rgba_cap;
};

EXPORT(tsr_wasm_view_destroy) void wasm_view_destroy(struct wasm_view *v)
{
	if (!v)
		return;
	tsr_view_destroy(v->view);
	free(v->input);
	free(v->rgba);
	free(v);
}

EXPORT(tsr_wasm_view_create)
struct wasm_view *wasm_view_create(uint32_t format, uint32_t width, uint32_t height)
{
	struct wasm_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->format = format;
	if (tsr_view_create(&v->view, format, width, height) == 0)
		return v;
	wasm_view_destroy(v);
	return NULL;
}

/* Room for len bytes in a buffer that only grows; what was inside is gone. NULL when out of memory.
 */
static uint8_t *make_room(uint8_t **buffer, size_t *cap, size_t len)
{
	if (len <= *cap)
		return *buffer;
	free(*buffer);
	*buffer = malloc(len);
	*cap = *buffer ? len : 0;
	return *buffer;
}

EXPORT(tsr_wasm_view_input) uint8_t *wasm_view_input(struct wasm_view *v, size_t len)
{
	if (len > TSR_FRAME_MAX)
		return NULL;
	return make_room(&v->input, &v->input_cap, len ? len : 1);
}

EXPORT(tsr_wasm_view_frame)
int wasm_view_frame(
	struct wasm_view *v, const uint8_t *header, uint32_t unit_len, uint32_t frame_bytes)
{
	struct tsr_frame frame;
	int r = tsr_frame_parse(&frame, tsr_slice(header, TSR_FRAME_HEADER_LEN));

	if (r == 0 && unit_len > v->input_cap)
		r = TSR_ERR_SHORT;
	if (r != 0)
		return r;
	return tsr_view_handle_frame(v->view, &frame, tsr_slice(v->input, unit_len), frame_bytes);
}

EXPORT(tsr_wasm_view_unreadable)
void wasm_view_unreadable(struct wasm_view *v, uint32_t frame_bytes)
{
	tsr_view_handle_unreadable(v->view, frame_bytes);
}

EXPORT(tsr_wasm_view_epoch) void wasm_view_epoch(struct wasm_view *v)
{
	tsr_view_handle_epoch(v->view);
}

EXPORT(tsr_wasm_view_dirty) int wasm_view_dirty(struct wasm_view *v, struct tsr_rect *out)
{
	return tsr_view_poll_dirty(v->view, out);
}

EXPORT(tsr_wasm_view_rgba)
uint8_t *wasm_view_rgba(
	struct wasm_view *v, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct tsr_rect rect = { x, y, width, height };
	struct tsr_rect inside = tsr_grid_clip(tsr_view_grid(v->view), rect);

	if (tsr_rect_is_empty(rect) || inside.width != width || inside.height != height ||
		!make_room(&v->rgba, &v->rgba_cap, (size_t)width * height * 4))
		return NULL;
	tsr_rgba_convert(v->rgba, v->format, tsr_view_planes(v->view), rect);
	return v->rgba;
}

static int give_preview(struct view_preview *out, const struct tsr_view_preview *preview)
{
	*out = (struct view_preview){ preview->cell, preview->serial, preview->rect, preview->shown,
		preview->image.data, (uint32_t)preview->image.len };
	return 1;
}

EXPORT(tsr_wasm_view_preview_poll)
int wasm_view_preview_poll(struct wasm_view *v, struct view_preview *out)
{
	struct tsr_view_preview preview;

	return tsr_view_poll_preview(v->view, &preview) ? give_preview(out, &preview) : 0;
}

EXPORT(tsr_wasm_view_preview)
int wasm_view_preview(const struct wasm_view *v, uint32_t cell, struct view_preview *out)
{
	struct tsr_view_preview preview;

	return tsr_view_preview(v->view, cell, &preview) ? give_preview(out, &preview) : 0;
}

EXPORT(tsr_wasm_view_preview_shown)
int wasm_view_preview_shown(
	const struct wasm_view *v, uint32_t cell, uint32_t serial, struct tsr_rect *out)
{
	*out = tsr_view_preview_shown(v->view, cell, serial);
	return !tsr_rect_is_empty(*out);
}

EXPORT(tsr_wasm_view_ack) int wasm_view_ack(struct wasm_view *v, struct ack_out *out)
{
	uint64_t bytes;

	if (!tsr_view_poll_ack(v->view, &out->picture, &bytes))
		return 0;
	out->bytes = (double)bytes;
	return 1;
}

EXPORT(tsr_wasm_view_refresh) int wasm_view_refresh(struct wasm_view *v)
{
	bool is_unreadable;

	if (!tsr_view_poll_refresh(v->view, &is_unreadable))
		return 0;
	return is_unreadable ? 2 : 1;
}

EXPORT(tsr_wasm_view_in_sync) int wasm_view_in_sync(const struct wasm_view *v)
{
	return tsr_view_is_in_sync(v->view);
}

EXPORT(tsr_wasm_view_picture) uint32_t wasm_view_picture(const struct wasm_view *v)
{
	return tsr_view_picture_number(v->view);
}

EXPORT(tsr_wasm_view_digest) void wasm_view_digest(const struct wasm_view *v, uint32_t *out)
{
	uint64_t digest = tsr_view_digest(v->view);

	out[0] = (uint32_t)digest;
	out[1] = (uint32_t)(digest >> 32);
}

EXPORT(tsr_wasm_view_stats)
void wasm_view_stats(const struct wasm_view *v, struct view_stats *out)
{
	struct tsr_view_stats stats;

	tsr_view_stats(v->view, &stats);
	*out = (struct view_stats){ (double)stats.bytes, stats.applied, stats.skipped,
		stats.malformed, stats.unreadable, stats.previews, 0 };
}

EXPORT(tsr_wasm_view_erase) void wasm_view_erase(struct wasm_view *v)
{
	tsr_view_erase(v->view);
}

/* ---- geometry --------------------------------------------------------------------------- */

EXPORT(tsr_wasm_picture_len)
uint32_t wasm_picture_len(uint32_t format, uint32_t width, uint32_t height)
{
	return (uint32_t)tsr_picture_len(format, width, height);
}

EXPORT(tsr_wasm_cell_edge) uint32_t wasm_cell_edge(uint32_t width, uint32_t height)
{
	struct tsr_grid grid;

	return tsr_grid_init(&grid, width, height) == 0 ? grid.edge : 0;
}
