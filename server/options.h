/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SERVER_OPTIONS_H
#define TSR_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "server/child.h"

/* options: what stands on the command line of tesserad. Strings point into argv. */
#define TSR_OPTIONS_THREADS 32
#define TSR_OPTIONS_SCREEN_MIB 1024

struct tsr_options {
	const char *state_dir; /* NULL: the default place */
	size_t n_ports;        /* 0: the default ones */
	uint16_t ports[TSR_CHILD_PORTS];
	const char *listen;  /* NULL: every address */
	const char *metrics; /* "127.0.0.1:9100", or NULL */
	const char *cert;    /* both or none */
	const char *key;
	const char *base_url;       /* NULL: made from listen and the first port */
	const char *public_address; /* "203.0.113.5,2001:db8::5"; NULL: of the interfaces */
	unsigned n_threads;         /* 0: one per processor */
	unsigned screen_mib;
	int announce_fd; /* -1: none */
	bool with_help, with_version, is_verbose;
	/* a child's, not for people */
	const char *role;
	const char *selftest;
	char **child_args; /* NULL-ended, or NULL */
};

/* Reads the command line. On failure says why on stderr and returns TSR_ERR_CONFIG. */
TSR_CHECKED int tsr_options_parse(struct tsr_options *options, char **argv);

void tsr_options_print_help(void);

/* One sentence on stderr, with the program's name before and a newline behind. */
void tsr_say(const char *format, ...) TSR_PRINTF(1, 2);

#endif
