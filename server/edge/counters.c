/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/counters.h"

#define CLOSED(reason) \
	TSR_COUNTER_LABEL("tessera_closed_total", "reason=\"" reason "\"", \
		"WebSockets closed by the server, by reason")

#define FRAMES(kind) \
	TSR_COUNTER_LABEL("tessera_screen_frames_total", "kind=\"" kind "\"", \
		"Screen frames taken from presenters, by kind")
#define FRAME_BYTES(kind) \
	TSR_COUNTER_LABEL("tessera_screen_frame_bytes_total", "kind=\"" kind "\"", "Bytes of them")
#define REFRESHES(reason) \
	TSR_COUNTER_LABEL("tessera_stream_refreshes_total", "reason=\"" reason "\"", \
		"Requests of viewers for whole pictures, by what was wrong")
#define LAG "tessera_viewer_lag_milliseconds"
#define LAG_HELP "How far viewers are behind the newest picture, each looked at once a second"
#define LAG_BUCKET(le) TSR_BUCKET(LAG, le, LAG_HELP)

#define GRADED(grade) \
	TSR_GAUGE_LABEL("tessera_media_members", "grade=\"" grade "\"", \
		"Members with audio or video, by how good their lines are")
#define HINDERED(reason) \
	TSR_GAUGE_LABEL("tessera_media_members_by_reason", "reason=\"" reason "\"", \
		"The same, by why they are no better")
#define BY_PATH(path) \
	TSR_GAUGE_LABEL("tessera_media_members_by_path", "path=\"" path "\"", \
		"The same, by what carries their packets; nothing yet where no grade is known")
#define RTT "tessera_media_rtt_milliseconds"
#define RTT_HELP "Round-trip times of members' packets, each looked at every two seconds"
#define RTT_BUCKET(le) TSR_BUCKET(RTT, le, RTT_HELP)
#define LOSS "tessera_media_loss_permille"
#define LOSS_HELP \
	"How much of the packets of members, and of those to them, gets lost, each looked at " \
	"every two seconds"
#define LOSS_BUCKET(way, le) \
	{ \
		LOSS "_bucket", "direction=\"" way "\",le=\"" le "\"", LOSS_HELP, \
			TSR_METRIC_BUCKET, 0 \
	}
#define LOSS_TOTAL(way, which) \
	{ \
		LOSS which, "direction=\"" way "\"", LOSS_HELP, TSR_METRIC_TOTAL, 0 \
	}
#define LOSSES(way) \
	{ \
		LOSS_BUCKET(way, "0"), LOSS_BUCKET(way, "10"), LOSS_BUCKET(way, "30"), \
			LOSS_BUCKET(way, "50"), LOSS_BUCKET(way, "100"), LOSS_BUCKET(way, "200"), \
			LOSS_BUCKET(way, "400"), LOSS_BUCKET(way, "+Inf"), \
			LOSS_TOTAL(way, "_sum"), LOSS_TOTAL(way, "_count") \
	}

struct tsr_edge_counters tsr_edge_counters = {
	.accepted = TSR_COUNTER("tessera_accepted_total", "TCP connections accepted"),
	.connections = TSR_GAUGE("tessera_connections", "TCP connections open"),
	.handshakes_failed = TSR_COUNTER("tessera_handshakes_failed_total",
		"Connections that ended before TLS was up"),
	.redirects = TSR_COUNTER("tessera_redirects_total", "Plain HTTP requests redirected"),
	.requests = TSR_COUNTER("tessera_requests_total", "HTTP requests answered"),
	.api_calls = TSR_COUNTER("tessera_api_calls_total", "API requests handed to control"),
	.api_failed =
		TSR_COUNTER("tessera_api_failed_total", "API requests that control did not answer"),
	.websockets = TSR_GAUGE("tessera_websockets", "Session WebSockets open"),
	.sessions = TSR_GAUGE("tessera_sessions", "Sessions owned"),
	.members = TSR_GAUGE("tessera_members", "Control connections of members, waiting ones too"),
	.phantoms = TSR_GAUGE("tessera_phantoms", "People who wait at a number that does not exist"),
	.bulk = TSR_GAUGE("tessera_bulk_connections", "Bulk connections of members"),
	.screens = TSR_GAUGE("tessera_screens", "Relay replicas of shared screens"),
	.screen_bytes = TSR_GAUGE("tessera_screen_held_bytes",
		"Bytes of screen frames in memory, as of the last second"),
	.frames_in = TSR_COUNTER("tessera_frames_in_total", "Screen frames taken from presenters"),
	.frame_bytes_in = TSR_COUNTER("tessera_frame_bytes_in_total", "Bytes of them"),
	.frames_out = TSR_COUNTER("tessera_frames_out_total", "Screen frames sent to viewers"),
	.frame_bytes_out = TSR_COUNTER("tessera_frame_bytes_out_total", "Bytes of them"),
	.frames_dropped =
		TSR_COUNTER("tessera_frames_dropped_total", "Data frames dropped, any class"),
	.chat_frames = TSR_COUNTER("tessera_chat_frames_total", "Chat frames taken"),
	.needs = TSR_COUNTER("tessera_stream_needs_total", "Requests to presenters for cells"),
	.queue_full = TSR_COUNTER("tessera_queue_full_total",
		"Connections closed because their control messages were not read"),
	.commits = TSR_COUNTER("tessera_commits_total", "Durable changes asked of control"),
	.commits_failed = TSR_COUNTER("tessera_commits_failed_total", "Of these, not kept"),
	.control_up = TSR_GAUGE("tessera_control_up", "1 while control answers"),
	.closed = {
		[TSR_CLOSE_NONE] = CLOSED("none"),
		[TSR_CLOSE_RELOAD] = CLOSED("reload"),
		[TSR_CLOSE_REFUSED] = CLOSED("refused"),
		[TSR_CLOSE_REMOVED] = CLOSED("removed"),
		[TSR_CLOSE_BARRED] = CLOSED("barred"),
		[TSR_CLOSE_DENIED] = CLOSED("denied"),
		[TSR_CLOSE_ENDED] = CLOSED("ended"),
		[TSR_CLOSE_ELSEWHERE] = CLOSED("elsewhere"),
		[TSR_CLOSE_PROTOCOL] = CLOSED("protocol"),
		[TSR_CLOSE_TOO_MUCH] = CLOSED("too_much"),
		[TSR_CLOSE_RESTART] = CLOSED("restart"),
		[TSR_CLOSE_LEFT] = CLOSED("left"),
		[TSR_CLOSE_TO_LOBBY] = CLOSED("to_lobby"),
		[TSR_CLOSE_FULL] = CLOSED("full"),
		[TSR_CLOSE_LOBBY_TIMEOUT] = CLOSED("lobby_timeout"),
	},
	.screen_frames = { FRAMES("key"), FRAMES("delta"), FRAMES("preview") },
	.screen_frame_bytes = { FRAME_BYTES("key"), FRAME_BYTES("delta"), FRAME_BYTES("preview") },
	.refreshes = { REFRESHES("lost"), REFRESHES("unreadable") },
	.lag = { LAG_BUCKET("0"), LAG_BUCKET("50"), LAG_BUCKET("100"), LAG_BUCKET("200"),
		LAG_BUCKET("400"), LAG_BUCKET("800"), LAG_BUCKET("1600"), LAG_BUCKET("3200"),
		LAG_BUCKET("6400"), LAG_BUCKET("+Inf"), TSR_TOTAL(LAG "_sum", LAG_HELP),
		TSR_TOTAL(LAG "_count", LAG_HELP) },
	.media_grades = { GRADED("unknown"), GRADED("good"), GRADED("fair"), GRADED("poor"),
		GRADED("lost") },
	.media_reasons = { HINDERED("none"), HINDERED("loss_up"), HINDERED("loss_down"),
		HINDERED("delay"), HINDERED("bandwidth_up"), HINDERED("bandwidth_down"),
		HINDERED("tcp"), HINDERED("silent") },
	.media_paths = { BY_PATH("udp"), BY_PATH("tcp") },
	.media_rtt = { RTT_BUCKET("25"), RTT_BUCKET("50"), RTT_BUCKET("100"), RTT_BUCKET("200"),
		RTT_BUCKET("300"), RTT_BUCKET("600"), RTT_BUCKET("1200"), RTT_BUCKET("+Inf"),
		TSR_TOTAL(RTT "_sum", RTT_HELP), TSR_TOTAL(RTT "_count", RTT_HELP) },
	.media_loss = { LOSSES("up"), LOSSES("down") },
};

static const uint32_t lag_bounds[TSR_LAG_BUCKETS] = { 0, 50, 100, 200, 400, 800, 1600, 3200, 6400,
	UINT32_MAX };

static const uint32_t rtt_bounds[TSR_RTT_BUCKETS] = { 25, 50, 100, 200, 300, 600, 1200,
	UINT32_MAX };
static const uint32_t loss_bounds[TSR_LOSS_BUCKETS] = { 0, 10, 30, 50, 100, 200, 400, UINT32_MAX };

static void add_all(struct tsr_metric *metrics, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tsr_metrics_add(&metrics[i]);
}

#define ADD_ALL(array) add_all(array, sizeof(array) / sizeof((array)[0]))

void tsr_edge_counters_add(void)
{
	struct tsr_metric *plain = &tsr_edge_counters.accepted;

	/* All members up to the array are single metrics, one after the other. */
	while (plain < tsr_edge_counters.closed)
		tsr_metrics_add(plain++);
	ADD_ALL(tsr_edge_counters.closed);
	ADD_ALL(tsr_edge_counters.screen_frames);
	ADD_ALL(tsr_edge_counters.screen_frame_bytes);
	ADD_ALL(tsr_edge_counters.refreshes);
	ADD_ALL(tsr_edge_counters.lag);
	ADD_ALL(tsr_edge_counters.media_grades);
	ADD_ALL(tsr_edge_counters.media_reasons);
	ADD_ALL(tsr_edge_counters.media_paths);
	ADD_ALL(tsr_edge_counters.media_rtt);
	ADD_ALL(tsr_edge_counters.media_loss[0]);
	ADD_ALL(tsr_edge_counters.media_loss[1]);
}

/* Into a histogram: its buckets, sum and count. */
static void observe(
	const struct tsr_metric *metrics, const uint32_t *bounds, unsigned n, uint32_t value)
{
	for (unsigned i = 0; i < n; i++)
		if (value <= bounds[i])
			tsr_metric_count(&metrics[i], 1);
	tsr_metric_count(&metrics[n], value);
	tsr_metric_count(&metrics[n + 1], 1);
}

void tsr_edge_counters_lag(uint32_t lag_ms)
{
	observe(tsr_edge_counters.lag, lag_bounds, TSR_LAG_BUCKETS, lag_ms);
}

/* From where he was counted to where he is. */
static void move(const struct tsr_metric **from, const struct tsr_metric *to)
{
	if (*from == to)
		return;
	if (*from)
		tsr_metric_down(*from);
	if (to)
		tsr_metric_up(to);
	*from = to;
}

void tsr_edge_counters_quality(struct tsr_standing *standing, const Tessera__V1__Quality *q)
{
	struct tsr_edge_counters *all = &tsr_edge_counters;
	bool is_known = q->path != TESSERA__V1__PATH__PATH_UNKNOWN;

	move(&standing->grade, &all->media_grades[q->grade]);
	move(&standing->reason, &all->media_reasons[q->reason]);
	move(&standing->path,
		is_known ? &all->media_paths[q->path == TESSERA__V1__PATH__PATH_TCP] : NULL);
	if (q->rtt_ms)
		observe(all->media_rtt, rtt_bounds, TSR_RTT_BUCKETS, q->rtt_ms);
	if (q->kbit_up)
		observe(all->media_loss[0], loss_bounds, TSR_LOSS_BUCKETS, q->loss_up);
	if (q->kbit_down)
		observe(all->media_loss[1], loss_bounds, TSR_LOSS_BUCKETS, q->loss_down);
}

void tsr_edge_counters_gone(struct tsr_standing *standing)
{
	move(&standing->grade, NULL);
	move(&standing->reason, NULL);
	move(&standing->path, NULL);
}
