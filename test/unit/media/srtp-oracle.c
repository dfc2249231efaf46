/* SPDX-License-Identifier: Apache-2.0 */
/* libsrtp2, another implementation, opens what srtp.h seals, and the other way round. */
#include <srtp2/srtp.h>

#include "core/media/srtp.h"
#include "core/media/srtp_gcm.h"
#include "test.h"

#define N_PACKETS 70000u /* more than 2^16: the rollover counter is in it */

static const struct {
	enum tsr_srtp_profile ours;
	srtp_profile_t theirs;
} profiles[] = { { TSR_SRTP_AES128_CM_SHA1_80, srtp_profile_aes128_cm_sha1_80 },
	{ TSR_SRTP_AEAD_AES_128_GCM, srtp_profile_aead_aes_128_gcm },
	{ TSR_SRTP_AEAD_AES_256_GCM, srtp_profile_aead_aes_256_gcm } };

struct pair {
	struct tsr_srtp *sender, *receiver; /* ours */
	srtp_t their_sender, their_receiver;
};

static bool their_create(
	srtp_t *out, srtp_profile_t profile, srtp_ssrc_type_t direction, uint8_t *key)
{
	srtp_policy_t policy = { .ssrc = { .type = direction }, .key = key, .window_size = 1024 };

	return srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) == 0 &&
	       srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) == 0 &&
	       srtp_create(out, &policy) == srtp_err_status_ok;
}

static bool pair_create(struct pair *pair, size_t i)
{
	size_t key_len = tsr_srtp_key_len(profiles[i].ours);
	size_t salt_len = tsr_srtp_salt_len(profiles[i].ours);
	uint8_t key[TSR_SRTP_KEY_MAX + TSR_SRTP_SALT_MAX];

	for (size_t n = 0; n < sizeof(key); n++)
		key[n] = (uint8_t)(n * 29 + 3);
	*pair = (struct pair){ 0 };
	return srtp_init() == srtp_err_status_ok &&
	       tsr_srtp_create(&pair->sender, profiles[i].ours, TSR_SRTP_SENDER,
		       tsr_slice(key, key_len), tsr_slice(key + key_len, salt_len)) == 0 &&
	       tsr_srtp_create(&pair->receiver, profiles[i].ours, TSR_SRTP_RECEIVER,
		       tsr_slice(key, key_len), tsr_slice(key + key_len, salt_len)) == 0 &&
	       their_create(&pair->their_sender, profiles[i].theirs, ssrc_any_outbound, key) &&
	       their_create(&pair->their_receiver, profiles[i].theirs, ssrc_any_inbound, key);
}

static void pair_destroy(struct pair *pair)
{
	tsr_srtp_destroy(pair->sender);
	tsr_srtp_destroy(pair->receiver);
	if (pair->their_sender)
		srtp_dealloc(pair->their_sender);
	if (pair->their_receiver)
		srtp_dealloc(pair->their_receiver);
	srtp_shutdown();
}

/* Three SSRCs in turn, one of them with an extension. */
static size_t make_rtp(uint8_t *out, uint32_t i)
{
	size_t header_len = i % 3 == 2 ? 20 : 12, len = header_len + i % 97;
	uint16_t seq = (uint16_t)i;

	memset(out, (int)i, len);
	memset(out, 0, header_len);
	out[0] = i % 3 == 2 ? 0x90 : 0x80;
	out[1] = 111;
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	out[11] = (uint8_t)(i % 3);
	if (i % 3 == 2)
		memcpy(out + 12, "\xbe\xde\x00\x01\x10\x7f\x00\x00", 8);
	return len;
}

static bool exchange_rtp(struct pair *pair, uint32_t i)
{
	uint8_t plain[256], ours[256 + 32], theirs[256 + 32];
	size_t len = make_rtp(plain, i), our_len = 0;
	int their_len = (int)len;

	memcpy(ours, plain, len);
	memcpy(theirs, plain, len);
	if (tsr_srtp_protect(pair->sender, ours, &our_len, len, tsr_slice(NULL, 0)) != 0 ||
		srtp_protect(pair->their_sender, theirs, &their_len) != srtp_err_status_ok ||
		our_len != (size_t)their_len || memcmp(ours, theirs, our_len) != 0)
		return false;
	return srtp_unprotect(pair->their_receiver, ours, &their_len) == srtp_err_status_ok &&
	       tsr_srtp_unprotect(pair->receiver, theirs, &our_len) == 0 && our_len == len &&
	       (size_t)their_len == len && memcmp(ours, plain, len) == 0 &&
	       memcmp(theirs, plain, len) == 0;
}

static void rtp_both_ways(void)
{
	for (size_t p = 0; p < sizeof(profiles) / sizeof(profiles[0]); p++) {
		struct pair pair;
		bool ok = pair_create(&pair, p);
		uint32_t i = 0;

		for (; ok && i < N_PACKETS; i++)
			ok = exchange_rtp(&pair, i);
		pair_destroy(&pair);
		CHECK_INT(i, N_PACKETS);
		CHECK(ok);
	}
}

static bool exchange_rtcp(struct pair *pair, uint32_t i)
{
	uint8_t plain[256] = { 0x80, 200, 0, 6, 0, 0, 0, 7 }, ours[256 + 32], theirs[256 + 32];
	size_t len = 8 + i % 20 * 4, our_len = len;
	int their_len = (int)len;

	memset(plain + 8, (int)i, len - 8);
	memcpy(ours, plain, len);
	memcpy(theirs, plain, len);
	return tsr_srtcp_protect(pair->sender, ours, &our_len) == 0 &&
	       srtp_protect_rtcp(pair->their_sender, theirs, &their_len) == srtp_err_status_ok &&
	       srtp_unprotect_rtcp(pair->their_receiver, ours, (int[]){ (int)our_len }) ==
		       srtp_err_status_ok &&
	       tsr_srtcp_unprotect(pair->receiver, theirs, (size_t[]){ (size_t)their_len }) == 0 &&
	       memcmp(ours, plain, len) == 0 && memcmp(theirs, plain, len) == 0;
}

static void rtcp_both_ways(void)
{
	for (size_t p = 0; p < sizeof(profiles) / sizeof(profiles[0]); p++) {
		struct pair pair;
		bool ok = pair_create(&pair, p);
		uint32_t i = 0;

		for (; ok && i < 1000; i++)
			ok = exchange_rtcp(&pair, i);
		pair_destroy(&pair);
		CHECK_INT(i, 1000);
		CHECK(ok);
	}
}

/* As in the media process, for all that follow. */
static void begins_with_the_fastest_aes(void)
{
	CHECK(tsr_srtp_gcm_init() != NULL);
}

TEST_MAIN(TEST(begins_with_the_fastest_aes), TEST(rtp_both_ways), TEST(rtcp_both_ways))
