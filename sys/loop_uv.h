/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_LOOP_UV_H
#define TSR_SYS_LOOP_UV_H

#include <uv.h>

#include "sys/loop.h"

/* The loop underneath, for the other files of sys. */
uv_loop_t *tsr_loop_uv(struct tsr_loop *loop);

#endif
