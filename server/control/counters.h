/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_COUNTERS_H
#define TSR_CONTROL_COUNTERS_H

#include <stdint.h>

/* counters: what control counts for Prometheus. */
#define TSR_CONTROL_COUNTER_MAP(X) \
	X(JOIN_ORGANIZER, "joins_total", "result=\"organizer\"", "Answers to join") \
	X(JOIN_ATTENDEE, "joins_total", "result=\"attendee\"", "Answers to join") \
	X(JOIN_LOBBY, "joins_total", "result=\"lobby\"", "Answers to join") \
	X(JOIN_PHANTOM, "joins_total", "result=\"phantom\"", "Answers to join") \
	X(JOIN_REFUSED, "joins_total", "result=\"refused\"", "Answers to join") \
	X(JOIN_LOCKED, "joins_total", "result=\"locked\"", "Answers to join") \
	X(JOIN_ENDED, "joins_total", "result=\"ended\"", "Answers to join") \
	X(JOIN_TOO_MANY, "joins_total", "result=\"too_many\"", "Answers to join") \
	X(JOIN_NOT_NOW, "joins_total", "result=\"not_now\"", "Answers to join") \
	X(JOIN_ASKED, "joins_total", "result=\"password_or_knock\"", "Answers to join") \
	X(WRONG_PASSWORD, "wrong_passwords_total", NULL, "Passwords that were not right") \
	X(UNKNOWN_NUMBER, "unknown_numbers_total", NULL, "Look-ups of numbers nobody uses") \
	X(COMMIT_KEPT, "store_commits_total", "result=\"kept\"", "Durable changes of sessions") \
	X(COMMIT_REPEATED, "store_commits_total", "result=\"repeated\"", \
		"Durable changes of sessions") \
	X(COMMIT_REFUSED, "store_commits_total", "result=\"refused\"", \
		"Durable changes of sessions") \
	X(COMMIT_FAILED, "store_commits_total", "result=\"failed\"", \
		"Durable changes of sessions") \
	X(SESSION_CREATED, "sessions_total", "event=\"created\"", "Sessions by event") \
	X(SESSION_ENDED, "sessions_total", "event=\"ended\"", "Sessions by event") \
	X(SESSION_EXPIRED, "sessions_total", "event=\"expired\"", "Sessions by event") \
	X(STORE_FAILED, "store_failures_total", NULL, \
		"Times the database could not write or read") \
	X(API_OK, "api_replies_total", "class=\"2xx\"", "Replies to REST requests") \
	X(API_CLIENT, "api_replies_total", "class=\"4xx\"", "Replies to REST requests") \
	X(API_SERVER, "api_replies_total", "class=\"5xx\"", "Replies to REST requests")

enum tsr_control_counter {
#define X(name, metric, label, help) TSR_COUNT_##name,
	TSR_CONTROL_COUNTER_MAP(X)
#undef X
		TSR_COUNT_N
};

/* Makes them known to sys/metrics; before that counting does nothing. */
void tsr_counters_add(void);

void tsr_count(enum tsr_control_counter counter);
void tsr_count_api(uint32_t status);

/* For tests: counted since the start. */
int64_t tsr_counted(enum tsr_control_counter counter);

#endif
