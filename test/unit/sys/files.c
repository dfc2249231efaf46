/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "test.h"

static char root[32];
static int dir = -1;

static bool set_up(void)
{
	char path[64];

	memcpy(root, "/tmp/tsr-files-XXXXXX", 22);
	if (!mkdtemp(root))
		return false;
	snprintf(path, sizeof(path), "%s/a/b", root);
	return tsr_dir_open(&dir, path) == 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void tear_down(void)
{
	tsr_fd_close(&dir);
	if (nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		printf("# %s is left behind\n", root);
}

static void makes_a_private_directory(void)
{
	struct stat st;
	char path[64];

	CHECK(set_up());
	CHECK_INT(fstat(dir, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0700);
	CHECK_INT(fchmod(dir, 0755), 0);
	tsr_fd_close(&dir);
	snprintf(path, sizeof(path), "%s/a/b/", root);
	CHECK_INT(tsr_dir_open(&dir, path), 0);
	CHECK_INT(fstat(dir, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0700);
	tear_down();
}

static size_t count_files(void)
{
	DIR *list = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
	size_t n = 0;

	while (readdir(list))
		n++;
	closedir(list);
	return n - 2;
}

static void replaces_whole_files(void)
{
	struct tsr_msg *msg;
	struct stat st;

	CHECK(set_up());
	CHECK_INT(tsr_file_read(&msg, dir, "f", 10), TSR_ERR_UNKNOWN);
	CHECK_INT(tsr_file_write(dir, "f", tsr_slice_str("first")), 0);
	CHECK_INT(tsr_file_write(dir, "f", tsr_slice_str("2nd")), 0);
	CHECK_INT(tsr_file_read(&msg, dir, "f", 10), 0);
	CHECK_INT(msg->len, 3);
	CHECK_MEM(msg->data, "2nd", 3);
	tsr_msg_unref(&msg);
	CHECK_INT(tsr_file_read(&msg, dir, "f", 2), TSR_ERR_TOO_BIG);
	CHECK_INT(fstatat(dir, "f", &st, 0), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(count_files(), 1); /* nothing half-written stays */
	CHECK_INT(tsr_file_read(&msg, dir, ".", 10), TSR_ERR_FORMAT);
	tear_down();
}

static void names_the_reason_of_a_failure(void)
{
	const struct tsr_slice x = { (const uint8_t *)"x", 1 };

	CHECK_INT(tsr_file_write(AT_FDCWD, "/no-such-directory/f", x), TSR_ERR_UNKNOWN);
	CHECK_INT(tsr_dir_open(&dir, "/dev/null"), TSR_ERR_UNKNOWN);
	CHECK_INT(tsr_dir_open(&dir, ""), TSR_ERR_IO);
}

static void finds_the_default_state_folder(void)
{
	char path[64], little[8];

	setenv("XDG_STATE_HOME", "/x/state", 1);
	setenv("HOME", "/home/ada", 1);
	CHECK_INT(tsr_dir_default_state(path, sizeof(path)), 0);
	CHECK_STR(path, geteuid() == 0 ? "/var/lib/tessera" : "/x/state/tessera");
	setenv("XDG_STATE_HOME", "relative", 1);
	CHECK_INT(tsr_dir_default_state(path, sizeof(path)), 0);
	CHECK_STR(path, geteuid() == 0 ? "/var/lib/tessera" : "/home/ada/.local/state/tessera");
	CHECK_INT(tsr_dir_default_state(little, sizeof(little)), TSR_ERR_TOO_BIG);
	CHECK_STR(little, "");
}

static void locks_once(void)
{
	int first, second;

	CHECK(set_up());
	CHECK_INT(tsr_file_lock(&first, dir, "lock"), 0);
	CHECK_INT(tsr_file_lock(&second, dir, "lock"), TSR_ERR_BUSY);
	CHECK_INT(second, -1);
	tsr_fd_close(&first);
	CHECK_INT(tsr_file_lock(&second, dir, "lock"), 0);
	tsr_fd_close(&second);
	tear_down();
}

TEST_MAIN(TEST(makes_a_private_directory), TEST(replaces_whole_files),
	TEST(names_the_reason_of_a_failure), TEST(finds_the_default_state_folder), TEST(locks_once))
