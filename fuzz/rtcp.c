/* SPDX-License-Identifier: Apache-2.0 */
/* A compound packet as a router reads it, whether sound or not; transport-cc to its end. */
#include <stdlib.h>

#include "core/media/bwe.h"
#include "core/media/rtcp.h"
#include "core/media/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tsr_bwe bwe;

static void read_feedback(const struct tsr_rtcp *rtcp)
{
	struct tsr_rtcp_feedback fb;
	struct tsr_twcc_status status;
	struct tsr_twcc_reader rd;
	uint32_t ssrcs[4], n = 0;
	uint16_t seqs[100];

	if (tsr_rtcp_read_feedback(&fb, rtcp) != 0)
		return;
	if (tsr_rtcp_read_nack(fb.fci, seqs, 100) > 100 || tsr_rtcp_read_fir(fb.fci, ssrcs, 4) > 4)
		abort();
	if (tsr_twcc_read(&rd, fb.fci) == 0)
		while (tsr_twcc_next(&rd, &status))
			n++;
	if (n > TSR_TWCC_STATUSES_MAX)
		abort();
	(void)!tsr_bwe_handle_feedback(&bwe, fb.fci, 3 * TSR_SECOND);
	if (tsr_bwe_target(&bwe) < TSR_BWE_MIN_BPS || tsr_bwe_target(&bwe) > TSR_BWE_MAX_BPS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_slice left = tsr_slice(data, size);
	struct tsr_rtcp_report reports[31];
	struct tsr_rtcp rtcp;
	struct tsr_rtcp_sr sr;
	uint32_t ssrcs[4];

	tsr_bwe_init(&bwe, true, TSR_SECOND);
	for (uint16_t i = 0; i < 300; i++)
		tsr_bwe_handle_sent(&bwe, i, 1000, TSR_SECOND + i * TSR_MS);
	if (!tsr_rtcp_is_sound(left))
		return 0;
	while (tsr_rtcp_next(&left, &rtcp)) {
		if (rtcp.body.len &&
			(rtcp.body.data < data || rtcp.body.data + rtcp.body.len > data + size))
			abort();
		if (tsr_rtcp_read_reports(&rtcp, &sr, reports, 31) > 31 ||
			tsr_rtcp_read_bye(&rtcp, ssrcs, 4) > 4)
			abort();
		read_feedback(&rtcp);
	}
	return 0;
}
