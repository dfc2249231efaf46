/* SPDX-License-Identifier: Apache-2.0 */
/* tesserad: one program, several roles. Started by a person it is the supervisor. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "server/child.h"
#include "server/child_args.h"
#include "server/options.h"
#include "server/supervisor/supervisor.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/sandbox.h"
#include "sys/sanitizer.h"

#define EXIT_USAGE 2
#define EXIT_REFUSED 3 /* of a self-test: refused without a death */
#define EXIT_SURVIVED 4
#define EXIT_LEAKED 5

static const struct {
	const char *name;
	int (*main)(const struct tsr_child *child);
	enum tsr_sandbox_role sandbox;
} roles[] = {
	{ "edge", tsr_edge_main, TSR_SANDBOX_EDGE },
	{ "control", tsr_control_main, TSR_SANDBOX_CONTROL },
	{ "media", tsr_media_main, TSR_SANDBOX_MEDIA },
};
#define N_ROLES (sizeof(roles) / sizeof(roles[0]))

#if TSR_WITH_SANITIZER
/* The symbolizer would read files and start programs, which the sandbox forbids. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "symbolize=0";
}
#endif

static int run_selftest(const struct tsr_options *options, enum tsr_sandbox_role role)
{
	const struct tsr_sandbox sandbox = { .role = role,
		.state_dir = role == TSR_SANDBOX_CONTROL ? options->state_dir : NULL };
	int r = tsr_sandbox_apply(&sandbox);

	if (r != 0) {
		tsr_say("the sandbox cannot be applied (%s)", tsr_sandbox_failed_step());
		return EXIT_FAILURE;
	}
	switch (tsr_sandbox_selftest(options->selftest)) {
	case 0:
		return 0;
	case TSR_ERR_DENIED:
		return EXIT_REFUSED;
	case TSR_ERR_UNKNOWN:
		return EXIT_USAGE;
	default:
		return EXIT_SURVIVED;
	}
}

static int run_role(const struct tsr_options *options)
{
	static struct tsr_child child;
	char name[16];

	for (size_t i = 0; i < N_ROLES; i++) {
		if (strcmp(options->role, roles[i].name) != 0)
			continue;
		if (options->selftest)
			return run_selftest(options, roles[i].sandbox);
		if (!options->child_args ||
			tsr_child_args_parse(&child, roles[i].name, options->child_args) != 0)
			break;
		snprintf(name, sizeof(name), "tsr-%s", roles[i].name);
		prctl(PR_SET_NAME, name, 0, 0, 0);
		tsr_log_init(STDERR_FILENO, roles[i].name,
			options->is_verbose ? TSR_LOG_DEBUG : TSR_LOG_INFO);
		tsr_metrics_init(roles[i].name);
		return roles[i].main(&child);
	}
	tsr_say("--role is for the server itself; start tesserad without it");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct tsr_options options;
	int status;

	(void)argc;
	if (tsr_options_parse(&options, argv) != 0)
		return EXIT_USAGE;
	if (options.with_help) {
		tsr_options_print_help();
		return 0;
	}
	if (options.with_version) {
		puts("tesserad " TSR_VERSION);
		return 0;
	}
	if (options.role) {
		status = run_role(&options);
		if (!tsr_leaks_seek())
			status = EXIT_LEAKED;
		fflush(stdout);
		_exit(status); /* what runs at exit may ask for what the sandbox kills */
	}
	/* Whatever the shell left open is not the children's. */
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	umask(077); /* what is made is nobody else's, the database too */
	return tsr_supervisor_main(&options);
}
