/* SPDX-License-Identifier: Apache-2.0 */
#include "test/sim/screen-parts.h"

void viewer_leave(struct world *w, struct viewer *v)
{
	if (v->relayed)
		tsr_relay_remove_viewer(w->relay, v->relayed);
	v->relayed = NULL;
	tsr_view_destroy(v->view);
	v->view = NULL;
	link_clear(&v->down);
	link_clear(&v->up);
	link_clear(&v->control_down);
	link_clear(&v->control_up);
}

void viewer_join(struct world *w, struct viewer *v)
{
	viewer_leave(w, v);
	v->life++;
	v->first_epoch = v->epoch = (uint8_t)w->epoch;
	v->is_blank = w->is_paused_at_relay && world_tosses(w, WORLD_BLANK);
	v->has_missed = false;
	v->unfed = 0;
	v->age = w->least_preview;
	v->relayed = tsr_relay_add_viewer(w->relay, v->first_epoch, v, w->now);
	if (!v->relayed ||
		tsr_view_create(&v->view, w->config.format, w->config.width, w->config.height) != 0)
		world_out_of_memory(w);
}

static bool has_previews(const struct viewer *v)
{
	struct tsr_view_preview preview;

	for (uint32_t c = 0; c < tsr_view_grid(v->view)->n_cells; c++)
		if (tsr_view_preview(v->view, c, &preview))
			return true;
	return false;
}

/* Previews to be drawn. */
static void check_previews(struct world *w, struct viewer *v)
{
	struct tsr_view_preview preview;

	while (tsr_view_poll_preview(v->view, &preview)) {
		uint8_t age = preview.image.data[JPEG_HEAD_LEN];

		if (tsr_rect_is_empty(preview.shown))
			world_wrong(w, "an empty preview is to be drawn");
		if ((int8_t)(age - v->age) < 0)
			world_wrong(w, "a preview of before a pause comes after it");
		v->age = age;
		w->result->n_previews++;
	}
}

/* Returns the digest of what he sees when he is in sync, else 0. */
static uint64_t check_view(struct world *w, struct viewer *v)
{
	uint32_t picture = tsr_view_picture_number(v->view);
	uint64_t digest;
	tsr_time age;

	check_previews(w, v);
	if (!tsr_view_is_in_sync(v->view))
		return 0;
	if (w->is_exact[picture % DIGESTS] && has_previews(v))
		world_wrong(w, "a preview lies above what is exact");
	digest = tsr_view_digest(v->view);
	if (digest != w->digests[picture % DIGESTS])
		world_wrong(w, "a viewer in sync shows what never was");
	w->result->digest = (w->result->digest ^ digest) * 0x100000001b3u;
	age = w->outdated[picture % DIGESTS] > 0 ? w->now - w->outdated[picture % DIGESTS] : 0;
	if (v->is_slow && age > w->result->max_age_slow)
		w->result->max_age_slow = age;
	if (!v->is_slow && age > w->result->max_age)
		w->result->max_age = age;
	return digest;
}

/* Which picture each cell is of now. */
static void note_cells(struct viewer *v, const struct tsr_frame *frame)
{
	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++) {
		if (frame->flags & TSR_FRAME_KEY && frame->cells >> c & 1 &&
			frame->picture > v->cells[c])
			v->cells[c] = frame->picture;
		if (tsr_view_is_in_sync(v->view))
			v->cells[c] = tsr_view_picture_number(v->view);
	}
}

static void count_age(struct world *w, const struct viewer *v)
{
	tsr_time oldest = w->now, age;

	for (uint32_t c = 0; c < tsr_share_grid(w->share)->n_cells; c++) {
		tsr_time taken = w->taken[v->cells[c] % DIGESTS];

		if (v->cells[c] == 0)
			world_wrong(w, "a cell never arrives");
		oldest = taken < oldest ? taken : oldest;
	}
	age = (w->now - oldest) / TICK;
	w->ages[age < AGES ? age : AGES - 1]++;
	w->n_ages++;
}

/* The age that so many percent of the samples do not exceed. */
tsr_time world_age_of(const struct world *w, uint32_t percent)
{
	uint32_t n = 0, age = 0;

	while (age < AGES - 1 &&
		(n += w->ages[age]) * (uint64_t)100 < (uint64_t)w->n_ages * percent)
		age++;
	return (tsr_time)age * TICK;
}

static void tell(struct world *w, const struct viewer *v, const struct tsr_frame *frame,
	struct tsr_slice unit, uint64_t digest)
{
	const struct world_source *source = w->config.source;

	if (source && source->shown)
		source->shown(
			source->user, (uint32_t)(v - w->viewers), v->life, frame, unit, digest);
}

/* Whether something goes wrong with it on the way, or he has no key for it yet. */
static bool is_unreadable(struct world *w, const struct viewer *v, const struct tsr_frame *frame)
{
	if ((int8_t)(frame->epoch - v->epoch) > 0)
		return true;
	return w->config.has_faults && w->now < w->config.active &&
	       random_below(&w->random, 300) == 0;
}

/* What the view has to say. An honest viewer acknowledges what he was not given, too. */
static void answer(struct world *w, struct viewer *v, bool has_come)
{
	/* a browser acknowledges on the one connection, an endpoint on the other */
	struct link *acks = w->config.has_faults && world_tosses(w, WORLD_ACKS_BY_CONTROL)
				    ? &v->control_up
				    : &v->up;
	uint32_t picture = tsr_view_picture_number(v->view);
	struct tsr_view_stats stats;
	uint64_t bytes;
	bool unreadable;

	tsr_view_stats(v->view, &stats);
	bytes = stats.bytes;
	if (tsr_view_poll_ack(v->view, &picture, &bytes) || has_come)
		world_send(w, acks, LINK_ACK, picture, bytes + v->unfed, NULL);
	if (tsr_view_poll_refresh(v->view, &unreadable))
		world_send(w, &v->control_up, LINK_REFRESH, unreadable, 0, NULL);
}

static void show(struct world *w, struct viewer *v, struct tsr_msg *msg)
{
	struct tsr_slice unit = tsr_slice(
		msg->data + TSR_FRAME_HEADER_LEN, msg->len - TSR_FRAME_HEADER_LEN - SEAL_LEN);
	struct tsr_frame frame;
	struct tsr_rect rect;

	if (tsr_frame_parse(&frame, tsr_msg_slice(msg)) != 0)
		world_wrong(w, "the relay changed a frame");
	else if ((int8_t)(frame.epoch - v->first_epoch) < 0)
		world_wrong(w, "a viewer gets an epoch that it cannot read");
	else if (v->is_blank) {
		v->unfed += msg->len;
		v->has_missed = true;
	} else if (is_unreadable(w, v, &frame)) {
		tsr_view_handle_unreadable(v->view, msg->len);
		v->is_troubled |= w->now > w->config.active - 900 * TSR_MS;
	} else if (tsr_view_handle_frame(v->view, &frame, unit, msg->len) != 0)
		world_wrong(w, "a unit is malformed");
	else {
		tell(w, v, &frame, unit, check_view(w, v));
		note_cells(v, &frame);
	}
	while (tsr_view_poll_dirty(v->view, &rect))
		if (tsr_rect_is_empty(rect))
			world_wrong(w, "an empty rectangle is to be drawn");
	answer(w, v, v->is_blank);
}

/* What comes on his control connection. */
static void viewer_hears(struct world *w, struct viewer *v, const struct link_item *item)
{
	if (item->kind == LINK_EPOCH) {
		v->epoch = (uint8_t)item->a;
		tsr_view_handle_epoch(v->view);
	} else if (item->kind == LINK_PAUSE) {
		v->is_blank = item->a == LINK_BLANK;
		if (v->is_blank)
			tsr_view_erase(v->view);
		else if (v->has_missed)
			world_send(w, &v->control_up, LINK_REFRESH, false, 0, NULL);
		v->has_missed = false;
	}
	answer(w, v, false);
}

void viewer_watch(struct world *w, struct viewer *v)
{
	struct link_item item;

	while (link_receive(&v->control_down, w->now, &item))
		viewer_hears(w, v, &item);
	while (link_receive(&v->down, w->now, &item)) {
		show(w, v, item.msg);
		tsr_msg_unref(&item.msg);
	}
}

void viewer_count(struct world *w, const struct viewer *v)
{
	if (w->now == w->config.active / 2)
		w->slow_bytes += v->down.bytes;
	if (w->now == w->config.active)
		w->result->slow_bytes += v->down.bytes;
	if (w->now >= w->config.active / 2 && w->now < w->config.active)
		count_age(w, v);
}

uint32_t world_count_equal(struct world *w, bool ordinary_only, uint32_t *n)
{
	uint64_t want = w->config.source ? world_captured_digest(w)
					 : tsr_picture_digest(w->config.format, w->config.width,
						   w->config.height, &w->art.screen.planes);
	uint32_t n_equal = 0;

	*n = 0;
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		if (!v->relayed || (ordinary_only && (v->is_slow || v->is_troubled)))
			continue;
		++*n;
		n_equal += tsr_view_is_in_sync(v->view) && !has_previews(v) &&
			   tsr_view_digest(v->view) == want;
	}
	return n_equal;
}
