/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/hmac_sha1.h"

#include "hex.h"
#include "test.h"

static bool is_mac(struct tsr_slice key, const char *first, const char *second, const char *want)
{
	struct tsr_slice parts[] = { tsr_slice_str(first), tsr_slice_str(second) };
	struct hex bytes = hex(want);
	struct tsr_hmac_sha1 hmac;
	uint8_t out[TSR_HMAC_SHA1_LEN];

	tsr_hmac_sha1_init(&hmac, key);
	tsr_hmac_sha1(&hmac, out, parts, 2);
	return memcmp(out, bytes.data, sizeof(out)) == 0;
}

/* RFC 2202 3: cases 1, 2, and 6 with a key longer than a block. */
static void rfc2202(void)
{
	uint8_t short_key[20], long_key[80];

	memset(short_key, 0x0b, sizeof(short_key));
	memset(long_key, 0xaa, sizeof(long_key));
	CHECK(is_mac(tsr_slice(short_key, sizeof(short_key)), "Hi ", "There",
		"b617318655057264e28bc0b6fb378c8ef146be00"));
	CHECK(is_mac(tsr_slice_str("Jefe"), "what do ya want ", "for nothing?",
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
	CHECK(is_mac(tsr_slice(long_key, sizeof(long_key)), "Test Using Larger Than Block-Size Key",
		" - Hash Key First", "aa4ae5e15272d00e95705637ce8a3b55ed402112"));
}

TEST_MAIN(TEST(rfc2202))
