/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/bins.h"

#include "core/base/err.h"

#define GUARD_BINS 12u

const uint16_t tsr_bin_rate[TSR_BIN_LIMIT + 1] = {
	40960,
	25206,
	18204,
	14246,
	11702,
	9929,
	8623,
	7620,
	6826,
	6182,
	5649,
	5201,
	4818,
	4488,
	4201,
	3947,
	3723,
	3523,
	3343,
	3181,
	3034,
	2899,
	2776,
	2664,
	2560,
	2463,
	2374,
	2291,
	2214,
	2141,
	2073,
};

uint32_t tsr_coder_tail(const uint8_t *bytes, size_t len, size_t at)
{
	uint32_t word = 0;

	for (size_t i = at; i < at + 4; i++)
		word = word << 8 | (i < len ? bytes[i] : 0);
	return word;
}

uint64_t tsr_coder_raw_tail(const uint8_t *bytes, size_t len, size_t at)
{
	uint64_t word = 0;

	for (size_t i = at; i < at + 8; i++)
		word = word << 8 | (i < len ? bytes[len - 1 - i] : 0);
	return word;
}

void tsr_coder_carry(uint8_t *bytes, size_t head)
{
	while (head > 0 && ++bytes[--head] == 0)
		;
}

struct tsr_coder tsr_coder_encode(uint8_t *out, size_t cap)
{
	return (struct tsr_coder){ .range = ~(uint64_t)0, .out = out, .len = cap };
}

/* The last bins say that nothing was lost on the way here. */
static bool code_guard(struct tsr_coder *c, const bool is_decoding)
{
	bool is_good = true;

	for (uint32_t i = 0; i < GUARD_BINS; i++) {
		tsr_bin bin = TSR_BIN_START;

		is_good &= !tsr_code_bin(c, &bin, false, is_decoding);
	}
	return is_good;
}

size_t tsr_coder_end(struct tsr_coder *c)
{
	size_t raw_len = (size_t)((c->n_bits + 7) / 8), at = (size_t)(c->n_bits / 32 * 4);

	(void)code_guard(c, false);
	/* Five bytes tell any number of the interval from all others, whatever follows. */
	if (c->low + (1u << 24) < c->low)
		tsr_coder_carry(c->out, c->head);
	c->low += 1u << 24;
	if (c->is_full || c->head + TSR_CODER_END_LEN + raw_len > c->len)
		return 0;
	for (size_t i = 0; i < TSR_CODER_END_LEN; i++)
		c->out[c->head++] = (uint8_t)(c->low >> (56 - 8 * i));
	for (size_t i = 0; at + i < raw_len; i++)
		c->out[c->len - 1 - at - i] = (uint8_t)(c->bits >> (56 - 8 * i));
	memmove(c->out + c->head, c->out + c->len - raw_len, raw_len);
	return c->head + raw_len;
}

struct tsr_coder tsr_coder_decode(const uint8_t *in, size_t len)
{
	struct tsr_coder c = { .in = in, .len = len };

	tsr_coder_fill(&c);
	tsr_coder_fill(&c);
	c.range = ~(uint64_t)0;
	return c;
}

int tsr_coder_check(struct tsr_coder *c)
{
	bool is_good = code_guard(c, true);
	uint64_t used = c->head - (8 - TSR_CODER_END_LEN) + (c->n_bits + 7) / 8;

	if (used != c->len)
		return used > c->len ? TSR_ERR_SHORT : TSR_ERR_TRAILING;
	return is_good ? 0 : TSR_ERR_FORMAT;
}
