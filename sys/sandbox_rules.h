/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_SANDBOX_RULES_H
#define TSR_SYS_SANDBOX_RULES_H

#include "sys/sandbox.h"

/* The system call filter of a role, loaded for all threads. For sandbox.c. */
TSR_CHECKED int tsr_sandbox_load_filter(enum tsr_sandbox_role role);

/* Landlock: no file but those under dir (NULL: none at all). TSR_ERR_STATE: the kernel has none. */
TSR_CHECKED int tsr_sandbox_restrict_files(const char *dir);

#endif
