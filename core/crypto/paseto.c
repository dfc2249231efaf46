/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paseto: "v4.public." || base64url(message || signature) [ || "." || base64url(footer) ].
 * The signature is over PAE(header, message, footer, implicit assertion): the number of
 * pieces, then each with its length in front, all as 64-bit little-endian numbers.
 */
#include "core/crypto/paseto.h"

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/writer.h"
#include "core/crypto/base64url.h"

static const char header[] = "v4.public.";
#define HEADER_LEN (sizeof(header) - 1)
#define PAE_MAX (TSR_PASETO_MAX + 512)

static void pae_number(struct tsr_writer *wr, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		tsr_writer_u8(wr, (uint8_t)(value >> 8 * i));
}

static void pae_piece(struct tsr_writer *wr, struct tsr_slice piece)
{
	pae_number(wr, piece.len);
	tsr_writer_bytes(wr, piece);
}

static int pae(struct tsr_slice *out, uint8_t buf[static PAE_MAX], const struct tsr_paseto *token,
	struct tsr_slice implicit)
{
	struct tsr_writer wr = tsr_writer(buf, PAE_MAX);

	pae_number(&wr, 4);
	pae_piece(&wr, tsr_slice(header, HEADER_LEN));
	pae_piece(&wr, token->message);
	pae_piece(&wr, token->footer);
	pae_piece(&wr, implicit);
	*out = tsr_slice(buf, wr.len);
	return tsr_writer_end(&wr);
}

int tsr_paseto_sign(char *out, size_t cap, const struct tsr_sign_key *key, struct tsr_slice message,
	struct tsr_slice footer, struct tsr_slice implicit)
{
	struct tsr_paseto token = { .message = message, .footer = footer };
	uint8_t buf[PAE_MAX];
	uint8_t body[TSR_PASETO_MAX];
	struct tsr_slice signed_;
	size_t body_len = message.len + TSR_SIGNATURE_LEN;
	size_t at = HEADER_LEN + TSR_BASE64URL_LEN(body_len);
	int r;

	if (body_len > sizeof(body) || cap <= at)
		return TSR_ERR_TOO_BIG;
	if ((r = pae(&signed_, buf, &token, implicit)) != 0)
		return r;
	if (message.len)
		memcpy(body, message.data, message.len);
	tsr_sign(body + message.len, key, signed_);
	memcpy(out, header, HEADER_LEN);
	r = tsr_base64url_write(out + HEADER_LEN, cap - HEADER_LEN, tsr_slice(body, body_len));
	if (r != 0 || footer.len == 0)
		return r;
	out[at++] = '.';
	return tsr_base64url_write(out + at, cap - at, footer);
}

/* Takes the text apart: what is between header and a dot, and what is behind the dot. */
static int split(struct tsr_slice *body, struct tsr_slice *footer, struct tsr_slice token)
{
	const uint8_t *dot;

	if (token.len < HEADER_LEN || memcmp(token.data, header, HEADER_LEN) != 0)
		return TSR_ERR_FORMAT;
	*body = tsr_slice(token.data + HEADER_LEN, token.len - HEADER_LEN);
	*footer = tsr_slice(NULL, 0);
	dot = body->len ? memchr(body->data, '.', body->len) : NULL;
	if (dot) {
		*footer = tsr_slice(dot + 1, (size_t)(body->data + body->len - dot - 1));
		body->len = (size_t)(dot - body->data);
		if (footer->len == 0)
			return TSR_ERR_FORMAT;
	}
	return 0;
}

int tsr_paseto_verify(struct tsr_paseto *out, uint8_t *buf, size_t cap,
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], struct tsr_slice token,
	struct tsr_slice implicit)
{
	struct tsr_paseto found;
	struct tsr_slice body, footer, signed_;
	uint8_t pae_buf[PAE_MAX];
	size_t body_len, footer_len;
	int r;

	memset(out, 0, sizeof(*out));
	if (token.len > TSR_PASETO_MAX)
		return TSR_ERR_TOO_BIG;
	if ((r = split(&body, &footer, token)) != 0 ||
		(r = tsr_base64url_parse(buf, cap, &body_len, body)) != 0 ||
		(r = tsr_base64url_parse(buf + body_len, cap - body_len, &footer_len, footer)) != 0)
		return r;
	if (body_len < TSR_SIGNATURE_LEN)
		return TSR_ERR_FORMAT;
	found.message = tsr_slice(buf, body_len - TSR_SIGNATURE_LEN);
	found.footer = tsr_slice(buf + body_len, footer_len);
	if ((r = pae(&signed_, pae_buf, &found, implicit)) != 0 ||
		(r = tsr_sign_verify(buf + found.message.len, public_key, signed_)) != 0)
		return r;
	*out = found;
	return 0;
}
