/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/rtcp.h"

#include "core/media/rtp.h"
#include "core/media/twcc.h"
#include "test.h"

static uint8_t buf[2000];

static void reads_what_was_written(void)
{
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_rtcp_sr sr = { 1, 0x1122334455667788, 3, 4, 5 }, got;
	struct tsr_rtcp_report report = { 9, 25, -3, 70000, 8, 0x12345678, 99 }, back[2];
	struct tsr_rtcp rtcp;
	struct tsr_slice left;
	uint32_t ssrc;

	tsr_rtcp_write_sr(&wr, &sr);
	tsr_rtcp_write_cname(&wr, 1, "somebody");
	tsr_rtcp_write_rr(&wr, 2, &report, 1);
	tsr_rtcp_write_bye(&wr, 7);
	CHECK_INT(tsr_writer_end(&wr), 0);
	left = tsr_slice(buf, wr.len);
	CHECK(tsr_rtcp_is_sound(left));
	for (size_t len = 0; len < wr.len; len++) /* only whole packets are sound */
		CHECK(!tsr_rtcp_is_sound(tsr_slice(buf, len)) || len == 28 || len == 48 ||
			len == 80);
	CHECK(tsr_rtcp_next(&left, &rtcp) && rtcp.type == TSR_RTCP_SR);
	CHECK_INT(tsr_rtcp_read_reports(&rtcp, &got, back, 2), 0);
	CHECK(memcmp(&got.ntp, &sr.ntp, 8) == 0 && got.ts == 3 && got.octets == 5);
	CHECK(tsr_rtcp_next(&left, &rtcp) && rtcp.type == TSR_RTCP_SDES && rtcp.count == 1);
	CHECK(tsr_rtcp_next(&left, &rtcp) && rtcp.type == TSR_RTCP_RR);
	CHECK_INT(tsr_rtcp_read_reports(&rtcp, NULL, back, 2), 1);
	CHECK(back[0].ssrc == 9 && back[0].fraction_lost == 25 && back[0].lost == -3);
	CHECK(back[0].highest == 70000 && back[0].lsr == 0x12345678 && back[0].dlsr == 99);
	CHECK(tsr_rtcp_next(&left, &rtcp) && rtcp.type == TSR_RTCP_BYE);
	CHECK_INT(tsr_rtcp_read_bye(&rtcp, &ssrc, 1), 1);
	CHECK_INT(ssrc, 7);
	CHECK(!tsr_rtcp_next(&left, &rtcp));
}

static void a_nack_names_each_number(void)
{
	static const uint16_t asked[] = { 65530, 65531, 10, 11, 26, 27, 200 };
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_rtcp_feedback fb;
	struct tsr_slice left;
	struct tsr_rtcp rtcp;
	uint16_t got[16];

	tsr_rtcp_write_nack(&wr, 1, 2, asked, 7);
	left = tsr_slice(buf, wr.len);
	CHECK_INT(wr.len, 12 + 3 * 4);
	CHECK(tsr_rtcp_is_sound(left) && tsr_rtcp_next(&left, &rtcp));
	CHECK(rtcp.type == TSR_RTCP_RTPFB && rtcp.count == TSR_RTPFB_NACK);
	CHECK_INT(tsr_rtcp_read_feedback(&fb, &rtcp), 0);
	CHECK_INT(fb.media, 2);
	CHECK_INT(tsr_rtcp_read_nack(fb.fci, got, 16), 7);
	CHECK_MEM(got, asked, sizeof(asked));
	CHECK_INT(tsr_rtcp_read_nack(fb.fci, got, 3), 3);
}

static struct tsr_twcc_log log_;

/* Arrivals come back as they were, to a quarter of a millisecond, over wraps, gaps and reorder. */
static void transport_feedback_tells_arrivals(void)
{
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	tsr_time arrived[100] = { 0 }, now = 70 * TSR_SECOND, base = 0;
	struct tsr_twcc_status status;
	struct tsr_rtcp_feedback fb;
	struct tsr_twcc_reader rd;
	struct tsr_slice left;
	struct tsr_rtcp rtcp;
	unsigned n = 0;

	log_ = (struct tsr_twcc_log){ 0 };
	for (unsigned i = 0; i < 100; i++) {
		unsigned k = i % 10 == 3 ? i + 1 : i % 10 == 4 ? i - 1 : i;

		now += i == 50 ? 90 * TSR_MS : 1700;
		if (i % 7 == 6 && i != 99)
			continue; /* lost */
		arrived[k] = now;
		tsr_twcc_log_packet(&log_, (uint16_t)(65500 + k), now);
	}
	CHECK(tsr_twcc_log_next_timeout(&log_) <= now);
	CHECK(tsr_twcc_log_write(&log_, &wr, 1, 2, now));
	CHECK(tsr_twcc_log_next_timeout(&log_) == TSR_TIME_NEVER);
	left = tsr_slice(buf, wr.len);
	CHECK(tsr_rtcp_is_sound(left) && tsr_rtcp_next(&left, &rtcp));
	CHECK_INT(tsr_rtcp_read_feedback(&fb, &rtcp), 0);
	CHECK_INT(tsr_twcc_read(&rd, fb.fci), 0);
	for (; tsr_twcc_next(&rd, &status); n++) {
		CHECK_INT(status.seq, (uint16_t)(65500 + n));
		CHECK_INT(status.has_come, arrived[n] != 0);
		if (!status.has_come)
			continue;
		if (base == 0)
			base = arrived[n] - status.arrived;
		CHECK(arrived[n] - status.arrived - base < 500 &&
			base - (arrived[n] - status.arrived) < 500);
	}
	CHECK_INT(n, 100);
}

static void refuses_a_report_without_end(void)
{
	uint8_t fci[] = { 0, 1, 0xff, 0xff, 0, 0, 1, 0, 0x20, 0x05 };
	struct tsr_twcc_reader rd;

	CHECK(tsr_twcc_read(&rd, tsr_slice(fci, sizeof(fci))) != 0);
	fci[2] = 0;
	fci[3] = 9; /* more than the chunks say */
	CHECK(tsr_twcc_read(&rd, tsr_slice(fci, sizeof(fci))) != 0);
}

TEST_MAIN(TEST(reads_what_was_written), TEST(a_nack_names_each_number),
	TEST(transport_feedback_tells_arrivals), TEST(refuses_a_report_without_end))
