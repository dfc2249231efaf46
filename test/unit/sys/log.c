/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/log.h"

#include <errno.h>

#include "core/base/err.h"
#include "test.h"

static char text[4096];

static const char *formatted(struct tsr_log_field field)
{
	const struct tsr_log_line line = {
		.level = TSR_LOG_WARN, .event = "tried", .fields = { field }
	};
	size_t len = tsr_log_format(text, sizeof(text) - 1, &line);

	text[len] = 0;
	return strstr(text, "\"event\"");
}

static void writes_one_object_per_line(void)
{
	CHECK_STR(formatted(TSR_UINT("n", 7)), "\"event\":\"tried\",\"n\":7}\n");
	CHECK_STR(formatted(TSR_INT("n", -7)), "\"event\":\"tried\",\"n\":-7}\n");
	CHECK_STR(formatted(TSR_BOOL("n", true)), "\"event\":\"tried\",\"n\":true}\n");
	CHECK_STR(
		formatted(TSR_ERR("err", TSR_ERR_FULL)), "\"event\":\"tried\",\"err\":\"FULL\"}\n");
	CHECK_STR(formatted(TSR_ERRNO("why", ENOSPC)), "\"event\":\"tried\",\"why\":\"ENOSPC\"}\n");
	CHECK_STR(formatted(TSR_STR("role", "edge")), "\"event\":\"tried\",\"role\":\"edge\"}\n");
	CHECK_STR(formatted(TSR_LOG_END), "\"event\":\"tried\"}\n");
}

static void quotes_whatever_is_in_a_string(void)
{
	CHECK_STR(formatted(TSR_STR("k", "a\"b\\c\nd\x7f\xc3\xa4")),
		"\"event\":\"tried\",\"k\":\"a\\u0022b\\u005cc\\u000ad\\u007f\\u00c3\\u00a4\"}\n");
	CHECK_STR(formatted(TSR_STR("k", NULL)), "\"event\":\"tried\",\"k\":\"\"}\n");
}

static void withholds_addresses_and_secrets(void)
{
	static const char *const forbidden[] = { "192.0.2.17", "from 192.0.2.0/24", "2001:db8::1",
		"fe80:0:0:1:2:3:4:5", "::ffff:192.0.2.1", "v4.public.eyJ0eXAiOiJyb2xlIn0abcdef012",
		"uB7n2Qx9LkPz4WvYt1RsA", "418205937#0.Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
		"deadbeefdeadbeefdeadbeefdeadbeef", "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=" };

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		const char *line = formatted(TSR_STR("k", forbidden[i]));

		CHECK(line);
		CHECK_STR(line, "\"event\":\"tried\",\"k\":\"(withheld)\"}\n");
	}
}

static void lets_our_own_words_through(void)
{
	static const char *const words[] = { "edge", "tessera.db", "seccomp", "0.1.0", "1.2.3",
		"landlock: no such thing", "12:30", "migration 0001" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		CHECK(strstr(formatted(TSR_STR("k", words[i])), words[i]) != NULL);
}

static void cuts_at_whole_fields(void)
{
	struct tsr_log_line line = { .level = TSR_LOG_INFO, .event = "long" };
	size_t len;

	for (size_t i = 0; i < TSR_LOG_FIELDS; i++)
		line.fields[i] = TSR_STR("key", "some words of our own");
	for (size_t cap = 0; cap < 600; cap++) {
		memset(text, 'x', sizeof(text));
		len = tsr_log_format(text, cap, &line);
		CHECK(len <= cap);
		if (cap > 120)
			CHECK(len > 2 && text[len - 1] == '\n' && text[len - 2] == '}' &&
				(text[len - 3] == '"'));
	}
}

TEST_MAIN(TEST(writes_one_object_per_line), TEST(quotes_whatever_is_in_a_string),
	TEST(withholds_addresses_and_secrets), TEST(lets_our_own_words_through),
	TEST(cuts_at_whole_fields))
