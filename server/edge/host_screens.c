/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_screens: shared screens at the owner. Its own worker's replica judges each frame first;
 * what it takes is published to the other workers. Credit follows what it took; needs of all
 * replicas are gathered, so that the presenter is asked at most once per interval.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/client.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/inbox.h"
#include "server/edge/pack.h"
#include "sys/clock.h"
#include "sys/log.h"

#define SHARES 64 /* a stream that holds less than this part of the memory is never refused */

struct tsr_host_screen *tsr_host_find_screen(const struct tsr_host *host, uint32_t stream)
{
	tsr_list_each (pos, next, &host->screens) {
		struct tsr_host_screen *screen = tsr_list_entry(pos, struct tsr_host_screen, link);

		if (screen->stream == stream)
			return screen;
	}
	return NULL;
}

/* Here at once, elsewhere by mail. Returns what this worker's replica says. */
static int publish(struct tsr_host *host, const struct tsr_screen_mail *mail)
{
	struct tsr_worker *worker = host->worker;
	int r = tsr_fanout_apply(worker, mail);

	if (r != 0 && mail->op == TSR_SCREEN_FRAME)
		return r;
	for (unsigned i = 0; i < worker->edge->n_workers; i++) {
		struct tsr_screen_mail *copy;

		if (i == worker->thread.index)
			continue;
		copy = malloc(sizeof(*copy));
		if (!copy)
			abort(); /* replicas must not differ */
		*copy = *mail;
		if (copy->msg)
			tsr_msg_ref(copy->msg);
		tsr_worker_post(worker, i, tsr_fanout_on_mail, copy, 0);
	}
	return r;
}

static struct tsr_screen_mail mail_of(
	const struct tsr_host *host, enum tsr_screen_op op, uint32_t stream)
{
	return (struct tsr_screen_mail){
		.session = tsr_host_ref(host),
		.op = op,
		.stream = stream,
	};
}

/* ---- opening and closing -------------------------------------------------------------- */

int tsr_host_screen_open(struct tsr_host *host, const struct tsr_stream *stream)
{
	struct tsr_screen_mail mail = mail_of(host, TSR_SCREEN_OPEN, stream->id.v);
	struct tsr_host_screen *screen = calloc(1, sizeof(*screen));
	int r;

	if (!screen)
		return TSR_ERR_NOMEM;
	screen->stream = stream->id.v;
	screen->from = stream->from;
	screen->opened_ms = tsr_clock_wall_ms();
	screen->width = stream->width;
	screen->height = stream->height;
	tsr_list_append(&host->screens, &screen->link);
	mail.from = stream->from;
	mail.width = stream->width;
	mail.height = stream->height;
	r = publish(host, &mail);
	if (r != 0)
		tsr_log(TSR_LOG_WARN, "screen not opened", TSR_ERR("err", r));
	return r;
}

static void tell_sender(struct tsr_host *host, const struct tsr_member_link *link, uint32_t stream,
	bool is_open, struct tsr_msg *answer)
{
	struct tsr_own_screen *own = calloc(1, sizeof(*own));

	if (!own)
		abort();
	own->conn = link->bulk;
	own->stream = stream;
	own->is_open = is_open;
	own->answer = answer;
	own->answer_to = link->conn;
	tsr_worker_post(host->worker, tsr_ref_worker(link->bulk), tsr_client_on_own_screen, own, 0);
}

void tsr_host_answer_screen(struct tsr_host *host, struct tsr_member_link *link, uint32_t stream,
	struct tsr_msg *answer)
{
	tell_sender(host, link, stream, true, answer);
}

static void screen_free(struct tsr_host_screen *screen)
{
	for (unsigned i = 0; i < TSR_THREADS_MAX - 1; i++)
		free(screen->reports[i]);
	tsr_list_remove(&screen->link);
	free(screen);
}

void tsr_host_screen_close(struct tsr_host *host, uint32_t stream, struct tsr_member_id from)
{
	struct tsr_screen_mail mail = mail_of(host, TSR_SCREEN_CLOSE, stream);
	struct tsr_host_screen *screen = tsr_host_find_screen(host, stream);
	const struct tsr_member_link *link = tsr_host_find_link(host, from);

	if (!screen)
		return;
	screen_free(screen);
	if (publish(host, &mail) == TSR_ERR_NOMEM)
		tsr_metrics_refuse(TSR_ERR_NOMEM);
	if (link && link->bulk)
		tell_sender(host, link, stream, false, NULL);
}

void tsr_host_screens_end(struct tsr_host *host)
{
	struct tsr_screen_mail mail = mail_of(host, TSR_SCREEN_END, 0);

	while (!tsr_list_is_empty(&host->screens))
		screen_free(tsr_list_entry(host->screens.next, struct tsr_host_screen, link));
	if (host->id)
		(void)!publish(host, &mail);
}

/* ---- pause, size, epoch --------------------------------------------------------------- */

static enum tsr_screen_op pause_op(enum tsr_pause pause)
{
	switch (pause) {
	case TSR_PAUSE_FROZEN:
		return TSR_SCREEN_PAUSE;
	case TSR_PAUSE_BLANK:
		return TSR_SCREEN_BLANK;
	default:
		return TSR_SCREEN_RESUME;
	}
}

void tsr_host_screen_sync(struct tsr_host *host, const struct tsr_stream *stream)
{
	struct tsr_host_screen *screen = tsr_host_find_screen(host, stream->id.v);
	struct tsr_screen_mail mail;

	if (!screen && tsr_host_screen_open(host, stream) == 0)
		screen = tsr_host_find_screen(host, stream->id.v);
	if (!screen)
		return;
	if (screen->width != stream->width || screen->height != stream->height) {
		mail = mail_of(host, TSR_SCREEN_RESIZE, screen->stream);
		mail.width = screen->width = stream->width;
		mail.height = screen->height = stream->height;
		if (publish(host, &mail) != 0)
			tsr_metrics_refuse(TSR_ERR_RANGE);
	}
	if (screen->paused != stream->paused) {
		screen->paused = stream->paused;
		mail = mail_of(host, pause_op(stream->paused), screen->stream);
		if (publish(host, &mail) != 0)
			tsr_metrics_refuse(TSR_ERR_UNKNOWN);
	}
}

void tsr_host_screens_epoch(struct tsr_host *host)
{
	struct tsr_screen_mail mail = mail_of(host, TSR_SCREEN_EPOCH, 0);

	mail.epoch = (uint8_t)tsr_session_epoch(host->session);
	if (!tsr_list_is_empty(&host->screens) && publish(host, &mail) != 0)
		tsr_metrics_refuse(TSR_ERR_UNKNOWN);
}

/* ---- frames --------------------------------------------------------------------------- */

/* The stream is broken beyond repair: its sender opens another. */
static void close_broken(struct tsr_host *host, const struct tsr_upward *up)
{
	const struct tsr_member_link *link = tsr_host_find_link(host, up->member);
	struct tsr_action action = {
		.act = TSR_ACT_CLOSE_STREAM,
		.stream = { up->header.stream },
	};

	if (!link || !link->conn)
		return;
	if (tsr_session_handle_action(
		    host->session, up->member, link->conn, &action, tsr_host_now(host)) == 0)
		tsr_host_settle(host);
}

/* The memory for screens is used up: the stream that holds much of it is refused more. One that
 * holds little goes on, whatever others do. */
static bool is_too_much(struct tsr_host *host, uint32_t stream)
{
	struct tsr_edge *edge = host->worker->edge;
	size_t max = (size_t)edge->child->screen_mib << 20;

	return atomic_load_explicit(&edge->screen_bytes, memory_order_relaxed) > max &&
	       tsr_fanout_held(host->worker, tsr_host_ref(host), stream) > max / SHARES;
}

static void send_credit(struct tsr_host *host, struct tsr_host_screen *screen)
{
	const struct tsr_member_link *link = tsr_host_find_link(host, screen->from);

	if (tsr_fanout_credit(host->worker, tsr_host_ref(host), screen->stream, &screen->bytes,
		    &screen->picture) &&
		link)
		tsr_host_send(host, link->conn,
			tsr_pack_credit(screen->stream, screen->bytes, screen->picture));
}

void tsr_host_handle_screen_frame(struct tsr_host *host, const struct tsr_upward *up)
{
	struct tsr_screen_mail mail = mail_of(host, TSR_SCREEN_FRAME, up->header.stream);
	struct tsr_host_screen *screen = tsr_host_find_screen(host, up->header.stream);
	int r;

	if (!screen)
		return;
	mail.frame = up->header;
	mail.msg = up->frame;
	r = is_too_much(host, screen->stream) ? TSR_ERR_FULL : publish(host, &mail);
	if (r == 0) {
		tsr_metric_count(&tsr_edge_counters.frames_in, 1);
		tsr_metric_count(&tsr_edge_counters.frame_bytes_in, tsr_inbox_frame_len(up->frame));
		tsr_host_note_frame(screen, &up->header, tsr_inbox_frame_len(up->frame));
		send_credit(host, screen);
		return;
	}
	screen->counts.dropped++;
	tsr_metric_count(&tsr_edge_counters.frames_dropped, 1);
	tsr_metrics_refuse(r);
	if (r != TSR_ERR_DENIED && r != TSR_ERR_NOMEM)
		close_broken(host, up);
}

/* ---- needs ---------------------------------------------------------------------------- */

static void ask_sender(struct tsr_host *host, struct tsr_host_screen *screen)
{
	const struct tsr_member_link *link = tsr_host_find_link(host, screen->from);

	if (screen->needed == 0 || screen->paused != TSR_PAUSE_NONE)
		return;
	if (tsr_host_now(host) < screen->asked_at + TSR_RELAY_NEED_INTERVAL)
		return;
	if (link && link->conn) {
		tsr_host_send(host, link->conn, tsr_pack_need(screen->stream, screen->needed));
		tsr_metric_count(&tsr_edge_counters.needs, 1);
		screen->counts.needs++;
	}
	screen->asked_at = tsr_host_now(host);
	screen->needed = 0;
}

void tsr_host_handle_need(struct tsr_host *host, uint32_t stream, uint64_t cells)
{
	struct tsr_host_screen *screen = tsr_host_find_screen(host, stream);

	if (!screen)
		return;
	screen->needed |= cells;
	ask_sender(host, screen);
	tsr_host_settle(host); /* arms the timer */
}

tsr_time tsr_host_screens_next_timeout(const struct tsr_host *host)
{
	tsr_time at = TSR_TIME_NEVER;

	tsr_list_each (pos, next, &host->screens) {
		const struct tsr_host_screen *screen =
			tsr_list_entry(pos, struct tsr_host_screen, link);

		if (screen->needed && screen->paused == TSR_PAUSE_NONE)
			at = tsr_time_min(at, screen->asked_at + TSR_RELAY_NEED_INTERVAL);
	}
	return at;
}

void tsr_host_screens_timeout(struct tsr_host *host)
{
	tsr_list_each (pos, next, &host->screens)
		ask_sender(host, tsr_list_entry(pos, struct tsr_host_screen, link));
}
