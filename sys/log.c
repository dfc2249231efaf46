/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/clock.h"

#define LINE_LEN 2048
#define STR_LEN 200
#define TOKEN_LEN 20 /* a run of this many letters and digits is not one of our words, */
#define WORD_LEN 28  /* and none of ours is this long, whatever is in it */
#define WITHHELD "(withheld)"

static int log_fd = STDERR_FILENO;
static const char *log_process = "tesserad";
static enum tsr_log_level log_least = TSR_LOG_INFO;

struct out {
	char *at;
	size_t len, cap; /* cap leaves room for the end of the line */
};

static void put(struct out *out, const char *text)
{
	size_t n = strlen(text);

	if (n > out->cap - out->len)
		n = out->cap - out->len;
	memcpy(out->at + out->len, text, n);
	out->len += n;
}

static void put_quoted(struct out *out, const char *text)
{
	char one[8];

	put(out, "\"");
	for (size_t i = 0; text[i] && i < STR_LEN; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			snprintf(one, sizeof(one), "\\u%04x", c);
		else
			snprintf(one, sizeof(one), "%c", c);
		put(out, one);
	}
	put(out, "\"");
}

/* ---- the last line of defence: no address, no token ---- */

static bool has_ipv4(const char *text)
{
	int n_groups = 0, n_digits = 0;

	for (;; text++) {
		if (isdigit((unsigned char)*text)) {
			n_digits++;
			continue;
		}
		n_groups = n_digits >= 1 && n_digits <= 3 ? n_groups + 1 : 0;
		if (n_groups == 4)
			return true;
		if (*text != '.')
			n_groups = 0;
		n_digits = 0;
		if (!*text)
			return false;
	}
}

/* Two colons between hexadecimal digits, or "::". */
static bool has_ipv6(const char *text)
{
	int n_colons = 0;

	for (; *text; text++) {
		if (*text == ':' && (text[1] == ':' || isxdigit((unsigned char)text[1])))
			n_colons += text[1] == ':' ? 2 : 1;
		else if (!isxdigit((unsigned char)*text) && *text != ':')
			n_colons = 0;
		if (n_colons >= 2)
			return true;
	}
	return false;
}

/* A long run of base64 or hexadecimal letters with a digit or both cases in it. */
static bool has_token(const char *text)
{
	size_t run = 0;
	bool digit = false, upper = false, lower = false;

	for (;; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || c == '-' || c == '_' || c == '+' || c == '=') {
			run++;
			digit |= isdigit(c) != 0;
			upper |= isupper(c) != 0;
			lower |= islower(c) != 0;
			if (run >= WORD_LEN || (run >= TOKEN_LEN && (digit || (upper && lower))))
				return true;
			continue;
		}
		run = 0;
		digit = upper = lower = false;
		if (!c)
			return false;
	}
}

static const char *checked(const char *text)
{
	if (!text)
		return "";
	return has_ipv4(text) || has_ipv6(text) || has_token(text) ? WITHHELD : text;
}

/* ---- lines ---- */

static void put_field(struct out *out, const struct tsr_log_field *field)
{
	char number[32] = "";

	put(out, ",");
	put_quoted(out, field->key);
	put(out, ":");
	switch (field->type) {
	case TSR_LOG_TYPE_STR:
		put_quoted(out, checked(field->v.s));
		return;
	case TSR_LOG_TYPE_UINT:
		snprintf(number, sizeof(number), "%" PRIu64, field->v.u);
		break;
	case TSR_LOG_TYPE_INT:
		snprintf(number, sizeof(number), "%" PRId64, field->v.i);
		break;
	case TSR_LOG_TYPE_BOOL:
		snprintf(number, sizeof(number), "%s", field->v.u ? "true" : "false");
		break;
	case TSR_LOG_TYPE_ERR:
		put_quoted(out, tsr_err_name((int)field->v.i));
		return;
	case TSR_LOG_TYPE_ERRNO:
		put_quoted(out,
			strerrorname_np((int)field->v.i) ? strerrorname_np((int)field->v.i) : "?");
		return;
	case TSR_LOG_TYPE_END:
		break;
	}
	put(out, number);
}

size_t tsr_log_format(char *text, size_t cap, const struct tsr_log_line *line)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	struct out out = { text, 0, cap > 4 ? cap - 4 : 0 };
	char number[32];

	if (cap <= 4)
		return 0;
	snprintf(number, sizeof(number), "{\"ms\":%" PRIu64 ",", tsr_clock_wall_ms());
	put(&out, number);
	put(&out, "\"level\":");
	put_quoted(&out, levels[line->level]);
	put(&out, ",\"process\":");
	put_quoted(&out, log_process);
	put(&out, ",\"event\":");
	put_quoted(&out, line->event);
	for (size_t i = 0; i < TSR_LOG_FIELDS && line->fields[i].key; i++) {
		size_t before = out.len;

		put_field(&out, &line->fields[i]);
		if (out.len == out.cap) { /* cut at a whole field, so that the line stays JSON */
			out.len = before;
			break;
		}
	}
	memcpy(text + out.len, "}\n", 3);
	return out.len + 2;
}

void tsr_log_write(const struct tsr_log_line *line)
{
	char text[LINE_LEN];
	size_t len;
	int saved = errno;

	if (line->level < log_least)
		return;
	len = tsr_log_format(text, sizeof(text), line);
	/* One write, so that lines of several processes do not mix; a lost line loses nothing else.
	 */
	if (write(log_fd, text, len) < 0)
		errno = 0;
	errno = saved;
}

void tsr_log_init(int fd, const char *process, enum tsr_log_level least)
{
	log_fd = fd;
	log_process = process;
	log_least = least;
}
