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
};

static const uint32_t lag_bounds[TSR_LAG_BUCKETS] = { 0, 50, 100, 200, 400, 800, 1600, 3200, 6400,
	UINT32_MAX };

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
}

void tsr_edge_counters_lag(uint32_t lag_ms)
{
	for (unsigned i = 0; i < TSR_LAG_BUCKETS; i++)
		if (lag_ms <= lag_bounds[i])
			tsr_metric_count(&tsr_edge_counters.lag[i], 1);
	tsr_metric_count(&tsr_edge_counters.lag[TSR_LAG_BUCKETS], lag_ms);
	tsr_metric_count(&tsr_edge_counters.lag[TSR_LAG_BUCKETS + 1], 1);
}
