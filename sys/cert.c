/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/cert.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/random.h"
#include "sys/tls.h"

#define VALID_S (825L * 24 * 3600) /* what browsers accept at most */
#define EARLY_S (24L * 3600)       /* for clients whose clock is behind */
#define NAMES_LEN 2048

/* ---- names ---- */

struct names {
	char text[NAMES_LEN]; /* "DNS:localhost,IP:127.0.0.1" */
	size_t len;
};

static void add_name(struct names *names, const char *kind, const char *name)
{
	char one[300];
	int n = snprintf(one, sizeof(one), "%s%s:%s", names->len ? "," : "", kind, name);

	if (n <= 0 || (size_t)n >= sizeof(one) || (size_t)n >= NAMES_LEN - names->len)
		return;
	if (strstr(names->text, one + (names->len ? 1 : 0)))
		return; /* there already, or the beginning of one: then it is of no use */
	memcpy(names->text + names->len, one, (size_t)n + 1);
	names->len += (size_t)n;
}

static bool is_dns_name(const char *name)
{
	return name[0] && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789.-") == strlen(name);
}

static void add_any(struct names *names, const char *name)
{
	struct in6_addr addr;

	if (inet_pton(AF_INET, name, &addr) == 1 || inet_pton(AF_INET6, name, &addr) == 1)
		add_name(names, "IP", name);
	else if (is_dns_name(name))
		add_name(names, "DNS", name);
}

static void add_interfaces(struct names *names)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list) != 0)
		return;
	for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
		char text[INET6_ADDRSTRLEN] = "";

		if (!at->ifa_addr || !(at->ifa_flags & IFF_UP))
			continue;
		if (at->ifa_addr->sa_family == AF_INET) {
			inet_ntop(AF_INET, &((const struct sockaddr_in *)at->ifa_addr)->sin_addr,
				text, sizeof(text));
		} else if (at->ifa_addr->sa_family == AF_INET6) {
			const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)at->ifa_addr;

			if (!IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
				inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		}
		if (text[0])
			add_name(names, "IP", text);
	}
	freeifaddrs(list);
}

static void collect_names(struct names *names, const char *const *extra)
{
	char host[256] = "";

	names->len = 0;
	names->text[0] = 0;
	for (; extra && *extra; extra++)
		add_any(names, *extra);
	add_name(names, "DNS", "localhost");
	if (gethostname(host, sizeof(host) - 1) == 0 && is_dns_name(host))
		add_name(names, "DNS", host);
	add_name(names, "IP", "127.0.0.1");
	add_name(names, "IP", "::1");
	add_interfaces(names);
}

/* ---- making ---- */

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool set_serial(X509 *cert)
{
	uint64_t serial;

	tsr_kernel_random(&serial, sizeof(serial));
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1;
}

static X509 *make_cert(EVP_PKEY *key, const struct names *names)
{
	X509 *cert = X509_new();
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;

	if (!cert || X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
		!X509_gmtime_adj(X509_getm_notBefore(cert), -EARLY_S) ||
		!X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S - EARLY_S) ||
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			(const unsigned char *)"Tessera (self-signed)", -1, -1, 0) != 1 ||
		X509_set_issuer_name(cert, name) != 1 || X509_set_pubkey(cert, key) != 1 ||
		!add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") ||
		!add_extension(cert, NID_key_usage, "critical,digitalSignature") ||
		!add_extension(cert, NID_ext_key_usage, "serverAuth") ||
		!add_extension(cert, NID_subject_key_identifier, "hash") ||
		!add_extension(cert, NID_subject_alt_name, names->text) ||
		X509_sign(cert, key, EVP_sha256()) == 0) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

/* Takes the text out of a memory BIO; wipes it there. */
static struct tsr_msg *msg_from_bio(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	struct tsr_msg *msg = len > 0 ? tsr_msg_copy(tsr_slice(data, (size_t)len)) : NULL;

	if (len > 0)
		OPENSSL_cleanse(data, (size_t)len);
	return msg;
}

int tsr_cert_make(
	struct tsr_msg **chain_pem, struct tsr_msg **key_pem, const char *const *extra_names)
{
	struct names names;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_mem());
	int r = TSR_ERR_CRYPTO;

	*chain_pem = *key_pem = NULL;
	collect_names(&names, extra_names);
	if (!cert_bio || !key_bio || !(key = EVP_EC_gen("P-256")) ||
		!(cert = make_cert(key, &names)) || PEM_write_bio_X509(cert_bio, cert) != 1 ||
		PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		goto out;
	*chain_pem = msg_from_bio(cert_bio);
	*key_pem = msg_from_bio(key_bio);
	r = *chain_pem && *key_pem ? 0 : TSR_ERR_NOMEM;
	if (r != 0) {
		tsr_msg_unref(chain_pem);
		tsr_cert_wipe(key_pem);
	}
out:
	ERR_clear_error();
	BIO_free(cert_bio);
	BIO_free(key_bio);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r;
}

void tsr_cert_wipe(struct tsr_msg **msg)
{
	if (*msg)
		OPENSSL_cleanse((*msg)->data, (*msg)->len);
	tsr_msg_unref(msg);
}

/* ---- reading ---- */

int tsr_cert_describe(struct tsr_slice pem, uint8_t pin[TSR_CERT_PIN_LEN],
	char fingerprint[TSR_CERT_FINGERPRINT_LEN])
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	unsigned char *der = NULL, digest[32];
	int len = -1, r = TSR_ERR_FORMAT;

	if (!cert)
		goto out;
	r = TSR_ERR_CRYPTO;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	if (len <= 0 || X509_digest(cert, EVP_sha256(), digest, NULL) != 1)
		goto out;
	if (pin && EVP_Digest(der, (size_t)len, pin, NULL, EVP_sha256(), NULL) != 1)
		goto out;
	for (int i = 0; fingerprint && i < 32; i++)
		snprintf(fingerprint + 3 * i, 4 - (i == 31), i < 31 ? "%02X:" : "%02X", digest[i]);
	r = 0;
out:
	ERR_clear_error();
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(bio);
	return r;
}

int tsr_cert_check(struct tsr_slice chain_pem, struct tsr_slice key_pem)
{
	struct tsr_tls_ctx *ctx;
	int r = tsr_tls_ctx_create_server(&ctx, chain_pem, key_pem);

	tsr_tls_ctx_unref(&ctx);
	return r;
}
