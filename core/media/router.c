/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/router.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/fetch.h"
#include "core/media/inlet.h"
#include "core/media/state.h"

/* xorshift64*: what is drawn need only differ. */
uint64_t tsr_router_random(struct tsr_router *router)
{
	uint64_t x = router->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	router->random = x;
	return x * 0x2545f4914f6cdd1dull;
}

int tsr_router_create(struct tsr_router **out, const struct tsr_router_config *config, tsr_time now)
{
	struct tsr_router *router = calloc(1, sizeof(*router));

	*out = router;
	if (!router)
		return TSR_ERR_NOMEM;
	router->pool = config->pool;
	router->random = config->seed ? config->seed : 1;
	for (unsigned i = 0; i < TSR_BUCKETS; i++)
		tsr_list_init(&router->buckets[i]);
	tsr_list_init(&router->ingresses);
	tsr_list_init(&router->egresses);
	tsr_list_init(&router->active_ingresses);
	tsr_list_init(&router->active_egresses);
	tsr_floor_init(&router->floor);
	router->ticked = now;
	router->next_ingress = router->next_egress = now + TSR_TICK_LATEST;
	return 0;
}

void tsr_router_destroy(struct tsr_router *router)
{
	if (!router)
		return;
	tsr_list_each (link, next, &router->egresses)
		tsr_egress_destroy(tsr_list_entry(link, struct tsr_egress, link));
	tsr_list_each (link, next, &router->ingresses)
		tsr_ingress_destroy(tsr_list_entry(link, struct tsr_ingress, link));
	for (unsigned i = 0; i < TSR_BUCKETS; i++)
		tsr_list_each (link, next, &router->buckets[i])
			tsr_source_destroy(tsr_list_entry(link, struct tsr_source, link));
	free(router);
}

void tsr_router_remove_source(struct tsr_router *router, struct tsr_stream_id id)
{
	tsr_source_destroy(tsr_source_find(router, id));
}

/* ---- what receivers need of a producer ---- */

static struct tsr_producer *find_producer(const struct tsr_router *router, struct tsr_stream_id id)
{
	tsr_list_each (link, next, &router->ingresses) {
		struct tsr_producer *producer =
			tsr_ingress_find(tsr_list_entry(link, struct tsr_ingress, link), id);

		if (producer)
			return producer;
	}
	return NULL;
}

bool tsr_router_handle_event(
	struct tsr_router *router, const struct tsr_router_event *event, tsr_time now)
{
	struct tsr_producer *producer = find_producer(router, event->producer);

	if (!producer)
		return false;
	if (event->kind == TSR_ROUTER_KEY_FRAME)
		tsr_producer_request_key(producer, event->encoding, now);
	else if (event->kind == TSR_ROUTER_LOSS)
		tsr_producer_report_loss(producer, event->loss, now);
	return true;
}

/* ---- events ---- */

void tsr_router_say(struct tsr_router *router, const struct tsr_router_event *event)
{
	if (router->n_events == TSR_EVENTS_MAX)
		return; /* it is said again */
	router->events[(router->first_event + router->n_events++) % TSR_EVENTS_MAX] = *event;
}

void tsr_router_tell(struct tsr_router *router, const struct tsr_router_event *event, tsr_time now)
{
	if (!tsr_router_handle_event(router, event, now))
		tsr_router_say(router, event);
}

bool tsr_router_poll_event(struct tsr_router *router, struct tsr_router_event *out)
{
	if (router->speakers_changed) {
		router->speakers_changed = false;
		*out = (struct tsr_router_event){ .kind = TSR_ROUTER_SPEAKERS };
		return true;
	}
	if (router->n_events == 0)
		return false;
	*out = router->events[router->first_event];
	router->first_event = (router->first_event + 1) % TSR_EVENTS_MAX;
	router->n_events--;
	return true;
}

void tsr_router_activate_ingress(struct tsr_ingress *ingress)
{
	if (tsr_list_is_empty(&ingress->active))
		tsr_list_append(&ingress->router->active_ingresses, &ingress->active);
}

void tsr_router_activate_egress(struct tsr_egress *egress)
{
	if (tsr_list_is_empty(&egress->active))
		tsr_list_append(&egress->router->active_egresses, &egress->active);
}

/* What sending to it needs; it was last used when a packet was sent. */
static void fetch(const struct tsr_egress *e)
{
	tsr_fetch(e->slots, 1);
	tsr_fetch(&e->purse, sizeof(e->purse) + TSR_FETCH_LINE);
	tsr_fetch(&e->bwe, TSR_FETCH_LINE);
	tsr_fetch(&e->bwe.sent[e->transport_seq % TSR_BWE_HISTORY], 1);
	tsr_fetch(e->user, 1);
}

struct tsr_egress *tsr_router_poll_egress(struct tsr_router *router)
{
	struct tsr_list *link = router->active_egresses.next, *next = link->next;

	if (link == &router->active_egresses)
		return NULL;
	if (next != &router->active_egresses)
		fetch(tsr_list_entry(next, struct tsr_egress, active));
	tsr_list_remove(link);
	return tsr_list_entry(link, struct tsr_egress, active);
}

struct tsr_ingress *tsr_router_poll_ingress(struct tsr_router *router)
{
	struct tsr_list *link = router->active_ingresses.next;

	if (link == &router->active_ingresses)
		return NULL;
	tsr_list_remove(link);
	return tsr_list_entry(link, struct tsr_ingress, active);
}

/* ---- time ---- */

/* For last-N: the videos of who speaks now. */
static void note_speech(struct tsr_router *router, const struct tsr_meter *meter)
{
	const struct tsr_source *voice = tsr_list_entry(meter, struct tsr_source, meter);

	if (!meter->is_speaking)
		return;
	for (unsigned i = 0; i < TSR_BUCKETS; i++)
		tsr_list_each (link, next, &router->buckets[i]) {
			struct tsr_source *source = tsr_list_entry(link, struct tsr_source, link);

			if (source->config.member.v == voice->config.member.v)
				source->spoke = meter->spoke;
		}
}

static void tick(struct tsr_router *router, tsr_time now)
{
	router->ticked = now;
	for (unsigned i = 0; i < TSR_BUCKETS; i++)
		tsr_list_each (link, next, &router->buckets[i])
			tsr_source_handle_timeout(
				tsr_list_entry(link, struct tsr_source, link), now);
	if (now - router->weighed >= 4 * TSR_TICK) {
		router->weighed = now;
		router->speakers_changed |= tsr_floor_handle_timeout(&router->floor, now);
		tsr_list_each (link, next, &router->floor.meters)
			note_speech(router, tsr_list_entry(link, struct tsr_meter, link));
	}
}

void tsr_router_handle_timeout(struct tsr_router *router, tsr_time now)
{
	bool is_tick = now - router->ticked >= TSR_TICK;

	if (is_tick)
		tick(router, now);
	if (is_tick || now >= router->next_egress) {
		router->next_egress = now + TSR_TICK_LATEST;
		tsr_list_each (link, next, &router->egresses)
			tsr_egress_handle_timeout(
				tsr_list_entry(link, struct tsr_egress, link), now);
	}
	if (is_tick || now >= router->next_ingress) {
		router->next_ingress = TSR_TIME_NEVER;
		tsr_list_each (link, next, &router->ingresses)
			tsr_ingress_handle_timeout(
				tsr_list_entry(link, struct tsr_ingress, link), now);
	}
}

tsr_time tsr_router_next_timeout(const struct tsr_router *router)
{
	return tsr_time_min(router->next_ingress, router->next_egress);
}

/* ---- speakers ---- */

static struct tsr_speaker describe(const struct tsr_meter *meter)
{
	const struct tsr_source *source = tsr_list_entry(meter, struct tsr_source, meter);

	return (struct tsr_speaker){ .source = source->config.id,
		.member = source->config.member,
		.level = tsr_meter_level(meter) };
}

size_t tsr_router_speakers(const struct tsr_router *router,
	struct tsr_speaker v[static TSR_MEDIA_SPEAKERS_MAX], struct tsr_speaker *active)
{
	size_t n = 0;

	*active = (struct tsr_speaker){ .level = 127 };
	if (router->floor.holder)
		*active = describe(router->floor.holder);
	tsr_list_each (link, next, &router->floor.meters) {
		const struct tsr_meter *meter = tsr_list_entry(link, struct tsr_meter, link);
		struct tsr_speaker speaker = describe(meter);
		size_t at = n;

		if (!meter->is_speaking)
			continue;
		while (at > 0 && v[at - 1].level > speaker.level)
			at--;
		if (at == TSR_MEDIA_SPEAKERS_MAX)
			continue;
		if (n < TSR_MEDIA_SPEAKERS_MAX)
			n++;
		for (size_t k = n - 1; k > at; k--)
			v[k] = v[k - 1];
		v[at] = speaker;
	}
	return n;
}
