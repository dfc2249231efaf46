/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_TEXT_H
#define TSR_CONTROL_TEXT_H

#include <stddef.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/* text: words that people give themselves or their sessions, made harmless. */

/*
 * Writes text without control characters, marks that turn the direction of writing and other
 * invisible signs, without blanks at its ends, cut after max_points code points. cap must be
 * at least 4 * max_points + 1. Returns 0, or TSR_ERR_FORMAT when it is not UTF-8.
 */
TSR_CHECKED int tsr_text_clean(char *out, size_t cap, struct tsr_slice text, size_t max_points);

#endif
