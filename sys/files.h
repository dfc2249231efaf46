/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_FILES_H
#define TSR_SYS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/msg.h"
#include "core/base/slice.h"

/* files: the state directory and small files in it. TSR_ERR_IO leaves the reason in errno;
 * TSR_ERR_STORE means that the disk is full or read-only; TSR_ERR_UNKNOWN that there is no
 * such file; TSR_ERR_DENIED that this user may not. */

/* Where a server keeps its state, and its administrator looks for it, unless told otherwise:
 * /var/lib/tessera for root, else below $XDG_STATE_HOME or $HOME/.local/state. TSR_ERR_CONFIG when
 * the user has no home, TSR_ERR_TOO_BIG when it does not fit: then out is "". */
TSR_CHECKED int tsr_dir_default_state(char *out, size_t cap);

/* Opens a directory; makes it, and the ones above, with mode 0700 when missing. An existing one
 * that others may read is narrowed to 0700; one of another user is TSR_ERR_DENIED. */
TSR_CHECKED int tsr_dir_open(int *fd, const char *path);

/* Reads a whole file of at most max bytes (else TSR_ERR_TOO_BIG). dir may be AT_FDCWD. */
TSR_CHECKED int tsr_file_read(struct tsr_msg **out, int dir, const char *name, size_t max);

/* Replaces a file by rename, mode 0600, data and directory synced. */
TSR_CHECKED int tsr_file_write(int dir, const char *name, struct tsr_slice bytes);

/* Takes the lock file; held until fd is closed or the process ends. TSR_ERR_BUSY: another has it.
 */
TSR_CHECKED int tsr_file_lock(int *fd, int dir, const char *name);

/* Anonymous sealed memory with these bytes, close on exec; tsr_memfd_read() gets them back
 * wherever the descriptor was passed to. */
TSR_CHECKED int tsr_memfd_create(int *fd, struct tsr_slice bytes);
TSR_CHECKED int tsr_memfd_read(struct tsr_msg **out, int fd, size_t max);

void tsr_fd_close(int *fd); /* sets -1; -1 is fine; keeps errno */

/* Sets or clears close on exec. */
TSR_CHECKED int tsr_fd_set_cloexec(int fd, bool on);

#endif
