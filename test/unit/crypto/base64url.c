/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/base64url.h"

#include "core/base/err.h"
#include "test.h"

/* RFC 4648 section 10, without padding. */
static void rfc4648(void)
{
	static const char *const texts[] = { "", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE",
		"Zm9vYmFy" };
	char out[16];

	for (size_t i = 0; i < 7; i++) {
		CHECK_INT(tsr_base64url_write(out, sizeof(out), tsr_slice("foobar", i)), 0);
		CHECK_STR(out, texts[i]);
		CHECK_INT(strlen(out), TSR_BASE64URL_LEN(i));
	}
	CHECK_INT(tsr_base64url_write(out, sizeof(out), tsr_slice("\xfb\xff\xbf", 3)), 0);
	CHECK_STR(out, "-_-_");
}

static void every_byte_returns(void)
{
	uint8_t all[256], back[256];
	char text[400];
	size_t len;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(all); n++) {
		CHECK_INT(tsr_base64url_write(text, sizeof(text), tsr_slice(all + 256 - n, n)), 0);
		CHECK_INT(tsr_base64url_parse(back, n, &len, tsr_slice_str(text)), 0);
		CHECK_INT(len, n);
		CHECK_MEM(back, all + 256 - n, n);
	}
}

static void other_texts_are_refused(void)
{
	static const char *const bad[] = { "A", "AAAAA", "Zg==", "Zm8=", "Zh", "Zm9", "Z g",
		"Zm9v\n", "Zm+v", "Zm/v", "Zm9.", "=", "Zm9v====" };
	uint8_t out[16];
	size_t len;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(tsr_base64url_parse(out, sizeof(out), &len, tsr_slice_str(bad[i])),
			TSR_ERR_FORMAT);
	for (unsigned int c = 0; c < 256; c++) {
		char text[4] = { 'A', 'A', 'A', (char)c };
		bool in_alphabet =
			c < 128 && c &&
			strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
				(int)c);

		CHECK_INT(tsr_base64url_parse(out, sizeof(out), &len, tsr_slice(text, 4)),
			in_alphabet ? 0 : TSR_ERR_FORMAT);
	}
}

static void sizes_are_kept(void)
{
	uint8_t out[4];
	char text[8];
	size_t len;

	CHECK_INT(tsr_base64url_parse(out, 2, &len, tsr_slice_str("Zm9v")), TSR_ERR_TOO_BIG);
	CHECK_INT(tsr_base64url_parse_exact(out, 3, tsr_slice_str("Zm9v")), 0);
	CHECK_INT(tsr_base64url_parse_exact(out, 2, tsr_slice_str("Zm9v")), TSR_ERR_FORMAT);
	CHECK_INT(tsr_base64url_parse_exact(out, 4, tsr_slice_str("Zm9v")), TSR_ERR_FORMAT);
	CHECK_INT(tsr_base64url_write(text, 4, tsr_slice("foo", 3)), TSR_ERR_TOO_BIG);
	CHECK_INT(tsr_base64url_write(text, 5, tsr_slice("foo", 3)), 0);
}

TEST_MAIN(TEST(rfc4648), TEST(every_byte_returns), TEST(other_texts_are_refused),
	TEST(sizes_are_kept))
