/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_REMAP_H
#define TSR_MEDIA_REMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * remap: gives numbers of what is forwarded (packets, pictures) so that the receiver sees no gap
 * where something was left out on purpose, and does see one where something is missing.
 *
 * A number that is skipped on input has its output number reserved: it comes late and takes it, or
 * stays missing. One that is dropped in order takes none. Invariant: output numbers are given in
 * the order of input numbers, each once.
 */
struct tsr_remap_slot {
	uint16_t in, out;
	uint8_t state;
};

struct tsr_remap {
	uint32_t newest; /* highest input number seen */
	uint32_t floor;  /* nothing before it is known */
	uint16_t next;   /* output number to be given next */
	uint16_t window; /* input numbers that are remembered */
	struct tsr_remap_slot *slots;
};

/* Keeps the slots: window of them, a power of two; a gap of more than half of that breaks it. The
 * first output number will be first. */
void tsr_remap_init(
	struct tsr_remap *map, struct tsr_remap_slot *slots, uint16_t window, uint16_t first);

/* Input goes on at in, on another count; output goes on where it is. */
void tsr_remap_restart(struct tsr_remap *map, uint32_t in);

enum tsr_remap_result {
	TSR_REMAP_NEW,    /* *out is its number */
	TSR_REMAP_AGAIN,  /* it had *out already */
	TSR_REMAP_GONE,   /* dropped before, or too old */
	TSR_REMAP_BROKEN, /* the gap before it is too large: restart */
};
enum tsr_remap_result tsr_remap_pass(struct tsr_remap *map, uint32_t in, uint16_t *out);

/* Leaves in out. True when *out had been reserved for it and now is its number, to be sent as
 * something empty. */
bool tsr_remap_drop(struct tsr_remap *map, uint32_t in, uint16_t *out);

/* Gives up the oldest numbers that are still reserved, at most cap, to be sent as something empty.
 * Returns how many. */
size_t tsr_remap_release(struct tsr_remap *map, uint16_t *out, size_t cap);

/* Whether in was dropped on purpose. */
bool tsr_remap_is_dropped(struct tsr_remap *map, uint32_t in);

#endif
