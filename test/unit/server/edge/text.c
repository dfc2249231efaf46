/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/err.h"
#include "server/edge/hello.h"
#include "test.h"

static char out[257];

static const char *clean(const char *text)
{
	return tsr_hello_clean_text(out, sizeof(out), text, 64) == 0 ? out : "!";
}

static void leaves_names_alone(void)
{
	CHECK_STR(clean("Ada Lovelace"), "Ada Lovelace");
	CHECK_STR(clean("Zoë Ångström 李 👩"), "Zoë Ångström 李 👩");
	CHECK_STR(clean(""), "");
}

static void strips_what_cannot_be_seen(void)
{
	CHECK_STR(clean("A\x01\x1b[31mda\x7f"), "A[31mda");
	CHECK_STR(clean("A\u202eda\u2066"), "Ada");
	CHECK_STR(clean("\ufeffA\u200bd\u00ada"), "Ada");
	CHECK_STR(clean("A\U000e0041da"), "Ada");
}

static void folds_blanks(void)
{
	CHECK_STR(clean("  Ada \t\n  L  "), "Ada L");
	CHECK_STR(clean("\u3000Ada\u00a0"), "Ada");
	CHECK_STR(clean(" \n "), "");
}

static void cuts_at_characters_not_bytes(void)
{
	char text[4 * 70 + 1] = "";

	for (int i = 0; i < 70; i++)
		memcpy(text + 4 * i, "👩", 5);
	CHECK_INT(tsr_hello_clean_text(out, sizeof(out), text, 64), 0);
	CHECK_INT(strlen(out), 4 * 64);
	CHECK_INT(tsr_hello_clean_text(out, 10, text, 64), TSR_ERR_RANGE);
}

static void refuses_what_is_not_utf8(void)
{
	static const char *const bad[] = { "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "a\xe2\x82" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(tsr_hello_clean_text(out, sizeof(out), bad[i], 64), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(leaves_names_alone), TEST(strips_what_cannot_be_seen), TEST(folds_blanks),
	TEST(cuts_at_characters_not_bytes), TEST(refuses_what_is_not_utf8))
