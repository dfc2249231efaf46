/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/cert.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/base/err.h"
#include "test.h"

static X509 *read_cert(const struct tsr_msg *chain)
{
	BIO *bio = BIO_new_mem_buf(chain->data, (int)chain->len);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return cert;
}

static void names_this_machine(void)
{
	static const char *const extra[] = { "meet.example.org", "203.0.113.9", NULL };
	struct tsr_msg *chain, *key;
	X509 *cert;

	CHECK_INT(tsr_cert_make(&chain, &key, extra), 0);
	cert = read_cert(chain);
	CHECK(cert != NULL);
	CHECK_INT(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(cert, "meet.example.org", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(cert, "example.org", 0, 0, NULL), 0);
	CHECK_INT(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
	CHECK_INT(X509_check_ip_asc(cert, "::1", 0), 1);
	CHECK_INT(X509_check_ip_asc(cert, "203.0.113.9", 0), 1);
	CHECK_INT(X509_cmp_current_time(X509_get0_notBefore(cert)), -1);
	CHECK_INT(X509_cmp_current_time(X509_get0_notAfter(cert)), 1);
	CHECK_INT(X509_check_ca(cert), 0);
	X509_free(cert);
	tsr_msg_unref(&chain);
	tsr_cert_wipe(&key);
	CHECK(key == NULL);
}

static void describes_what_it_is_given(void)
{
	struct tsr_msg *chain, *key;
	uint8_t pin[TSR_CERT_PIN_LEN] = { 0 }, digest[32];
	char fingerprint[TSR_CERT_FINGERPRINT_LEN], first[4];
	X509 *cert;

	CHECK_INT(tsr_cert_make(&chain, &key, NULL), 0);
	CHECK_INT(tsr_cert_describe(tsr_msg_slice(chain), pin, fingerprint), 0);
	CHECK_INT(strlen(fingerprint), 95);
	cert = read_cert(chain);
	CHECK_INT(X509_digest(cert, EVP_sha256(), digest, NULL), 1);
	snprintf(first, sizeof(first), "%02X:", digest[0]);
	CHECK(strncmp(fingerprint, first, 3) == 0);
	CHECK_INT(tsr_cert_describe(tsr_slice_str("no certificate"), pin, NULL), TSR_ERR_FORMAT);
	X509_free(cert);
	tsr_msg_unref(&chain);
	tsr_cert_wipe(&key);
}

TEST_MAIN(TEST(names_this_machine), TEST(describes_what_it_is_given))
