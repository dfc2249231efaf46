/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/srtp.h"

#include "core/base/err.h"
#include "core/media/srtp_gcm.h"
#include "core/media/srtp_key.h"
#include "hex.h"
#include "test.h"

static const enum tsr_srtp_profile profiles[] = { TSR_SRTP_AES128_CM_SHA1_80,
	TSR_SRTP_AEAD_AES_128_GCM, TSR_SRTP_AEAD_AES_256_GCM };
#define N_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

/* ---- what the RFCs print -------------------------------------------------------------- */

static bool ctr_start(EVP_CIPHER_CTX *ctx, const char *key, const uint8_t *iv)
{
	struct hex bytes = hex(key);

	return EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, bytes.data, iv) == 1;
}

/* RFC 3711 B.2. */
static void rfc3711_keystream(void)
{
	struct hex salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
	struct hex want = hex("E03EAD0935C95E80E166B16DD92B4EB4"
			      "D23513162B02D0F72A43A2FE4A5F97AB"
			      "41E95B3BB0A2E8DD477901E4FCA894C0");
	struct tsr_srtp_key key = { .ctr = EVP_CIPHER_CTX_new() };
	uint8_t text[48] = { 0 };
	bool ok = ctr_start(key.ctr, "2B7E151628AED2A6ABF7158809CF4F3C", text);
	int r;

	memcpy(key.salt, salt.data, sizeof(key.salt));
	r = tsr_srtp_key_crypt(&key, text, 0, 0, tsr_slice(text, sizeof(text)));
	tsr_srtp_key_finish(&key);
	CHECK(ok);
	CHECK_INT(r, 0);
	CHECK_MEM(text, want.data, sizeof(text));
}

/* RFC 3711 B.3: a packet under the master key is what the printed session keys make of it. */
static void rfc3711_derivation(void)
{
	struct hex master = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
	struct hex salt = hex("0EC675AD498AFEEBB6960B3AABE6");
	struct hex session_salt = hex("30CBBC08863D8C85D49DB34A9AE1");
	struct hex auth = hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
	uint8_t packet[64] = { 0x80, 96, 0x12, 0x34, 0, 0, 0, 0, 0xca, 0xfe, 0xba, 0xbe };
	uint8_t iv[16] = { 0 }, want[20] = { 0 }, mac[20];
	static const uint8_t roc[4] = { 0 };
	struct tsr_slice parts[] = { tsr_slice(packet, 32), tsr_slice(roc, 4) };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct tsr_srtp *srtp = NULL;
	struct tsr_hmac_sha1 hmac;
	size_t len = 0;
	int n;
	bool ok;

	memcpy(iv, session_salt.data, session_salt.len);
	for (size_t i = 0; i < 4; i++)
		iv[4 + i] ^= packet[8 + i];
	iv[12] ^= 0x12;
	iv[13] ^= 0x34;
	ok = ctr_start(ctx, "C61E7A93744F39EE10734AFE3FF7A087", iv) &&
	     EVP_EncryptUpdate(ctx, want, &n, want, sizeof(want)) == 1 &&
	     tsr_srtp_create(&srtp, TSR_SRTP_AES128_CM_SHA1_80, TSR_SRTP_SENDER, hex_slice(&master),
		     hex_slice(&salt)) == 0 &&
	     tsr_srtp_protect(srtp, packet, &len, 32, tsr_slice(NULL, 0)) == 0;
	tsr_srtp_destroy(srtp);
	EVP_CIPHER_CTX_free(ctx);
	tsr_hmac_sha1_init(&hmac, hex_slice(&auth));
	tsr_hmac_sha1(&hmac, mac, parts, 2);
	CHECK(ok);
	CHECK_INT(len, 32 + 10);
	CHECK_MEM(packet + 12, want, sizeof(want));
	CHECK_MEM(packet + 32, mac, 10);
}

static const char rtp_plain[] = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e6973206469"
				"7669736120696e207061727465732074726573";
static const char rtcp_plain[] = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e"
				 "61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

/* Seals plain (its first aad_len bytes in clear, trailer authentic, too) and opens it again. */
static bool aead_case(size_t key_len, const char *plain, size_t aad_len, const char *trailer,
	uint32_t ssrc, uint64_t index, const char *want)
{
	struct hex bytes = hex(plain), expected = hex(want), tail = hex(trailer);
	struct hex salt = hex("517569642070726f2071756f");
	struct tsr_srtp_key seal = { 0 }, open = { 0 };
	uint8_t k[32], aad[32], out[512];
	size_t text_len = bytes.len - aad_len;
	struct tsr_slice covered = tsr_slice(aad, aad_len + tail.len);
	bool ok;

	for (size_t i = 0; i < sizeof(k); i++)
		k[i] = (uint8_t)i;
	memcpy(aad, bytes.data, aad_len);
	memcpy(aad + aad_len, tail.data, tail.len);
	memcpy(seal.salt, salt.data, salt.len);
	memcpy(open.salt, salt.data, salt.len);
	ok = tsr_srtp_gcm_create(&seal.gcm, tsr_slice(k, key_len), true) == 0 &&
	     tsr_srtp_gcm_create(&open.gcm, tsr_slice(k, key_len), false) == 0 &&
	     tsr_srtp_key_seal(&seal, out, ssrc, index, covered,
		     tsr_slice(bytes.data + aad_len, text_len)) == 0 &&
	     expected.len == aad_len + text_len + 16 &&
	     memcmp(out, expected.data + aad_len, text_len + 16) == 0 &&
	     tsr_srtp_key_open(&open, out, ssrc, index, covered, tsr_slice(out, text_len + 16)) ==
		     0 &&
	     memcmp(out, bytes.data + aad_len, text_len) == 0;
	tsr_srtp_key_finish(&seal);
	tsr_srtp_key_finish(&open);
	return ok;
}

/* RFC 7714 16.1.1, 16.2.1; ROC 0. */
static void rfc7714_rtp(void)
{
	CHECK(aead_case(16, rtp_plain, 12, "", 0x5501a0b2, 0xf17b,
		"8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51"
		"c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"));
	CHECK(aead_case(32, rtp_plain, 12, "", 0x5501a0b2, 0xf17b,
		"8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276"
		"ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"));
}

/* RFC 7714 17.1, 17.2 (without the ESRTCP word behind the tag). */
static void rfc7714_rtcp(void)
{
	CHECK(aead_case(16, rtcp_plain, 8, "800005d4", 0x4d617273, 0x5d4,
		"81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4c"
		"e09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade"));
	CHECK(aead_case(32, rtcp_plain, 8, "800005d4", 0x4d617273, 0x5d4,
		"81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be84"
		"15f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be"));
}

/* ---- both directions ------------------------------------------------------------------ */

struct both {
	struct tsr_srtp *sender, *receiver;
};

static bool both_create(struct both *both, enum tsr_srtp_profile profile)
{
	uint8_t key[TSR_SRTP_KEY_MAX], salt[TSR_SRTP_SALT_MAX];
	struct tsr_slice k = tsr_slice(key, tsr_srtp_key_len(profile));
	struct tsr_slice s = tsr_slice(salt, tsr_srtp_salt_len(profile));

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)(i * 11);
	*both = (struct both){ 0 };
	return tsr_srtp_create(&both->sender, profile, TSR_SRTP_SENDER, k, s) == 0 &&
	       tsr_srtp_create(&both->receiver, profile, TSR_SRTP_RECEIVER, k, s) == 0;
}

static void both_destroy(struct both *both)
{
	tsr_srtp_destroy(both->sender);
	tsr_srtp_destroy(both->receiver);
}

/* A packet with a CSRC and an extension, 12 + 4 + 8 bytes of header, and a payload of its own. */
#define HEADER_LEN 24
static size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq, size_t payload_len)
{
	static const uint8_t rest[] = { 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0 };

	memset(out, 0, 12);
	out[0] = 0x91;
	out[1] = 96;
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	for (size_t i = 0; i < 4; i++)
		out[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
	memcpy(out + 12, rest, sizeof(rest));
	for (size_t i = 0; i < payload_len; i++)
		out[HEADER_LEN + i] = (uint8_t)(seq + i);
	return HEADER_LEN + payload_len;
}

static int send_seq(struct both *both, uint8_t *packet, size_t *len, uint32_t ssrc, uint16_t seq)
{
	size_t plain_len = make_rtp(packet, ssrc, seq, 100);

	return tsr_srtp_protect(both->sender, packet, len, plain_len, tsr_slice(NULL, 0));
}

static bool arrives(struct both *both, uint8_t *packet, size_t len, uint32_t ssrc, uint16_t seq)
{
	uint8_t want[256];
	size_t want_len = make_rtp(want, ssrc, seq, 100);

	return tsr_srtp_unprotect(both->receiver, packet, &len) == 0 && len == want_len &&
	       memcmp(packet, want, want_len) == 0;
}

static void opens_what_it_sealed(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t packet[1600], want[1600];
		bool ok = both_create(&both, profiles[p]);

		for (size_t n = 0; ok && n < 1400; n = n * 5 / 4 + 1) {
			size_t len = 0, plain_len = make_rtp(packet, 7, (uint16_t)n, n);

			memcpy(want, packet, plain_len);
			ok = tsr_srtp_protect(both.sender, packet, &len, plain_len,
				     tsr_slice(NULL, 0)) == 0 &&
			     len > plain_len && len <= plain_len + TSR_SRTP_OVERHEAD &&
			     memcmp(packet, want, HEADER_LEN) == 0 &&
			     (n < 8 || memcmp(packet + HEADER_LEN, want + HEADER_LEN, n) != 0) &&
			     tsr_srtp_unprotect(both.receiver, packet, &len) == 0 &&
			     len == plain_len && memcmp(packet, want, len) == 0;
		}
		both_destroy(&both);
		CHECK(ok);
	}
}

/* However the packet is divided into head and tail, it comes out the same. */
static void heads_and_tails_make_one_packet(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t plain[200], packet[200 + TSR_SRTP_OVERHEAD];
		bool ok = both_create(&both, profiles[p]);

		for (uint16_t at = HEADER_LEN; ok && at <= HEADER_LEN + 100; at++) {
			size_t len = 0, plain_len = make_rtp(plain, 7, at, 100);

			memset(packet, 0, sizeof(packet));
			memcpy(packet, plain, at);
			ok = tsr_srtp_protect(both.sender, packet, &len, at,
				     tsr_slice(plain + at, plain_len - at)) == 0 &&
			     arrives(&both, packet, len, 7, at);
		}
		both_destroy(&both);
		CHECK(ok);
	}
}

static void no_flipped_bit_passes(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t packet[256], flipped[256];
		size_t len = 0;
		bool ok =
			both_create(&both, profiles[p]) && send_seq(&both, packet, &len, 7, 1) == 0;

		for (size_t bit = 0; ok && bit < len * 8; bit++) {
			size_t flipped_len = len;

			memcpy(flipped, packet, len);
			flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
			ok = tsr_srtp_unprotect(both.receiver, flipped, &flipped_len) != 0;
		}
		for (size_t n = 0; ok && n < len; n++) {
			size_t cut_len = n;

			memcpy(flipped, packet, len);
			ok = tsr_srtp_unprotect(both.receiver, flipped, &cut_len) != 0;
		}
		ok = ok && arrives(&both, packet, len, 7, 1); /* and none of it did harm */
		both_destroy(&both);
		CHECK(ok);
	}
}

static void takes_a_packet_once(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t packet[256], copy[256];
		size_t len = 0, again;
		bool ok =
			both_create(&both, profiles[p]) && send_seq(&both, packet, &len, 7, 1) == 0;
		int replayed;

		memcpy(copy, packet, len);
		again = len;
		ok = ok && arrives(&both, packet, len, 7, 1);
		replayed = tsr_srtp_unprotect(both.receiver, copy, &again);
		both_destroy(&both);
		CHECK(ok);
		CHECK_INT(replayed, TSR_ERR_STALE);
	}
}

static void takes_late_packets_within_the_window(void)
{
	struct both both;
	static uint8_t packets[1100][256];
	size_t len = 0;
	bool ok = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM);
	int late, stale;

	for (uint16_t seq = 0; ok && seq < 1100; seq++)
		ok = send_seq(&both, packets[seq], &len, 7, seq) == 0;
	ok = ok && arrives(&both, packets[1099], len, 7, 1099);
	late = arrives(&both, packets[1099 - 1023], len, 7, 1099 - 1023);
	stale = tsr_srtp_unprotect(both.receiver, packets[1099 - 1024], &len);
	both_destroy(&both);
	CHECK(ok && late);
	CHECK_INT(stale, TSR_ERR_STALE);
}

/* The same nonce twice would give GCM's key away. */
static void never_protects_a_number_twice(void)
{
	struct both both;
	uint8_t packet[256];
	size_t len = 0;
	bool ok = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM) &&
		  send_seq(&both, packet, &len, 7, 5) == 0 &&
		  send_seq(&both, packet, &len, 7, 3) == 0; /* late is not twice */
	int r = send_seq(&both, packet, &len, 7, 5);
	size_t sent = len;
	bool other = send_seq(&both, packet, &len, 8, 5) == 0;

	both_destroy(&both);
	CHECK(ok && other);
	CHECK_INT(r, TSR_ERR_STALE);
	CHECK_INT(sent, 0);
}

/* Sound without RTX: byte for byte what went before, or nothing. */
static void only_the_very_same_packet_goes_once_more(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t first[256], again[256];
		size_t len = 0, again_len = 0;
		bool ok = both_create(&both, profiles[p]) && tsr_srtp_repeat(both.sender, 7) == 0 &&
			  send_seq(&both, first, &len, 7, 65535) == 0 &&
			  send_seq(&both, again, &again_len, 8, 65535) == 0;

		for (uint16_t seq = 0; ok && seq < 63; seq++)
			ok = send_seq(&both, again, &again_len, 7, seq) == 0;
		ok = ok && send_seq(&both, again, &again_len, 7, 65535) == 0 && again_len == len &&
		     memcmp(first, again, len) == 0 && arrives(&both, again, len, 7, 65535);
		again_len = make_rtp(again, 7, 5, 100);
		again[again_len - 1] ^= 1;
		ok = ok &&
		     tsr_srtp_protect(both.sender, again, &again_len, HEADER_LEN,
			     tsr_slice(again + HEADER_LEN, again_len - HEADER_LEN)) ==
			     TSR_ERR_STALE &&
		     again_len == 0 && send_seq(&both, again, &again_len, 7, 5) == 0 &&
		     send_seq(&both, again, &again_len, 8, 65535) == TSR_ERR_STALE &&
		     send_seq(&both, again, &again_len, 7, 63) == 0 &&
		     send_seq(&both, again, &again_len, 7, 65535) == TSR_ERR_STALE;
		both_destroy(&both);
		CHECK(ok);
	}
}

/* Over two wraps, with every third packet lost and neighbours exchanged across them. */
static void follows_the_rollover_counter(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t one[256], two[256];
		size_t one_len = 0, two_len = 0;
		bool ok = both_create(&both, profiles[p]);

		for (uint32_t i = 60000; ok && i < 60000 + 2 * 65536; i += 3) {
			uint16_t seq = (uint16_t)i;

			ok = send_seq(&both, one, &one_len, 7, seq) == 0 &&
			     send_seq(&both, two, &two_len, 7, (uint16_t)(seq + 1)) == 0 &&
			     arrives(&both, two, two_len, 7, (uint16_t)(seq + 1)) &&
			     arrives(&both, one, one_len, 7, seq);
		}
		both_destroy(&both);
		CHECK(ok);
	}
}

static void forgets_no_ssrc_that_is_used(void)
{
	struct both both;
	uint8_t packet[256];
	size_t len = 0;
	bool ok = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM);
	uint32_t n = 0;
	int full = 0;

	for (; ok && n < TSR_SRTP_SSRCS_MAX; n++)
		ok = send_seq(&both, packet, &len, n, 1) == 0 && arrives(&both, packet, len, n, 1);
	full = send_seq(&both, packet, &len, n, 1);
	ok = ok && send_seq(&both, packet, &len, 0, 2) == 0 && arrives(&both, packet, len, 0, 2);
	both_destroy(&both);
	CHECK(ok);
	CHECK_INT(full, TSR_ERR_FULL);
}

/* Consumers come and go for as long as a call lasts; those that stay are not mixed up. */
static void goes_on_with_what_is_forgotten(void)
{
	struct both both;
	uint8_t packet[256];
	size_t len = 0;
	bool ok = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM);
	uint32_t n = 0;

	for (; ok && n < 3 * TSR_SRTP_SSRCS_MAX; n++) {
		ok = send_seq(&both, packet, &len, n, 1) == 0 && arrives(&both, packet, len, n, 1);
		if (n % 100 != 7)
			tsr_srtp_forget(both.sender, n);
	}
	for (uint32_t kept = 7; ok && kept < n; kept += 100)
		ok = send_seq(&both, packet, &len, kept, 1) == TSR_ERR_STALE &&
		     send_seq(&both, packet, &len, kept, 2) == 0;
	tsr_srtp_forget(both.sender, 4000000000); /* not there */
	both_destroy(&both);
	CHECK_INT(n, 3 * TSR_SRTP_SSRCS_MAX);
	CHECK(ok);
}

/* A receiver with all SSRCs known still learns new ones; the one unused for longest goes. */
static void a_full_receiver_makes_room(void)
{
	struct both both, second;
	uint8_t packet[256];
	size_t len = 0;
	bool ok = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM);

	ok = both_create(&second, TSR_SRTP_AEAD_AES_128_GCM) && ok;
	for (uint32_t n = 0; ok && n < TSR_SRTP_SSRCS_MAX; n++)
		ok = send_seq(&both, packet, &len, n, 1) == 0 && arrives(&both, packet, len, n, 1);
	for (uint32_t n = 0; ok && n < TSR_SRTP_SSRCS_MAX; n++) {
		struct both cross = { .receiver = both.receiver };

		ok = send_seq(&second, packet, &len, 5000 + n, 1) == 0 &&
		     arrives(&cross, packet, len, 5000 + n, 1);
	}
	both_destroy(&both);
	both_destroy(&second);
	CHECK(ok);
}

static size_t make_rtcp(uint8_t *out, uint32_t ssrc, uint8_t fill, size_t len)
{
	memset(out, fill, len);
	out[0] = 0x80;
	out[1] = 201;
	for (size_t i = 0; i < 4; i++)
		out[4 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
	return len;
}

static void rtcp_has_any_number_of_ssrcs(void)
{
	struct both both;
	bool ok = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM);
	uint32_t n = 0;

	for (; ok && n < 2 * TSR_SRTP_SSRCS_MAX; n++) {
		uint8_t packet[64];
		size_t len = make_rtcp(packet, n, 1, 24);

		ok = tsr_srtcp_protect(both.sender, packet, &len) == 0 &&
		     tsr_srtcp_unprotect(both.receiver, packet, &len) == 0;
	}
	both_destroy(&both);
	CHECK_INT(n, 2 * TSR_SRTP_SSRCS_MAX);
	CHECK(ok);
}

static void rtcp_both_ways(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t packet[256], copy[256], want[256];
		bool ok = both_create(&both, profiles[p]);

		for (uint8_t n = 0; ok && n < 100; n++) {
			size_t len = make_rtcp(packet, 7, n, 8 + n % 16), plain_len = len, copy_len;

			memcpy(want, packet, len);
			ok = tsr_srtcp_protect(both.sender, packet, &len) == 0 &&
			     len <= plain_len + TSR_SRTCP_OVERHEAD;
			copy_len = len;
			memcpy(copy, packet, len);
			ok = ok && tsr_srtcp_unprotect(both.receiver, packet, &len) == 0 &&
			     len == plain_len && memcmp(packet, want, len) == 0 &&
			     tsr_srtcp_unprotect(both.receiver, copy, &copy_len) == TSR_ERR_STALE;
		}
		both_destroy(&both);
		CHECK(ok);
	}
}

static void rtcp_no_flipped_bit_passes(void)
{
	for (size_t p = 0; p < N_PROFILES; p++) {
		struct both both;
		uint8_t packet[256], flipped[256];
		size_t len = make_rtcp(packet, 7, 1, 60);
		bool ok = both_create(&both, profiles[p]) &&
			  tsr_srtcp_protect(both.sender, packet, &len) == 0;

		for (size_t bit = 0; ok && bit < len * 8; bit++) { /* the E bit among them */
			size_t flipped_len = len;

			memcpy(flipped, packet, len);
			flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
			ok = tsr_srtcp_unprotect(both.receiver, flipped, &flipped_len) != 0;
		}
		for (size_t n = 0; ok && n < len; n++) {
			size_t cut_len = n;

			memcpy(flipped, packet, len);
			ok = tsr_srtcp_unprotect(both.receiver, flipped, &cut_len) != 0;
		}
		ok = ok && tsr_srtcp_unprotect(both.receiver, packet, &len) == 0;
		both_destroy(&both);
		CHECK(ok);
	}
}

static void refuses_what_is_no_packet(void)
{
	struct both both;
	uint8_t packet[64] = { 0x80 };
	static uint8_t giant[70000] = { 0x80 };
	size_t len = 0;
	bool created = both_create(&both, TSR_SRTP_AEAD_AES_128_GCM);
	int too_short, version, extension, huge, wrong_way;

	too_short = tsr_srtp_protect(both.sender, packet, &len, 11, tsr_slice(NULL, 0));
	packet[0] = 0x40;
	version = tsr_srtp_protect(both.sender, packet, &len, 20, tsr_slice(NULL, 0));
	packet[0] = 0x9f; /* 15 CSRCs and an extension, of which 20 bytes hold nothing */
	extension = tsr_srtp_protect(both.sender, packet, &len, 20, tsr_slice(NULL, 0));
	len = sizeof(giant);
	huge = tsr_srtp_unprotect(both.receiver, giant, &len);
	wrong_way = tsr_srtp_unprotect(both.sender, packet, &len);
	both_destroy(&both);
	CHECK(created);
	CHECK_INT(too_short, TSR_ERR_SHORT);
	CHECK_INT(version, TSR_ERR_FORMAT);
	CHECK_INT(extension, TSR_ERR_SHORT);
	CHECK_INT(huge, TSR_ERR_TOO_BIG);
	CHECK_INT(wrong_way, TSR_ERR_STATE);
}

static void refuses_wrong_lengths_of_keys(void)
{
	static const uint8_t key[64];
	struct tsr_srtp *srtp = NULL;

	CHECK_INT(tsr_srtp_create(&srtp, TSR_SRTP_AEAD_AES_128_GCM, TSR_SRTP_SENDER,
			  tsr_slice(key, 32), tsr_slice(key, 12)),
		TSR_ERR_RANGE);
	CHECK_INT(tsr_srtp_create(&srtp, TSR_SRTP_AES128_CM_SHA1_80, TSR_SRTP_SENDER,
			  tsr_slice(key, 16), tsr_slice(key, 12)),
		TSR_ERR_RANGE);
	CHECK_INT(tsr_srtp_create(&srtp, (enum tsr_srtp_profile)2, TSR_SRTP_SENDER,
			  tsr_slice(key, 0), tsr_slice(key, 0)),
		TSR_ERR_RANGE);
}

/* As in the media process, for all that follow. */
static void begins_with_the_fastest_aes(void)
{
	CHECK(tsr_srtp_gcm_init() != NULL);
}

TEST_MAIN(TEST(begins_with_the_fastest_aes), TEST(rfc3711_keystream), TEST(rfc3711_derivation),
	TEST(rfc7714_rtp), TEST(rfc7714_rtcp), TEST(opens_what_it_sealed),
	TEST(heads_and_tails_make_one_packet), TEST(no_flipped_bit_passes),
	TEST(takes_a_packet_once), TEST(takes_late_packets_within_the_window),
	TEST(never_protects_a_number_twice), TEST(only_the_very_same_packet_goes_once_more),
	TEST(follows_the_rollover_counter), TEST(forgets_no_ssrc_that_is_used),
	TEST(a_full_receiver_makes_room), TEST(goes_on_with_what_is_forgotten),
	TEST(rtcp_has_any_number_of_ssrcs), TEST(rtcp_both_ways), TEST(rtcp_no_flipped_bit_passes),
	TEST(refuses_what_is_no_packet), TEST(refuses_wrong_lengths_of_keys))
