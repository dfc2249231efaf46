/* SPDX-License-Identifier: Apache-2.0 */
#include "test/sim/screen-world.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/msg.h"
#include "core/screen/relay.h"
#include "core/screen/share.h"
#include "core/screen/view.h"
#include "test/unit/screen/pictures.h"

enum { TICK = 5 * 1000, LINK_LEN = 512, DIGESTS = 1024, SEAL_LEN = 20, AGES = 8192, PATCH = 48 };

enum kind { FRAME, CREDIT, NEED, ACK, REFRESH, EPOCH, PAUSED, RESUMED, RESUME };

struct item {
	tsr_time at;
	enum kind kind;
	uint64_t a, b;
	struct tsr_msg *msg;
};

/* One direction of a connection: ordered, with delay and bandwidth. */
struct link {
	struct item items[LINK_LEN];
	uint32_t first, n;
	tsr_time delay, last, free_at, stalled_until;
	uint32_t rate; /* bytes per ms */
	uint64_t bytes;
};

struct viewer {
	struct world *world;
	struct tsr_view *view;
	struct tsr_relay_viewer *relayed; /* NULL: not there */
	struct link down, up;
	uint32_t life; /* how often he has joined */
	uint8_t first_epoch;
	bool is_slow, is_troubled;
	tsr_time join_at, leave_at;
	uint32_t cells[TSR_CELLS_MAX]; /* of which picture each cell is that it shows */
};

struct world {
	struct world_config config;
	struct world_result *result;
	uint64_t random; /* for the network and the faults */
	uint64_t art;    /* for what is on the screen */
	tsr_time now, next_change, pause_at, resume_at, reconnect_at, epoch_at;
	struct picture source;
	struct tsr_share *share;
	struct tsr_relay *relay;
	struct link up, down;
	uint32_t epoch;
	bool is_paused_at_relay;
	uint32_t stream;
	struct viewer viewers[WORLD_VIEWERS_MAX];
	uint64_t digests[DIGESTS];  /* of the presenter's pictures, by number */
	tsr_time outdated[DIGESTS]; /* when the next one was taken */
	tsr_time taken[DIGESTS];    /* when it was */
	uint32_t n_noise;
	uint32_t ages[AGES], n_ages; /* of slow viewers' oldest cells, in ticks: how often */
	uint64_t slow_bytes;         /* at half of the active time */
	uint64_t key_bytes[TSR_CELLS_MAX];
};

static void wrong(struct world *w, const char *what)
{
	if (!w->result->wrong)
		w->result->wrong = what;
}

static void out_of_memory(struct world *w)
{
	w->result->is_out_of_memory = true;
}

/* ---- connections ------------------------------------------------------------------------ */

static void link_init(struct link *link, tsr_time delay, uint32_t rate)
{
	link->delay = delay;
	link->rate = rate;
}

static void link_clear(struct link *link)
{
	for (; link->n > 0; link->n--, link->first = (link->first + 1) % LINK_LEN)
		tsr_msg_unref(&link->items[link->first].msg);
	link->last = link->free_at = link->stalled_until = 0;
}

/* Takes msg. */
static void link_send(struct world *w, struct link *link, enum kind kind, uint64_t a, uint64_t b,
	struct tsr_msg *msg)
{
	size_t bytes = msg ? msg->len : 40;
	struct item *item;
	tsr_time at;

	if (link->n == LINK_LEN) {
		wrong(w, "a connection holds more than its window allows");
		tsr_msg_unref(&msg);
		return;
	}
	link->bytes += bytes;
	link->free_at = (link->free_at > w->now ? link->free_at : w->now) +
			(tsr_time)(bytes * 1000 / link->rate);
	at = link->free_at + link->delay;
	if (w->config.has_faults && random_below(&w->random, 50) == 0)
		at += (tsr_time)random_below(&w->random, 100) * TSR_MS;
	link->last = at > link->last ? at : link->last;
	item = &link->items[(link->first + link->n++) % LINK_LEN];
	*item = (struct item){ link->last, kind, a, b, msg };
}

static bool link_receive(struct world *w, struct link *link, struct item *out)
{
	if (link->n == 0 || link->items[link->first].at > w->now || link->stalled_until > w->now)
		return false;
	*out = link->items[link->first];
	link->first = (link->first + 1) % LINK_LEN;
	link->n--;
	return true;
}

/* ---- presenter -------------------------------------------------------------------------- */

static void send_frame(struct world *w, struct tsr_frame *frame, struct tsr_slice unit)
{
	struct tsr_msg *msg = tsr_msg_create(TSR_FRAME_HEADER_LEN + unit.len + SEAL_LEN);
	uint64_t all = 0;

	if (!msg) {
		out_of_memory(w);
		return;
	}
	frame->length = (uint32_t)unit.len + SEAL_LEN;
	tsr_frame_write(msg->data, frame);
	memcpy(msg->data + TSR_FRAME_HEADER_LEN, unit.data, unit.len);
	memset(msg->data + TSR_FRAME_HEADER_LEN + unit.len, 0x5e, SEAL_LEN);
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
	link_send(w, &w->up, FRAME, 0, 0, msg);
}

static void drain_share(struct world *w)
{
	struct tsr_share_stats before, after;
	struct tsr_frame frame;
	struct tsr_slice unit;

	for (;;) {
		while (!w->result->is_out_of_memory &&
			tsr_share_poll_frame(w->share, &frame, &unit))
			send_frame(w, &frame, unit);
		if (!tsr_share_wants_picture(w->share))
			break;
		tsr_share_stats(w->share, &before);
		if (tsr_share_handle_picture(w->share, &w->source.planes, w->now) != 0)
			wrong(w, "a wanted picture is refused");
		tsr_share_stats(w->share, &after);
		if (after.pictures == before.pictures)
			continue;
		w->digests[after.pictures % DIGESTS] = tsr_picture_digest(
			w->config.format, w->config.width, w->config.height, &w->source.planes);
		w->outdated[(after.pictures - 1) % DIGESTS] = w->now;
		w->taken[after.pictures % DIGESTS] = w->now;
	}
	tsr_share_stats(w->share, &after);
	if (after.unacked > TSR_SHARE_CREDIT && w->up.n > 1)
		wrong(w, "the presenter exceeds its credit");
	if (tsr_share_poll_paused(w->share))
		link_send(w, &w->up, PAUSED, 0, 0, NULL);
}

static void change_picture(struct world *w)
{
	uint32_t n = 1 + random_below(&w->art, 3), height = w->config.height;
	struct tsr_rect damage = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		struct tsr_rect r = { random_below(&w->art, w->config.width),
			random_below(&w->art, height), 1 + random_below(&w->art, 200),
			1 + random_below(&w->art, height) };

		r.width = r.x + r.width > w->config.width ? w->config.width - r.x : r.width;
		r.height = r.y + r.height > height ? height - r.y : r.height;
		damage = tsr_rect_union(damage, r);
		if (random_below(&w->art, 4) == 0)
			picture_noise(&w->source, r, next_random(&w->art));
		else
			picture_fill(&w->source, r, next_random(&w->art) & 0xffffff);
	}
	if (random_below(&w->art, 40) == 0) {
		picture_text(&w->source, w->config.seed, random_below(&w->art, 100));
		damage = (struct tsr_rect){ 0, 0, w->config.width, height };
	}
	/* chroma of a pixel at an odd place belongs to the one before */
	damage = tsr_rect_union(damage, (struct tsr_rect){ damage.x & ~1u, damage.y & ~1u, 1, 1 });
	tsr_share_handle_capture(w->share, random_below(&w->art, 3) ? &damage : NULL);
}

static void change_by_noise(struct world *w)
{
	const struct tsr_grid *grid = tsr_share_grid(w->share);
	uint32_t place = w->n_noise++ % 4;

	for (uint32_t c = 0; c < grid->n_cells; c++) {
		struct tsr_rect cell = tsr_grid_cell(grid, c);
		struct tsr_rect patch = { cell.x + place * (PATCH + 8), cell.y, PATCH, PATCH };

		picture_noise(&w->source, patch, next_random(&w->art));
	}
	tsr_share_handle_capture(w->share, NULL);
}

static void change_by_source(struct world *w)
{
	struct tsr_rect damage;

	if (w->config.source->next(w->config.source->user, w->now, &w->source.planes, &damage))
		tsr_share_handle_capture(w->share, &damage);
}

static bool open_stream(struct world *w)
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
		out_of_memory(w);
		return false;
	}
	tsr_relay_handle_epoch(w->relay, (uint8_t)w->epoch);
	w->is_paused_at_relay = false;
	tsr_share_handle_capture(w->share, NULL);
	return true;
}

/* ---- viewers ---------------------------------------------------------------------------- */

static void leave(struct world *w, struct viewer *v)
{
	if (v->relayed)
		tsr_relay_remove_viewer(w->relay, v->relayed);
	v->relayed = NULL;
	tsr_view_destroy(v->view);
	v->view = NULL;
	link_clear(&v->down);
	link_clear(&v->up);
}

static void join(struct world *w, struct viewer *v)
{
	leave(w, v);
	v->life++;
	v->first_epoch = (uint8_t)w->epoch;
	v->relayed = tsr_relay_add_viewer(w->relay, v->first_epoch, v, w->now);
	if (!v->relayed ||
		tsr_view_create(&v->view, w->config.format, w->config.width, w->config.height) != 0)
		out_of_memory(w);
}

/* Returns the digest of what he sees when he is in sync, else 0. */
static uint64_t check_view(struct world *w, struct viewer *v)
{
	uint32_t picture = tsr_view_picture_number(v->view);
	uint64_t digest;
	tsr_time age;

	if (!tsr_view_is_in_sync(v->view))
		return 0;
	digest = tsr_view_digest(v->view);
	if (digest != w->digests[picture % DIGESTS])
		wrong(w, "a viewer in sync shows what never was");
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
			wrong(w, "a cell never arrives");
		oldest = taken < oldest ? taken : oldest;
	}
	age = (w->now - oldest) / TICK;
	w->ages[age < AGES ? age : AGES - 1]++;
	w->n_ages++;
}

/* The age that so many percent of the samples do not exceed. */
static tsr_time age_of(const struct world *w, uint32_t percent)
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

static void show(struct world *w, struct viewer *v, struct tsr_msg *msg)
{
	struct tsr_slice unit = tsr_slice(
		msg->data + TSR_FRAME_HEADER_LEN, msg->len - TSR_FRAME_HEADER_LEN - SEAL_LEN);
	struct tsr_frame frame;
	struct tsr_rect rect;
	uint64_t bytes;
	uint32_t picture;
	bool unreadable;

	if (tsr_frame_parse(&frame, tsr_msg_slice(msg)) != 0)
		wrong(w, "the relay changed a frame");
	else if ((int8_t)(frame.epoch - v->first_epoch) < 0)
		wrong(w, "a viewer gets an epoch that it cannot read");
	else if (w->config.has_faults && w->now < w->config.active &&
		 random_below(&w->random, 300) == 0) {
		tsr_view_handle_unreadable(v->view, msg->len);
		v->is_troubled |= w->now > w->config.active - 900 * TSR_MS;
	} else if (tsr_view_handle_frame(v->view, &frame, unit, msg->len) != 0)
		wrong(w, "a unit is malformed");
	else {
		tell(w, v, &frame, unit, check_view(w, v));
		note_cells(v, &frame);
	}
	while (tsr_view_poll_dirty(v->view, &rect))
		if (tsr_rect_is_empty(rect))
			wrong(w, "an empty rectangle is to be drawn");
	if (tsr_view_poll_ack(v->view, &picture, &bytes))
		link_send(w, &v->up, ACK, picture, bytes, NULL);
	if (tsr_view_poll_refresh(v->view, &unreadable))
		link_send(w, &v->up, REFRESH, unreadable, 0, NULL);
}

/* ---- relay ------------------------------------------------------------------------------ */

static void drain_relay(struct world *w)
{
	struct tsr_msg *msg;
	uint64_t bytes, cells;
	uint32_t picture;

	if (tsr_relay_poll_credit(w->relay, &bytes, &picture))
		link_send(w, &w->down, CREDIT, bytes, 0, NULL);
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		while (v->relayed && tsr_relay_poll_send(w->relay, v->relayed, w->now, &msg))
			link_send(w, &v->down, FRAME, 0, 0, msg);
	}
	if (tsr_relay_poll_need(w->relay, w->now, &cells))
		link_send(w, &w->down, NEED, cells, 0, NULL);
}

static void relay_receives(struct world *w, struct item *item)
{
	struct tsr_relay_stats stats;
	struct tsr_frame frame;

	switch (item->kind) {
	case FRAME:
		if (tsr_frame_parse(&frame, tsr_msg_slice(item->msg)) != 0 ||
			tsr_relay_handle_frame(w->relay, &frame, item->msg, w->now) != 0)
			wrong(w, "the relay refuses a frame of the presenter");
		tsr_relay_stats(w->relay, &stats);
		if (stats.memory > TSR_RELAY_RUN_MAX + TSR_DELTA_MAX + 64 * TSR_UNIT_MAX)
			wrong(w, "the relay keeps too much");
		break;
	case PAUSED:
		tsr_relay_handle_pause(w->relay, w->config.seed % 2 == 0);
		w->is_paused_at_relay = true;
		break;
	case RESUME:
		tsr_relay_handle_resume(w->relay);
		w->is_paused_at_relay = false;
		link_send(w, &w->down, RESUMED, 0, 0, NULL);
		break;
	default:
		break;
	}
	tsr_msg_unref(&item->msg);
}

static void presenter_receives(struct world *w, const struct item *item)
{
	struct tsr_share_stats before, after;

	tsr_share_stats(w->share, &before);
	switch (item->kind) {
	case CREDIT:
		tsr_share_handle_credit(w->share, item->a);
		break;
	case NEED:
		tsr_share_handle_need(w->share, item->a);
		break;
	case EPOCH:
		tsr_share_handle_epoch(w->share, (uint32_t)item->a);
		break;
	case RESUMED:
		tsr_share_handle_resume(w->share);
		tsr_share_handle_capture(w->share, NULL);
		break;
	default:
		break;
	}
	/* an epoch opens a picture of its own, with the pixels of the last */
	if (item->kind == EPOCH) {
		tsr_share_stats(w->share, &after);
		if (after.pictures > before.pictures)
			w->digests[after.pictures % DIGESTS] =
				w->digests[before.pictures % DIGESTS];
		if (after.pictures > 0)
			w->outdated[after.pictures % DIGESTS] = 0;
	}
}

static void relay_hears(struct world *w, struct viewer *v, const struct item *item)
{
	if (!v->relayed)
		return;
	if (item->kind == REFRESH)
		tsr_relay_handle_refresh(w->relay, v->relayed, item->a != 0, w->now);
	else if (tsr_relay_handle_ack(w->relay, v->relayed, (uint32_t)item->a, item->b, w->now) !=
		 0)
		wrong(w, "an honest ack is refused");
}

/* ---- what happens ----------------------------------------------------------------------- */

/* The presenter's connections break: a new stream, for everybody. */
static void reconnect(struct world *w)
{
	bool was_there[WORLD_VIEWERS_MAX];

	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		was_there[i] = w->viewers[i].relayed != NULL;
		leave(w, &w->viewers[i]);
	}
	tsr_share_destroy(w->share);
	tsr_relay_destroy(w->relay);
	w->share = NULL;
	w->relay = NULL;
	link_clear(&w->up);
	link_clear(&w->down);
	if (!open_stream(w))
		return;
	for (uint32_t i = 0; i < w->config.n_viewers && !w->result->is_out_of_memory; i++)
		if (was_there[i])
			join(w, &w->viewers[i]);
}

static void have_faults(struct world *w)
{
	struct viewer *v = &w->viewers[random_below(&w->random, w->config.n_viewers)];

	if (w->now == w->pause_at)
		tsr_share_handle_pause(w->share);
	if (w->now == w->reconnect_at)
		reconnect(w);
	if (w->result->is_out_of_memory)
		return;
	if (w->now == w->epoch_at) {
		w->epoch++;
		tsr_relay_handle_epoch(w->relay, (uint8_t)w->epoch);
		link_send(w, &w->down, EPOCH, w->epoch, 0, NULL);
	}
	if (w->now >= w->resume_at && w->is_paused_at_relay && w->up.n == 0)
		link_send(w, &w->up, RESUME, 0, 0, NULL);
	if (w->now < w->config.active - 900 * TSR_MS && random_below(&w->random, 200) == 0) {
		v->down.stalled_until = w->now + (tsr_time)random_below(&w->random, 800) * TSR_MS;
		if (v->down.stalled_until > w->config.active - 600 * TSR_MS)
			v->is_troubled = true;
	}
	if (w->now < w->config.active - 900 * TSR_MS && random_below(&w->random, 300) == 0)
		join(w, v);
}

static bool is_time(const struct world *w, tsr_time every)
{
	return w->now > 0 && w->now < w->config.active && w->now % every == 0;
}

static void have_a_day(struct world *w)
{
	if (is_time(w, 600 * TSR_SECOND))
		join(w, &w->viewers[random_below(&w->random, w->config.n_viewers)]);
	if (is_time(w, 1800 * TSR_SECOND)) {
		w->epoch++;
		tsr_relay_handle_epoch(w->relay, (uint8_t)w->epoch);
		link_send(w, &w->down, EPOCH, w->epoch, 0, NULL);
	}
}

/* How long the picture stands now. */
static tsr_time until_next_change(struct world *w)
{
	if (w->config.has_noise)
		return 100 * TSR_MS;
	return (tsr_time)(20 + random_below(&w->art, 80)) * TSR_MS * (w->config.is_a_day ? 16 : 1);
}

static void tick(struct world *w)
{
	struct item item;

	for (uint32_t i = 0; i < w->config.n_viewers && !w->result->is_out_of_memory; i++)
		if (w->viewers[i].join_at == w->now)
			join(w, &w->viewers[i]);
	if (w->config.has_faults && !w->result->is_out_of_memory)
		have_faults(w);
	if (w->config.is_a_day && !w->result->is_out_of_memory)
		have_a_day(w);
	if (w->result->is_out_of_memory)
		return;
	if (w->config.source) {
		change_by_source(w);
	} else if (w->now >= w->next_change && w->now < w->config.active) {
		if (w->config.has_noise)
			change_by_noise(w);
		else
			change_picture(w);
		w->next_change = w->now + until_next_change(w);
	}
	while (link_receive(w, &w->down, &item))
		presenter_receives(w, &item);
	drain_share(w);
	while (link_receive(w, &w->up, &item))
		relay_receives(w, &item);
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		while (link_receive(w, &v->up, &item))
			relay_hears(w, v, &item);
	}
	drain_relay(w);
	for (uint32_t i = 0; i < w->config.n_viewers; i++)
		while (link_receive(w, &w->viewers[i].down, &item)) {
			show(w, &w->viewers[i], item.msg);
			tsr_msg_unref(&item.msg);
		}
	for (uint32_t i = 0; w->config.has_noise && i < w->config.n_slow; i++) {
		if (w->now == w->config.active / 2)
			w->slow_bytes += w->viewers[i].down.bytes;
		if (w->now == w->config.active)
			w->result->slow_bytes += w->viewers[i].down.bytes;
		if (w->now >= w->config.active / 2 && w->now < w->config.active)
			count_age(w, &w->viewers[i]);
	}
}

static uint32_t count_equal(struct world *w, bool ordinary_only, uint32_t *n)
{
	uint64_t want = tsr_picture_digest(
		w->config.format, w->config.width, w->config.height, &w->source.planes);
	uint32_t n_equal = 0;

	*n = 0;
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		if (!v->relayed || (ordinary_only && (v->is_slow || v->is_troubled)))
			continue;
		++*n;
		n_equal += tsr_view_is_in_sync(v->view) && tsr_view_digest(v->view) == want;
	}
	return n_equal;
}

static tsr_time some_time(struct world *w, tsr_time from, tsr_time to)
{
	return from + (tsr_time)random_below(&w->random, (uint32_t)((to - from) / TICK)) * TICK;
}

/* Whether something befalls this world: in one of three, in each that others look at. */
static bool befalls(struct world *w)
{
	return w->config.has_faults && (random_below(&w->random, 3) == 0 || w->config.source);
}

static tsr_time joins_at(const struct world *w, uint32_t viewer)
{
	return w->config.joins_over * viewer / w->config.n_viewers / TICK * TICK;
}

static void set_the_stage(struct world *w)
{
	uint32_t rate = w->config.rate ? w->config.rate : 1250;
	tsr_time active = w->config.active;

	link_init(&w->up, (1 + random_below(&w->random, 30)) * TSR_MS, rate);
	link_init(&w->down, w->up.delay, rate);
	w->pause_at = w->resume_at = w->reconnect_at = w->epoch_at = TSR_TIME_NEVER;
	if (befalls(w))
		w->pause_at = some_time(w, active / 4, active / 2);
	if (befalls(w))
		w->reconnect_at = some_time(w, active / 4, active - 700 * TSR_MS);
	if (befalls(w))
		w->epoch_at = some_time(w, active / 4, active - 700 * TSR_MS);
	w->resume_at = w->config.source ? w->pause_at + 3 * TSR_SECOND : active - 800 * TSR_MS;
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		v->is_slow = i < w->config.n_slow;
		v->join_at = w->config.has_faults && i > 0 && random_below(&w->random, 2)
				     ? some_time(w, 0, active - 900 * TSR_MS)
			     : v->is_slow && w->config.has_noise ? active / 10
			     : i >= 2                            ? joins_at(w, i)
								 : 0;
		link_init(&v->down, (1 + random_below(&w->random, 40)) * TSR_MS,
			!v->is_slow           ? rate
			: w->config.slow_rate ? w->config.slow_rate
					      : rate / 10);
		link_init(&v->up, v->down.delay, rate);
	}
}

void world_run(const struct world_config *config, struct world_result *result)
{
	struct world *w = calloc(1, sizeof(*w));
	tsr_time still = (config->has_noise || config->source ? 12000 : 2500) * TSR_MS;

	*result = (struct world_result){ .is_out_of_memory = true };
	if (!w)
		return;
	result->is_out_of_memory = false;
	w->config = *config;
	w->result = result;
	w->random = config->seed;
	w->art = ~config->seed;
	w->epoch = 250 + (uint32_t)config->seed % 10; /* eight bits wrap */
	if (!picture_init(&w->source, config->format, config->width, config->height))
		out_of_memory(w);
	else if (open_stream(w))
		set_the_stage(w);
	for (w->now = 0; w->now <= config->active + still; w->now += TICK) {
		if (result->is_out_of_memory || result->wrong)
			break;
		if (config->on_hour && w->now % (3600 * TSR_SECOND) == 0)
			config->on_hour((unsigned)(w->now / (3600 * TSR_SECOND)));
		tick(w);
		if (w->now == config->active + 300 * TSR_MS)
			result->n_equal_soon = count_equal(w, true, &result->n_ordinary);
	}
	if (!result->is_out_of_memory) {
		struct tsr_share_stats stats;

		tsr_share_stats(w->share, &stats);
		result->pictures = stats.pictures;
		result->n_equal = count_equal(w, false, &result->n_viewers);
		result->cell_age_p50 = age_of(w, 50);
		result->cell_age_p95 = age_of(w, 95);
		result->cell_age_max = age_of(w, 100);
		result->slow_bytes -= w->slow_bytes;
	}
	for (uint32_t i = 0; i < config->n_viewers; i++)
		leave(w, &w->viewers[i]);
	link_clear(&w->up);
	link_clear(&w->down);
	tsr_share_destroy(w->share);
	tsr_relay_destroy(w->relay);
	picture_finish(&w->source);
	free(w);
}
