/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender is told of how its packets arrive. */
#include "core/media/inlet.h"

enum { FAR_LOSS_MAX = 26 }; /* a tenth: no single receiver shall cost the others more quality */
#define FAR_LOSS_FOR (3 * TSR_SECOND)

void tsr_producer_report_loss(struct tsr_producer *producer, uint8_t loss, tsr_time now)
{
	/* Threads say it one after the other; the worst holds for a while. */
	if (loss < producer->far_loss && now - producer->far_since < FAR_LOSS_FOR)
		return;
	producer->far_loss = loss;
	producer->far_since = now;
}

/* RFC 3550 A.3. */
void tsr_inlet_report(struct tsr_rtcp_report *out, struct tsr_inlet *inlet, tsr_time now)
{
	uint32_t expected = inlet->nack.newest - inlet->nack.first + 1;
	uint32_t expected_now = expected - inlet->expected_prior;
	uint32_t received_now = inlet->nack.n_came - inlet->received_prior;
	uint32_t lost_now = expected_now > received_now ? expected_now - received_now : 0;
	uint32_t prompt = inlet->nack.n_came - inlet->nack.n_recovered;
	uint32_t prompt_now = prompt - inlet->prompt_prior;

	inlet->expected_now = expected_now;
	inlet->missed_now = expected_now > prompt_now ? expected_now - prompt_now : 0;
	inlet->prompt_prior = prompt;
	inlet->expected_prior = expected;
	inlet->received_prior = inlet->nack.n_came;
	inlet->lost = (int32_t)(expected - inlet->nack.n_came);
	*out = (struct tsr_rtcp_report){ .ssrc = inlet->ssrc,
		.lost = inlet->lost < 0x7fffff ? inlet->lost : 0x7fffff,
		.highest = inlet->nack.newest - 0x10000u,
		.jitter = inlet->jitter >> 4 };
	if (expected_now)
		out->fraction_lost = (uint8_t)(lost_now * 255 / expected_now);
	if (inlet->sr_ntp) {
		out->lsr = (uint32_t)(inlet->sr_ntp >> 16);
		out->dlsr = (uint32_t)((now - inlet->sr_at) * 65536 / TSR_SECOND);
	}
}

/* As if what receivers lose were lost on the way to us; what is lost in all stays true. */
void tsr_producer_add_far_loss(
	const struct tsr_producer *producer, struct tsr_rtcp_report *report, tsr_time now)
{
	uint8_t loss = producer->far_loss > FAR_LOSS_MAX ? FAR_LOSS_MAX : producer->far_loss;

	if (producer->config.codec == TSR_CODEC_OPUS && loss > report->fraction_lost &&
		now - producer->far_since < FAR_LOSS_FOR)
		report->fraction_lost = loss;
}
