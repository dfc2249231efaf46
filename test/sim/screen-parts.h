/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SIM_SCREEN_PARTS_H
#define TSR_SIM_SCREEN_PARTS_H

#include "core/base/msg.h"
#include "core/screen/relay.h"
#include "core/screen/share.h"
#include "core/screen/view.h"
#include "test/sim/screen-art.h"
#include "test/sim/screen-link.h"
#include "test/sim/screen-world.h"

/* screen-parts: what the files of screen-world share. */
enum { TICK = 5 * 1000, DIGESTS = 1024, SEAL_LEN = 20, AGES = 8192, PATCH = 48, TURNS = 4 };

struct viewer {
	struct tsr_view *view;
	struct tsr_relay_viewer *relayed; /* NULL: not there */
	struct link down, up;             /* bulk */
	struct link control_down, control_up;
	uint32_t life;              /* how often he has joined */
	uint8_t first_epoch, epoch; /* the oldest and the newest that he can read */
	uint8_t age;                /* of the newest preview that he saw */
	bool is_blank;
	uint64_t unfed; /* bytes that came while nothing was to be seen */
	bool has_missed;
	bool is_slow, is_troubled;
	tsr_time join_at, leave_at;
	uint32_t cells[TSR_CELLS_MAX]; /* of which picture each cell is that it shows */
};

struct world {
	struct world_config config;
	struct world_result *result;
	uint64_t random; /* for the network and the faults */
	tsr_time now, next_change, reconnect_at, epoch_at;
	tsr_time turns[TURNS]; /* when the presenter pauses, goes on, pauses ... */
	struct art art;
	/* The newest capture. What the screen shows in a pause is not captured. */
	struct picture captured;
	struct tsr_planes planes; /* of it */
	struct tsr_share *share;
	struct tsr_relay *relay;
	struct link up; /* bulk; nothing of his comes down on it */
	struct link control_up, control_down;
	uint32_t epoch;
	bool wants_pause, is_paused_at_relay, is_awaiting_capture;
	bool has_news;    /* the share was told something since it was drained */
	tsr_time wake_at; /* when it is due to be drained again, if nothing happens */
	uint32_t stream;
	/* How often the presenter has gone on after a pause, when something was captured: at the
	 * last capture, at the last one that was encoded, and the least that the relay may send
	 * of pictures and of previews. */
	uint8_t age, encoded_age, least_picture, least_preview;
	/* The preview that is being made. */
	struct {
		bool is_due;
		tsr_time at;
		struct tsr_preview_ask ask;
		uint8_t age;
	} asked;
	struct viewer viewers[WORLD_VIEWERS_MAX];
	uint64_t digests[DIGESTS];  /* of the presenter's pictures, by number */
	bool is_exact[DIGESTS];     /* nothing was held of it */
	tsr_time outdated[DIGESTS]; /* when the next one was taken */
	tsr_time taken[DIGESTS];    /* when it was */
	uint32_t n_noise;
	uint32_t ages[AGES], n_ages; /* of slow viewers' oldest cells, in ticks: how often */
	uint64_t slow_bytes;         /* at half of the active time */
	uint64_t key_bytes[TSR_CELLS_MAX];
};

/* Something happened that must not; the first is what is said. */
void world_wrong(struct world *w, const char *what);
void world_out_of_memory(struct world *w);
/* What holds for a whole world, or not. */
enum world_coin { WORLD_BLANK, WORLD_ACKS_BY_CONTROL };
bool world_tosses(const struct world *w, enum world_coin coin);
/* Takes msg. */
void world_send(struct world *w, struct link *link, enum link_kind kind, uint64_t a, uint64_t b,
	struct tsr_msg *msg);

/* ---- screen-presenter.c ---- */

/* A stream instance with its share and relay; false when out of memory. */
bool world_open_stream(struct world *w);
void world_close_stream(struct world *w);
/* The presenter's part of a tick. */
void world_present(struct world *w);
uint64_t world_captured_digest(const struct world *w);

/* ---- screen-viewer.c ---- */

void viewer_join(struct world *w, struct viewer *v);
void viewer_leave(struct world *w, struct viewer *v);
/* A viewer's part of a tick. */
void viewer_watch(struct world *w, struct viewer *v);
void viewer_count(struct world *w, const struct viewer *v);
/* The age that so many percent of the samples do not exceed. */
tsr_time world_age_of(const struct world *w, uint32_t percent);
/* How many viewers see what the screen shows, exactly, of n. */
uint32_t world_count_equal(struct world *w, bool ordinary_only, uint32_t *n);

#endif
