/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_BINS_H
#define TSR_SCREEN_BINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/attr.h"

/*
 * bins: a binary arithmetic coder with adaptive probabilities, and raw bits beside it. The coded
 * bins fill a buffer from its start, the raw bits from its end, so that each is read as fast as it
 * can be and neither needs a length.
 *
 * Each function works in both directions: with is_decoding it returns what it has read, otherwise
 * what it was given. So a format is written down once. is_decoding is a constant wherever it is
 * called, and all of this is inlined, since a coder in registers is twice as fast.
 */
#define TSR_INLINE static inline __attribute__((always_inline))

struct tsr_coder {
	uint64_t low, range; /* when decoding, low is the code minus the interval's start */
	uint8_t *out;        /* when encoding */
	const uint8_t *in;   /* when decoding */
	size_t len;          /* of in; or how many bytes there is room for */
	size_t head;         /* bytes of bins so far */
	uint64_t n_bits;     /* raw bits so far */
	uint64_t bits;       /* raw bits not written yet, from the top */
	bool is_full;        /* there was no room */
};

/* The probability that a bin is 1, in 1/65536, above; how often it was seen, up to a limit, below.
 */
typedef uint32_t tsr_bin;
#define TSR_CODER_END_LEN 5u /* bytes that end the bins */
#define TSR_BIN_LIMIT 30u
#define TSR_BIN_START 0x80000000u
/* A probability stays this far from 0 and 1. */
#define TSR_BIN_MARGIN 16

/* How fast a bin learns when it was seen n times: 65536 / (n + 1.6). */
extern const uint16_t tsr_bin_rate[TSR_BIN_LIMIT + 1];

/* Up to four bytes of the end, zeros behind it. */
uint32_t tsr_coder_tail(const uint8_t *bytes, size_t len, size_t at);
/* The same for eight bytes backwards from the end. */
uint64_t tsr_coder_raw_tail(const uint8_t *bytes, size_t len, size_t at);
void tsr_coder_carry(uint8_t *bytes, size_t head);

struct tsr_coder tsr_coder_encode(uint8_t *out, size_t cap);
/* Ends it and joins both parts. Returns the length, 0 when there was no room. */
size_t tsr_coder_end(struct tsr_coder *c);
struct tsr_coder tsr_coder_decode(const uint8_t *in, size_t len);
/* 0 when exactly all has been read; TSR_ERR_SHORT or TSR_ERR_TRAILING. */
TSR_CHECKED int tsr_coder_check(struct tsr_coder *c);

TSR_INLINE void tsr_coder_emit(struct tsr_coder *c)
{
	uint32_t word = __builtin_bswap32((uint32_t)(c->low >> 32));

	if (c->head + c->n_bits / 32 * 4 + 8 > c->len) {
		c->is_full = true;
	} else {
		memcpy(c->out + c->head, &word, 4);
		c->head += 4;
	}
	c->low <<= 32;
	c->range <<= 32;
}

TSR_INLINE void tsr_coder_fill(struct tsr_coder *c)
{
	uint32_t word;

	if (c->head + 4 <= c->len) {
		memcpy(&word, c->in + c->head, 4);
		word = __builtin_bswap32(word);
	} else {
		word = tsr_coder_tail(c->in, c->len, c->head);
	}
	c->head += 4;
	c->low = c->low << 32 | word;
	c->range <<= 32;
}

/* Keeps the range above 32 bits. */
TSR_INLINE void tsr_coder_renormalise(struct tsr_coder *c, const bool is_decoding)
{
	if (c->range >> 32 != 0)
		return;
	if (is_decoding)
		tsr_coder_fill(c);
	else
		tsr_coder_emit(c);
}

TSR_INLINE bool tsr_code_bin(struct tsr_coder *c, tsr_bin *bin, bool bit, const bool is_decoding)
{
	uint32_t word = *bin, n = word & 63;
	int32_t p = (int32_t)(word >> 16);
	uint64_t bound = (c->range >> 16) * (uint32_t)p;

	if (is_decoding)
		bit = c->low < bound;
	if (bit) {
		c->range = bound;
		p += ((65536 - TSR_BIN_MARGIN - p) * (int32_t)tsr_bin_rate[n]) >> 16;
	} else {
		if (is_decoding)
			c->low -= bound;
		else if ((c->low += bound) < bound)
			tsr_coder_carry(c->out, c->head);
		c->range -= bound;
		p -= ((p - TSR_BIN_MARGIN) * (int32_t)tsr_bin_rate[n]) >> 16;
	}
	*bin = (uint32_t)p << 16 | (n + (n < TSR_BIN_LIMIT));
	tsr_coder_renormalise(c, is_decoding);
	return bit;
}

/* A number of n bits; bins are 1 << n. */
TSR_INLINE uint32_t tsr_code_tree(
	struct tsr_coder *c, tsr_bin *bins, uint32_t n, uint32_t value, const bool is_decoding)
{
	uint32_t node = 1;

	for (uint32_t i = n; i-- > 0;)
		node = node * 2 + tsr_code_bin(c, &bins[node], value >> i & 1, is_decoding);
	return node - (1u << n);
}

/* The next raw bits, from the top; at least 57. */
TSR_INLINE uint64_t tsr_coder_peek(const struct tsr_coder *c)
{
	size_t at = (size_t)(c->n_bits >> 3);
	uint64_t word;

	if (at + 8 <= c->len)
		memcpy(&word, c->in + c->len - at - 8, 8);
	else
		word = tsr_coder_raw_tail(c->in, c->len, at);
	return word << (c->n_bits & 7);
}

/* n <= 32; 0 puts nothing, value being 0. */
TSR_INLINE void tsr_coder_put(struct tsr_coder *c, uint32_t value, uint32_t n)
{
	uint32_t fill = (uint32_t)c->n_bits & 31;
	size_t at = (size_t)(c->n_bits / 32 * 4);

	c->bits |= (uint64_t)value << (63 - fill - n) << 1; /* fill + n may be 0 */
	c->n_bits += n;
	if (fill + n >= 32) {
		uint32_t word = (uint32_t)(c->bits >> 32);

		if (c->head + at + 8 > c->len)
			c->is_full = true;
		else
			memcpy(c->out + c->len - at - 4, &word, 4);
		c->bits <<= 32;
	}
}

/* n raw bits, 1..24. */
TSR_INLINE uint32_t tsr_code_raw(
	struct tsr_coder *c, uint32_t n, uint32_t value, const bool is_decoding)
{
	if (is_decoding) {
		value = (uint32_t)(tsr_coder_peek(c) >> (64 - n));
		c->n_bits += n;
	} else {
		tsr_coder_put(c, value, n);
	}
	return value;
}

#endif
