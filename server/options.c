/* SPDX-License-Identifier: Apache-2.0 */
#include "server/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

static const char help[] =
	"Usage: tesserad [OPTION]...\n"
	"The Tessera server: meetings with screen sharing, for browsers and the tessera program.\n"
	"\n"
	"  --state DIR         where the database, the keys and the sockets are kept\n"
	"                      (default: /var/lib/tessera for root, else\n"
	"                      $XDG_STATE_HOME/tessera or ~/.local/state/tessera)\n"
	"  --ports A,B,C       ports, TCP and UDP; the first is the one in links, 0 takes any "
	"free\n"
	"                      one\n"
	"                      (default: 443,8200,80; without privileges 8443,8200,8080)\n"
	"  --listen ADDRESS    listen on this address only (default: all, IPv4 and IPv6)\n"
	"  --base-url URL      how others reach this server, as in https://meet.example.org;\n"
	"                      used in links (default: https://localhost:PORT)\n"
	"  --public-address A,B  addresses at which clients reach this machine for audio and\n"
	"                      video, as behind NAT (default: those of its interfaces)\n"
	"  --cert FILE         certificate chain, PEM (default: a self-signed one, made at the\n"
	"                      first start); read again at SIGHUP\n"
	"  --key FILE          its private key, PEM\n"
	"  --metrics ADDR:PORT serve /metrics, /livez and /readyz there over plain HTTP too\n"
	"                      (always on DIR/metrics.sock); only to this machine\n"
	"  --threads N         threads that carry connections (default: one per processor)\n"
	"  --screen-memory MIB memory for pictures of shared screens, all sessions together\n"
	"                      (default: 1024)\n"
	"  --announce-fd N     write a line of JSON to descriptor N once ready\n"
	"  --verbose           log more\n"
	"  --version           print the version and leave\n"
	"  --help              print this and leave\n"
	"\n"
	"Runs in the foreground; log lines go to stderr. SIGTERM or Ctrl-C stops it, SIGHUP\n"
	"reads the certificate again.\n";

void tsr_options_print_help(void)
{
	fputs(help, stdout);
}

void tsr_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("tesserad: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* ---- values ---- */

static int parse_number(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return TSR_ERR_CONFIG;
	*out = strtoul(text, &end, 10);
	return *end == 0 && *out <= max ? 0 : TSR_ERR_CONFIG;
}

static int parse_ports(struct tsr_options *options, const char *text)
{
	size_t n = 0;

	for (;;) {
		char one[6] = "";
		size_t len = strcspn(text, ",");
		unsigned long port;

		if (n == TSR_CHILD_PORTS || len >= sizeof(one))
			return TSR_ERR_CONFIG;
		memcpy(one, text, len);
		if (parse_number(one, 65535, &port) != 0)
			return TSR_ERR_CONFIG;
		for (size_t i = 0; i < n; i++)
			if (port != 0 && options->ports[i] == port)
				return TSR_ERR_CONFIG;
		options->ports[n++] = (uint16_t)port;
		if (text[len] == 0)
			break;
		text += len + 1;
	}
	options->n_ports = n;
	return 0;
}

static int take_ports(struct tsr_options *options, const char *value)
{
	if (parse_ports(options, value) == 0)
		return 0;
	tsr_say("--ports %s: give one to three different numbers from 0 to 65535, as in "
		"8443,8200,8080",
		value);
	return TSR_ERR_CONFIG;
}

static int take_threads(struct tsr_options *options, const char *value)
{
	unsigned long n;

	if (parse_number(value, TSR_OPTIONS_THREADS, &n) != 0 || n == 0) {
		tsr_say("--threads %s: give a number from 1 to %d", value, TSR_OPTIONS_THREADS);
		return TSR_ERR_CONFIG;
	}
	options->n_threads = (unsigned)n;
	return 0;
}

static int take_screen_memory(struct tsr_options *options, const char *value)
{
	unsigned long n;

	if (parse_number(value, 65535, &n) != 0 || n == 0) {
		tsr_say("--screen-memory %s: give a number of MiB from 1 to 65535", value);
		return TSR_ERR_CONFIG;
	}
	options->screen_mib = (unsigned)n;
	return 0;
}

static int take_announce_fd(struct tsr_options *options, const char *value)
{
	unsigned long n;

	if (parse_number(value, 65535, &n) != 0) {
		tsr_say("--announce-fd %s: give the number of an open descriptor", value);
		return TSR_ERR_CONFIG;
	}
	options->announce_fd = (int)n;
	return 0;
}

static int take_base_url(struct tsr_options *options, const char *value)
{
	size_t len = strlen(value);

	if (strncmp(value, "https://", 8) != 0 || len < 9 || len >= TSR_CHILD_PATH_LEN ||
		strpbrk(value + 8, "/?#@ \\\"") != NULL) {
		tsr_say("--base-url %s: give https:// and a host, with :PORT if it is not 443, and "
			"nothing behind",
			value);
		return TSR_ERR_CONFIG;
	}
	options->base_url = value;
	return 0;
}

#define TAKE_STRING(name) \
	static int take_##name(struct tsr_options *options, const char *value) \
	{ \
		options->name = value; \
		return 0; \
	}
TAKE_STRING(state_dir)
TAKE_STRING(listen)
TAKE_STRING(public_address)
TAKE_STRING(metrics)
TAKE_STRING(cert)
TAKE_STRING(key)
TAKE_STRING(role)
TAKE_STRING(selftest)

/* ---- the table ---- */

static const struct {
	const char *name;
	int (*take)(struct tsr_options *options, const char *value);
} with_value[] = {
	{ "--state", take_state_dir },
	{ "--ports", take_ports },
	{ "--listen", take_listen },
	{ "--base-url", take_base_url },
	{ "--public-address", take_public_address },
	{ "--cert", take_cert },
	{ "--key", take_key },
	{ "--metrics", take_metrics },
	{ "--threads", take_threads },
	{ "--screen-memory", take_screen_memory },
	{ "--announce-fd", take_announce_fd },
	{ "--role", take_role },
	{ "--selftest", take_selftest },
};

static bool take_flag(struct tsr_options *options, const char *arg)
{
	if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		options->with_help = true;
	else if (strcmp(arg, "--version") == 0)
		options->with_version = true;
	else if (strcmp(arg, "--verbose") == 0)
		options->is_verbose = true;
	else
		return false;
	return true;
}

/* Takes "--name value" or "--name=value"; moves *at behind it. */
static int take_one(struct tsr_options *options, char ***at)
{
	const char *arg = *(*at)++;
	size_t len = strcspn(arg, "=");

	if (take_flag(options, arg))
		return 0;
	for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++) {
		const char *value;

		if (strlen(with_value[i].name) != len || strncmp(arg, with_value[i].name, len) != 0)
			continue;
		value = arg[len] == '=' ? arg + len + 1 : **at;
		if (!value || value[0] == 0) {
			tsr_say("%s needs a value; see tesserad --help", with_value[i].name);
			return TSR_ERR_CONFIG;
		}
		if (arg[len] != '=')
			(*at)++;
		return with_value[i].take(options, value);
	}
	tsr_say("unknown option %s; see tesserad --help", arg);
	return TSR_ERR_CONFIG;
}

int tsr_options_parse(struct tsr_options *options, char **argv)
{
	char **at = argv[0] ? argv + 1 : argv;
	int r;

	memset(options, 0, sizeof(*options));
	options->announce_fd = -1;
	options->screen_mib = TSR_OPTIONS_SCREEN_MIB;
	while (*at) {
		if (strcmp(*at, "--child") == 0) {
			options->child_args = at + 1;
			break;
		}
		if ((r = take_one(options, &at)) != 0)
			return r;
	}
	if (!options->cert != !options->key) {
		tsr_say("--cert and --key belong together; %s is missing",
			options->cert ? "--key" : "--cert");
		return TSR_ERR_CONFIG;
	}
	return 0;
}
