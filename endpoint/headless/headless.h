/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_HEADLESS_H
#define TSR_ENDPOINT_HEADLESS_HEADLESS_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/e2e/link.h"
#include "core/screen/share.h"
#include "endpoint/x11/source.h"
#include "sys/tls.h"

/*
 * headless: `tessera join`, a member without a window. It shares an X display when its user
 * said so by --share, views and records what others share, reads and writes chat.
 * It never listens on a socket.
 */
struct tsr_headless_options {
	struct tsr_link link;
	struct tsr_tls_trust trust;
	const char *name;
	const char *password;   /* NULL: none */
	const char *share;      /* X display, or NULL; "" is $DISPLAY */
	struct tsr_wish wish;   /* what of it */
	const char *record_dir; /* where pictures are written, or NULL */
	const char *return_dir; /* and those of the own share, as viewers have them, or NULL */
	unsigned max_fps;       /* of the share */
	enum tsr_share_prefer prefer; /* of it: what a thin line costs first */
	bool knock;
	bool no_view; /* does not ask for pictures */
	bool json;    /* events as JSON lines on stdout, commands as JSON lines on stdin */
};

/* Runs until the session is over or a signal comes. Returns the exit status. */
int tsr_headless_run(struct tsr_headless_options *options);

#endif
