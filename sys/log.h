/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_LOG_H
#define TSR_SYS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * log: one JSON object per line, written at once. Fields are typed; addresses, names, tokens and
 * keys have no type here, and a string that looks like one is withheld. Safe from any thread.
 *
 *	tsr_log(TSR_LOG_INFO, "listening", TSR_UINT("port", port));
 *	tsr_log(TSR_LOG_WARN, "commit failed", TSR_ERR("err", r));
 *
 * ERROR: a person must act. WARN: something was lost or refused by our fault. INFO: once per
 * change in the life of a process or session. DEBUG: off unless asked for.
 */
enum tsr_log_level { TSR_LOG_DEBUG, TSR_LOG_INFO, TSR_LOG_WARN, TSR_LOG_ERROR };

enum tsr_log_type {
	TSR_LOG_TYPE_END,
	TSR_LOG_TYPE_STR,
	TSR_LOG_TYPE_UINT,
	TSR_LOG_TYPE_INT,
	TSR_LOG_TYPE_BOOL,
	TSR_LOG_TYPE_ERR,
	TSR_LOG_TYPE_ERRNO,
};
struct tsr_log_field {
	const char *key; /* a literal: letters, digits and _ */
	enum tsr_log_type type;
	union {
		const char *s;
		uint64_t u;
		int64_t i;
	} v;
};
#define TSR_LOG_FIELDS 12
struct tsr_log_line {
	enum tsr_log_level level;
	const char *event;
	struct tsr_log_field fields[TSR_LOG_FIELDS + 1]; /* up to the first without a key */
};

/* A word of our own: a role, a reason, a file of ours. Never what came from outside. */
#define TSR_STR(k, x) ((struct tsr_log_field){ (k), TSR_LOG_TYPE_STR, { .s = (x) } })
#define TSR_UINT(k, x) ((struct tsr_log_field){ (k), TSR_LOG_TYPE_UINT, { .u = (x) } })
#define TSR_INT(k, x) ((struct tsr_log_field){ (k), TSR_LOG_TYPE_INT, { .i = (x) } })
#define TSR_BOOL(k, x) ((struct tsr_log_field){ (k), TSR_LOG_TYPE_BOOL, { .u = (x) } })
#define TSR_ERR(k, x) \
	((struct tsr_log_field){ (k), TSR_LOG_TYPE_ERR, { .i = (x) } }) /* TSR_ERR_* */
#define TSR_ERRNO(k, x) \
	((struct tsr_log_field){ (k), TSR_LOG_TYPE_ERRNO, { .i = (x) } }) /* errno */

#define TSR_LOG_END ((struct tsr_log_field){ 0 })
#define TSR_LOG_FIRST(first, ...) (first)
#define TSR_LOG_REST(first, ...) __VA_ARGS__

/* tsr_log(level, event, fields...): event is a literal of a few words. */
#define tsr_log(lvl, ...) \
	tsr_log_write(&(const struct tsr_log_line){ .level = (lvl), \
		.event = TSR_LOG_FIRST(__VA_ARGS__, 0), \
		.fields = { TSR_LOG_REST(__VA_ARGS__, TSR_LOG_END) } })

void tsr_log_write(const struct tsr_log_line *line);

/* Where lines go (default: 2), who writes them and from which level on (default: INFO).
 * Before threads start. process must stay. */
void tsr_log_init(int fd, const char *process, enum tsr_log_level least);

/* The line as it would be written, with its newline; returns its length. For tests. */
size_t tsr_log_format(char *out, size_t cap, const struct tsr_log_line *line);

#endif
