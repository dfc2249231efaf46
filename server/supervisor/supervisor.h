/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_SUPERVISOR_H
#define TSR_SUPERVISOR_SUPERVISOR_H

#include "server/options.h"

/* supervisor: binds every port and opens every file once, passes descriptors, restarts children.
 * It parses no network byte, and of its children's words only two kinds. Returns the exit status.
 */
int tsr_supervisor_main(const struct tsr_options *options);

#endif
