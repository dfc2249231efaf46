/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "endpoint/cli/cli.h"
#include "sys/cert.h"
#include "sys/files.h"

static const char help[] =
	"tessera: administration and the headless endpoint of Tessera\n"
	"\n"
	"  tessera session create [--title T] [--password-file F] [--lobby] [--open]\n"
	"                                      makes a session, prints its two links\n"
	"  tessera session list                the sessions of this server\n"
	"  tessera session end NUMBER          ends one for everybody\n"
	"  tessera join LINK [--share :N] [--record-frames DIR] [--json]\n"
	"                                      joins without a window\n"
	"  tessera windows [DISPLAY]           what of a display can be shared\n"
	"  tessera doctor [LINK]               looks for what could stand in the way\n"
	"\n"
	"  tessera COMMAND --help tells the options of each.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "session", tsr_cli_session },
	{ "join", tsr_cli_join },
	{ "windows", tsr_cli_windows },
	{ "doctor", tsr_cli_doctor },
};

static TSR_PRINTF(1, 0) void complain(const char *format, va_list args)
{
	fputs("tessera: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int tsr_cli_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return TSR_EXIT_USAGE;
}

int tsr_cli_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return EXIT_FAILURE;
}

int tsr_cli_read_password(char *out, size_t cap, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	bool ok = file && fgets(out, (int)cap, file);

	if (file && file != stdin)
		fclose(file);
	if (!ok)
		return TSR_ERR_IO;
	out[strcspn(out, "\r\n")] = '\0';
	return out[0] ? 0 : TSR_ERR_IO;
}

int tsr_cli_take_cert(struct tsr_tls_trust *trust, const char *path)
{
	struct tsr_msg *pem = NULL;
	int r = tsr_file_read(&pem, AT_FDCWD, path, 1 << 20);

	if (r == 0)
		r = tsr_cert_describe(tsr_msg_slice(pem), trust->pin, NULL);
	trust->with_pin = r == 0;
	tsr_msg_unref(&pem);
	return r;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		fputs(help, argc < 2 ? stderr : stdout);
		return argc < 2 ? TSR_EXIT_USAGE : EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("tessera " TSR_VERSION);
		return EXIT_SUCCESS;
	}
	if (tsr_crypto_init() != 0)
		return tsr_cli_fail("the crypto libraries cannot be started");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	return tsr_cli_usage("there is no command %s; tessera --help lists them", argv[1]);
}
