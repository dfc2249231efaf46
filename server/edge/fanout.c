/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/fanout.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/client.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/inbox.h"
#include "server/edge/ws.h"

static tsr_time now_of(const struct tsr_fanout *fanout)
{
	return tsr_worker_now(fanout->worker);
}

static struct tsr_fanout *find_fanout(struct tsr_worker *worker, uint64_t session)
{
	tsr_list_each (pos, next, &worker->fanouts) {
		struct tsr_fanout *fanout = tsr_list_entry(pos, struct tsr_fanout, link);

		if (fanout->session == session)
			return fanout;
	}
	return NULL;
}

static struct tsr_fanout *get_fanout(struct tsr_worker *worker, uint64_t session)
{
	struct tsr_fanout *fanout = find_fanout(worker, session);

	if (fanout)
		return fanout;
	fanout = calloc(1, sizeof(*fanout));
	if (!fanout)
		return NULL;
	fanout->worker = worker;
	fanout->session = session;
	tsr_list_init(&fanout->screens);
	tsr_list_init(&fanout->watchers);
	tsr_list_append(&worker->fanouts, &fanout->link);
	return fanout;
}

static void drop_if_empty(struct tsr_fanout *fanout)
{
	if (!tsr_list_is_empty(&fanout->screens) || !tsr_list_is_empty(&fanout->watchers))
		return;
	tsr_list_remove(&fanout->link);
	free(fanout);
}

static struct tsr_screen *find_screen(struct tsr_fanout *fanout, uint32_t stream)
{
	if (!fanout)
		return NULL;
	tsr_list_each (pos, next, &fanout->screens) {
		struct tsr_screen *screen = tsr_list_entry(pos, struct tsr_screen, link);

		if (screen->stream == stream)
			return screen;
	}
	return NULL;
}

/* ---- views ---------------------------------------------------------------------------- */

/* After anything that could make the relay want cells. */
static void arm(struct tsr_screen *screen)
{
	tsr_time now = now_of(screen->fanout);
	uint64_t cells;

	if (tsr_relay_poll_need(screen->relay, now, &cells))
		tsr_host_post_need(
			screen->fanout->worker, screen->fanout->session, screen->stream, cells);
	tsr_timer_set(screen->timer, tsr_relay_next_timeout(screen->relay));
}

static void on_timer(void *user)
{
	arm(user);
}

static void subscribe(struct tsr_view *view)
{
	struct tsr_screen *screen = view->screen;

	if (view->viewer)
		return;
	view->viewer = tsr_relay_add_viewer(
		screen->relay, view->watcher->first_epoch, view, now_of(screen->fanout));
	view->bytes_before = view->bytes;
	tsr_conn_mark_dirty(view->watcher->conn);
}

static void unsubscribe(struct tsr_view *view)
{
	if (view->viewer)
		tsr_relay_remove_viewer(view->screen->relay, view->viewer);
	view->viewer = NULL;
}

/* One's own screen comes back only when it is asked for: the return picture. */
static bool is_own(const struct tsr_view *view)
{
	return tsr_member_id_equal(view->watcher->member, view->screen->from);
}

static int view_create(struct tsr_watcher *watcher, struct tsr_screen *screen)
{
	struct tsr_view *view = calloc(1, sizeof(*view));

	if (!view)
		return TSR_ERR_NOMEM;
	view->watcher = watcher;
	view->screen = screen;
	tsr_list_append(&watcher->views, &view->watcher_link);
	tsr_list_append(&screen->views, &view->screen_link);
	if (!is_own(view))
		subscribe(view);
	return 0;
}

static void view_destroy(struct tsr_view *view)
{
	unsubscribe(view);
	tsr_list_remove(&view->watcher_link);
	tsr_list_remove(&view->screen_link);
	free(view);
}

static struct tsr_view *find_view(struct tsr_watcher *watcher, uint32_t stream)
{
	tsr_list_each (pos, next, &watcher->views) {
		struct tsr_view *view = tsr_list_entry(pos, struct tsr_view, watcher_link);

		if (view->screen->stream == stream)
			return view;
	}
	return NULL;
}

/* ---- screens -------------------------------------------------------------------------- */

static void screen_destroy(struct tsr_screen *screen)
{
	while (!tsr_list_is_empty(&screen->views))
		view_destroy(tsr_list_entry(screen->views.next, struct tsr_view, screen_link));
	tsr_relay_destroy(screen->relay);
	tsr_timer_close(&screen->timer);
	if (!tsr_list_is_empty(&screen->link))
		tsr_metric_down(&tsr_edge_counters.screens);
	tsr_list_remove(&screen->link);
	free(screen);
}

static int screen_open(struct tsr_worker *worker, const struct tsr_screen_mail *mail)
{
	struct tsr_fanout *fanout = get_fanout(worker, mail->session);
	struct tsr_screen *screen = calloc(1, sizeof(*screen));
	int r = TSR_ERR_NOMEM;

	if (!fanout || !screen) {
		free(screen);
		return r;
	}
	screen->fanout = fanout;
	screen->stream = mail->stream;
	screen->from = mail->from;
	tsr_list_init(&screen->views);
	tsr_list_init(&screen->link);
	if ((r = tsr_timer_open(&screen->timer, worker->thread.loop, on_timer, screen)) != 0 ||
		(r = tsr_relay_create(&screen->relay, mail->width, mail->height)) != 0) {
		screen_destroy(screen);
		return r;
	}
	tsr_list_append(&fanout->screens, &screen->link);
	tsr_metric_up(&tsr_edge_counters.screens);
	tsr_list_each (pos, next, &fanout->watchers) {
		struct tsr_watcher *watcher = tsr_list_entry(pos, struct tsr_watcher, link);

		if ((r = view_create(watcher, screen)) != 0)
			return r;
	}
	return 0;
}

/* Cells of another size are another relay; the viewers' counts go on. */
static int screen_resize(struct tsr_screen *screen, uint32_t width, uint32_t height)
{
	struct tsr_relay *relay;
	int r = tsr_relay_create(&relay, width, height);

	if (r != 0)
		return r;
	tsr_list_each (pos, next, &screen->views) {
		struct tsr_view *view = tsr_list_entry(pos, struct tsr_view, screen_link);

		if (!view->viewer)
			continue;
		tsr_relay_remove_viewer(screen->relay, view->viewer);
		view->bytes_before = view->bytes;
		view->viewer = tsr_relay_add_viewer(
			relay, view->watcher->first_epoch, view, now_of(screen->fanout));
	}
	tsr_relay_destroy(screen->relay);
	screen->relay = relay;
	return 0;
}

/* Those who watch and have room are asked for their next frame. */
static void mark_viewers(struct tsr_screen *screen)
{
	tsr_list_each (pos, next, &screen->views) {
		struct tsr_view *view = tsr_list_entry(pos, struct tsr_view, screen_link);

		if (view->viewer && tsr_conn_has_room(view->watcher->conn))
			tsr_conn_mark_dirty(view->watcher->conn);
	}
}

static int screen_frame(struct tsr_screen *screen, const struct tsr_screen_mail *mail)
{
	int r = tsr_relay_handle_frame(
		screen->relay, &mail->frame, mail->msg, now_of(screen->fanout));

	if (r == 0)
		mark_viewers(screen);
	return r;
}

static int apply_to_screen(struct tsr_screen *screen, const struct tsr_screen_mail *mail)
{
	int r = 0;

	switch (mail->op) {
	case TSR_SCREEN_FRAME:
		r = screen_frame(screen, mail);
		break;
	case TSR_SCREEN_RESIZE:
		r = screen_resize(screen, mail->width, mail->height);
		break;
	case TSR_SCREEN_PAUSE:
	case TSR_SCREEN_BLANK:
		tsr_relay_handle_pause(screen->relay, mail->op == TSR_SCREEN_BLANK);
		break;
	case TSR_SCREEN_RESUME:
		tsr_relay_handle_resume(screen->relay);
		mark_viewers(screen); /* they may lack all of a picture that does not change */
		break;
	default:
		tsr_relay_handle_epoch(screen->relay, mail->epoch);
		break;
	}
	arm(screen);
	return r;
}

static void apply_to_all(struct tsr_fanout *fanout, const struct tsr_screen_mail *mail)
{
	tsr_list_each (pos, next, &fanout->screens) {
		struct tsr_screen *screen = tsr_list_entry(pos, struct tsr_screen, link);

		if (mail->op == TSR_SCREEN_END)
			screen_destroy(screen);
		else
			(void)!apply_to_screen(screen, mail);
	}
	drop_if_empty(fanout);
}

int tsr_fanout_apply(struct tsr_worker *worker, const struct tsr_screen_mail *mail)
{
	struct tsr_fanout *fanout = find_fanout(worker, mail->session);
	struct tsr_screen *screen;

	if (mail->op == TSR_SCREEN_OPEN)
		return worker->is_stopping ? TSR_ERR_STATE : screen_open(worker, mail);
	if (!fanout)
		return TSR_ERR_UNKNOWN;
	if (mail->op == TSR_SCREEN_END || mail->op == TSR_SCREEN_EPOCH) {
		apply_to_all(fanout, mail);
		return 0;
	}
	screen = find_screen(fanout, mail->stream);
	if (!screen)
		return TSR_ERR_UNKNOWN;
	if (mail->op != TSR_SCREEN_CLOSE)
		return apply_to_screen(screen, mail);
	screen_destroy(screen);
	drop_if_empty(fanout);
	return 0;
}

void tsr_fanout_on_mail(void *worker, void *item, uint64_t unused)
{
	struct tsr_screen_mail *mail = item;

	(void)unused;
	/* The owner's own replica has judged the frame; here it can only fail for memory. */
	if (tsr_fanout_apply(worker, mail) == TSR_ERR_NOMEM)
		tsr_metrics_refuse(TSR_ERR_NOMEM);
	tsr_msg_unref(&mail->msg);
	free(mail);
}

bool tsr_fanout_credit(struct tsr_worker *worker, uint64_t session, uint32_t stream,
	uint64_t *bytes, uint32_t *picture)
{
	struct tsr_screen *screen = find_screen(find_fanout(worker, session), stream);

	return screen && tsr_relay_poll_credit(screen->relay, bytes, picture);
}

size_t tsr_fanout_held(struct tsr_worker *worker, uint64_t session, uint32_t stream)
{
	struct tsr_screen *screen = find_screen(find_fanout(worker, session), stream);
	struct tsr_relay_stats stats = { 0 };

	if (screen)
		tsr_relay_stats(screen->relay, &stats);
	return stats.memory;
}

/* ---- watchers ------------------------------------------------------------------------- */

struct tsr_watcher *tsr_fanout_add_watcher(struct tsr_worker *worker, uint64_t session,
	struct tsr_conn *conn, struct tsr_member_id member, uint8_t first_epoch)
{
	struct tsr_fanout *fanout = get_fanout(worker, session);
	struct tsr_watcher *watcher = fanout ? calloc(1, sizeof(*watcher)) : NULL;

	if (!watcher)
		return NULL;
	watcher->fanout = fanout;
	watcher->conn = conn;
	watcher->member = member;
	watcher->first_epoch = first_epoch;
	tsr_list_init(&watcher->views);
	tsr_list_append(&fanout->watchers, &watcher->link);
	tsr_list_each (pos, next, &fanout->screens) {
		struct tsr_screen *screen = tsr_list_entry(pos, struct tsr_screen, link);

		if (view_create(watcher, screen) != 0) {
			tsr_fanout_remove_watcher(watcher);
			return NULL;
		}
		arm(screen);
	}
	return watcher;
}

void tsr_fanout_remove_watcher(struct tsr_watcher *watcher)
{
	struct tsr_fanout *fanout = watcher->fanout;

	while (!tsr_list_is_empty(&watcher->views))
		view_destroy(tsr_list_entry(watcher->views.next, struct tsr_view, watcher_link));
	tsr_list_remove(&watcher->link);
	free(watcher);
	drop_if_empty(fanout);
}

static struct tsr_msg *pull_view(struct tsr_view *view)
{
	struct tsr_msg *msg;

	if (!view->viewer)
		return NULL;
	if (!tsr_relay_poll_send(
		    view->screen->relay, view->viewer, now_of(view->screen->fanout), &msg)) {
		/* it is now that the relay learns what the viewer lacks */
		if (tsr_relay_next_timeout(view->screen->relay) != TSR_TIME_NEVER)
			arm(view->screen);
		return NULL;
	}
	view->bytes += tsr_inbox_frame_len(msg);
	tsr_metric_count(&tsr_edge_counters.frames_out, 1);
	tsr_metric_count(&tsr_edge_counters.frame_bytes_out, tsr_inbox_frame_len(msg));
	return msg;
}

struct tsr_msg *tsr_fanout_pull(struct tsr_conn *conn)
{
	struct tsr_watcher *watcher = conn->ws->client->watcher;

	if (!watcher)
		return NULL;
	/* Who got one goes to the end: two monitors share the line evenly. */
	tsr_list_each (pos, next, &watcher->views) {
		struct tsr_view *view = tsr_list_entry(pos, struct tsr_view, watcher_link);
		struct tsr_msg *msg = pull_view(view);

		if (!msg)
			continue;
		tsr_list_remove(pos);
		tsr_list_append(&watcher->views, pos);
		return msg;
	}
	return NULL;
}

void tsr_fanout_handle_ack(
	struct tsr_watcher *watcher, uint32_t stream, uint32_t picture, uint64_t bytes)
{
	struct tsr_view *view = find_view(watcher, stream);

	/* A stream that has closed, or an ack from before a resize: late, not wrong. */
	if (!view || !view->viewer || bytes < view->bytes_before)
		return;
	if (tsr_relay_handle_ack(view->screen->relay, view->viewer, picture,
		    bytes - view->bytes_before, now_of(watcher->fanout)) != 0) {
		tsr_metrics_refuse(TSR_ERR_RANGE);
		return;
	}
	tsr_conn_mark_dirty(watcher->conn);
	arm(view->screen);
}

static void watch(struct tsr_watcher *watcher, const struct tsr_watch_mail *mail)
{
	struct tsr_view *view = find_view(watcher, mail->stream);

	if (!view)
		return;
	switch (mail->op) {
	case TSR_WATCH_ACK:
		tsr_fanout_handle_ack(watcher, mail->stream, mail->picture, mail->bytes);
		return;
	case TSR_WATCH_REFRESH:
	case TSR_WATCH_UNREADABLE:
		if (view->viewer)
			tsr_relay_handle_refresh(view->screen->relay, view->viewer,
				mail->op == TSR_WATCH_UNREADABLE, now_of(watcher->fanout));
		break;
	case TSR_WATCH_ON:
		subscribe(view);
		break;
	case TSR_WATCH_OFF:
		unsubscribe(view);
		break;
	}
	tsr_conn_mark_dirty(watcher->conn);
	arm(view->screen);
}

void tsr_fanout_on_watch(void *worker, void *item, uint64_t unused)
{
	struct tsr_watch_mail *mail = item;
	struct tsr_conn *conn = tsr_conn_find(worker, tsr_ref_id(mail->conn));

	(void)unused;
	if (conn && conn->ws && conn->ws->client->watcher)
		watch(conn->ws->client->watcher, mail);
	free(mail);
}

/* ---- reports -------------------------------------------------------------------------- */

static void add_viewers(struct tsr_report *report, struct tsr_screen *screen, tsr_time now)
{
	struct tsr_relay_viewer *viewer = NULL;

	while ((viewer = tsr_relay_next_viewer(screen->relay, viewer)) != NULL) {
		const struct tsr_view *view = tsr_relay_viewer_user(viewer);
		struct tsr_relay_viewer_stats stats;
		struct tsr_report_viewer line;

		if (is_own(view))
			continue;
		tsr_relay_viewer_stats(screen->relay, viewer, now, &stats);
		line = (struct tsr_report_viewer){ view->watcher->member.v, stats.lag_ms,
			stats.kbit_s, stats.is_in_sync };
		tsr_report_add(report, &line);
		tsr_edge_counters_lag(stats.lag_ms);
	}
}

static void report_screen(struct tsr_screen *screen)
{
	struct tsr_worker *worker = screen->fanout->worker;
	struct tsr_report *report = calloc(1, sizeof(*report));
	struct tsr_relay_stats stats;

	if (!report)
		return;
	tsr_relay_stats(screen->relay, &stats);
	report->session = screen->fanout->session;
	report->worker = worker->thread.index;
	report->stream = screen->stream;
	report->bytes_out = stats.bytes_out;
	add_viewers(report, screen, tsr_worker_now(worker));
	tsr_host_post_report(worker, report);
}

void tsr_fanout_tick(struct tsr_worker *worker)
{
	tsr_list_each (pos, next, &worker->fanouts) {
		struct tsr_fanout *fanout = tsr_list_entry(pos, struct tsr_fanout, link);

		tsr_list_each (at, after, &fanout->screens)
			report_screen(tsr_list_entry(at, struct tsr_screen, link));
	}
}

void tsr_fanout_finish(struct tsr_worker *worker)
{
	tsr_list_each (pos, next, &worker->fanouts) {
		struct tsr_fanout *fanout = tsr_list_entry(pos, struct tsr_fanout, link);
		struct tsr_screen_mail mail = { .session = fanout->session, .op = TSR_SCREEN_END };

		apply_to_all(fanout, &mail);
	}
}
