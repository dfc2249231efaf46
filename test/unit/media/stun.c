/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/stun.h"

#include "core/base/err.h"
#include "hex.h"
#include "test.h"

/* RFC 5769 2.1 to 2.3 (RFC 8489 keeps them). */
static const char request[] =
	"000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
	"002400046e0001ff80290008932ff9b151263b36000600096576746a3a683676592020200008001"
	"49aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
static const char response_ipv4[] =
	"0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
	"002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
	"80280004c07d4c96";
static const char response_ipv6[] =
	"010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
	"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf1"
	"1784c97c8292c275bfe3ed4180280004c8fb0b4c";

static struct tsr_slice password(void)
{
	return tsr_slice_str("VOkJxbRl1RmTxUk/WvJxBt");
}

static void rfc5769_request(void)
{
	struct hex bytes = hex(request);
	struct tsr_stun stun;

	CHECK_INT(tsr_stun_parse(&stun, hex_slice(&bytes)), 0);
	CHECK_INT(stun.class, TSR_STUN_REQUEST);
	CHECK(tsr_slice_equal(stun.username, tsr_slice_str("evtj:h6vY")));
	CHECK(tsr_slice_equal(tsr_stun_ufrag(&stun), tsr_slice_str("evtj")));
	CHECK_INT(stun.priority, 0x6e0001ff);
	CHECK_INT(stun.role, TSR_STUN_CONTROLLED);
	CHECK(stun.tie_breaker == 0x932ff9b151263b36);
	CHECK(stun.has_fingerprint && !stun.use_candidate && stun.unknown == 0);
	CHECK_INT(tsr_stun_check(&stun, password()), 0);
	CHECK_INT(tsr_stun_check(&stun, tsr_slice_str("VOkJxbRl1RmTxUk/WvJxBT")), TSR_ERR_AUTH);
}

static void rfc5769_responses(void)
{
	struct hex v4 = hex(response_ipv4), v6 = hex(response_ipv6);
	struct hex ip4 = hex("00000000000000000000ffffc0000201");
	struct hex ip6 = hex("20010db8123456780011223344556677");
	struct tsr_stun stun;

	CHECK_INT(tsr_stun_parse(&stun, hex_slice(&v4)), 0);
	CHECK_INT(tsr_stun_check(&stun, password()), 0);
	CHECK(stun.class == TSR_STUN_SUCCESS && stun.has_mapped);
	CHECK_INT(stun.mapped_port, 32853);
	CHECK_MEM(stun.mapped_ip, ip4.data, 16);
	CHECK_INT(tsr_stun_parse(&stun, hex_slice(&v6)), 0);
	CHECK_INT(tsr_stun_check(&stun, password()), 0);
	CHECK_INT(stun.mapped_port, 32853);
	CHECK_MEM(stun.mapped_ip, ip6.data, 16);
}

/* Save in the head of FINGERPRINT, which makes another attribute of it, one that nobody asked for.
 */
static void no_flipped_bit_passes(void)
{
	struct hex bytes = hex(request);
	struct tsr_stun stun;

	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		if (bit / 8 >= bytes.len - 8 && bit / 8 < bytes.len - 4)
			continue;
		bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(tsr_stun_parse(&stun, hex_slice(&bytes)) != 0 ||
			tsr_stun_check(&stun, password()) != 0);
		bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void no_shortened_message_passes(void)
{
	struct hex bytes = hex(request);
	struct tsr_stun stun;

	for (size_t len = 0; len < bytes.len; len++)
		CHECK(tsr_stun_parse(&stun, tsr_slice(bytes.data, len)) != 0);
}

static struct tsr_tuple tuple_of(const char *remote_ip, uint16_t remote_port)
{
	struct hex ip = hex(remote_ip);
	struct tsr_tuple tuple = { .remote_port = remote_port };

	memcpy(tuple.remote_ip, ip.data, 16);
	return tuple;
}

static void reads_what_it_wrote(void)
{
	struct tsr_stun_request ask = { .transaction = "abcdefghijk",
		.username = tsr_slice_str("theirs:ours"),
		.priority = 0x6effffff,
		.tie_breaker = 0x0123456789abcdef,
		.use_candidate = true };
	static const char *const ips[] = { "00000000000000000000ffff7f000001",
		"20010db8123456780011223344556677" };
	uint8_t out[TSR_STUN_MESSAGE_MAX], reply[TSR_STUN_MESSAGE_MAX];
	struct tsr_stun stun, answer;
	size_t len, reply_len;

	CHECK_INT(tsr_stun_write_request(out, &len, &ask, password()), 0);
	CHECK_INT(tsr_stun_parse(&stun, tsr_slice(out, len)), 0);
	CHECK_INT(tsr_stun_check(&stun, password()), 0);
	CHECK(stun.use_candidate && stun.role == TSR_STUN_CONTROLLING && stun.has_fingerprint);
	CHECK(stun.tie_breaker == ask.tie_breaker && stun.priority == ask.priority);
	CHECK(tsr_slice_equal(stun.username, ask.username));
	for (size_t i = 0; i < 2; i++) {
		struct tsr_tuple tuple = tuple_of(ips[i], 61234);

		CHECK_INT(tsr_stun_write_success(reply, &reply_len, &stun, &tuple, password()), 0);
		CHECK_INT(tsr_stun_parse(&answer, tsr_slice(reply, reply_len)), 0);
		CHECK_INT(tsr_stun_check(&answer, password()), 0);
		CHECK_MEM(answer.transaction, ask.transaction, TSR_STUN_TRANSACTION_LEN);
		CHECK_MEM(answer.mapped_ip, tuple.remote_ip, 16);
		CHECK_INT(answer.mapped_port, 61234);
	}
	CHECK_INT(
		tsr_stun_write_error(reply, &reply_len, &stun, TSR_STUN_ROLE_CONFLICT, password()),
		0);
	CHECK_INT(tsr_stun_parse(&answer, tsr_slice(reply, reply_len)), 0);
	CHECK(answer.class == TSR_STUN_ERROR && answer.error == TSR_STUN_ROLE_CONFLICT);
}

static void refuses_what_is_too_long_to_write(void)
{
	uint8_t name[600] = { 0 }, out[TSR_STUN_MESSAGE_MAX];
	struct tsr_stun_request ask = { .username = tsr_slice(name, sizeof(name)) };
	size_t len;

	CHECK_INT(tsr_stun_write_request(out, &len, &ask, password()), TSR_ERR_TOO_BIG);
}

static void names_the_unknown_attribute(void)
{
	struct hex bytes = hex("000100082112a442000000000000000000000000 0031000400000000");
	struct hex optional = hex("000100082112a442000000000000000000000000 c001000400000000");
	struct tsr_stun stun;

	CHECK_INT(tsr_stun_parse(&stun, hex_slice(&bytes)), 0);
	CHECK_INT(stun.unknown, 0x31);
	CHECK_INT(tsr_stun_parse(&stun, hex_slice(&optional)), 0);
	CHECK_INT(stun.unknown, 0);
	CHECK_INT(tsr_stun_check(&stun, password()), TSR_ERR_AUTH);
}

/* What is behind MESSAGE-INTEGRITY was said by nobody. */
static void ignores_what_integrity_does_not_cover(void)
{
	uint8_t out[TSR_STUN_MESSAGE_MAX];
	struct tsr_stun_request ask = { .username = tsr_slice_str("a:b") };
	struct tsr_stun stun;
	size_t len;

	CHECK_INT(tsr_stun_write_request(out, &len, &ask, password()), 0);
	len -= 8;                                 /* FINGERPRINT gives way ... */
	memcpy(out + len, "\x00\x25\x00\x00", 4); /* ... to USE-CANDIDATE */
	len += 4;
	out[3] = (uint8_t)(len - 20);
	CHECK_INT(tsr_stun_parse(&stun, tsr_slice(out, len)), 0);
	CHECK_INT(tsr_stun_check(&stun, password()), 0);
	CHECK(!stun.use_candidate);
}

TEST_MAIN(TEST(rfc5769_request), TEST(rfc5769_responses), TEST(no_flipped_bit_passes),
	TEST(no_shortened_message_passes), TEST(reads_what_it_wrote),
	TEST(refuses_what_is_too_long_to_write), TEST(names_the_unknown_attribute),
	TEST(ignores_what_integrity_does_not_cover))
