/* SPDX-License-Identifier: Apache-2.0 */
/* A producer as one thread knows it: its newest parcels, by reference, from which everybody here is
 * sent and sent again; and how much each of its layers takes. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fetch.h"
#include "core/media/state.h"

enum { RING_AUDIO = 128, RING_VIDEO = 1024, NOTHING_BPS = 2000, START_BPS = 100000 };
#define HEARD_WITHIN (1500 * TSR_MS)
#define KEPT_FOR (3 * TSR_SECOND)
#define LOSS_INTERVAL TSR_SECOND
#define SILENT_FOR (150 * TSR_MS)
enum { SILENT_FRAMES = 5, BACK_FRAMES = 15 };

static struct tsr_list *bucket(const struct tsr_router *router, struct tsr_stream_id id)
{
	return (struct tsr_list *)&router->buckets[id.v % TSR_BUCKETS];
}

struct tsr_source *tsr_source_find(const struct tsr_router *router, struct tsr_stream_id id)
{
	tsr_list_each (link, next, bucket(router, id)) {
		struct tsr_source *source = tsr_list_entry(link, struct tsr_source, link);

		if (source->config.id.v == id.v)
			return source;
	}
	return NULL;
}

int tsr_router_add_source(
	struct tsr_router *router, const struct tsr_producer_config *config, tsr_time now)
{
	struct tsr_source *source;
	uint32_t n;

	if (config->n_encodings < 1 || config->n_encodings > TSR_MEDIA_ENCODINGS_MAX ||
		config->codec < TSR_CODEC_OPUS || config->codec > TSR_CODEC_VP9)
		return TSR_ERR_RANGE;
	if (tsr_source_find(router, config->id))
		return TSR_ERR_BUSY;
	source = calloc(1, sizeof(*source));
	if (!source)
		return TSR_ERR_NOMEM;
	tsr_list_init(&source->link);
	tsr_list_init(&source->consumers);
	tsr_list_init(&source->meter.link);
	source->router = router;
	source->config = *config;
	source->is_audio = config->codec == TSR_CODEC_OPUS;
	source->counted_since = now;
	n = source->is_audio ? RING_AUDIO : RING_VIDEO;
	for (unsigned i = 0; i < config->n_encodings; i++) {
		struct tsr_track *track = &source->tracks[i];

		track->mask = n - 1;
		track->heard = track->key_asked = now - TSR_MINUTE;
		track->ring = calloc(n, sizeof(struct tsr_parcel *));
		if (!track->ring) {
			tsr_source_destroy(source);
			return TSR_ERR_NOMEM;
		}
	}
	if (source->is_audio)
		tsr_floor_add(&router->floor, &source->meter);
	tsr_list_append(bucket(router, config->id), &source->link);
	return 0;
}

void tsr_source_destroy(struct tsr_source *source)
{
	if (!source)
		return;
	tsr_list_each (link, next, &source->consumers)
		tsr_consumer_destroy(tsr_list_entry(link, struct tsr_consumer, source_link));
	for (unsigned i = 0; i < TSR_MEDIA_ENCODINGS_MAX; i++) {
		struct tsr_track *track = &source->tracks[i];

		for (uint32_t k = 0; track->ring && k <= track->mask; k++)
			tsr_parcel_unref(&track->ring[k]);
		free(track->ring);
	}
	if (source->is_audio && tsr_floor_remove(&source->router->floor, &source->meter))
		source->router->speakers_changed = true;
	tsr_list_remove(&source->link);
	free(source);
}

static void clear(struct tsr_track *track)
{
	for (uint32_t k = 0; k <= track->mask; k++)
		tsr_parcel_unref(&track->ring[k]);
	track->has_parcel = track->has_key = false;
}

static void restart(struct tsr_track *track, const struct tsr_parcel *parcel)
{
	clear(track);
	track->has_parcel = true;
	track->generation = parcel->generation;
	track->newest = parcel->index;
}

void tsr_router_set_source_paused(
	struct tsr_router *router, struct tsr_stream_id id, bool is_paused)
{
	struct tsr_source *source = tsr_source_find(router, id);

	if (!source || source->config.is_paused == is_paused)
		return;
	source->config.is_paused = is_paused;
	for (unsigned i = 0; is_paused && i < source->config.n_encodings; i++)
		clear(&source->tracks[i]);
}

/* Keeps the parcel in its track. False: it came too late to be of use. */
static bool keep(struct tsr_source *source, struct tsr_parcel *parcel, tsr_time now)
{
	struct tsr_track *track = &source->tracks[parcel->encoding];
	struct tsr_parcel **place;

	if (!track->has_parcel || parcel->generation != track->generation)
		restart(track, parcel);
	if (tsr_is_after(parcel->index, track->newest))
		track->newest = parcel->index;
	else if (track->newest - parcel->index > track->mask)
		return false;
	place = &track->ring[parcel->index & track->mask];
	tsr_parcel_unref(place);
	*place = tsr_parcel_ref(parcel);
	track->heard = now;
	if (parcel->flags & TSR_PARCEL_KEY &&
		(!track->has_key || tsr_is_after(parcel->index, track->key))) {
		track->has_key = true;
		track->key = parcel->index;
		track->key_arrived = now;
		track->since_key = 0;
	}
	track->since_key += parcel->len;
	track->counted[parcel->spatial][parcel->temporal] += parcel->len + 40u;
	if (parcel->sr_ntp && parcel->sr_ntp != source->sr_ntp) {
		source->sr_ntp = parcel->sr_ntp;
		source->sr_ts = parcel->sr_ts;
		source->sr_at = now;
	}
	return true;
}

const struct tsr_parcel *tsr_track_find(const struct tsr_track *track, uint32_t index)
{
	const struct tsr_parcel *parcel = track->ring[index & track->mask];

	return parcel && parcel->index == index ? parcel : NULL;
}

void tsr_source_request_key(struct tsr_source *source, uint8_t encoding, tsr_time now)
{
	struct tsr_track *track = &source->tracks[encoding];

	if (now - track->key_asked < TSR_KEY_INTERVAL / 2)
		return; /* many ask at once; the producer's thread throttles again */
	track->key_asked = now;
	tsr_router_tell(source->router,
		&(struct tsr_router_event){ .kind = TSR_ROUTER_KEY_FRAME,
			.producer = source->config.id,
			.encoding = encoding },
		now);
}

/* ---- rates ---- */

static void measure(struct tsr_track *track, tsr_time span)
{
	for (unsigned s = 0; s < TSR_MEDIA_ENCODINGS_MAX; s++)
		for (unsigned t = 0; t < TSR_MEDIA_TEMPORAL_MAX; t++) {
			uint64_t bps = (uint64_t)track->counted[s][t] * 8 * (uint64_t)TSR_SECOND /
				       (uint64_t)span;

			track->bps[s][t] = (uint32_t)(track->bps[s][t] == 0
							      ? bps
							      : (track->bps[s][t] * 3 + bps) / 4);
			track->counted[s][t] = 0;
		}
}

static void offer(struct tsr_source *source, uint8_t spatial, uint8_t temporal, uint64_t bps)
{
	if (source->n_options == TSR_LAYERS_OPTIONS_MAX)
		return;
	source->options[source->n_options++] = (struct tsr_layer_option){ .spatial = spatial,
		.temporal = temporal,
		.bps = bps > UINT32_MAX ? UINT32_MAX : (uint32_t)bps };
}

/* A temporal layer that carries next to nothing is none. */
static unsigned count_temporal(const struct tsr_track *track, unsigned spatial)
{
	unsigned n = 1;

	for (unsigned t = 1; t < TSR_MEDIA_TEMPORAL_MAX; t++)
		if (track->bps[spatial][t] > NOTHING_BPS)
			n = t + 1;
	return n;
}

static void offer_layers(struct tsr_source *source, const struct tsr_track *track,
	uint8_t option_spatial, unsigned spatial, uint64_t below)
{
	uint64_t sum = below;

	for (unsigned t = 0; t < count_temporal(track, spatial); t++) {
		sum += track->bps[spatial][t];
		offer(source, option_spatial, (uint8_t)t, sum);
	}
}

static void list_options(struct tsr_source *source, tsr_time now)
{
	source->n_options = 0;
	if (source->config.codec == TSR_CODEC_VP9) {
		const struct tsr_track *track = &source->tracks[0];
		uint64_t below = 0;

		if (!track->has_parcel || now - track->heard > HEARD_WITHIN)
			return;
		for (unsigned s = 0; s < TSR_MEDIA_ENCODINGS_MAX; s++) {
			if (s > 0 && track->bps[s][0] <= NOTHING_BPS)
				break;
			offer_layers(source, track, (uint8_t)s, s, below);
			for (unsigned t = 0; t < TSR_MEDIA_TEMPORAL_MAX; t++)
				below += track->bps[s][t];
		}
		return;
	}
	for (unsigned e = 0; e < source->config.n_encodings; e++) {
		const struct tsr_track *track = &source->tracks[e];

		if (track->has_parcel && !track->is_silent && now - track->heard <= HEARD_WITHIN)
			offer_layers(source, track, (uint8_t)e, 0, 0);
	}
}

static void choose_anew(struct tsr_source *source, tsr_time now)
{
	source->router->next_egress = tsr_time_min(source->router->next_egress, now);
	tsr_list_each (link, next, &source->consumers)
		tsr_list_entry(link, struct tsr_consumer, source_link)->egress->needs_choice = true;
}

/* The first parcels: something to choose from until there are rates. */
static void begin(struct tsr_source *source, const struct tsr_parcel *parcel, tsr_time now)
{
	bool is_svc = source->config.codec == TSR_CODEC_VP9;

	offer(source, is_svc ? 0 : parcel->encoding, 0, START_BPS);
	choose_anew(source, now);
}

/* ---- encodings that come and go ---- */

/* A sender that can do no more leaves its largest encodings out first: who watches one of them
 * shall not wait for it while the smallest goes on. */
static void count_missed(struct tsr_source *source, tsr_time now)
{
	bool has_changed = false;

	for (unsigned e = 1; e < source->config.n_encodings; e++) {
		struct tsr_track *track = &source->tracks[e];

		if (!track->has_parcel || track->is_silent || ++track->n_missed < SILENT_FRAMES ||
			now - track->heard < SILENT_FOR)
			continue;
		track->is_silent = has_changed = true;
		track->n_back = 0;
	}
	if (!has_changed)
		return;
	list_options(source, now);
	choose_anew(source, now);
}

static void note_frame(struct tsr_source *source, const struct tsr_parcel *parcel, tsr_time now)
{
	struct tsr_track *track = &source->tracks[parcel->encoding];

	track->n_missed = 0;
	/* One frame that came through is not enough to believe in it. */
	if (track->is_silent && (parcel->flags & TSR_PARCEL_KEY || ++track->n_back == BACK_FRAMES))
		track->is_silent = false;
	if (parcel->encoding == 0)
		count_missed(source, now);
}

/* What the next consumer's tables and the struct of the one behind it hold for this parcel. */
static void fetch(const struct tsr_consumer *c, const struct tsr_parcel *parcel)
{
	const struct tsr_consumer *behind =
		tsr_list_entry(c->source_link.next, struct tsr_consumer, source_link);

	tsr_fetch(&c->sent[c->packets.next & c->sent_mask], 1);
	tsr_fetch(&c->packets.slots[parcel->index & (c->packets.window - 1u)], 1);
	tsr_fetch(c->egress, offsetof(struct tsr_egress, stats));
	tsr_fetch(behind, offsetof(struct tsr_consumer, config) + TSR_FETCH_LINE);
}

void tsr_router_handle_parcel(struct tsr_router *router, struct tsr_parcel *parcel, tsr_time now)
{
	struct tsr_source *source = tsr_source_find(router, parcel->producer);

	if (!source || source->config.is_paused || parcel->encoding >= source->config.n_encodings)
		return;
	if (source->is_audio && parcel->flags & TSR_PARCEL_LEVEL)
		tsr_meter_handle_level(&source->meter, parcel->level, now);
	if (!keep(source, parcel, now))
		return;
	if (!source->is_audio && parcel->flags & TSR_PARCEL_START &&
		parcel->flags & TSR_PARCEL_FRESH)
		note_frame(source, parcel, now);
	if (!source->is_audio && source->n_options == 0)
		begin(source, parcel, now);
	tsr_list_each (link, next, &source->consumers) {
		if (next != &source->consumers)
			fetch(tsr_list_entry(next, struct tsr_consumer, source_link), parcel);
		tsr_consumer_handle_parcel(
			tsr_list_entry(link, struct tsr_consumer, source_link), parcel, now);
	}
}

/* ---- loss ---- */

/* The sender's encoder adds FEC only if it hears of loss, and hears of that on its own line alone:
 * so it is told what those lose who hear it worst. */
static void tell_loss(struct tsr_source *source, tsr_time now)
{
	uint8_t worst = 0;

	if (now - source->loss_told < LOSS_INTERVAL)
		return;
	source->loss_told = now;
	tsr_list_each (link, next, &source->consumers) {
		const struct tsr_consumer *c =
			tsr_list_entry(link, struct tsr_consumer, source_link);
		uint8_t loss = c->wants.is_on ? tsr_egress_loss(c->egress, now) : 0;

		worst = loss > worst ? loss : worst;
	}
	if (worst > 0)
		tsr_router_tell(source->router,
			&(struct tsr_router_event){ .kind = TSR_ROUTER_LOSS,
				.producer = source->config.id,
				.loss = worst },
			now);
}

void tsr_source_handle_timeout(struct tsr_source *source, tsr_time now)
{
	tsr_time span = now - source->counted_since;

	if (span < 4 * TSR_TICK)
		return;
	source->counted_since = now;
	for (unsigned e = 0; e < source->config.n_encodings; e++) {
		struct tsr_track *track = &source->tracks[e];

		source->is_measured |= track->has_parcel;
		measure(track, span);
		if (track->has_parcel && now - track->heard > KEPT_FOR)
			clear(track);
	}
	if (source->is_audio) {
		source->audio_bps = source->tracks[0].bps[0][0];
		tell_loss(source, now);
	} else {
		list_options(source, now);
	}
}
