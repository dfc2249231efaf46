/* SPDX-License-Identifier: Apache-2.0 */
#include "server/supervisor/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/ipc.h"

#define PEM_LEN 60000      /* goes into one packet to the edge */
#define SOCKET_PATH_LEN 90 /* a Unix socket's whole path has 107 bytes */

/* ---- directory ---- */

static void say_dir_error(int err, const char *path)
{
	switch (err) {
	case TSR_ERR_DENIED:
		tsr_say("the state directory %s belongs to another user or cannot be entered; give "
			"one "
			"of your own with --state DIR",
			path);
		break;
	case TSR_ERR_STORE:
		tsr_say("the state directory %s cannot be written: the disk is full or read-only; "
			"make "
			"room, or choose another with --state DIR",
			path);
		break;
	case TSR_ERR_UNKNOWN:
		tsr_say("the state directory %s is not a directory; give another with --state DIR",
			path);
		break;
	default:
		tsr_say("cannot open the state directory %s: %s; give another with --state DIR",
			path, strerror(errno));
	}
}

static int take_lock(struct tsr_state *state)
{
	int r = tsr_file_lock(&state->lock_fd, state->dir_fd, "lock");

	if (r == TSR_ERR_BUSY)
		tsr_say("another tesserad is running on the state directory %s; stop that one, or "
			"give another with --state DIR",
			state->path);
	else if (r != 0)
		say_dir_error(r, state->path);
	return r;
}

/* A control process that starts anew may find it read-only and goes on with what can be done; a
 * server that starts with it says so. None yet is fine. */
static int check_database(const struct tsr_state *state)
{
	int fd = openat(state->dir_fd, TSR_CHILD_DATABASE, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT) {
		tsr_say("%s/%s cannot be written (%s): check its owner, its rights and the mount, "
			"or "
			"give another with --state DIR",
			state->path, TSR_CHILD_DATABASE, strerror(errno));
		return TSR_ERR_CONFIG;
	}
	tsr_fd_close(&fd);
	return 0;
}

int tsr_state_open(struct tsr_state *state, const struct tsr_options *options)
{
	char wanted[PATH_MAX], real[PATH_MAX];
	int r = 0;

	state->dir_fd = state->lock_fd = -1;
	if (!options->state_dir)
		r = tsr_dir_default_state(wanted, sizeof(wanted));
	else if (snprintf(wanted, sizeof(wanted), "%s", options->state_dir) >= (int)sizeof(wanted))
		r = TSR_ERR_TOO_BIG;
	if (r != 0) {
		tsr_say("there is no usable state directory; give one with --state DIR");
		return r;
	}
	if ((r = tsr_dir_open(&state->dir_fd, wanted)) != 0) {
		say_dir_error(r, wanted);
		return r;
	}
	if (!realpath(wanted, real) || strlen(real) > SOCKET_PATH_LEN) {
		tsr_say("the path of the state directory is longer than %d letters; give a shorter "
			"one with --state DIR",
			SOCKET_PATH_LEN);
		tsr_state_close(state);
		return TSR_ERR_TOO_BIG;
	}
	memcpy(state->path, real, strlen(real) + 1);
	if ((r = take_lock(state)) != 0 || (r = check_database(state)) != 0)
		tsr_state_close(state);
	return r;
}

void tsr_state_close(struct tsr_state *state)
{
	tsr_fd_close(&state->lock_fd);
	tsr_fd_close(&state->dir_fd);
}

int tsr_state_open_sockets(const struct tsr_state *state, struct tsr_child *child)
{
	char path[TSR_CHILD_PATH_LEN + 16];
	int r;

	snprintf(path, sizeof(path), "%s/admin.sock", state->path);
	if ((r = tsr_unix_listen(&child->admin_fd, path, true)) == 0) {
		snprintf(path, sizeof(path), "%s/metrics.sock", state->path);
		r = tsr_unix_listen(&child->metrics_fd, path, false);
	}
	if (r != 0)
		tsr_say("cannot make the socket %s: %s; give another directory with --state DIR",
			path, strerror(errno));
	return r;
}

/* ---- certificate ---- */

static int read_pem(struct tsr_msg **out, int dir, const char *name, const char *option)
{
	int r = tsr_file_read(out, dir, name, PEM_LEN);

	if (r != 0 && option)
		tsr_say("%s %s: %s", option, name,
			r == TSR_ERR_UNKNOWN  ? "there is no such file"
			: r == TSR_ERR_DENIED ? "this user may not read it"
					      : "this is not a certificate or key file in PEM");
	return r;
}

static int make_own(struct tsr_certificate *certificate, const struct tsr_state *state,
	const struct tsr_options *options)
{
	const char *extra[3] = { NULL };
	char host[TSR_CHILD_PATH_LEN] = "";
	size_t n = 0;
	int r;

	if (options->base_url) {
		size_t len = strcspn(options->base_url + 8, ":");

		memcpy(host, options->base_url + 8, len);
		extra[n++] = host;
	}
	if (options->listen)
		extra[n++] = options->listen;
	if ((r = tsr_cert_make(&certificate->chain, &certificate->key, extra)) != 0) {
		tsr_say("cannot make a certificate (%s); give one with --cert and --key",
			tsr_err_text(r));
		return r;
	}
	/* The key first: a certificate without its key would stop the next start. */
	if ((r = tsr_file_write(state->dir_fd, "key.pem", tsr_msg_slice(certificate->key))) != 0 ||
		(r = tsr_file_write(
			 state->dir_fd, "cert.pem", tsr_msg_slice(certificate->chain))) != 0)
		say_dir_error(r, state->path);
	return r;
}

static int read_pair(struct tsr_certificate *certificate, const struct tsr_state *state,
	const struct tsr_options *options)
{
	int r;

	if (options->cert) {
		if ((r = read_pem(&certificate->chain, AT_FDCWD, options->cert, "--cert")) != 0)
			return r;
		return read_pem(&certificate->key, AT_FDCWD, options->key, "--key");
	}
	r = read_pem(&certificate->chain, state->dir_fd, "cert.pem", NULL);
	if (r == 0)
		r = read_pem(&certificate->key, state->dir_fd, "key.pem", NULL);
	if (r == TSR_ERR_UNKNOWN) {
		tsr_certificate_drop(certificate);
		return make_own(certificate, state, options);
	}
	if (r != 0)
		tsr_say("cert.pem or key.pem in %s cannot be read (%s); remove both and they are "
			"made "
			"anew",
			state->path, tsr_err_text(r));
	return r;
}

int tsr_certificate_load(struct tsr_certificate *certificate, const struct tsr_state *state,
	const struct tsr_options *options)
{
	int r;

	memset(certificate, 0, sizeof(*certificate));
	r = read_pair(certificate, state, options);
	if (r == 0) {
		r = tsr_cert_check(
			tsr_msg_slice(certificate->chain), tsr_msg_slice(certificate->key));
		if (r != 0 && options->cert)
			tsr_say("%s and %s are not a certificate and its key, both in PEM and the "
				"key "
				"without a pass phrase",
				options->cert, options->key);
		else if (r != 0)
			tsr_say("cert.pem and key.pem in %s do not belong together; remove both "
				"and "
				"they are made anew",
				state->path);
	}
	if (r == 0)
		r = tsr_cert_describe(tsr_msg_slice(certificate->chain), certificate->pin,
			certificate->fingerprint);
	if (r != 0)
		tsr_certificate_drop(certificate);
	return r;
}

void tsr_certificate_drop(struct tsr_certificate *certificate)
{
	tsr_msg_unref(&certificate->chain);
	tsr_cert_wipe(&certificate->key);
}
