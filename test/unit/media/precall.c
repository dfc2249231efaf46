/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/precall.h"

#include "core/base/err.h"
#include "test.h"

static struct tsr_precall precall;
static struct tsr_outbox outbox;

static struct tsr_tuple from(uint32_t ip)
{
	struct tsr_tuple tuple = { .local_port = 8200, .remote_port = 40000 };

	tuple.remote_ip[10] = tuple.remote_ip[11] = 0xff;
	for (int i = 0; i < 4; i++)
		tuple.remote_ip[12 + i] = (uint8_t)(ip >> (24 - 8 * i));
	return tuple;
}

static size_t write_request(uint8_t out[static TSR_STUN_MESSAGE_MAX], const char *pwd)
{
	struct tsr_stun_request request = { .priority = 9,
		.username = tsr_slice_str(TSR_PRECALL_UFRAG ":theirs") };
	size_t len;

	return tsr_stun_write_request(out, &len, &request, tsr_slice_str(pwd)) == 0 ? len : 0;
}

static int ask(uint32_t ip, const char *pwd, tsr_time now)
{
	uint8_t bytes[TSR_STUN_MESSAGE_MAX];
	struct tsr_tuple tuple = from(ip);
	struct tsr_stun stun;

	outbox.n = outbox.used = 0;
	if (tsr_stun_parse(&stun, tsr_slice(bytes, write_request(bytes, pwd))) != 0 ||
		!tsr_precall_is_meant(&stun))
		return TSR_ERR_FORMAT;
	return tsr_precall_handle_request(&precall, &stun, &tuple, now, &outbox);
}

static void answers_as_a_peer_would(void)
{
	struct tsr_tuple tuple = from(0x0a000001);
	struct tsr_stun answer;
	uint8_t bytes[TSR_STUN_MESSAGE_MAX];

	tsr_precall_init(&precall, 1);
	CHECK_INT(ask(0x0a000001, TSR_PRECALL_PWD, 0), 0);
	CHECK(outbox.n == 1 && tsr_tuple_equal(&outbox.datagrams[0].tuple, &tuple));
	CHECK_INT(tsr_stun_parse(&answer, tsr_outbox_slice(&outbox, 0)), 0);
	CHECK_INT(tsr_stun_check(&answer, tsr_slice_str(TSR_PRECALL_PWD)), 0);
	CHECK(answer.class == TSR_STUN_SUCCESS && answer.mapped_port == 40000);
	CHECK(outbox.datagrams[0].len <= write_request(bytes, TSR_PRECALL_PWD));
}

static void answers_nobody_else(void)
{
	tsr_precall_init(&precall, 1);
	CHECK_INT(ask(0x0a000001, "nmlkjihgfedcba9876543210", 0), TSR_ERR_AUTH);
	CHECK_INT((int)outbox.n, 0);
}

/* The shortest that can be authentic: header, USERNAME, MESSAGE-INTEGRITY. */
static void amplifies_nothing(void)
{
	uint8_t bytes[TSR_STUN_MESSAGE_MAX];
	size_t len = write_request(bytes, TSR_PRECALL_PWD);
	struct tsr_tuple tuple = { .remote_ip = { 0x20, 1 }, .remote_port = 1 };
	struct tsr_stun stun;

	CHECK_INT(tsr_stun_parse(&stun, tsr_slice(bytes, len)), 0);
	for (stun.bytes.len = stun.integrity_at + 24u; stun.bytes.len <= len; stun.bytes.len++) {
		tsr_precall_init(&precall, 1);
		outbox.n = outbox.used = 0;
		if (tsr_precall_handle_request(&precall, &stun, &tuple, 0, &outbox) == 0)
			CHECK(outbox.datagrams[0].len <= stun.bytes.len);
		else
			CHECK_INT((int)outbox.n, 0);
	}
}

static unsigned answers_of(uint32_t first, uint32_t n, unsigned each, tsr_time now)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < each; i++)
		for (uint32_t ip = 0; ip < n; ip++)
			answers += ask(first + ip, TSR_PRECALL_PWD, now) == 0;
	return answers;
}

static void bounds_a_source_and_all_of_them(void)
{
	unsigned flood;

	tsr_precall_init(&precall, 7);
	CHECK_INT((int)answers_of(1, 1, 200, 0), TSR_PRECALL_SOURCE_BURST);
	CHECK_INT((int)answers_of(1, 1, 200, TSR_SECOND), TSR_PRECALL_SOURCE_RATE);
	/* From everywhere at once: no more than the rate, and a second later there is room again.
	 */
	flood = answers_of(0x0b000000, 5000, 2, 10 * TSR_SECOND);
	CHECK(flood <= TSR_PRECALL_RATE && flood > TSR_PRECALL_RATE / 2);
	CHECK(answers_of(0x0c000000, 1, 1, 12 * TSR_SECOND) == 1);
}

TEST_MAIN(TEST(answers_as_a_peer_would), TEST(answers_nobody_else), TEST(amplifies_nothing),
	TEST(bounds_a_source_and_all_of_them))
