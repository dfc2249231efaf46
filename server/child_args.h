/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SERVER_CHILD_ARGS_H
#define TSR_SERVER_CHILD_ARGS_H

#include "core/base/attr.h"
#include "server/child.h"

/* child_args: a struct tsr_child as command line arguments, between supervisor and child.
 * Nothing in it is secret: every user of the machine can read it. */
#define TSR_CHILD_ARGS (2 * TSR_CHILD_LISTENERS + TSR_CHILD_PORTS + TSR_CHILD_ADDRESSES + 12)
#define TSR_CHILD_ARG_LEN (TSR_CHILD_PATH_LEN + 16)

struct tsr_child_args {
	size_t n;
	char *argv[TSR_CHILD_ARGS + 1]; /* NULL-ended; into text */
	char text[TSR_CHILD_ARGS][TSR_CHILD_ARG_LEN];
};

void tsr_child_args_write(struct tsr_child_args *args, const struct tsr_child *child);

/* TSR_ERR_CONFIG when an argument is not one of ours. role is kept as given. */
TSR_CHECKED int tsr_child_args_parse(struct tsr_child *child, const char *role, char **argv);

#endif
