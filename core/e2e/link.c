/* SPDX-License-Identifier: Apache-2.0 */
#include "core/e2e/link.h"

#include <stdio.h>
#include <strings.h>

#include "core/base/err.h"
#include "core/base/writer.h"
#include "core/crypto/base64url.h"
#include "core/crypto/hkdf.h"

#define PORT_DEFAULT 443

/* ---- reading -------------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct tsr_slice trim(struct tsr_slice text)
{
	while (text.len && is_blank(text.data[0]))
		text = tsr_slice(text.data + 1, text.len - 1);
	while (text.len && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* Takes prefix off text, without regard to case; false when it does not begin so. */
static bool take(struct tsr_slice *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || strncasecmp((const char *)text->data, prefix, len) != 0)
		return false;
	*text = tsr_slice(text->data + len, text->len - len);
	return true;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Length of the host at the start of text; 0 when there is none that is fit. */
static size_t host_len(struct tsr_slice text)
{
	bool in_brackets = text.len && text.data[0] == '[';
	size_t n = in_brackets;

	for (; n < text.len; n++) {
		uint8_t c = text.data[n];
		bool hex = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');

		if (in_brackets ? !(hex || c == ':' || c == '.')
				: !(is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
					  c == '-' || c == '.'))
			break;
		if (c == '.' && (n == 0 || text.data[n - 1] == '.'))
			return 0;
	}
	if (in_brackets) {
		if (n < 4 || n == text.len || text.data[n] != ']')
			return 0;
		n++;
	}
	return n <= TSR_LINK_HOST_MAX ? n : 0;
}

static int parse_host(struct tsr_link *link, struct tsr_slice *text)
{
	size_t len = host_len(*text);

	if (len == 0 || text->data[0] == '-')
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = text->data[i];

		link->host[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	*text = tsr_slice(text->data + len, text->len - len);
	return 0;
}

static int parse_port(struct tsr_link *link, struct tsr_slice *text)
{
	uint32_t port = 0;
	size_t n = 0;

	link->port = PORT_DEFAULT;
	if (!take(text, ":"))
		return 0;
	for (; n < text->len && n < 6 && is_digit(text->data[n]); n++)
		port = port * 10 + (text->data[n] - '0');
	if (n == 0 || text->data[0] == '0' || port > UINT16_MAX)
		return TSR_ERR_FORMAT;
	link->port = (uint16_t)port;
	*text = tsr_slice(text->data + n, text->len - n);
	return 0;
}

static bool is_number(struct tsr_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.data[i]))
			return false;
	return text.len == TSR_LINK_NUMBER_LEN && text.data[0] != '0';
}

static int parse_number(struct tsr_link *link, struct tsr_slice *text)
{
	struct tsr_slice number;

	if (text->len < 3 + TSR_LINK_NUMBER_LEN || memcmp(text->data, "/j/", 3) != 0)
		return TSR_ERR_FORMAT;
	*text = tsr_slice(text->data + 3, text->len - 3);
	number = tsr_slice(text->data, TSR_LINK_NUMBER_LEN);
	if (!is_number(number))
		return TSR_ERR_FORMAT;
	memcpy(link->number, number.data, TSR_LINK_NUMBER_LEN);
	*text = tsr_slice(text->data + TSR_LINK_NUMBER_LEN, text->len - TSR_LINK_NUMBER_LEN);
	return 0;
}

static int parse_secret(struct tsr_link *link, struct tsr_slice text)
{
	int r = tsr_secret_create(&link->secret, TSR_LINK_SECRET_LEN);

	if (r != 0)
		return r;
	return tsr_base64url_parse_exact(tsr_secret_data(link->secret), TSR_LINK_SECRET_LEN, text);
}

/* Behind the "#". */
static int parse_fragment(struct tsr_link *link, struct tsr_slice text)
{
	const size_t secret_len = TSR_BASE64URL_LEN(TSR_LINK_SECRET_LEN);
	int r;

	if (text.len < 2 || !is_digit(text.data[0]))
		return TSR_ERR_FORMAT;
	if (text.data[0] > '1')
		return TSR_ERR_VERSION;
	link->is_end_to_end = text.data[0] == '1';
	link->kind = text.data[1] == 'o' ? TSR_LINK_ORGANIZER : TSR_LINK_ATTENDEE;
	text = tsr_slice(text.data + 1, text.len - 1);
	if (link->kind == TSR_LINK_ORGANIZER) {
		text = tsr_slice(text.data + 1, text.len - 1);
		return take(&text, ".") ? parse_secret(link, text) : TSR_ERR_FORMAT;
	}
	if (!take(&text, ".") || text.len < secret_len + 1 || text.data[secret_len] != '.')
		return TSR_ERR_FORMAT;
	if ((r = parse_secret(link, tsr_slice(text.data, secret_len))) != 0)
		return r;
	return tsr_base64url_parse_exact(link->pin, sizeof(link->pin),
		tsr_slice(text.data + secret_len + 1, text.len - secret_len - 1));
}

static int parse(struct tsr_link *link, struct tsr_slice text)
{
	int r;

	if (!take(&text, "https://"))
		return TSR_ERR_FORMAT;
	if ((r = parse_host(link, &text)) != 0 || (r = parse_port(link, &text)) != 0 ||
		(r = parse_number(link, &text)) != 0)
		return r;
	if (text.len == 0)
		return 0; /* digits alone */
	return take(&text, "#") ? parse_fragment(link, text) : TSR_ERR_FORMAT;
}

int tsr_link_parse(struct tsr_link *out, struct tsr_slice text)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = parse(out, trim(text));
	if (r != 0)
		tsr_link_finish(out);
	return r;
}

void tsr_link_finish(struct tsr_link *link)
{
	tsr_secret_destroy(link->secret);
	tsr_wipe(link, sizeof(*link));
}

/* ---- writing -------------------------------------------------------------------------- */

/* Everything up to the fragment; the length, or TSR_ERR_TOO_BIG. */
static int write_front(char *out, size_t cap, const struct tsr_link *link)
{
	char port[8] = "";
	int n;

	if (link->port != PORT_DEFAULT)
		snprintf(port, sizeof(port), ":%u", link->port);
	n = snprintf(out, cap, "https://%s%s/j/%s", link->host, port, link->number);
	return n < 0 || (size_t)n >= cap ? TSR_ERR_TOO_BIG : n;
}

static int write_fragment(char *out, size_t cap, const struct tsr_link *link)
{
	char secret[TSR_BASE64URL_LEN(TSR_LINK_SECRET_LEN) + 1];
	char pin[TSR_BASE64URL_LEN(TSR_LINK_PIN_LEN) + 1] = "";
	bool is_organizer = link->kind == TSR_LINK_ORGANIZER;
	int n, r;

	if ((r = tsr_base64url_write(secret, sizeof(secret), tsr_secret_slice(link->secret))) !=
			0 ||
		(r = tsr_base64url_write(
			 pin, sizeof(pin), tsr_slice(link->pin, sizeof(link->pin)))) != 0)
		goto out;
	n = is_organizer ? snprintf(out, cap, "#%do.%s", link->is_end_to_end, secret)
			 : snprintf(out, cap, "#%d.%s.%s", link->is_end_to_end, secret, pin);
	r = n < 0 || (size_t)n >= cap ? TSR_ERR_TOO_BIG : 0;
out:
	tsr_wipe(secret, sizeof(secret));
	return r;
}

int tsr_link_write(char *out, size_t cap, const struct tsr_link *link)
{
	struct tsr_slice host = tsr_slice_str(link->host);
	int r, n = 0;

	if (cap)
		out[0] = '\0';
	if (host.len == 0 || host_len(host) != host.len || link->port == 0 ||
		!is_number(tsr_slice_str(link->number)))
		return TSR_ERR_FORMAT;
	if (link->kind != TSR_LINK_DIGITS &&
		(!link->secret || tsr_secret_slice(link->secret).len != TSR_LINK_SECRET_LEN))
		return TSR_ERR_FORMAT;
	r = n = write_front(out, cap, link);
	if (n > 0) {
		r = 0;
		if (link->kind != TSR_LINK_DIGITS)
			r = write_fragment(out + n, cap - (size_t)n, link);
	}
	if (r != 0 && cap)
		tsr_wipe(out, cap);
	return r;
}

/* ---- deriving ------------------------------------------------------------------------- */

static int derive(uint8_t *out, size_t len, const struct tsr_secret *secret, const char *label)
{
	uint8_t info[64];
	struct tsr_writer wr = tsr_writer(info, sizeof(info));
	int r;

	tsr_writer_bytes(&wr, tsr_slice_str("tessera link v1 "));
	tsr_writer_bytes(&wr, tsr_slice_str(label));
	if ((r = tsr_writer_end(&wr)) != 0)
		return r;
	return tsr_hkdf(
		out, len, tsr_slice(NULL, 0), tsr_secret_slice(secret), tsr_slice(info, wr.len));
}

int tsr_join_keys_derive(struct tsr_join_keys *out, const struct tsr_secret *link_secret)
{
	memset(out, 0, sizeof(*out));
	return derive(out->join_token, sizeof(out->join_token), link_secret, "join");
}

static int derive_link_secret(struct tsr_secret **out, const struct tsr_secret *organizer_secret)
{
	int r = tsr_secret_create(out, TSR_LINK_SECRET_LEN);

	if (r == 0)
		r = derive(tsr_secret_data(*out), TSR_LINK_SECRET_LEN, organizer_secret,
			"link secret");
	return r;
}

static int derive_meeting_key(struct tsr_sign_key **out, const struct tsr_secret *organizer_secret)
{
	uint8_t seed[TSR_SIGN_SEED_LEN];
	int r = derive(seed, sizeof(seed), organizer_secret, "meeting key");

	if (r == 0)
		r = tsr_sign_key_create(out, seed);
	tsr_wipe(seed, sizeof(seed));
	return r;
}

int tsr_organizer_keys_derive(
	struct tsr_organizer_keys *out, const struct tsr_secret *organizer_secret)
{
	struct tsr_join_keys join;
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = derive_link_secret(&out->link_secret, organizer_secret)) != 0 ||
		(r = derive_meeting_key(&out->meeting_key, organizer_secret)) != 0 ||
		(r = derive(out->organizer_token, sizeof(out->organizer_token), organizer_secret,
			 "organizer")) != 0 ||
		(r = tsr_join_keys_derive(&join, out->link_secret)) != 0) {
		tsr_organizer_keys_finish(out);
		return r;
	}
	memcpy(out->join_token, join.join_token, sizeof(out->join_token));
	tsr_wipe(&join, sizeof(join));
	tsr_link_pin(out->pin, tsr_sign_key_public(out->meeting_key));
	return 0;
}

void tsr_organizer_keys_finish(struct tsr_organizer_keys *keys)
{
	tsr_secret_destroy(keys->link_secret);
	tsr_sign_key_destroy(keys->meeting_key);
	tsr_wipe(keys, sizeof(*keys));
}

void tsr_link_token_hash(uint8_t out[static 32], const uint8_t token[static TSR_LINK_TOKEN_LEN])
{
	tsr_sha256(out, tsr_slice(token, TSR_LINK_TOKEN_LEN));
}

void tsr_link_pin(uint8_t out[static TSR_LINK_PIN_LEN],
	const uint8_t meeting_public_key[static TSR_SIGN_PUBLIC_LEN])
{
	uint8_t text[4 + TSR_SIGN_PUBLIC_LEN] = "link";
	uint8_t hash[TSR_SHA256_LEN];

	memcpy(text + 4, meeting_public_key, TSR_SIGN_PUBLIC_LEN);
	tsr_sha256(hash, tsr_slice(text, sizeof(text)));
	memcpy(out, hash, TSR_LINK_PIN_LEN);
}

int tsr_link_for_attendees(struct tsr_link *out, const struct tsr_link *organizer)
{
	struct tsr_organizer_keys keys;
	int r;

	memset(out, 0, sizeof(*out));
	if (organizer->kind != TSR_LINK_ORGANIZER || !organizer->secret)
		return TSR_ERR_STATE;
	if ((r = tsr_organizer_keys_derive(&keys, organizer->secret)) != 0)
		return r;
	*out = *organizer;
	out->kind = TSR_LINK_ATTENDEE;
	out->secret = keys.link_secret;
	keys.link_secret = NULL; /* now the link's */
	memcpy(out->pin, keys.pin, sizeof(out->pin));
	tsr_organizer_keys_finish(&keys);
	return 0;
}
