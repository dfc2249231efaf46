/* SPDX-License-Identifier: Apache-2.0 */
#include "test/sim/screen-world.h"

#include <stdlib.h>
#include <string.h>

#include "test/sim/screen-parts.h"

void world_wrong(struct world *w, const char *what)
{
	if (!w->result->wrong)
		w->result->wrong = what;
}

void world_out_of_memory(struct world *w)
{
	w->result->is_out_of_memory = true;
}

bool world_tosses(const struct world *w, enum world_coin coin)
{
	return w->config.seed * 0x9e3779b97f4a7c15u >> (40 + coin) & 1;
}

void world_send(struct world *w, struct link *link, enum link_kind kind, uint64_t a, uint64_t b,
	struct tsr_msg *msg)
{
	struct link_item item = { .kind = kind, .a = a, .b = b, .msg = msg };

	if (w->config.has_faults && random_below(&w->random, 50) == 0)
		item.at = (tsr_time)random_below(&w->random, 100) * TSR_MS;
	if (!link_send(link, item, w->now))
		world_wrong(w, "a connection holds more than its window allows");
}

/* ---- relay ------------------------------------------------------------------------------ */

/* To every viewer, on his control connection. */
static void send_to_all(struct world *w, enum link_kind kind, uint64_t a)
{
	for (uint32_t i = 0; i < w->config.n_viewers; i++)
		if (w->viewers[i].relayed)
			world_send(w, &w->viewers[i].control_down, kind, a, 0, NULL);
}

static void relay_sends(struct world *w, struct viewer *v, struct tsr_msg *msg)
{
	uint8_t age = msg->data[msg->len - 1];
	bool is_preview = msg->data[2] & TSR_FRAME_PREVIEW;

	if ((int8_t)(age - (is_preview ? w->least_preview : w->least_picture)) < 0)
		world_wrong(w, "what was there before a pause is shown after it");
	world_send(w, &v->down, LINK_FRAME, 0, 0, msg);
}

static void drain_relay(struct world *w)
{
	struct tsr_msg *msg;
	uint64_t bytes, cells;
	uint32_t picture;

	if (tsr_relay_poll_credit(w->relay, &bytes, &picture))
		world_send(w, &w->control_down, LINK_CREDIT, bytes, 0, NULL);
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		while (v->relayed && tsr_relay_poll_send(w->relay, v->relayed, w->now, &msg))
			relay_sends(w, v, msg);
	}
	if (tsr_relay_poll_need(w->relay, w->now, &cells))
		world_send(w, &w->control_down, LINK_NEED, cells, 0, NULL);
}

static void relay_takes(struct world *w, struct tsr_msg *msg)
{
	struct tsr_relay_stats stats;
	struct tsr_frame frame;

	if (tsr_frame_parse(&frame, tsr_msg_slice(msg)) != 0 ||
		tsr_relay_handle_frame(w->relay, &frame, msg, w->now) != 0)
		world_wrong(w, "the relay refuses a frame of the presenter");
	tsr_relay_stats(w->relay, &stats);
	if (stats.memory >
		TSR_RELAY_RUN_MAX + TSR_DELTA_MAX + TSR_RELAY_PREVIEWS_MAX + 64 * TSR_UNIT_MAX)
		world_wrong(w, "the relay keeps too much");
}

static void relay_pauses(struct world *w, enum link_pause mode)
{
	w->is_paused_at_relay = mode != LINK_RUNS;
	if (mode == LINK_RUNS) {
		tsr_relay_handle_resume(w->relay);
		world_send(w, &w->control_down, LINK_RESULT, 0, 0, NULL);
	} else {
		tsr_relay_handle_pause(w->relay, mode == LINK_BLANK);
		w->least_preview = w->age + 1;
		if (mode == LINK_BLANK)
			w->least_picture = w->age + 1;
	}
	send_to_all(w, LINK_PAUSE, mode);
}

static void relay_receives(struct world *w)
{
	struct link_item item;

	while (link_receive(&w->up, w->now, &item)) {
		relay_takes(w, item.msg);
		tsr_msg_unref(&item.msg);
	}
	while (link_receive(&w->control_up, w->now, &item))
		relay_pauses(w, (enum link_pause)item.a);
}

static void begin_epoch(struct world *w)
{
	w->epoch++;
	tsr_relay_handle_epoch(w->relay, (uint8_t)w->epoch);
	world_send(w, &w->control_down, LINK_EPOCH, w->epoch, 0, NULL);
	send_to_all(w, LINK_EPOCH, w->epoch);
}

static void relay_hears(struct world *w, struct viewer *v, const struct link_item *item)
{
	if (item->kind == LINK_REFRESH)
		tsr_relay_handle_refresh(w->relay, v->relayed, item->a != 0, w->now);
	else if (tsr_relay_handle_ack(w->relay, v->relayed, (uint32_t)item->a, item->b, w->now) !=
		 0)
		world_wrong(w, "an honest ack is refused");
}

/* ---- what happens ----------------------------------------------------------------------- */

/* The presenter's connections break: a new stream, for everybody. */
static void reconnect(struct world *w)
{
	bool was_there[WORLD_VIEWERS_MAX];

	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		was_there[i] = w->viewers[i].relayed != NULL;
		viewer_leave(w, &w->viewers[i]);
	}
	world_close_stream(w);
	link_clear(&w->up);
	link_clear(&w->control_up);
	link_clear(&w->control_down);
	if (!world_open_stream(w))
		return;
	for (uint32_t i = 0; i < w->config.n_viewers && !w->result->is_out_of_memory; i++)
		if (was_there[i])
			viewer_join(w, &w->viewers[i]);
}

/* The presenter pauses or goes on, whatever he has said before and was not answered yet. */
static void turn(struct world *w)
{
	w->wants_pause = !w->wants_pause;
	w->has_news = true;
	if (w->wants_pause)
		tsr_share_handle_pause(w->share);
	else
		world_send(w, &w->control_up, LINK_PAUSE, LINK_RUNS, 0, NULL);
}

static void have_faults(struct world *w)
{
	struct viewer *v = &w->viewers[random_below(&w->random, w->config.n_viewers)];

	for (uint32_t i = 0; i < TURNS; i++)
		if (w->now == w->turns[i])
			turn(w);
	if (w->now == w->reconnect_at)
		reconnect(w);
	if (w->result->is_out_of_memory)
		return;
	if (w->now == w->epoch_at)
		begin_epoch(w);
	if (w->now < w->config.active - 900 * TSR_MS && random_below(&w->random, 200) == 0) {
		v->down.stalled_until = w->now + (tsr_time)random_below(&w->random, 800) * TSR_MS;
		if (v->down.stalled_until > w->config.active - 600 * TSR_MS)
			v->is_troubled = true;
	}
	if (w->now < w->config.active - 900 * TSR_MS && random_below(&w->random, 300) == 0)
		viewer_join(w, v);
}

static bool is_time(const struct world *w, tsr_time every)
{
	return w->now > 0 && w->now < w->config.active && w->now % every == 0;
}

static void have_a_day(struct world *w)
{
	if (is_time(w, 600 * TSR_SECOND))
		viewer_join(w, &w->viewers[random_below(&w->random, w->config.n_viewers)]);
	if (is_time(w, 1800 * TSR_SECOND))
		begin_epoch(w);
}

/* What befalls them now. */
static void befall(struct world *w)
{
	for (uint32_t i = 0; i < w->config.n_viewers && !w->result->is_out_of_memory; i++)
		if (w->viewers[i].join_at == w->now)
			viewer_join(w, &w->viewers[i]);
	if (w->config.has_faults && !w->result->is_out_of_memory)
		have_faults(w);
	if (w->config.is_a_day && !w->result->is_out_of_memory)
		have_a_day(w);
}

static void relay(struct world *w)
{
	struct link_item item;

	relay_receives(w);
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		while (link_receive(&v->up, w->now, &item))
			relay_hears(w, v, &item);
		while (link_receive(&v->control_up, w->now, &item))
			relay_hears(w, v, &item);
	}
	drain_relay(w);
}

static void tick(struct world *w)
{
	befall(w);
	if (w->result->is_out_of_memory)
		return;
	world_present(w);
	relay(w);
	for (uint32_t i = 0; i < w->config.n_viewers; i++)
		viewer_watch(w, &w->viewers[i]);
	for (uint32_t i = 0; w->config.has_noise && i < w->config.n_slow; i++)
		viewer_count(w, &w->viewers[i]);
}

static tsr_time some_time(struct world *w, tsr_time from, tsr_time to)
{
	return (from / TICK + (tsr_time)random_below(&w->random, (uint32_t)((to - from) / TICK))) *
	       TICK;
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

/* Control messages are as fast as frames, or faster or slower. */
static tsr_time control_delay(struct world *w, tsr_time bulk)
{
	return w->config.has_faults ? (tsr_time)(1 + random_below(&w->random, 60)) * TSR_MS : bulk;
}

/* One pause, or two of which the second may come before the first has ended. */
static void set_turns(struct world *w)
{
	tsr_time active = w->config.active, at = some_time(w, active / 4, active / 2);

	w->turns[0] = at;
	w->turns[1] = w->config.source     ? at + 3 * TSR_SECOND
		      : w->config.is_paced ? at + some_time(w, 0, 1500 * TSR_MS)
					   : active - 800 * TSR_MS;
	if (!w->config.is_paced || random_below(&w->random, 2))
		return;
	w->turns[2] = w->turns[1] + some_time(w, TICK, 150 * TSR_MS);
	w->turns[3] = w->turns[2] + some_time(w, TICK, 600 * TSR_MS);
}

static void set_lines(struct world *w, struct viewer *v)
{
	uint32_t rate = w->up.rate;

	link_init(&v->down, (1 + random_below(&w->random, 40)) * TSR_MS,
		!v->is_slow           ? rate
		: w->config.slow_rate ? w->config.slow_rate
				      : rate / 10);
	link_init(&v->up, v->down.delay, rate);
	link_init(&v->control_down, control_delay(w, v->down.delay), rate);
	link_init(&v->control_up, v->control_down.delay, rate);
}

static void set_the_stage(struct world *w)
{
	tsr_time active = w->config.active;

	link_init(&w->up, (1 + random_below(&w->random, 30)) * TSR_MS,
		w->config.rate ? w->config.rate : 1250);
	link_init(&w->control_up, control_delay(w, w->up.delay), w->up.rate);
	link_init(&w->control_down, w->control_up.delay, w->up.rate);
	w->reconnect_at = w->epoch_at = TSR_TIME_NEVER;
	for (uint32_t i = 0; i < TURNS; i++)
		w->turns[i] = TSR_TIME_NEVER;
	if (befalls(w))
		set_turns(w);
	if (befalls(w))
		w->reconnect_at = some_time(w, active / 4, active - 700 * TSR_MS);
	if (befalls(w))
		w->epoch_at = some_time(w, active / 4, active - 700 * TSR_MS);
	for (uint32_t i = 0; i < w->config.n_viewers; i++) {
		struct viewer *v = &w->viewers[i];

		v->is_slow = i < w->config.n_slow;
		v->join_at = w->config.has_faults && i > 0 && random_below(&w->random, 2)
				     ? some_time(w, 0, active - 900 * TSR_MS)
			     : v->is_slow && w->config.has_noise ? active / 10
			     : i >= 2                            ? joins_at(w, i)
								 : 0;
		set_lines(w, v);
	}
}

static bool open_world(struct world *w)
{
	const struct world_config *config = &w->config;

	w->random = config->seed;
	w->epoch = 250 + (uint32_t)config->seed % 10; /* eight bits wrap */
	w->age = 250;
	w->least_picture = w->least_preview = w->age;
	if (!art_init(&w->art, config->format, config->width, config->height, config->seed) ||
		!picture_init(&w->captured, config->format, config->width, config->height)) {
		world_out_of_memory(w);
		return false;
	}
	w->art.has_film = config->is_paced;
	w->planes = w->captured.planes;
	return world_open_stream(w);
}

static void close_world(struct world *w)
{
	for (uint32_t i = 0; i < w->config.n_viewers; i++)
		viewer_leave(w, &w->viewers[i]);
	link_clear(&w->up);
	link_clear(&w->control_up);
	link_clear(&w->control_down);
	world_close_stream(w);
	art_finish(&w->art);
	picture_finish(&w->captured);
	free(w);
}

static void sum_up(struct world *w)
{
	struct world_result *result = w->result;
	struct tsr_share_stats stats;

	tsr_share_stats(w->share, &stats);
	if (stats.n_held != 0)
		world_wrong(w, "something is held for ever");
	result->pictures = stats.pictures;
	result->n_equal = world_count_equal(w, false, &result->n_viewers);
	result->cell_age_p50 = world_age_of(w, 50);
	result->cell_age_p95 = world_age_of(w, 95);
	result->cell_age_max = world_age_of(w, 100);
	result->slow_bytes -= w->slow_bytes;
}

void world_run(const struct world_config *config, struct world_result *result)
{
	struct world *w = calloc(1, sizeof(*w));
	tsr_time still = config->is_paced                      ? 20 * TSR_SECOND
			 : config->has_noise || config->source ? 12 * TSR_SECOND
							       : 2500 * TSR_MS;

	*result = (struct world_result){ .is_out_of_memory = true };
	if (!w)
		return;
	result->is_out_of_memory = false;
	w->config = *config;
	w->result = result;
	if (open_world(w))
		set_the_stage(w);
	for (w->now = 0; w->now <= config->active + still; w->now += TICK) {
		if (result->is_out_of_memory || result->wrong)
			break;
		if (config->on_hour && w->now % (3600 * TSR_SECOND) == 0)
			config->on_hour((unsigned)(w->now / (3600 * TSR_SECOND)));
		tick(w);
		if (w->now == config->active + 300 * TSR_MS)
			result->n_equal_soon = world_count_equal(w, true, &result->n_ordinary);
	}
	if (!result->is_out_of_memory)
		sum_up(w);
	close_world(w);
}
