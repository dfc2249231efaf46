/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/random.h"

#define PATH_CAP 4096

static int err_from_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return TSR_ERR_UNKNOWN;
	case EACCES:
	case EPERM:
		return TSR_ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
	case EROFS:
		return TSR_ERR_STORE;
	case ENOMEM:
		return TSR_ERR_NOMEM;
	default:
		return TSR_ERR_IO;
	}
}

int tsr_dir_default_state(char *out, size_t cap)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_STATE_HOME");
	int n;

	out[0] = 0;
	if (geteuid() == 0)
		n = snprintf(out, cap, "/var/lib/tessera");
	else if (xdg && xdg[0] == '/')
		n = snprintf(out, cap, "%s/tessera", xdg);
	else if (home && home[0] == '/')
		n = snprintf(out, cap, "%s/.local/state/tessera", home);
	else
		return TSR_ERR_CONFIG;
	if (n > 0 && (size_t)n < cap)
		return 0;
	out[0] = 0;
	return TSR_ERR_TOO_BIG;
}

/* Makes every missing directory of path; leaves errno. */
static int make_dirs(const char *path)
{
	char part[PATH_CAP];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part)) {
		errno = len ? ENAMETOOLONG : ENOENT;
		return TSR_ERR_IO;
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EISDIR)
			return err_from_errno();
	}
	return 0;
}

int tsr_dir_open(int *fd_out, const char *path)
{
	struct stat st;
	int fd, r;

	*fd_out = -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if ((r = make_dirs(path)) != 0)
			return r;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return err_from_errno();
	if (fstat(fd, &st) != 0)
		r = err_from_errno();
	else if (st.st_uid != geteuid())
		r = TSR_ERR_DENIED;
	else if ((st.st_mode & 077) != 0 && fchmod(fd, 0700) != 0)
		r = err_from_errno();
	else
		r = 0;
	if (r != 0)
		tsr_fd_close(&fd);
	*fd_out = fd;
	return r;
}

static int read_all(int fd, uint8_t *data, size_t len)
{
	size_t n_read = 0;

	while (n_read < len) {
		ssize_t n = pread(fd, data + n_read, len - n_read, (off_t)n_read);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno();
		if (n == 0)
			return TSR_ERR_SHORT; /* it shrank under our hands */
		n_read += (size_t)n;
	}
	return 0;
}

static int write_all(int fd, struct tsr_slice bytes)
{
	size_t n_written = 0;

	while (n_written < bytes.len) {
		ssize_t n = write(fd, bytes.data + n_written, bytes.len - n_written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno();
		n_written += (size_t)n;
	}
	return 0;
}

static int read_fd(struct tsr_msg **out, int fd, size_t max)
{
	struct tsr_msg *msg;
	struct stat st;
	int r;

	*out = NULL;
	if (fstat(fd, &st) != 0)
		return err_from_errno();
	if (!S_ISREG(st.st_mode))
		return TSR_ERR_FORMAT;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return TSR_ERR_TOO_BIG;
	msg = tsr_msg_create((size_t)st.st_size);
	if (!msg)
		return TSR_ERR_NOMEM;
	r = read_all(fd, msg->data, msg->len);
	if (r != 0)
		tsr_msg_unref(&msg);
	*out = msg;
	return r;
}

int tsr_file_read(struct tsr_msg **out, int dir, const char *name, size_t max)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	*out = NULL;
	if (fd < 0)
		return err_from_errno();
	r = read_fd(out, fd, max);
	tsr_fd_close(&fd);
	return r;
}

int tsr_file_write(int dir, const char *name, struct tsr_slice bytes)
{
	char temp[PATH_CAP];
	int fd, r;

	if (snprintf(temp, sizeof(temp), "%s.%08x", name, tsr_random_below(UINT32_MAX)) >=
		(int)sizeof(temp))
		return TSR_ERR_TOO_BIG;
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_from_errno();
	r = write_all(fd, bytes);
	if (r == 0 && fsync(fd) != 0)
		r = err_from_errno();
	tsr_fd_close(&fd);
	if (r == 0 && renameat(dir, temp, dir, name) != 0)
		r = err_from_errno();
	if (r != 0) {
		int saved = errno;

		unlinkat(dir, temp, 0);
		errno = saved;
	} else if (dir >= 0) {
		fsync(dir); /* the rename itself; some file systems refuse, which is no loss */
	}
	return r;
}

int tsr_file_lock(int *fd_out, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = 0;

	*fd_out = -1;
	if (fd < 0)
		return err_from_errno();
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		r = errno == EWOULDBLOCK ? TSR_ERR_BUSY : err_from_errno();
	if (r != 0)
		tsr_fd_close(&fd);
	*fd_out = fd;
	return r;
}

int tsr_memfd_create(int *fd_out, struct tsr_slice bytes)
{
	int fd = memfd_create("tessera", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	*fd_out = -1;
	if (fd < 0)
		return err_from_errno();
	r = write_all(fd, bytes);
	if (r == 0 && fcntl(fd, F_ADD_SEALS,
			      F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		r = err_from_errno();
	if (r != 0)
		tsr_fd_close(&fd);
	*fd_out = fd;
	return r;
}

int tsr_memfd_read(struct tsr_msg **out, int fd, size_t max)
{
	return read_fd(out, fd, max);
}

void tsr_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int tsr_fd_set_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) == 0 ? 0 : TSR_ERR_IO;
}
