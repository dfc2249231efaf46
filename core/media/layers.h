/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_LAYERS_H
#define TSR_MEDIA_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * layers: which layer of each video a receiver gets, so that all of it fits the line.
 *
 * First everybody's smallest, the most important first; then, among those of one priority, one step
 * for each in turn, until nothing more fits; then the next priority. A rise needs a tenth more
 * than it costs, so that a choice does not swing. The most important one's smallest layer may take
 * more than there is (first_bps, and a third more while it is sent): an estimate may err, and
 * nothing smaller can be had.
 */
#define TSR_LAYERS_OPTIONS_MAX 16u

struct tsr_layer_option {
	uint8_t spatial, temporal;
	uint32_t bps; /* with all that it builds on */
};

struct tsr_layers_ask {
	const struct tsr_layer_option *options; /* ascending by layer */
	uint8_t n_options;
	uint8_t max_spatial, max_temporal;
	uint8_t priority;
	int8_t current; /* option taken until now, -1 = none */
	int8_t choice;  /* what it gets, -1 = none */
	void *user;
};

/* Sorts v by priority. may_rise: more than now may be given. Returns what would be spent if there
 * were no limit: all that is asked for, bits per second. */
uint64_t tsr_layers_allocate(
	struct tsr_layers_ask *v, size_t n, uint64_t budget_bps, uint64_t first_bps, bool may_rise);

#endif
