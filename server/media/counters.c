/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/counters.h"

#include "core/base/err.h"

#define DROPPED(reason) \
	TSR_COUNTER_LABEL("tessera_media_dropped_total", "reason=\"" reason "\"", \
		"Datagrams dropped, by reason")

struct tsr_media_counters tsr_media_counters = {
	.packets_in = TSR_COUNTER("tessera_media_packets_in_total", "Datagrams received"),
	.packets_out = TSR_COUNTER("tessera_media_packets_out_total", "Datagrams sent"),
	.bytes_in = TSR_COUNTER("tessera_media_bytes_in_total", "Bytes of datagrams received"),
	.bytes_out = TSR_COUNTER("tessera_media_bytes_out_total", "Bytes of datagrams sent"),
	.messages_out = TSR_COUNTER("tessera_media_messages_out_total",
		"Messages to the kernel, each one or more datagrams"),
	.strays = TSR_COUNTER("tessera_media_strays_total",
		"Datagrams that arrived at another thread than their transport's"),
	.precalls = TSR_COUNTER("tessera_media_precalls_total",
		"Answers to people in no call who try whether one would come through"),
	.sessions = TSR_GAUGE("tessera_media_sessions", "Sessions with audio or video"),
	.transports = TSR_GAUGE("tessera_media_transports", "Transports in use"),
	.wires = TSR_GAUGE("tessera_media_tcp_connections", "TCP connections of ICE"),
	.wires_refused = TSR_COUNTER("tessera_media_tcp_refused_total",
		"TCP connections ended or not taken, because there were too many"),
	.handshakes = TSR_COUNTER("tessera_media_handshakes_total", "DTLS handshakes done"),
	.handshakes_failed =
		TSR_COUNTER("tessera_media_handshakes_failed_total", "DTLS handshakes failed"),
	.orders = TSR_COUNTER("tessera_media_orders_total", "What the edge asked for"),
	.orders_failed =
		TSR_COUNTER("tessera_media_orders_failed_total", "And what could not be done"),
	.tells_lost =
		TSR_COUNTER("tessera_media_tells_lost_total", "News that the edge was not told"),
	.dropped = { [TSR_DROP_GARBAGE] = DROPPED("garbage"),
		[TSR_DROP_STRANGER] = DROPPED("stranger"),
		[TSR_DROP_RATE] = DROPPED("rate"),
		[TSR_DROP_FORGED] = DROPPED("forged"),
		[TSR_DROP_REPLAYED] = DROPPED("replayed"),
		[TSR_DROP_MALFORMED] = DROPPED("malformed"),
		[TSR_DROP_EARLY] = DROPPED("early"),
		[TSR_DROP_BEHIND] = DROPPED("behind"),
		[TSR_DROP_UNPROTECTED] = DROPPED("unprotected"),
		[TSR_DROP_SOCKET] = DROPPED("socket") },
};

void tsr_media_counters_add(void)
{
	struct tsr_metric *plain = &tsr_media_counters.packets_in;

	/* All members up to the array are single metrics, one after the other. */
	while (plain < tsr_media_counters.dropped)
		tsr_metrics_add(plain++);
	for (size_t i = 0; i < TSR_DROP_N; i++)
		tsr_metrics_add(&tsr_media_counters.dropped[i]);
}

void tsr_media_count_received(size_t n, size_t bytes)
{
	tsr_metric_count(&tsr_media_counters.packets_in, (int64_t)n);
	tsr_metric_count(&tsr_media_counters.bytes_in, (int64_t)bytes);
}

void tsr_media_count_sent(size_t n, size_t bytes)
{
	tsr_metric_count(&tsr_media_counters.packets_out, (int64_t)n);
	tsr_metric_count(&tsr_media_counters.bytes_out, (int64_t)bytes);
}

void tsr_media_count_drops(enum tsr_media_drop reason, size_t n)
{
	tsr_metric_count(&tsr_media_counters.dropped[reason], (int64_t)n);
}

void tsr_media_count_drop(enum tsr_media_drop reason)
{
	tsr_media_count_drops(reason, 1);
}

void tsr_media_count_in(int err)
{
	switch (err) {
	case 0:
		break;
	case TSR_ERR_AUTH:
		tsr_media_count_drop(TSR_DROP_FORGED);
		break;
	case TSR_ERR_STALE:
		tsr_media_count_drop(TSR_DROP_REPLAYED);
		break;
	case TSR_ERR_STATE:
		tsr_media_count_drop(TSR_DROP_EARLY);
		break;
	default:
		tsr_media_count_drop(TSR_DROP_MALFORMED);
		break;
	}
}
