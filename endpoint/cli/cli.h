/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLI_CLI_H
#define TSR_ENDPOINT_CLI_CLI_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "ipc.pb-c.h"
#include "proto/unpack.h"
#include "sys/tls.h"

/* cli: the subcommands of `tessera`. Each parses its own arguments (argv[0] is its name) and
 * returns the exit status: 0 done, 1 refused or failed, 64 wrong usage (sysexits.h). */
#define TSR_EXIT_USAGE 64

int tsr_cli_session(int argc, char **argv);
int tsr_cli_join(int argc, char **argv);
int tsr_cli_windows(int argc, char **argv);
int tsr_cli_doctor(int argc, char **argv);

/* `tessera session show NUMBER`. */
int tsr_cli_show(const char *state, char *number, bool json);

/* Prints "tessera: " and the sentence to stderr; returns TSR_EXIT_USAGE resp. 1. */
int tsr_cli_usage(const char *format, ...) TSR_PRINTF(1, 2);
int tsr_cli_fail(const char *format, ...) TSR_PRINTF(1, 2);

/* Reads the first line of a file ("-": standard input), without its end. TSR_ERR_IO when there is
 * none or it is empty. The caller wipes it. */
TSR_CHECKED int tsr_cli_read_password(char *out, size_t cap, const char *path);

/* Believes the key of the certificate in a PEM file. TSR_ERR_* when there is none in it. */
TSR_CHECKED int tsr_cli_take_cert(struct tsr_tls_trust *trust, const char *path);

/* ---- administration: one request over DIR/admin.sock --------------------------------------------
 */

/* A state folder's path; none at all is a folder that no server runs on. */
#define TSR_CLI_STATE_MAX 256

/* Asks and waits for the answer, which lies in *arena (finish it). On failure *why is one sentence;
 * static. TSR_ERR_UNKNOWN: no server there; TSR_ERR_DENIED; TSR_ERR_IO. */
TSR_CHECKED int tsr_cli_ask(const char *state, const Tessera__Ipc__AdminRequest *request,
	struct tsr_arena *arena, const Tessera__Ipc__AdminReply **reply, const char **why);

#endif
