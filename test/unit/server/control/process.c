/* SPDX-License-Identifier: Apache-2.0 */
/* The control process itself: sandboxed, with its database in a folder, asked over its sockets by
 * this test in the parts of edge, administrator and watcher; killed and started again. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/crypto/sign.h"
#include "server/child.h"
#include "sys/ipc.h"
#include "test.h"
#include "test/unit/server/control/rig.h"

#define PATIENCE_MS 60000

static char folder[64];

struct running {
	pid_t pid;
	int supervisor;
	int edge;
	int admin;   /* listening, as the supervisor would keep it */
	int metrics; /* listening */
};

static int listen_on(const char *name, bool seqpacket)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	RIG_MUST(tsr_unix_listen(&fd, path, seqpacket) == 0);
	return fd;
}

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/tessera-control-XXXXXX");
	RIG_MUST(mkdtemp(folder));
}

static void remove_folder(void)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	char name[512];

	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		(void)unlink(name);
	}
	if (dir)
		closedir(dir);
	(void)rmdir(folder);
}

static struct running start(void)
{
	struct running run = { .admin = listen_on("admin.sock", true),
		.metrics = listen_on("metrics.sock", false) };
	struct tsr_child child = { .role = "control",
		.admin_fd = run.admin,
		.metrics_fd = run.metrics,
		.metrics_tcp_fd = -1 };
	int up[2], peer[2];

	RIG_MUST(tsr_ipc_pair(up) == 0 && tsr_ipc_pair(peer) == 0);
	snprintf(child.state_dir, sizeof(child.state_dir), "%s", folder);
	snprintf(child.base_url, sizeof(child.base_url), "https://localhost:8443");
	fflush(stdout);
	run.pid = fork();
	RIG_MUST(run.pid >= 0);
	if (run.pid == 0) {
		close(up[0]);
		close(peer[0]);
		child.supervisor_fd = up[1];
		child.peer_fd = peer[1];
		_exit(tsr_control_main(&child));
	}
	close(up[1]);
	close(peer[1]);
	run.supervisor = up[0];
	run.edge = peer[0];
	return run;
}

/* Returns the exit status, or minus the signal. */
static int finish(struct running *run)
{
	int status;

	close(run->supervisor);
	RIG_MUST(waitpid(run->pid, &status, 0) == run->pid);
	close(run->edge);
	close(run->admin);
	close(run->metrics);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Waits for bytes or a packet; 0 when there was none in time. */
static size_t receive(int fd, void *buf, size_t cap)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&wait, 1, PATIENCE_MS) != 1)
		return 0;
	n = recv(fd, buf, cap, 0);
	return n > 0 ? (size_t)n : 0;
}

static const Tessera__Ipc__ToEdge *receive_from_control(
	struct running *run, struct tsr_arena *arena)
{
	static uint8_t packet[65536];
	size_t len = receive(run->edge, packet, sizeof(packet));

	RIG_MUST(len > 0);
	RIG_MUST(tsr_proto_unpack_within(&tessera__ipc__to_edge__descriptor, tsr_slice(packet, len),
			 65536, 1 << 20, arena) == 0);
	return (const Tessera__Ipc__ToEdge *)(const void *)arena->message;
}

/* Takes the greeting; the key that it brings. */
static void take_keys(struct running *run, uint8_t key[static 32], char *node, size_t cap)
{
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__ToEdge *message = receive_from_control(run, &arena);

	RIG_MUST(message->body_case == TESSERA__IPC__TO_EDGE__BODY_KEYS);
	memcpy(key, message->keys->token_public_key.data, 32);
	snprintf(node, cap, "%s", message->keys->node);
	tsr_arena_finish(&arena);
}

static void create_session(char number[static 16], const char *password)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__CreateSession create = TESSERA__IPC__CREATE_SESSION__INIT;
	uint8_t token[16], hash[32], key[32], packet[4096];
	const Tessera__Ipc__AdminReply *reply;
	struct tsr_arena arena = { 0 };
	char path[128];
	size_t len;
	int fd;

	memset(token, 0x11, sizeof(token));
	tsr_sha256(hash, tsr_slice(token, sizeof(token)));
	rig_device_key(key, 250);
	create.join_token_hash.data = create.organizer_token_hash.data = hash;
	create.join_token_hash.len = create.organizer_token_hash.len = 32;
	create.meeting_key.data = key;
	create.meeting_key.len = 32;
	create.title = (char *)(uintptr_t) "Plans";
	create.password = (char *)(uintptr_t)password;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_CREATE;
	request.create = &create;
	snprintf(path, sizeof(path), "%s/admin.sock", folder);
	RIG_MUST(tsr_unix_connect(&fd, path, true) == 0);
	len = tessera__ipc__admin_request__pack(&request, packet);
	RIG_MUST(send(fd, packet, len, MSG_NOSIGNAL) == (ssize_t)len);
	len = receive(fd, packet, sizeof(packet));
	RIG_MUST(tsr_proto_unpack(&tessera__ipc__admin_reply__descriptor, tsr_slice(packet, len),
			 sizeof(packet), &arena) == 0);
	reply = (const Tessera__Ipc__AdminReply *)(const void *)arena.message;
	RIG_MUST(reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_CREATED);
	RIG_MUST(strcmp(reply->created->base_url, "https://localhost:8443") == 0);
	snprintf(number, 16, "%s", reply->created->number);
	tsr_arena_finish(&arena);
	close(fd);
}

static struct rig_reply join(struct running *run, const char *json)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__ApiRequest api = TESSERA__IPC__API_REQUEST__INIT;
	const Tessera__Ipc__ToEdge *answer;
	struct tsr_arena arena = { 0 };
	struct rig_reply reply = { 0 };
	uint8_t packet[4096];
	size_t len;

	message.id = 42;
	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_API;
	message.api = &api;
	api.method = (char *)(uintptr_t) "POST";
	api.path = (char *)(uintptr_t) "/api/v1/join";
	api.content_type = (char *)(uintptr_t) "application/json";
	api.source = (char *)(uintptr_t) "192.0.2.0/24";
	api.body.data = (uint8_t *)(uintptr_t)json;
	api.body.len = strlen(json);
	len = tessera__ipc__to_control__pack(&message, packet);
	RIG_MUST(send(run->edge, packet, len, MSG_NOSIGNAL) == (ssize_t)len);
	answer = receive_from_control(run, &arena);
	RIG_MUST(answer->id == 42 && answer->body_case == TESSERA__IPC__TO_EDGE__BODY_API);
	reply.status = answer->api->status;
	memcpy(reply.body, answer->api->body.data, answer->api->body.len);
	tsr_arena_finish(&arena);
	return reply;
}

/* The whole answer to a GET on metrics.sock, in a static buffer. */
static const char *get(const char *target)
{
	static char answer[1 << 18];
	char path[128], request[128];
	size_t len = 0, n;
	int fd;

	snprintf(path, sizeof(path), "%s/metrics.sock", folder);
	RIG_MUST(tsr_unix_connect(&fd, path, false) == 0);
	n = (size_t)snprintf(
		request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
	RIG_MUST(send(fd, request, n, MSG_NOSIGNAL) == (ssize_t)n);
	while (len < sizeof(answer) - 1 &&
		(n = receive(fd, answer + len, sizeof(answer) - 1 - len)))
		len += n;
	answer[len] = '\0';
	close(fd);
	return answer;
}

static void serves_and_stops(void)
{
	struct running run;
	uint8_t key[32];
	char node[64], number[16];
	struct rig_reply reply;
	struct tsr_token_claims claims;
	struct stat st;
	char path[128];

	make_folder();
	run = start();
	take_keys(&run, key, node, sizeof(node));
	create_session(number, "");
	reply = join(&run, rig_body(number, 1, RIG_AS_LINK));
	CHECK_INT(reply.status, 200);
	CHECK_INT(tsr_token_open(&claims, tsr_slice_str(rig_json(reply.body, "token")), key, node,
			  (int64_t)time(NULL)),
		0);
	CHECK(strstr(get("/livez"), "HTTP/1.1 200") != NULL);
	CHECK(strstr(get("/readyz"), "HTTP/1.1 200") != NULL);
	CHECK(strstr(get("/metrics"), "tessera_joins_total{") != NULL);
	CHECK(strstr(get("/secrets"), "HTTP/1.1 404") != NULL);
	snprintf(path, sizeof(path), "%s/token.key", folder);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size == 32);
	snprintf(path, sizeof(path), "%s/tessera.db", folder);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0077) == 0);
	CHECK_INT(finish(&run), 0);
	remove_folder();
}

static void hashes_passwords_in_the_sandbox(void)
{
	struct running run;
	uint8_t key[32];
	char node[64], number[16];

	make_folder();
	run = start();
	take_keys(&run, key, node, sizeof(node));
	create_session(number, RIG_PASSWORD);
	CHECK_INT(join(&run, rig_body(number, 1, RIG_WRONG_PASSWORD)).status, 403);
	CHECK_INT(join(&run, rig_body("123456789", 1, RIG_BY_PASSWORD)).status, 403);
	CHECK_INT(join(&run, rig_body(number, 1, RIG_BY_PASSWORD)).status, 200);
	CHECK_INT(finish(&run), 0);
	remove_folder();
}

/* What was acknowledged is there after kill -9, and old tickets hold: the key is the same. */
static void keeps_everything_over_kill_9(void)
{
	struct running run;
	uint8_t key[32], again[32];
	char node[64], number[16];
	struct rig_reply before, after;

	make_folder();
	run = start();
	take_keys(&run, key, node, sizeof(node));
	create_session(number, "");
	before = join(&run, rig_body(number, 1, RIG_AS_LINK));
	CHECK_INT(before.status, 200);
	CHECK_INT(kill(run.pid, SIGKILL), 0);
	CHECK_INT(finish(&run), -SIGKILL);
	run = start();
	take_keys(&run, again, node, sizeof(node));
	CHECK_MEM(key, again, 32);
	CHECK(strstr(get("/readyz"), "HTTP/1.1 200") != NULL);
	after = join(&run, rig_body(number, 1, RIG_AS_LINK));
	CHECK_INT(after.status, 200);
	CHECK_INT(finish(&run), 0);
	remove_folder();
}

static void is_not_ready_without_an_edge(void)
{
	struct running run;
	uint8_t key[32];
	char node[64];

	make_folder();
	run = start();
	take_keys(&run, key, node, sizeof(node));
	shutdown(run.edge, SHUT_RDWR);
	while (strstr(get("/readyz"), "HTTP/1.1 200")) {}
	CHECK(strstr(get("/readyz"), "HTTP/1.1 503") && strstr(get("/readyz"), "edge"));
	CHECK(strstr(get("/livez"), "HTTP/1.1 200") != NULL);
	CHECK_INT(finish(&run), 0);
	remove_folder();
}

static void refuses_a_broken_key(void)
{
	struct running run;
	char path[128];
	FILE *file;

	make_folder();
	snprintf(path, sizeof(path), "%s/token.key", folder);
	file = fopen(path, "w");
	CHECK(file != NULL);
	fputs("not a key", file);
	fclose(file);
	run = start();
	CHECK_INT(finish(&run), 1);
	remove_folder();
}

TEST_MAIN(TEST(serves_and_stops), TEST(hashes_passwords_in_the_sandbox),
	TEST(keeps_everything_over_kill_9), TEST(is_not_ready_without_an_edge),
	TEST(refuses_a_broken_key))
