/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no line; the rest is in sim/media-call. */
#include "core/media/bwe.h"

#include "core/media/rtcp.h"
#include "core/media/twcc.h"
#include "test.h"

#define PACKET 1000u
#define INTERVAL (10 * TSR_MS)
#define DELAY (20 * TSR_MS)

static struct tsr_bwe bwe;
static struct tsr_twcc_log receiver;
static uint16_t seq;
static tsr_time now;

static void begin(void)
{
	now = TSR_MINUTE;
	seq = 0;
	receiver = (struct tsr_twcc_log){ 0 };
	tsr_bwe_init(&bwe, true, now);
}

static void report(void)
{
	uint8_t buf[1500];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_slice packet;
	struct tsr_rtcp_feedback fb;
	struct tsr_rtcp rtcp;

	if (!tsr_twcc_log_write(&receiver, &wr, 1, 2, now))
		return;
	packet = tsr_slice(buf, wr.len);
	CHECK(tsr_rtcp_next(&packet, &rtcp));
	CHECK_INT(tsr_rtcp_read_feedback(&fb, &rtcp), 0);
	CHECK_INT(tsr_bwe_handle_feedback(&bwe, fb.fci, now), 0);
}

/* 0.8 Mbit/s, which is all that is wanted. */
static void send_for(tsr_time span, bool is_heard)
{
	for (tsr_time end = now + span; now < end; now += INTERVAL) {
		tsr_bwe_handle_sent(&bwe, seq, PACKET, now);
		if (is_heard)
			tsr_twcc_log_packet(&receiver, seq, now + DELAY);
		seq++;
		report();
		tsr_bwe_handle_timeout(&bwe, 0, now);
	}
}

static void who_hears_nothing_halves(void)
{
	uint64_t before;

	begin();
	send_for(2 * TSR_SECOND, true);
	CHECK(!bwe.was_cut);
	before = tsr_bwe_estimate(&bwe);
	send_for(900 * TSR_MS, false);
	CHECK_INT(tsr_bwe_estimate(&bwe), before);
	send_for(300 * TSR_MS, false);
	CHECK_INT(tsr_bwe_estimate(&bwe), before / 2);
	CHECK(bwe.was_cut);
}

/* The first packets after a pause were taken for a second without an answer, so that a camera that
 * came back, or a line that took its time to open, began at half of what it carries. */
static void who_said_nothing_is_not_unheard(void)
{
	uint64_t before;

	begin();
	now += 5 * TSR_SECOND; /* DTLS took so long */
	send_for(2 * TSR_SECOND, true);
	CHECK(!bwe.was_cut);
	before = tsr_bwe_estimate(&bwe);
	CHECK(before >= TSR_BWE_START_BPS);
	for (int i = 0; i < 20; i++)
		tsr_bwe_handle_timeout(&bwe, 0, now += TSR_SECOND / 2);
	send_for(50 * TSR_MS, true);
	for (unsigned i = 0; i < 20; i++) /* a key frame at once */
		tsr_bwe_handle_sent(&bwe, seq++, PACKET, now);
	tsr_bwe_handle_timeout(&bwe, 0, now);
	CHECK(!bwe.was_cut);
	CHECK(tsr_bwe_estimate(&bwe) >= before);
}

TEST_MAIN(TEST(who_hears_nothing_halves), TEST(who_said_nothing_is_not_unheard))
