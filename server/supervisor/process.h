/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_PROCESS_H
#define TSR_SUPERVISOR_PROCESS_H

#include <sys/types.h>

#include "core/base/attr.h"
#include "server/child.h"

/* Starts this program anew as child->role, with the descriptors that child names and no others.
 * It dies when the caller dies. */
TSR_CHECKED int tsr_process_start(pid_t *pid, const struct tsr_child *child, bool is_verbose);

#endif
