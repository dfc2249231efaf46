/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: looks for what could stand in the way, one line each with what to do. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/e2e/link.h"
#include "endpoint/cli/cli.h"
#include "endpoint/client/server.h"
#include "endpoint/x11/capture.h"
#include "sys/cert.h"
#include "sys/files.h"
#include "sys/tcp.h"

#define DISK_MIN_MB 256
#define PORT_TIMEOUT (5 * TSR_SECOND)

static const char help[] =
	"tessera doctor [LINK] [--state DIR] [--display :N] [--cert FILE]\n"
	"  without a link: the server of this machine; with one: the way to its server.\n";

struct findings {
	unsigned n_bad;
};

static void good(const char *what, const char *detail)
{
	printf("ok    %s%s%s\n", what, detail[0] ? ": " : "", detail);
}

static void bad(struct findings *f, const char *what, const char *advice)
{
	f->n_bad++;
	printf("BAD   %s: %s\n", what, advice);
}

static void note(const char *what, const char *detail)
{
	printf("note  %s: %s\n", what, detail);
}

/* ---- the server of this machine ----------------------------------------------------------------
 */

static void check_state(struct findings *f, const char *state)
{
	struct stat st;
	struct statvfs fs;
	char text[96];

	if (stat(state, &st) != 0) {
		bad(f, "state folder", "it is not there; start tesserad, or name it with --state");
		return;
	}
	if (st.st_mode & 077)
		bad(f, "state folder", "others may read it; chmod 700 it");
	else
		good("state folder", state);
	if (statvfs(state, &fs) == 0) {
		unsigned long long mb =
			(unsigned long long)fs.f_bavail * fs.f_frsize / (1024 * 1024);

		snprintf(text, sizeof(text), "%llu MB free", mb);
		if (mb < DISK_MIN_MB)
			bad(f, "disk", "less than 256 MB free; new sessions will soon be refused");
		else
			good("disk", text);
	}
}

static void check_certificate(const char *state)
{
	char path[TSR_CLI_STATE_MAX + 16], fingerprint[TSR_CERT_FINGERPRINT_LEN];
	struct tsr_msg *pem = NULL;

	snprintf(path, sizeof(path), "%s/cert.pem", state);
	if (tsr_file_read(&pem, AT_FDCWD, path, 1 << 20) == 0 &&
		tsr_cert_describe(tsr_msg_slice(pem), NULL, fingerprint) == 0)
		note("certificate of its own, SHA-256", fingerprint);
	tsr_msg_unref(&pem);
}

static void check_health(struct findings *f, const char *state)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__Health health = TESSERA__IPC__HEALTH__INIT;
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };
	const char *why;

	request.health = &health;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_HEALTH;
	if (tsr_cli_ask(state, &request, &arena, &reply, &why) != 0)
		bad(f, "server", why);
	else if (reply->body_case != TESSERA__IPC__ADMIN_REPLY__BODY_HEALTH ||
		 !reply->health->ready)
		bad(f, "server",
			reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_HEALTH
				? reply->health->text
				: "its answer makes no sense");
	else
		good("server", reply->health->base_url);
	tsr_arena_finish(&arena);
}

static void check_display(const char *display)
{
	struct tsr_source screen = { .kind = TSR_SOURCE_SCREEN };
	struct tsr_capture *capture;
	const char *why;

	if (tsr_capture_open(&capture, display, &screen, 0, &why) == 0)
		good("X display for --share", display ? display : getenv("DISPLAY"));
	else
		note("X display for --share", why);
	tsr_capture_close(capture);
}

/* ---- the way to a server
 * --------------------------------------------------------------------------- */

struct probe {
	struct tsr_loop *loop;
	int status, err;
	uint16_t port;
	bool is_done;
};

static void dialled(void *user, int fd, int err)
{
	struct probe *p = user;

	p->err = err;
	p->is_done = true;
	tsr_fd_close(&fd);
	tsr_loop_stop(p->loop);
}

static void answered(void *user, int status, struct tsr_slice body, int err)
{
	struct probe *p = user;

	(void)body;
	p->status = status;
	p->err = err;
	p->is_done = true;
	tsr_loop_stop(p->loop);
}

static void check_port(struct findings *f, struct tsr_loop *loop, const char *host, uint16_t port)
{
	struct probe p = { .loop = loop };
	struct tsr_dial *dial = NULL;
	char what[32];

	snprintf(what, sizeof(what), "TCP port %u", port);
	p.err = tsr_dial_open(&dial, loop, host, port, PORT_TIMEOUT, dialled, &p);
	if (p.err == 0)
		tsr_loop_run(loop);
	tsr_dial_close(&dial);
	if (p.err == 0)
		good(what, "open");
	else
		bad(f, what, "not reached; another port may do, ask whoever runs the firewall");
}

static void check_api(struct findings *f, struct tsr_server *server)
{
	struct probe p = { .loop = server->loop };
	struct tsr_request *request = NULL;

	p.err = tsr_request_open(
		&request, server, "/api/v1/status", (struct tsr_slice){ 0 }, answered, &p);
	if (p.err == 0)
		tsr_loop_run(server->loop);
	tsr_request_close(&request);
	if (p.err == TSR_ERR_AUTH)
		bad(f, "certificate", "not believed; name the server's certificate with --cert");
	else if (p.err || p.status != 200)
		bad(f, "server", "it does not answer like a Tessera server");
	else
		good("server", "answers over TLS");
}

static int check_link(struct findings *f, const char *text, const struct tsr_tls_trust *trust)
{
	struct tsr_server server = { .loop = tsr_loop_create() };
	struct tsr_link link = { 0 };
	size_t len;
	int r;

	if ((r = tsr_link_parse(&link, tsr_slice_str(text))) != 0 || !server.loop) {
		bad(f, "link",
			"it is not one; copy it whole, with what is behind the #, in quotes");
		goto out;
	}
	len = strlen(link.host);
	snprintf(server.host, sizeof(server.host), "%.*s",
		(int)(len - (link.host[0] == '[' ? 2 : 0)), link.host + (link.host[0] == '['));
	snprintf(server.authority, sizeof(server.authority), "%s:%u", link.host, link.port);
	server.ports = tsr_race_ports_for(link.port);
	good("link", link.kind == TSR_LINK_ORGANIZER ? "an organizer's" : "an attendee's");
	for (unsigned i = 0; i < server.ports.n; i++)
		check_port(f, server.loop, server.host, server.ports.v[i]);
	if ((r = tsr_tls_ctx_create_client(&server.tls, trust)) == 0)
		check_api(f, &server);
out:
	tsr_tls_ctx_unref(&server.tls);
	tsr_link_finish(&link);
	tsr_loop_destroy(server.loop);
	return r;
}

/* ---- arguments
 * ---------------------------------------------------------------------------------------- */

static const struct option long_options[] = {
	{ "state", required_argument, NULL, 's' },
	{ "display", required_argument, NULL, 'd' },
	{ "cert", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

int tsr_cli_doctor(int argc, char **argv)
{
	struct tsr_tls_trust trust = { 0 };
	char state[TSR_CLI_STATE_MAX];
	const char *display = NULL;
	struct findings f = { 0 };
	int c;

	(void)!tsr_dir_default_state(state, sizeof(state));
	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 's')
			snprintf(state, sizeof(state), "%s", optarg);
		else if (c == 'd')
			display = optarg;
		else if (c == 'c' && tsr_cli_take_cert(&trust, optarg) != 0)
			return tsr_cli_fail("no certificate can be read from %s", optarg);
		else if (c == 'h')
			return fputs(help, stdout) < 0;
		else if (c == '?')
			return TSR_EXIT_USAGE;
	}
	if (optind < argc) {
		(void)!check_link(&f, argv[optind], &trust);
	} else {
		check_state(&f, state);
		check_health(&f, state);
		check_certificate(state);
		check_display(display);
	}
	if (f.n_bad)
		printf("\n%u to mend.\n", f.n_bad);
	return f.n_bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
