/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_stats: how the shares of a session get on, told once a second to who presents and, when he
 * asks, to the administrator; and how good the connections of its members are.
 */
#include <stdlib.h>

#include "server/edge/client.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/hub.h"
#include "server/edge/pack.h"
#include "server/edge/pack_control.h"

#define PATHS_EVERY (5 * TSR_SECOND)

/* ---- counting ------------------------------------------------------------------------- */

void tsr_host_note_frame(struct tsr_host_screen *screen, const struct tsr_frame *frame, size_t len)
{
	unsigned kind = frame->flags & TSR_FRAME_KEY ? 0 : frame->flags & TSR_FRAME_PREVIEW ? 2 : 1;

	screen->counts.keys += kind == 0;
	screen->counts.deltas += kind == 1;
	screen->counts.previews += kind == 2;
	screen->counts.preview_bytes += kind == 2 ? len : 0;
	tsr_metric_count(&tsr_edge_counters.screen_frames[kind], 1);
	tsr_metric_count(&tsr_edge_counters.screen_frame_bytes[kind], len);
}

void tsr_host_note_refresh(struct tsr_host *host, uint32_t stream, bool is_unreadable)
{
	struct tsr_host_screen *screen = tsr_host_find_screen(host, stream);

	if (!screen)
		return;
	screen->counts.refreshes++;
	screen->counts.unreadable += is_unreadable;
	tsr_metric_count(&tsr_edge_counters.refreshes[is_unreadable], 1);
}

void tsr_host_handle_report(struct tsr_host *host, struct tsr_report *report)
{
	struct tsr_host_screen *screen = tsr_host_find_screen(host, report->stream);

	if (!screen || report->worker >= TSR_THREADS_MAX - 1) {
		free(report);
		return;
	}
	free(screen->reports[report->worker]);
	screen->reports[report->worker] = report;
}

static void sum_up(struct tsr_report_sum *sum, const struct tsr_host *host,
	const struct tsr_host_screen *screen)
{
	tsr_report_sum(sum, (const struct tsr_report *const *)screen->reports,
		host->worker->edge->n_workers);
}

/* ---- to the presenter ----------------------------------------------------------------- */

static void measure(struct tsr_host_screen *screen, tsr_time now)
{
	uint64_t ms = screen->ticked_at ? (uint64_t)((now - screen->ticked_at) / TSR_MS) : 0;

	if (ms > 0) {
		screen->kbit_s = (uint32_t)((screen->bytes - screen->bytes_before) * 8 / ms);
		screen->fps_x10 = (uint32_t)((uint64_t)(screen->picture - screen->picture_before) *
					     10000 / ms);
	}
	screen->bytes_before = screen->bytes;
	screen->picture_before = screen->picture;
	screen->ticked_at = now;
}

static void send_stats(struct tsr_host *host, struct tsr_host_screen *screen)
{
	const struct tsr_member_link *link = tsr_host_find_link(host, screen->from);
	struct tsr_report_sum sum;

	if (!link || !link->conn)
		return;
	sum_up(&sum, host, screen);
	tsr_host_send(host, link->conn,
		tsr_pack_stats(
			screen->stream, screen->bytes, screen->picture, &screen->counts, &sum));
}

void tsr_host_screens_tick(struct tsr_host *host)
{
	tsr_list_each (pos, next, &host->screens) {
		struct tsr_host_screen *screen = tsr_list_entry(pos, struct tsr_host_screen, link);

		measure(screen, tsr_host_now(host));
		send_stats(host, screen);
	}
}

/* ---- to the administrator ------------------------------------------------------------- */

enum { NAMED = 16 }; /* of the worst; all screens of a session fit one packet */

struct shown {
	Tessera__Ipc__ShareInfo info;
	Tessera__Ipc__LateViewer behind[NAMED], *list[NAMED];
};

/* The generated structs want pointers without const; packing only reads. */
static char *name_of(const struct tsr_host *host, uint32_t id)
{
	const struct tsr_member *member =
		tsr_session_find_member(host->session, (struct tsr_member_id){ id });

	return (char *)(uintptr_t)(member ? member->record.name : "");
}

static void show_behind(
	struct shown *out, const struct tsr_host *host, const struct tsr_report_sum *sum)
{
	for (uint32_t i = 0; i < sum->n_behind && i < NAMED; i++) {
		Tessera__Ipc__LateViewer *line = &out->behind[i];

		tessera__ipc__late_viewer__init(line);
		line->member = sum->behind[i].member;
		line->name = name_of(host, line->member);
		line->lag_ms = sum->behind[i].lag_ms;
		line->in_sync = sum->behind[i].is_in_sync;
		line->kbit_s = sum->behind[i].kbit_s;
		out->list[i] = line;
		out->info.n_behind = i + 1;
	}
	out->info.behind = out->list;
}

static void show_screen(
	struct shown *out, const struct tsr_host *host, const struct tsr_host_screen *screen)
{
	Tessera__Ipc__ShareInfo *info = &out->info;
	struct tsr_report_sum sum;

	sum_up(&sum, host, screen);
	tessera__ipc__share_info__init(info);
	info->stream = screen->stream;
	info->from = screen->from.v;
	info->from_name = name_of(host, screen->from.v);
	info->width = screen->width;
	info->height = screen->height;
	info->paused = screen->paused != TSR_PAUSE_NONE;
	info->opened_ms = screen->opened_ms;
	info->viewers = sum.n_viewers;
	info->in_sync = sum.n_in_sync;
	info->late = sum.n_late;
	info->fps_x10 = screen->fps_x10;
	info->kbit_s = screen->kbit_s;
	info->bytes_in = screen->bytes;
	info->bytes_out = sum.bytes_out;
	info->pictures = screen->picture;
	info->keys = screen->counts.keys;
	info->deltas = screen->counts.deltas;
	info->previews = screen->counts.previews;
	info->preview_bytes = screen->counts.preview_bytes;
	info->dropped = screen->counts.dropped;
	info->needs = screen->counts.needs;
	info->refreshes = screen->counts.refreshes;
	info->unreadable = screen->counts.unreadable;
	show_behind(out, host, &sum);
}

static void count_present(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	uint32_t *n = user;

	(void)host;
	(void)link;
	++*n;
}

static struct tsr_msg *show_all(struct tsr_host *host, uint64_t query)
{
	struct shown *all = calloc(TSR_SESSION_SCREENS_MAX, sizeof(*all));
	struct tsr_media_shown *media = malloc(sizeof(*media));
	Tessera__Ipc__ShareInfo *list[TSR_SESSION_SCREENS_MAX];
	Tessera__Ipc__ShareReport body = TESSERA__IPC__SHARE_REPORT__INIT;
	struct tsr_msg *msg = NULL;

	if (!all || !media)
		goto out;
	body.query = query;
	body.live = true;
	body.shares = list;
	tsr_host_each_present(host, count_present, &body.present);
	tsr_list_each (pos, next, &host->screens) {
		if (body.n_shares == TSR_SESSION_SCREENS_MAX)
			break;
		show_screen(&all[body.n_shares], host,
			tsr_list_entry(pos, struct tsr_host_screen, link));
		list[body.n_shares] = &all[body.n_shares].info;
		body.n_shares++;
	}
	tsr_host_show_media(host, media);
	body.media = media->list;
	body.n_media = media->n;
	body.with_media = media->with_media;
	msg = tsr_pack_share_report(&body);
out:
	free(all);
	free(media);
	return msg;
}

void tsr_host_on_ask(void *worker, void *item, uint64_t id)
{
	struct tsr_share_ask *ask = item;
	struct tsr_host *host = tsr_host_find(worker, id);
	Tessera__Ipc__ShareReport gone = TESSERA__IPC__SHARE_REPORT__INIT;

	gone.query = ask->query;
	ask->packet = host ? show_all(host, ask->query) : tsr_pack_share_report(&gone);
	tsr_worker_post_hub(worker, tsr_hub_on_shares, ask, 0);
}

/* ---- connections of members ----------------------------------------------------------- */

struct path_list {
	uint32_t *members, *rtt_ms;
	size_t n, cap;
};

static void add_path(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	struct path_list *list = user;

	(void)host;
	if (list->n == list->cap)
		return;
	list->members[list->n] = link->member.v;
	list->rtt_ms[list->n++] = link->rtt_ms;
}

static struct tsr_msg *make_paths(struct tsr_host *host)
{
	struct path_list list = { .cap = tsr_session_n_members(host->session) + 1 };
	struct tsr_msg *msg = NULL;

	list.members = calloc(list.cap, sizeof(*list.members));
	list.rtt_ms = calloc(list.cap, sizeof(*list.rtt_ms));
	if (list.members && list.rtt_ms) {
		tsr_host_each_present(host, add_path, &list);
		msg = tsr_pack_paths(list.members, list.rtt_ms, list.n);
	}
	free(list.members);
	free(list.rtt_ms);
	return msg;
}

void tsr_host_send_paths(struct tsr_host *host, uint64_t conn)
{
	tsr_time now = tsr_host_now(host);

	if (!host->paths || now - host->paths_at >= PATHS_EVERY) {
		tsr_msg_unref(&host->paths);
		host->paths = make_paths(host);
		host->paths_at = now;
	}
	if (host->paths)
		tsr_host_send(host, conn, tsr_msg_ref(host->paths));
}
