/* SPDX-License-Identifier: Apache-2.0 */
/* admin: one request to the server of this machine, over the Unix socket in its state folder. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "endpoint/cli/cli.h"
#include "sys/files.h"
#include "sys/ipc.h"

#define ANSWER_TIMEOUT_MS 15000
#define REPLY_BUDGET (1u << 20)

static int send_request(int fd, const Tessera__Ipc__AdminRequest *request)
{
	size_t len = tessera__ipc__admin_request__get_packed_size(request);
	uint8_t *packet = malloc(len ? len : 1);
	ssize_t n;

	if (!packet)
		return TSR_ERR_NOMEM;
	tessera__ipc__admin_request__pack(request, packet);
	n = send(fd, packet, len, MSG_NOSIGNAL);
	explicit_bzero(packet, len); /* a password may be in it */
	free(packet);
	return n == (ssize_t)len ? 0 : TSR_ERR_IO;
}

static int receive_reply(int fd, uint8_t *packet, size_t *len)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&wait, 1, ANSWER_TIMEOUT_MS) != 1)
		return TSR_ERR_EXPIRED;
	n = recv(fd, packet, TSR_IPC_PACKET_LEN, 0);
	if (n <= 0)
		return TSR_ERR_CLOSED;
	*len = (size_t)n;
	return 0;
}

int tsr_cli_ask(const char *state, const Tessera__Ipc__AdminRequest *request,
	struct tsr_arena *arena, const Tessera__Ipc__AdminReply **reply, const char **why)
{
	uint8_t *packet = malloc(TSR_IPC_PACKET_LEN);
	char path[TSR_CLI_STATE_MAX + 16];
	size_t len = 0;
	int fd = -1;
	int r;

	*reply = NULL;
	*arena = (struct tsr_arena){ 0 };
	*why = "out of memory";
	if (!packet)
		return TSR_ERR_NOMEM;
	snprintf(path, sizeof(path), "%s/admin.sock", state);
	*why = "no server runs on that state folder; start tesserad, or name its folder with "
	       "--state";
	if ((r = tsr_unix_connect(&fd, path, true)) != 0)
		goto out;
	*why = "the server did not answer; its log says more";
	if ((r = send_request(fd, request)) != 0 || (r = receive_reply(fd, packet, &len)) != 0)
		goto out;
	*why = "the server's answer makes no sense; is it of another version?";
	if ((r = tsr_proto_unpack_within(&tessera__ipc__admin_reply__descriptor,
		     tsr_slice(packet, len), TSR_IPC_PACKET_LEN, REPLY_BUDGET, arena)) != 0)
		goto out;
	*reply = (const Tessera__Ipc__AdminReply *)arena->message;
	if ((*reply)->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_FAILED) {
		static char text[256];

		snprintf(text, sizeof(text), "%s", (*reply)->failed->text);
		*why = text;
		r = TSR_ERR_DENIED;
	}
out:
	tsr_fd_close(&fd);
	free(packet);
	return r;
}
