/* SPDX-License-Identifier: Apache-2.0 */
/* windows: `tessera windows`, what of a display can be shared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint/cli/cli.h"
#include "endpoint/x11/source.h"

static const char help[] = "tessera windows [DISPLAY]\n"
			   "\n"
			   "Lists the monitors and windows of an X display (\"$DISPLAY\") as "
			   "tessera join --share takes "
			   "them\n"
			   "with --monitor and --window.\n";

/* Titles come from applications: what could steer a terminal becomes "?". */
static void print_text(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool is_c1 = *p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;

		putchar(*p < 0x20 || *p == 0x7f || is_c1 ? '?' : *p);
		p += is_c1;
	}
}

static void print(const struct tsr_sources *sources)
{
	puts("monitors");
	for (size_t i = 0; i < sources->n_monitors; i++) {
		const struct tsr_monitor *m = &sources->monitors[i];

		printf("  %zu  ", i);
		print_text(m->name);
		printf("  %ux%u+%d+%d%s\n", m->width, m->height, m->x, m->y,
			m->is_primary ? "  primary" : "");
	}
	puts("windows");
	for (size_t i = 0; i < sources->n_windows; i++) {
		const struct tsr_window *w = &sources->windows[i];

		printf("  0x%08x  %5ux%-5u  ", w->id, w->width, w->height);
		print_text(w->application);
		printf("  ");
		print_text(w->title);
		puts(w->is_hidden ? "  (hidden)" : "");
	}
}

int tsr_cli_windows(int argc, char **argv)
{
	struct tsr_sources *sources;
	const char *why;

	if (argc > 2)
		return tsr_cli_usage("windows takes one display; --help tells more");
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	sources = tsr_sources_read(argc == 2 ? argv[1] : NULL, &why);
	if (!sources)
		return tsr_cli_fail("%s", why);
	print(sources);
	free(sources);
	return EXIT_SUCCESS;
}
