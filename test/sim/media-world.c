/* SPDX-License-Identifier: Apache-2.0 */
#include "media-world.h"

#include <stdlib.h>

#include "media-peers.h"

uint32_t world_random(struct world *w, uint32_t bound)
{
	return line_random(&w->random, bound);
}

static void server_take(struct world *w, struct world_publisher *p)
{
	struct tsr_parcel *parcel;
	struct line_packet f;

	while (line_take(&p->up, w->now, &f)) {
		struct tsr_slice packet = tsr_slice(f.data, f.len);

		if (f.is_rtcp)
			w->n_refused += tsr_ingress_handle_rtcp(p->ingress, packet, w->now) != 0;
		else
			w->n_refused +=
				tsr_ingress_handle_rtp(p->ingress, packet, w->now, &parcel) != 0;
		free(f.data);
		if (f.is_rtcp || !parcel)
			continue;
		for (int i = 0; i < 2; i++)
			tsr_router_handle_parcel(w->routers[i], parcel, w->now);
		tsr_parcel_unref(&parcel);
	}
}

static void server_give(struct world *w, struct tsr_router *router)
{
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_router_event event;
	struct tsr_ingress *ingress;
	struct tsr_egress *egress;
	enum tsr_media_kind kind;
	size_t n;

	while ((egress = tsr_router_poll_egress(router))) {
		struct world_receiver *r = tsr_egress_user(egress);

		while ((n = tsr_egress_poll(egress, buf, sizeof(buf), w->now, &kind))) {
			if (r->is_simple)
				r->bytes += n;
			else
				line_send(&r->down, &w->random, w->now, buf, n,
					kind == TSR_MEDIA_RTCP);
		}
	}
	while (tsr_router_poll_event(router, &event)) {
		if (event.kind == TSR_ROUTER_SPEAKERS) {
			w->n_speaker_events++;
			continue;
		}
		for (int i = 0; i < 2; i++)
			if (w->routers[i] != router)
				(void)tsr_router_handle_event(w->routers[i], &event, w->now);
	}
	while ((ingress = tsr_router_poll_ingress(router))) {
		struct world_publisher *p = tsr_ingress_user(ingress);

		while ((n = tsr_ingress_poll(ingress, buf, sizeof(buf), w->now)))
			line_send(&p->down, &w->random, w->now, buf, n, true);
	}
}

void world_run(struct world *w, tsr_time span)
{
	for (tsr_time end = w->now + span; w->now < end; w->now += TSR_MS) {
		for (uint32_t i = 0; i < w->n_publishers; i++) {
			world_run_publisher(w, &w->publishers[i]);
			server_take(w, &w->publishers[i]);
		}
		for (int i = 0; i < 2; i++)
			if (w->now >= tsr_router_next_timeout(w->routers[i]))
				tsr_router_handle_timeout(w->routers[i], w->now);
		for (int i = 1; i >= 0; i--)
			server_give(w, w->routers[i]);
		for (uint32_t i = 0; i < w->n_receivers; i++)
			world_run_receiver(w, &w->receivers[i]);
	}
}

struct world *world_create(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->random = seed;
	w->now = TSR_MINUTE;
	for (int i = 0; i < 2; i++) {
		w->pools[i] = tsr_parcel_pool_create();
		if (tsr_router_create(&w->routers[i],
			    &(struct tsr_router_config){
				    .pool = w->pools[i], .seed = seed * 3 + (unsigned)i },
			    w->now))
			return NULL;
	}
	return w;
}

void world_destroy(struct world *w)
{
	if (!w)
		return;
	for (int i = 0; i < 2; i++) {
		tsr_router_destroy(w->routers[i]);
	}
	for (int i = 0; i < 2; i++)
		tsr_parcel_pool_destroy(w->pools[i]);
	for (uint32_t i = 0; i < w->n_publishers; i++) {
		line_finish(&w->publishers[i].up);
		line_finish(&w->publishers[i].down);
		for (unsigned k = 0; k < WORLD_STORE; k++) {
			free(w->publishers[i].microphone.store[k].data);
			for (unsigned e = 0; e < 3; e++)
				free(w->publishers[i].cameras[e].store[k].data);
		}
	}
	for (uint32_t i = 0; i < w->n_receivers; i++) {
		line_finish(&w->receivers[i].up);
		line_finish(&w->receivers[i].down);
		for (uint32_t k = 0; k < w->receivers[i].n_streams; k++) {
			free(w->receivers[i].streams[k].frames);
			free(w->receivers[i].streams[k].audio_came);
		}
	}
	free(w);
}
