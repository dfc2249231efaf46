/* SPDX-License-Identifier: Apache-2.0 */
/* The Unix sockets of sys/ipc.h: pairs, listeners and connections. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/ipc.h"

#define BACKLOG 64

static int make_address(struct sockaddr_un *addr, const char *path)
{
	size_t len = strlen(path);

	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (len == 0 || len >= sizeof(addr->sun_path))
		return TSR_ERR_TOO_BIG;
	memcpy(addr->sun_path, path, len);
	return 0;
}

static int open_socket(int *fd, bool seqpacket)
{
	int type = seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;

	*fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return *fd >= 0 ? 0 : TSR_ERR_IO;
}

int tsr_ipc_pair(int fds[static 2])
{
	fds[0] = fds[1] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0)
		return TSR_ERR_IO;
	return 0;
}

int tsr_unix_listen(int *fd, const char *path, bool seqpacket)
{
	struct sockaddr_un addr;
	mode_t old_mask;
	int r;

	*fd = -1;
	if ((r = make_address(&addr, path)) != 0 || (r = open_socket(fd, seqpacket)) != 0)
		return r;
	unlink(path);
	old_mask = umask(0177); /* 0600 from its first moment */
	if (bind(*fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0 ||
		listen(*fd, BACKLOG) != 0)
		r = errno == EACCES || errno == EPERM ? TSR_ERR_DENIED : TSR_ERR_IO;
	umask(old_mask);
	if (r != 0)
		tsr_fd_close(fd);
	return r;
}

int tsr_unix_connect(int *fd, const char *path, bool seqpacket)
{
	struct sockaddr_un addr;
	int r;

	*fd = -1;
	if ((r = make_address(&addr, path)) != 0 || (r = open_socket(fd, seqpacket)) != 0)
		return r;
	if (connect(*fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0) {
		switch (errno) {
		case ENOENT:
		case ENOTDIR:
		case ECONNREFUSED:
			r = TSR_ERR_UNKNOWN;
			break;
		case EACCES:
		case EPERM:
			r = TSR_ERR_DENIED;
			break;
		case EAGAIN:
			r = TSR_ERR_BUSY;
			break;
		default:
			r = TSR_ERR_IO;
		}
		tsr_fd_close(fd);
	}
	return r;
}

int tsr_unix_accept(int *fd, unsigned *uid, int listener)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	do
		*fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (*fd < 0 && errno == EINTR);
	if (*fd < 0)
		return errno == EMFILE || errno == ENFILE ? TSR_ERR_FULL : TSR_ERR_AGAIN;
	if (uid && getsockopt(*fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		cred.uid = (uid_t)-1;
	if (uid)
		*uid = cred.uid;
	return 0;
}
