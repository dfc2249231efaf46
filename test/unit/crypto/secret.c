/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/secret.h"

#include "core/base/err.h"
#include "core/crypto/password.h"
#include "core/crypto/random.h"
#include "test.h"

static void holds_what_it_was_given(void)
{
	struct tsr_secret *a, *b, *c;

	CHECK_INT(tsr_crypto_init(), 0);
	CHECK_INT(tsr_secret_copy(&a, tsr_slice("0123456789abcdef0", 17)), 0);
	CHECK_INT(tsr_secret_copy(&b, tsr_slice("0123456789abcdef0", 17)), 0);
	CHECK_INT(tsr_secret_copy(&c, tsr_slice("0123456789abcdef1", 17)), 0);
	CHECK(tsr_secret_equal(a, b));
	CHECK(!tsr_secret_equal(a, c));
	CHECK_INT(tsr_secret_slice(a).len, 17);
	tsr_secret_destroy(a);
	tsr_secret_destroy(b);
	tsr_secret_destroy(c);
	tsr_secret_destroy(NULL);
}

static void starts_empty_or_random(void)
{
	static const uint8_t zeros[32];
	struct tsr_secret *a, *b;

	CHECK_INT(tsr_secret_create(&a, 32), 0);
	CHECK_MEM(tsr_secret_data(a), zeros, 32);
	CHECK_INT(tsr_secret_random(&b, 32), 0);
	CHECK(!tsr_secret_equal(a, b));
	tsr_secret_destroy(a);
	tsr_secret_destroy(b);
	CHECK_INT(tsr_secret_create(&a, 0), TSR_ERR_RANGE);
	CHECK(a == NULL);
	CHECK_INT(tsr_secret_create(&a, TSR_SECRET_MAX + 1), TSR_ERR_RANGE);
}

static void uniform_stays_below_its_bound(void)
{
	for (int i = 0; i < 1000; i++)
		CHECK(tsr_random_uniform(7) < 7);
	CHECK_INT(tsr_random_uniform(1), 0);
}

static void passwords(void)
{
	char hash[TSR_PASSWORD_HASH_LEN];
	uint8_t long_password[TSR_PASSWORD_MAX + 1] = { 0 };

	CHECK_INT(tsr_password_hash(hash, tsr_slice_str("correct horse")), 0);
	CHECK_MEM(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	CHECK_INT(tsr_password_verify(hash, tsr_slice_str("correct horse")), 0);
	CHECK_INT(tsr_password_verify(hash, tsr_slice_str("correct horsf")), TSR_ERR_AUTH);
	CHECK_INT(tsr_password_verify(hash, tsr_slice(NULL, 0)), TSR_ERR_AUTH);
	CHECK_INT(tsr_password_verify(NULL, tsr_slice_str("correct horse")), TSR_ERR_AUTH);
	CHECK_INT(tsr_password_verify(
			  "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA", tsr_slice_str("x")),
		TSR_ERR_FORMAT);
	CHECK_INT(tsr_password_verify("plain", tsr_slice_str("plain")), TSR_ERR_FORMAT);
	CHECK_INT(tsr_password_hash(hash, tsr_slice(long_password, sizeof(long_password))),
		TSR_ERR_TOO_BIG);
}

TEST_MAIN(TEST(holds_what_it_was_given), TEST(starts_empty_or_random),
	TEST(uniform_stays_below_its_bound), TEST(passwords))
