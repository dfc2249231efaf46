/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message (RFC 8489 5):
 *
 *	u16 type: 00 and 14 bits, the class in bits 8 and 4; u16 length of what follows the header;
 *	u32 magic cookie; u8[12] transaction; attributes: u16 type, u16 length, value, padded to 4
 */
#include "core/media/stun.h"

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"
#include "core/crypto/secret.h"
#include "core/media/hmac_sha1.h"

#define HEADER_LEN 20
#define COOKIE 0x2112a442u
#define BINDING 0x0001
#define CLASS_MASK 0x0110
#define FINGERPRINT_XOR 0x5354554eu
#define ATTRIBUTE_HEADER_LEN 4
#define FINGERPRINT_LEN 4
#define USERNAME_MAX 508 /* RFC 8489 14.3: fewer than 509 */
#define FAMILY_IPV4 1
#define FAMILY_IPV6 2

enum attribute {
	USERNAME = 0x0006,
	MESSAGE_INTEGRITY = 0x0008,
	ERROR_CODE = 0x0009,
	UNKNOWN_ATTRIBUTES = 0x000a,
	MESSAGE_INTEGRITY_SHA256 = 0x001c,
	XOR_MAPPED_ADDRESS = 0x0020,
	PRIORITY = 0x0024,
	USE_CANDIDATE = 0x0025,
	OPTIONAL = 0x8000, /* and above: may be passed over */
	FINGERPRINT = 0x8028,
	ICE_CONTROLLED = 0x8029,
	ICE_CONTROLLING = 0x802a,
};

static const uint8_t ipv4_prefix[12] = { [10] = 0xff, [11] = 0xff };

static uint32_t crc32(struct tsr_slice bytes)
{
	static const uint32_t nibbles[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t crc = ~0u;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= bytes.data[i];
		crc = crc >> 4 ^ nibbles[crc & 15];
		crc = crc >> 4 ^ nibbles[crc & 15];
	}
	return ~crc;
}

/* The mask of XOR-MAPPED-ADDRESS: the cookie and the transaction. */
static void xor_ip(uint8_t *ip, size_t len, const uint8_t transaction[TSR_STUN_TRANSACTION_LEN])
{
	static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

	for (size_t i = 0; i < len; i++)
		ip[i] ^= i < sizeof(cookie) ? cookie[i] : transaction[i - sizeof(cookie)];
}

/* MESSAGE-INTEGRITY covers what is before it, under a header that counts it in. */
static void integrity(
	uint8_t out[static TSR_HMAC_SHA1_LEN], struct tsr_slice before, struct tsr_slice password)
{
	size_t len = before.len - HEADER_LEN + ATTRIBUTE_HEADER_LEN + TSR_HMAC_SHA1_LEN;
	uint8_t counted[] = { (uint8_t)(len >> 8), (uint8_t)len };
	struct tsr_slice parts[] = { tsr_slice(before.data, 2), tsr_slice(counted, 2),
		tsr_slice(before.data + 4, before.len - 4) };
	struct tsr_hmac_sha1 hmac;

	tsr_hmac_sha1_init(&hmac, password);
	tsr_hmac_sha1(&hmac, out, parts, sizeof(parts) / sizeof(parts[0]));
	tsr_wipe(&hmac, sizeof(hmac));
}

/* ---- parsing ---- */

static void parse_mapped(struct tsr_stun *out, struct tsr_reader *rd)
{
	uint8_t family;
	struct tsr_slice ip;

	tsr_reader_u8(rd);
	family = tsr_reader_u8(rd);
	out->mapped_port = tsr_reader_u16(rd) ^ (COOKIE >> 16);
	if (family != FAMILY_IPV4 && family != FAMILY_IPV6)
		tsr_reader_fail(rd, TSR_ERR_FORMAT);
	ip = tsr_reader_bytes(rd, family == FAMILY_IPV4 ? 4 : 16);
	if (rd->err)
		return;
	memcpy(out->mapped_ip, ipv4_prefix, sizeof(ipv4_prefix));
	memcpy(out->mapped_ip + 16 - ip.len, ip.data, ip.len);
	xor_ip(out->mapped_ip + 16 - ip.len, ip.len, out->transaction);
	out->has_mapped = true;
}

static void parse_error(struct tsr_stun *out, struct tsr_reader *rd)
{
	uint32_t code = tsr_reader_u32(rd);

	out->error = (uint16_t)((code >> 8 & 7) * 100 + (code & 0xff));
	tsr_reader_bytes(rd, rd->left.len); /* the reason phrase is for people */
}

static void parse_role(struct tsr_stun *out, struct tsr_reader *rd, enum tsr_stun_role role)
{
	out->role = role;
	out->tie_breaker = tsr_reader_u64(rd);
}

static int parse_value(struct tsr_stun *out, uint16_t type, struct tsr_slice value)
{
	struct tsr_reader rd = tsr_reader(value);

	switch (type) {
	case USERNAME:
		if (value.len > USERNAME_MAX)
			return TSR_ERR_FORMAT;
		out->username = tsr_reader_bytes(&rd, value.len);
		break;
	case MESSAGE_INTEGRITY:
		tsr_reader_bytes(&rd, TSR_HMAC_SHA1_LEN);
		break;
	case ERROR_CODE:
		parse_error(out, &rd);
		break;
	case XOR_MAPPED_ADDRESS:
		parse_mapped(out, &rd);
		break;
	case PRIORITY:
		out->priority = tsr_reader_u32(&rd);
		break;
	case USE_CANDIDATE:
		out->use_candidate = true;
		break;
	case ICE_CONTROLLED:
		parse_role(out, &rd, TSR_STUN_CONTROLLED);
		break;
	case ICE_CONTROLLING:
		parse_role(out, &rd, TSR_STUN_CONTROLLING);
		break;
	default: /* nobody asks for SHA-256 in ICE, and SHA-1 must be there as well */
		if (type < OPTIONAL && type != MESSAGE_INTEGRITY_SHA256 &&
			type != UNKNOWN_ATTRIBUTES && out->unknown == 0)
			out->unknown = type;
		return 0;
	}
	return tsr_reader_end(&rd) == 0 ? 0 : TSR_ERR_FORMAT;
}

/* The last attribute, over everything before it. */
static int parse_fingerprint(struct tsr_stun *out, size_t at, struct tsr_slice value)
{
	struct tsr_reader rd = tsr_reader(value);
	uint32_t got = tsr_reader_u32(&rd);

	if (tsr_reader_end(&rd) != 0 ||
		at + ATTRIBUTE_HEADER_LEN + FINGERPRINT_LEN != out->bytes.len)
		return TSR_ERR_FORMAT;
	if (got != (crc32(tsr_slice(out->bytes.data, at)) ^ FINGERPRINT_XOR))
		return TSR_ERR_AUTH;
	out->has_fingerprint = true;
	return 0;
}

static int parse_attributes(struct tsr_stun *out, struct tsr_reader *rd)
{
	while (rd->left.len > 0) {
		size_t at = (size_t)(rd->left.data - out->bytes.data);
		uint16_t type = tsr_reader_u16(rd), len = tsr_reader_u16(rd);
		struct tsr_slice value = tsr_reader_bytes(rd, len);
		int r = 0;

		tsr_reader_bytes(rd, -len & 3);
		if (rd->err)
			return TSR_ERR_FORMAT;
		if (type == FINGERPRINT)
			r = parse_fingerprint(out, at, value);
		else if (out->integrity_at == 0) /* what comes after it is nobody's word */
			r = parse_value(out, type, value);
		if (r != 0)
			return r;
		if (type == MESSAGE_INTEGRITY && out->integrity_at == 0)
			out->integrity_at = (uint32_t)at;
	}
	return 0;
}

int tsr_stun_parse(struct tsr_stun *out, struct tsr_slice datagram)
{
	struct tsr_reader rd = tsr_reader(datagram);
	uint16_t type = tsr_reader_u16(&rd), len = tsr_reader_u16(&rd);
	uint32_t cookie = tsr_reader_u32(&rd);
	struct tsr_slice transaction = tsr_reader_bytes(&rd, TSR_STUN_TRANSACTION_LEN);

	*out = (struct tsr_stun){ .bytes = datagram };
	if (rd.err)
		return TSR_ERR_SHORT;
	if (datagram.len > TSR_DATAGRAM_MAX || type & 0xc000 || len % 4 != 0 ||
		len != datagram.len - HEADER_LEN || cookie != COOKIE)
		return TSR_ERR_FORMAT;
	if ((type & ~CLASS_MASK) != BINDING)
		return TSR_ERR_RANGE;
	out->class = (enum tsr_stun_class)((type & 0x100) >> 7 | (type & 0x10) >> 4);
	memcpy(out->transaction, transaction.data, sizeof(out->transaction));
	return parse_attributes(out, &rd);
}

struct tsr_slice tsr_stun_ufrag(const struct tsr_stun *stun)
{
	const uint8_t *colon =
		stun->username.len ? memchr(stun->username.data, ':', stun->username.len) : NULL;

	return tsr_slice(stun->username.data, colon ? (size_t)(colon - stun->username.data) : 0);
}

int tsr_stun_check(const struct tsr_stun *stun, struct tsr_slice password)
{
	uint8_t want[TSR_HMAC_SHA1_LEN];

	if (stun->integrity_at == 0)
		return TSR_ERR_AUTH;
	integrity(want, tsr_slice(stun->bytes.data, stun->integrity_at), password);
	return tsr_bytes_equal(tsr_slice(want, sizeof(want)),
		       tsr_slice(stun->bytes.data + stun->integrity_at + ATTRIBUTE_HEADER_LEN,
			       sizeof(want)))
		       ? 0
		       : TSR_ERR_AUTH;
}

/* ---- writing ---- */

static void write_header(struct tsr_writer *wr, enum tsr_stun_class class,
	const uint8_t transaction[TSR_STUN_TRANSACTION_LEN])
{
	unsigned bits = (unsigned)class;

	tsr_writer_u16(wr, (uint16_t)(BINDING | (bits & 2) << 7 | (bits & 1) << 4));
	tsr_writer_u16(wr, 0); /* the length, see write_end() */
	tsr_writer_u32(wr, COOKIE);
	tsr_writer_bytes(wr, tsr_slice(transaction, TSR_STUN_TRANSACTION_LEN));
}

static void write_attribute(struct tsr_writer *wr, enum attribute type, struct tsr_slice value)
{
	static const uint8_t padding[3];

	tsr_writer_u16(wr, (uint16_t)type);
	tsr_writer_u16(wr, (uint16_t)value.len);
	tsr_writer_bytes(wr, value);
	tsr_writer_bytes(wr, tsr_slice(padding, -value.len & 3));
}

static void write_length(struct tsr_writer *wr, size_t len)
{
	wr->data[2] = (uint8_t)(len >> 8);
	wr->data[3] = (uint8_t)len;
}

/* MESSAGE-INTEGRITY and FINGERPRINT close every message. */
static int write_end(struct tsr_writer *wr, size_t *len, struct tsr_slice password)
{
	uint8_t mac[TSR_HMAC_SHA1_LEN];

	if (wr->err == 0) {
		integrity(mac, tsr_slice(wr->data, wr->len), password);
		write_attribute(wr, MESSAGE_INTEGRITY, tsr_slice(mac, sizeof(mac)));
	}
	if (wr->err == 0) {
		write_length(wr, wr->len - HEADER_LEN + ATTRIBUTE_HEADER_LEN + FINGERPRINT_LEN);
		uint32_t crc = crc32(tsr_slice(wr->data, wr->len)) ^ FINGERPRINT_XOR;

		tsr_writer_u16(wr, FINGERPRINT);
		tsr_writer_u16(wr, FINGERPRINT_LEN);
		tsr_writer_u32(wr, crc);
	}
	*len = wr->len;
	return tsr_writer_end(wr);
}

int tsr_stun_write_request(uint8_t *out, size_t *len, const struct tsr_stun_request *request,
	struct tsr_slice password)
{
	struct tsr_writer wr = tsr_writer(out, TSR_STUN_MESSAGE_MAX);

	write_header(&wr, TSR_STUN_REQUEST, request->transaction);
	write_attribute(&wr, USERNAME, request->username);
	tsr_writer_u16(&wr, PRIORITY);
	tsr_writer_u16(&wr, 4);
	tsr_writer_u32(&wr, request->priority);
	tsr_writer_u16(&wr, ICE_CONTROLLING);
	tsr_writer_u16(&wr, 8);
	tsr_writer_u64(&wr, request->tie_breaker);
	if (request->use_candidate)
		write_attribute(&wr, USE_CANDIDATE, tsr_slice(NULL, 0));
	return write_end(&wr, len, password);
}

int tsr_stun_write_success(uint8_t *out, size_t *len, const struct tsr_stun *request,
	const struct tsr_tuple *tuple, struct tsr_slice password)
{
	struct tsr_writer wr = tsr_writer(out, TSR_STUN_MESSAGE_MAX);
	bool is_ipv4 = memcmp(tuple->remote_ip, ipv4_prefix, sizeof(ipv4_prefix)) == 0;
	size_t ip_len = is_ipv4 ? 4 : 16;
	uint8_t ip[16];

	memcpy(ip, tuple->remote_ip + 16 - ip_len, ip_len);
	xor_ip(ip, ip_len, request->transaction);
	write_header(&wr, TSR_STUN_SUCCESS, request->transaction);
	tsr_writer_u16(&wr, XOR_MAPPED_ADDRESS);
	tsr_writer_u16(&wr, (uint16_t)(4 + ip_len));
	tsr_writer_u16(&wr, is_ipv4 ? FAMILY_IPV4 : FAMILY_IPV6);
	tsr_writer_u16(&wr, (uint16_t)(tuple->remote_port ^ (COOKIE >> 16)));
	tsr_writer_bytes(&wr, tsr_slice(ip, ip_len));
	return write_end(&wr, len, password);
}

int tsr_stun_write_error(uint8_t *out, size_t *len, const struct tsr_stun *request, uint16_t error,
	struct tsr_slice password)
{
	struct tsr_writer wr = tsr_writer(out, TSR_STUN_MESSAGE_MAX);

	write_header(&wr, TSR_STUN_ERROR, request->transaction);
	tsr_writer_u16(&wr, ERROR_CODE);
	tsr_writer_u16(&wr, 4);
	tsr_writer_u32(&wr, (uint32_t)(error / 100) << 8 | error % 100);
	if (error == TSR_STUN_UNKNOWN_ATTRIBUTE) {
		uint8_t unknown[] = { (uint8_t)(request->unknown >> 8), (uint8_t)request->unknown };

		write_attribute(&wr, UNKNOWN_ATTRIBUTES, tsr_slice(unknown, sizeof(unknown)));
	}
	return write_end(&wr, len, password);
}
