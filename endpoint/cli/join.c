/* SPDX-License-Identifier: Apache-2.0 */
/* join: the arguments of `tessera join`. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "endpoint/cli/cli.h"
#include "endpoint/headless/headless.h"
#include "endpoint/headless/share.h"

static const char help[] =
	"tessera join LINK [OPTION...]\n"
	"  --name NAME           what the others read (your user name)\n"
	"  --share DISPLAY       share this X display while you are the presenter (\":0\")\n"
	"  --monitor NAME        only this monitor of it, by name or number, or \"all\"; may be "
	"repeated\n"
	"  --window NAME         only this window of it, by its id or a part of its name, with its "
	"menus\n"
	"                        and dialogs; may be repeated. tessera windows lists them\n"
	"  --fps N               at most so many pictures a second (30)\n"
	"  --prefer WHAT         on a thin line: text (never lossy), motion, or auto (auto)\n"
	"  --record-frames DIR   keep the newest picture of every share you see in DIR\n"
	"  --return-frames DIR   keep in DIR what viewers have of your share, as it comes back\n"
	"  --no-view             do not ask for pictures\n"
	"  --knock               wait in the lobby where the door is shut\n"
	"  --password-file FILE  its first line is the session's password (\"-\": standard input)\n"
	"  --cert FILE           believe the server with this certificate (its cert.pem)\n"
	"  --ca FILE             believe servers that these authorities vouch for\n"
	"  --json                events as JSON lines on standard output, commands on standard "
	"input\n"
	"\n"
	"Without --json, what you write is chat. Ctrl+C leaves.\n";

static const struct option long_options[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "share", required_argument, NULL, 's' },
	{ "monitor", required_argument, NULL, 'm' },
	{ "window", required_argument, NULL, 'w' },
	{ "fps", required_argument, NULL, 'f' },
	{ "prefer", required_argument, NULL, 'P' },
	{ "record-frames", required_argument, NULL, 'r' },
	{ "return-frames", required_argument, NULL, 'R' },
	{ "no-view", no_argument, NULL, 'v' },
	{ "knock", no_argument, NULL, 'k' },
	{ "password-file", required_argument, NULL, 'p' },
	{ "cert", required_argument, NULL, 'c' },
	{ "ca", required_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

struct arguments {
	struct tsr_headless_options options;
	const char *cert, *password_file, *fps, *prefer;
	bool help;
	bool has_too_many; /* monitors or windows */
};

static void add_name(
	struct arguments *a, const char **names, size_t cap, size_t *n, const char *name)
{
	if (*n == cap)
		a->has_too_many = true;
	else
		names[(*n)++] = name;
}

static bool parse_share(struct arguments *a, int c)
{
	struct tsr_wish *wish = &a->options.wish;

	switch (c) {
	case 's':
		a->options.share = optarg;
		return true;
	case 'm':
		add_name(a, wish->monitors, TSR_SOURCES_MAX, &wish->n_monitors, optarg);
		return true;
	case 'w':
		add_name(a, wish->windows, TSR_SOURCE_WINDOWS_MAX, &wish->n_windows, optarg);
		return true;
	case 'f':
		a->fps = optarg;
		return true;
	case 'P':
		a->prefer = optarg;
		return true;
	case 'R':
		a->options.return_dir = optarg;
		return true;
	default:
		return false;
	}
}

static bool parse(struct arguments *a, int argc, char **argv)
{
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'n':
			a->options.name = optarg;
			break;
		case 'r':
			a->options.record_dir = optarg;
			break;
		case 'v':
			a->options.no_view = true;
			break;
		case 'k':
			a->options.knock = true;
			break;
		case 'p':
			a->password_file = optarg;
			break;
		case 'c':
			a->cert = optarg;
			break;
		case 'a':
			a->options.trust.ca_file = optarg;
			break;
		case 'j':
			a->options.json = true;
			break;
		case 'h':
			a->help = true;
			break;
		default:
			if (!parse_share(a, c))
				return false;
		}
	}
	return true;
}

static int take_fps(unsigned *out, const char *text)
{
	char *end;
	long fps = text ? strtol(text, &end, 10) : 30;

	if (text && (*end || fps < 1 || fps > 60))
		return TSR_ERR_RANGE;
	*out = (unsigned)fps;
	return 0;
}

static int run(struct arguments *a, const char *link)
{
	char password[256] = "";
	int status;

	if (tsr_link_parse(&a->options.link, tsr_slice_str(link)) != 0)
		return tsr_cli_usage("that is not a link to a session; copy it whole, with what is "
				     "behind the #, in quotes");
	if (a->cert && tsr_cli_take_cert(&a->options.trust, a->cert) != 0)
		return tsr_cli_fail("no certificate can be read from %s", a->cert);
	if (take_fps(&a->options.max_fps, a->fps) != 0)
		return tsr_cli_usage("--fps takes a number from 1 to 60");
	if (a->prefer && tsr_headless_parse_preference(&a->options.prefer, a->prefer) != 0)
		return tsr_cli_usage("--prefer takes text, motion or auto");
	if (a->has_too_many)
		return tsr_cli_usage("at most %d monitors and %d windows can be shared at once",
			TSR_SOURCES_MAX, TSR_SOURCE_WINDOWS_MAX);
	if (!a->options.share && (a->options.wish.n_monitors || a->options.wish.n_windows))
		return tsr_cli_usage("--monitor and --window choose a part of what --share names");
	if (!a->options.share && a->options.return_dir)
		return tsr_cli_usage("--return-frames shows what comes back of --share");
	if (a->password_file &&
		tsr_cli_read_password(password, sizeof(password), a->password_file) != 0)
		return tsr_cli_fail("no password can be read from %s; its first line is taken",
			a->password_file);
	a->options.password = password[0] ? password : NULL;
	if (!a->options.name)
		a->options.name = getenv("USER") ? getenv("USER") : "Guest";
	status = tsr_headless_run(&a->options);
	tsr_wipe(password, sizeof(password));
	return status;
}

int tsr_cli_join(int argc, char **argv)
{
	struct arguments a = { 0 };
	int status;

	if (!parse(&a, argc, argv))
		return TSR_EXIT_USAGE;
	if (a.help) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	if (optind != argc - 1)
		return tsr_cli_usage("join takes one link; --help tells more");
	status = run(&a, argv[optind]);
	tsr_link_finish(&a.options.link);
	return status;
}
