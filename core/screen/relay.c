/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/relay.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/list.h"
#include "core/screen/relay_store.h"

/* A viewer in sync whose next picture is older than this, and who needs longer than CATCH_UP for
 * the rest of the run, is skipped forward by KEYs. */
#define LAG_MAX (600 * TSR_MS)
#define CATCH_UP (400 * TSR_MS)
/* How long a window's worth of bytes may be under way. */
#define WINDOW_TIME (400 * TSR_MS)
/* A viewer whose line needs longer than CATCH_UP for the KEYs that it lacks will see them go out of
 * date on the way. It gets cell after cell, oldest first, each KEY at most FRESH old, and only when
 * what is under way will be through in LEAD: what waits in the line ages there. */
#define FRESH TSR_RELAY_NEED_INTERVAL
#define LEAD (100 * TSR_MS)
/* A first acknowledgement tells of the way there and back as much as of the line; so it takes two,
 * or a slow one, before a line is called thin. */
#define SAMPLES_MIN 2
#define GUESS_LEN 8192u /* less tells of the viewer's own hurry, not of the line */
/* Who enters by more of the run than this is better off with new KEYs, if they may be asked for:
 * they are paid for by this part of what DELTAs cost, saved up to MAX. So people may join by the
 * hundred and cost the presenter no more than that. */
#define SHORT_RUN_LEN (256u * 1024)
#define SHORT_RUN_PICTURES 64u
#define RUN_TIME (2 * TSR_SECOND) /* longer than this nobody shall need for it */
#define SAVED_PART 10
#define SAVED_MAX (1024 * 1024)

struct tsr_relay_viewer {
	struct tsr_list link; /* in tsr_relay.viewers */
	void *user;
	bool is_in_sync;
	uint8_t first_epoch;
	uint32_t at;                  /* in sync: the last picture sent */
	tsr_time entered;             /* when it became in sync */
	uint32_t floor;               /* catching up: enter at this picture or later */
	uint32_t have[TSR_CELLS_MAX]; /* catching up: the change of each cell that was sent last */
	uint32_t idle_version; /* catching up: nothing to send as of this version of the store */
	uint32_t acked_picture;
	uint32_t window;
	bool was_full;           /* the window held something back since the last ack */
	bool is_thin;            /* catching up: its line will be busy until it is in sync */
	uint8_t n_samples;       /* of its rate, up to SAMPLES_MIN: until then it is a guess */
	uint32_t preview_serial; /* of the last preview sent */
	uint64_t sent, acked;
	uint64_t rate;       /* bytes per second that the viewer takes, estimated */
	tsr_time busy_since; /* start of what the next ack measures */
	tsr_time joined;
};

static_assert(sizeof(struct tsr_relay_viewer) < 512, "relay.h promises it");

struct tsr_relay {
	struct tsr_relay_store store;
	struct tsr_list viewers; /* tsr_relay_viewer.link */
	uint32_t version;        /* counts what may give an idle viewer something to do */
	bool is_paused;
	bool is_credit_due;
	uint64_t taken, bytes_out;
	uint32_t refused;
	uint64_t need;
	uint64_t awaited;   /* cells that were asked for and have not come since */
	tsr_time next_need; /* not before */
	tsr_time next_renewal;
	int64_t saved; /* bytes of KEYs that may be asked for where the run would do */
};

/* What is left to do for a viewer that catches up. */
struct plan {
	uint64_t send;  /* cells whose newest KEY it lacks */
	uint64_t stale; /* cells for which no KEY helps */
	uint32_t enter; /* picture at which it will be in sync; 0 = cannot be said yet */
	bool is_thin;   /* KEYs of send and stale would take its line longer than CATCH_UP */
};

int tsr_relay_create(struct tsr_relay **out, uint32_t width, uint32_t height)
{
	struct tsr_relay *relay;
	int r;

	*out = NULL;
	relay = calloc(1, sizeof(*relay));
	if (!relay)
		return TSR_ERR_NOMEM;
	tsr_list_init(&relay->viewers);
	relay->version = 1;
	relay->next_need = relay->next_renewal = INT64_MIN;
	r = tsr_grid_init(&relay->store.grid, width, height);
	if (r != 0) {
		tsr_relay_destroy(relay);
		return r;
	}
	*out = relay;
	return 0;
}

void tsr_relay_destroy(struct tsr_relay *relay)
{
	if (!relay)
		return;
	tsr_list_each (link, next, &relay->viewers)
		free(tsr_list_entry(link, struct tsr_relay_viewer, link));
	tsr_relay_store_erase(&relay->store);
	free(relay);
}

struct tsr_relay_viewer *tsr_relay_add_viewer(
	struct tsr_relay *relay, uint8_t first_epoch, void *user, tsr_time now)
{
	struct tsr_relay_viewer *viewer = calloc(1, sizeof(*viewer));

	if (!viewer)
		return NULL;
	viewer->user = user;
	viewer->first_epoch = first_epoch;
	viewer->window = TSR_RELAY_WINDOW_START;
	viewer->rate = (uint64_t)TSR_RELAY_WINDOW_START * TSR_SECOND / WINDOW_TIME;
	viewer->joined = viewer->busy_since = now;
	tsr_list_append(&relay->viewers, &viewer->link);
	return viewer;
}

void tsr_relay_remove_viewer(struct tsr_relay *relay, struct tsr_relay_viewer *viewer)
{
	(void)relay;
	tsr_list_remove(&viewer->link);
	free(viewer);
}

void *tsr_relay_viewer_user(const struct tsr_relay_viewer *viewer)
{
	return viewer->user;
}

struct tsr_relay_viewer *tsr_relay_next_viewer(
	const struct tsr_relay *relay, const struct tsr_relay_viewer *after)
{
	struct tsr_list *next = after ? after->link.next : relay->viewers.next;

	return next == &relay->viewers ? NULL : tsr_list_entry(next, struct tsr_relay_viewer, link);
}

/* is_new: it belongs to a picture that was not there as a whole. */
static void count_cost(struct tsr_relay *relay, const struct tsr_frame *frame, bool is_new)
{
	if (frame->flags & TSR_FRAME_PREVIEW)
		return;
	if (is_new) {
		relay->saved += frame->length / SAVED_PART;
		relay->saved = relay->saved < SAVED_MAX ? relay->saved : SAVED_MAX;
	} else { /* into debt, too: new KEYs may be longer than the old ones were */
		relay->saved -= frame->length;
		relay->saved = relay->saved > -SAVED_MAX ? relay->saved : -SAVED_MAX;
	}
	if (frame->flags & TSR_FRAME_KEY) {
		relay->need &= ~frame->cells;
		relay->awaited &= ~frame->cells;
	}
}

int tsr_relay_handle_frame(
	struct tsr_relay *relay, const struct tsr_frame *frame, struct tsr_msg *msg, tsr_time now)
{
	bool is_new = frame->picture > tsr_relay_store_whole(&relay->store);
	int r;

	if (relay->is_paused) {
		relay->refused++;
		r = TSR_ERR_DENIED;
	} else {
		r = tsr_relay_store_put(&relay->store, frame, msg, now);
		if (r != 0)
			return r;
		count_cost(relay, frame, is_new);
		relay->version++;
	}
	relay->taken += TSR_FRAME_HEADER_LEN + frame->length;
	relay->is_credit_due = true;
	return r;
}

bool tsr_relay_poll_credit(struct tsr_relay *relay, uint64_t *bytes_total, uint32_t *picture)
{
	if (!relay->is_credit_due)
		return false;
	relay->is_credit_due = false;
	*bytes_total = relay->taken;
	*picture = relay->store.picture;
	return true;
}

/* ---- pacing of a viewer ---------------------------------------------------------------- */

static uint32_t clamp_window(uint64_t bytes)
{
	return bytes < TSR_RELAY_WINDOW_MIN   ? TSR_RELAY_WINDOW_MIN
	       : bytes > TSR_RELAY_WINDOW_MAX ? TSR_RELAY_WINDOW_MAX
					      : (uint32_t)bytes;
}

int tsr_relay_handle_ack(struct tsr_relay *relay, struct tsr_relay_viewer *viewer, uint32_t picture,
	uint64_t bytes_total, tsr_time now)
{
	uint64_t bytes, sample;
	tsr_time took = now - viewer->busy_since;

	if (bytes_total > viewer->sent || picture > relay->store.picture)
		return TSR_ERR_RANGE;
	if (picture > viewer->acked_picture)
		viewer->acked_picture = picture;
	if (bytes_total <= viewer->acked)
		return 0;
	bytes = bytes_total - viewer->acked;
	viewer->acked = bytes_total;
	viewer->busy_since = now;
	sample = bytes * TSR_SECOND / (uint64_t)(took > TSR_MS ? took : TSR_MS);
	if (viewer->n_samples < SAMPLES_MIN && took > WINDOW_TIME && bytes >= GUESS_LEN) {
		viewer->n_samples = SAMPLES_MIN;
		viewer->rate = sample; /* what there was is a guess */
	}
	if (viewer->n_samples < SAMPLES_MIN)
		viewer->n_samples = took > WINDOW_TIME ? SAMPLES_MIN : viewer->n_samples + 1;
	/* a viewer that was sent little proves nothing about how much it could take */
	if (sample > viewer->rate || viewer->was_full || viewer->is_thin)
		viewer->rate = (viewer->rate * 3 + sample) / 4;
	viewer->was_full = false;
	viewer->window = clamp_window(viewer->rate * WINDOW_TIME / TSR_SECOND);
	return 0;
}

/* Whoever has nothing of the picture, or is taken to have nothing. */
static void begin_again(const struct tsr_relay *relay, struct tsr_relay_viewer *viewer)
{
	viewer->is_in_sync = false;
	viewer->floor = 0;
	viewer->preview_serial = 0;
	viewer->idle_version = relay->version - 1;
	memset(viewer->have, 0, sizeof(viewer->have));
}

void tsr_relay_handle_refresh(
	struct tsr_relay *relay, struct tsr_relay_viewer *viewer, bool is_unreadable, tsr_time now)
{
	if (is_unreadable && !relay->is_paused && now >= relay->next_renewal) {
		relay->next_renewal = now + TSR_RELAY_RENEW_INTERVAL;
		tsr_relay_store_drop_keys(&relay->store);
		relay->version++;
	}
	begin_again(relay, viewer);
}

void tsr_relay_set_first_epoch(struct tsr_relay_viewer *viewer, uint8_t first_epoch)
{
	viewer->first_epoch = first_epoch;
	viewer->idle_version = 0;
}

/* From IN SYNC at picture `at` to CATCHING UP, not to enter again before `floor`. */
static void fall_behind(
	const struct tsr_relay *relay, struct tsr_relay_viewer *viewer, uint32_t floor)
{
	const struct tsr_relay_store *store = &relay->store;

	viewer->is_in_sync = false;
	viewer->floor = floor;
	viewer->idle_version = relay->version - 1;
	for (uint32_t c = 0; c < store->grid.n_cells; c++)
		viewer->have[c] = store->changed[c] <= viewer->at ? store->changed[c] : 0;
}

/* What the viewer takes in that time, as estimated. */
static uint64_t takes_in(const struct tsr_relay_viewer *viewer, tsr_time time)
{
	return viewer->rate * (uint64_t)time / TSR_SECOND;
}

/* Whether a viewer in sync is so late that KEYs are the shorter way. */
static bool lags(const struct tsr_relay_store *store, const struct tsr_relay_viewer *viewer,
	const struct tsr_relay_delta *next, tsr_time now)
{
	uint64_t left = store->sum - next->sum;

	/* who has just entered has the run in front of him */
	return now - tsr_relay_store_arrival(store, viewer->at + 1) > LAG_MAX &&
	       now - viewer->entered > RUN_TIME && left > viewer->rate * CATCH_UP / TSR_SECOND;
}

static bool can_read(const struct tsr_relay_viewer *viewer, uint8_t epoch)
{
	return tsr_epoch_ahead(epoch, viewer->first_epoch) >= 0;
}

static uint64_t len_of(const struct tsr_relay_store *store, uint64_t cells)
{
	uint64_t len = 0;

	for (uint32_t c = 0; c < store->grid.n_cells; c++)
		len += cells >> c & 1 ? store->keys[c].len : 0;
	return len;
}

/* Whether new KEYs of the cells that changed since theirs are better than the run from this
 * picture on: it is long, and they are paid for or under way, or it is too long for that line. */
static bool is_better_anew(const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer,
	uint32_t from, uint64_t old, tsr_time now)
{
	const struct tsr_relay_store *store = &relay->store;
	uint64_t len = tsr_relay_store_run_len(store, from);

	if (relay->is_paused ||
		(len <= SHORT_RUN_LEN && store->picture - from <= SHORT_RUN_PICTURES))
		return false;
	return ((relay->awaited & old) != 0 && now < relay->next_need) ||
	       (int64_t)len_of(store, old) <= relay->saved || len > takes_in(viewer, RUN_TIME);
}

/* What a viewer that catches up needs: see relay_store.h for lo and hi. */
static struct plan make_plan(
	const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer, tsr_time now)
{
	const struct tsr_relay_store *store = &relay->store;
	uint32_t lower = viewer->floor, upper = tsr_relay_store_whole(store);
	uint64_t lacking = 0, old = 0;
	struct plan plan = { 0 };

	for (uint32_t c = 0; c < store->grid.n_cells; c++) {
		const struct tsr_relay_key *key = &store->keys[c];
		uint64_t bit = (uint64_t)1 << c;

		if (store->changed[c] != 0 && viewer->have[c] == store->changed[c]) {
			lower = lower > store->changed[c] ? lower : store->changed[c];
			continue;
		}
		if (!key->msg || !can_read(viewer, key->epoch) || viewer->have[c] > key->lo) {
			plan.stale |= bit;
			continue;
		}
		lacking |= viewer->have[c] != key->lo ? bit : 0;
		lower = lower > key->lo ? lower : key->lo;
		if (key->hi == 0)
			continue;
		old |= bit;
		upper = upper < key->hi - 1 ? upper : key->hi - 1;
	}
	if (plan.stale == 0 && lower <= upper && upper >= store->base && upper != 0 &&
		!is_better_anew(relay, viewer, upper, old, now)) {
		plan.enter = upper;
		plan.send = lacking;
		return plan;
	}
	/* no way in with these KEYs: those of cells that changed since have to come anew, the
	 * others help already */
	plan.stale |= old;
	plan.send = lacking & ~old;
	return plan;
}

static void send_bytes(
	struct tsr_relay *relay, struct tsr_relay_viewer *viewer, uint32_t len, tsr_time now)
{
	if (viewer->sent == viewer->acked)
		viewer->busy_since = now;
	viewer->sent += len;
	relay->bytes_out += len;
}

/* How much should still be under way if the viewer takes what it took before. Acknowledgements tell
 * of whole frames only, and one of these may fill a thin line for a second. */
static uint64_t under_way(const struct tsr_relay_viewer *viewer, tsr_time now)
{
	tsr_time busy = now - viewer->busy_since;
	uint64_t unacked = viewer->sent - viewer->acked;
	uint64_t taken = takes_in(viewer, busy < TSR_SECOND ? busy : TSR_SECOND);

	return taken < unacked ? unacked - taken : 0;
}

/* Of these cells the one that the viewer has waited for longest: on a thin line the first cells
 * change again before the last have been sent once, which then would never be. */
static uint32_t oldest_cell(const struct tsr_relay_viewer *viewer, uint64_t cells)
{
	uint32_t oldest = TSR_CELLS_MAX;

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++) {
		if (cells >> c & 1 &&
			(oldest == TSR_CELLS_MAX || viewer->have[c] < viewer->have[oldest]))
			oldest = c;
	}
	return oldest;
}

/* The oldest of these cells, as many as the viewer takes until it may be asked for again. */
static uint64_t oldest_cells(
	const struct tsr_relay_store *store, const struct tsr_relay_viewer *viewer, uint64_t cells)
{
	uint64_t len = 0, out = 0;

	do {
		uint32_t c = oldest_cell(viewer, cells & ~out);

		out |= (uint64_t)1 << c;
		len += store->keys[c].len;
	} while (out != cells && len < takes_in(viewer, TSR_RELAY_NEED_INTERVAL));
	return out;
}

/* Whether the newest KEY of the cell is worth a thin line's time: when it is out of date and may be
 * asked for anew, that is the better way. */
static bool is_fresh(const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer,
	uint32_t cell, tsr_time now)
{
	const struct tsr_relay_key *key = &relay->store.keys[cell];

	if (!key->msg || !can_read(viewer, key->epoch) || viewer->have[cell] >= key->lo)
		return false;
	return key->hi == 0 ||
	       (now < relay->next_need && !(relay->awaited >> cell & 1) &&
		       now - tsr_relay_store_arrival(&relay->store, key->hi) <= FRESH);
}

/* Turns the plan of a viewer on a thin line into one for its oldest cell: to be sent, or to be
 * asked for. Never another one instead, or cells would come by their place in the presenter's
 * answer and not in turn. */
static void plan_in_turn(const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer,
	struct plan *plan, tsr_time now)
{
	uint64_t cells = plan->send | plan->stale;
	uint32_t oldest = oldest_cell(viewer, cells);

	plan->enter = 0;
	plan->send = plan->stale = 0;
	if (is_fresh(relay, viewer, oldest, now))
		plan->send = (uint64_t)1 << oldest;
	else
		plan->stale = oldest_cells(&relay->store, viewer, cells);
}

static struct plan plan_for(
	const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer, tsr_time now)
{
	const struct tsr_relay_store *store = &relay->store;
	struct plan plan = make_plan(relay, viewer, now);
	uint64_t cells = plan.send | plan.stale;

	plan.is_thin = !relay->is_paused && viewer->n_samples >= SAMPLES_MIN &&
		       len_of(store, cells) > takes_in(viewer, CATCH_UP);
	if (plan.is_thin)
		plan_in_turn(relay, viewer, &plan, now);
	return plan;
}

/* The next KEY for a viewer that catches up; NULL when there is none or it is in sync now. */
static struct tsr_msg *next_key(
	struct tsr_relay *relay, struct tsr_relay_viewer *viewer, tsr_time now)
{
	bool is_nearly_free = under_way(viewer, now) <= takes_in(viewer, LEAD);
	struct plan plan;
	uint32_t c, len;

	if (viewer->idle_version == relay->version)
		return NULL;
	plan = plan_for(relay, viewer, now);
	viewer->is_thin = plan.is_thin;
	if (plan.send != 0) {
		c = oldest_cell(viewer, plan.send);
		len = relay->store.keys[c].len;
		if (plan.is_thin && !is_nearly_free &&
			under_way(viewer, now) + len > takes_in(viewer, WINDOW_TIME))
			return NULL;
		viewer->have[c] = relay->store.keys[c].lo;
		send_bytes(relay, viewer, len, now);
		return tsr_msg_ref(relay->store.keys[c].msg);
	}
	if (plan.enter != 0) {
		viewer->is_in_sync = true;
		viewer->entered = now;
		viewer->at = plan.enter;
		return NULL;
	}
	/* KEYs still come by themselves while a picture is open; and what this viewer has not
	 * taken yet would only be out of date the sooner */
	if (relay->store.picture == 0 || relay->store.is_open)
		viewer->idle_version = relay->version;
	else if ((plan.is_thin ? is_nearly_free
			       : viewer->sent - viewer->acked <= viewer->window / 2) &&
		 can_read(viewer, relay->store.frame_epoch)) {
		relay->need |= plan.stale;
		viewer->idle_version = relay->version;
	}
	return NULL;
}

/* The oldest preview that a viewer in sync has not been sent, when its line is as good as free: who
 * does not keep up misses some and sees the newest. */
static struct tsr_msg *next_preview(
	struct tsr_relay *relay, struct tsr_relay_viewer *viewer, tsr_time now)
{
	const struct tsr_relay_preview *next = NULL;

	if (viewer->preview_serial == relay->store.preview_serial ||
		viewer->sent - viewer->acked > viewer->window / 4)
		return NULL;
	for (uint32_t c = 0; c < relay->store.grid.n_cells; c++) {
		const struct tsr_relay_preview *preview = &relay->store.previews[c];

		if (preview->msg && preview->serial > viewer->preview_serial &&
			can_read(viewer, preview->epoch) &&
			(!next || preview->serial < next->serial))
			next = preview;
	}
	viewer->preview_serial = next ? next->serial : relay->store.preview_serial;
	if (!next)
		return NULL;
	send_bytes(relay, viewer, next->len, now);
	return tsr_msg_ref(next->msg);
}

bool tsr_relay_poll_send(struct tsr_relay *relay, struct tsr_relay_viewer *viewer, tsr_time now,
	struct tsr_msg **out)
{
	struct tsr_relay_store *store = &relay->store;
	const struct tsr_relay_delta *delta;

	*out = NULL;
	if (viewer->sent - viewer->acked >= viewer->window) {
		viewer->was_full = true;
		return false;
	}
	if (viewer->is_in_sync && viewer->at < store->base)
		fall_behind(relay, viewer, viewer->at);
	if (!viewer->is_in_sync) {
		*out = next_key(relay, viewer, now);
		if (*out || !viewer->is_in_sync)
			return *out != NULL;
	}
	if (viewer->at >= tsr_relay_store_whole(store)) {
		*out = next_preview(relay, viewer, now);
		return *out != NULL;
	}
	delta = tsr_relay_store_delta(store, viewer->at + 1);
	if (lags(store, viewer, delta, now)) {
		fall_behind(relay, viewer, store->picture);
		*out = next_key(relay, viewer, now);
		return *out != NULL;
	}
	viewer->at++;
	send_bytes(relay, viewer, delta->len, now);
	*out = tsr_msg_ref(delta->msg);
	return true;
}

/* ---- the presenter ---------------------------------------------------------------------- */

bool tsr_relay_poll_need(struct tsr_relay *relay, tsr_time now, uint64_t *cells)
{
	if (relay->need == 0 || relay->is_paused || now < relay->next_need)
		return false;
	*cells = relay->need;
	relay->awaited |= relay->need;
	relay->need = 0;
	relay->next_need = now + TSR_RELAY_NEED_INTERVAL;
	return true;
}

tsr_time tsr_relay_next_timeout(const struct tsr_relay *relay)
{
	return relay->need != 0 && !relay->is_paused ? relay->next_need : TSR_TIME_NEVER;
}

void tsr_relay_handle_epoch(struct tsr_relay *relay, uint8_t epoch)
{
	tsr_relay_store_handle_epoch(&relay->store, epoch);
	relay->version++;
}

void tsr_relay_handle_pause(struct tsr_relay *relay, bool blank)
{
	relay->is_paused = true;
	relay->need = relay->awaited = 0;
	tsr_relay_store_drop_previews(&relay->store);
	if (blank)
		tsr_relay_erase(relay);
}

void tsr_relay_handle_resume(struct tsr_relay *relay)
{
	relay->is_paused = false;
	relay->version++;
}

void tsr_relay_erase(struct tsr_relay *relay)
{
	tsr_relay_store_erase(&relay->store);
	relay->version++;
	tsr_list_each (link, next, &relay->viewers)
		begin_again(relay, tsr_list_entry(link, struct tsr_relay_viewer, link));
}

/* ---- figures ---------------------------------------------------------------------------- */

static uint32_t lag_ms(
	const struct tsr_relay_store *store, const struct tsr_relay_viewer *viewer, tsr_time now)
{
	tsr_time since;

	if (viewer->acked_picture >= store->picture)
		return 0;
	since = tsr_relay_store_arrival(store, viewer->acked_picture + 1);
	since = since < viewer->joined ? viewer->joined : since;
	return now > since ? (uint32_t)((now - since) / TSR_MS) : 0;
}

void tsr_relay_stats(const struct tsr_relay *relay, struct tsr_relay_stats *out)
{
	*out = (struct tsr_relay_stats){
		.bytes_in = relay->taken,
		.bytes_out = relay->bytes_out,
		.pictures = relay->store.picture,
		.refused = relay->refused,
		.memory = relay->store.memory,
	};
	tsr_list_each (link, next, &relay->viewers) {
		out->n_viewers++;
		out->n_in_sync += tsr_list_entry(link, struct tsr_relay_viewer, link)->is_in_sync;
	}
}

void tsr_relay_viewer_stats(const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer,
	tsr_time now, struct tsr_relay_viewer_stats *out)
{
	out->lag_ms = lag_ms(&relay->store, viewer, now);
	out->is_in_sync = viewer->is_in_sync && out->lag_ms < 1000;
	out->kbit_s = (uint32_t)(viewer->rate * 8 / 1000);
	out->bytes = viewer->sent;
	out->picture = viewer->acked_picture;
}
