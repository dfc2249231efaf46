/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/counters.h"

#define CLOSED(reason) \
	TSR_COUNTER_LABEL("tessera_closed_total", "reason=\"" reason "\"", \
		"WebSockets closed by the server, by reason")

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
	.mail_late = TSR_COUNTER("tessera_mail_late_total", "Mail that met a full mailbox"),
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
};

void tsr_edge_counters_add(void)
{
	struct tsr_metric *plain = &tsr_edge_counters.accepted;

	/* All members up to the array are single metrics, one after the other. */
	while (plain < tsr_edge_counters.closed)
		tsr_metrics_add(plain++);
	for (unsigned i = 0; i <= TSR_CLOSE_LOBBY_TIMEOUT; i++)
		tsr_metrics_add(&tsr_edge_counters.closed[i]);
}
