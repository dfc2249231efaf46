/* SPDX-License-Identifier: Apache-2.0 */
#include "server/child_args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

static void add(struct tsr_child_args *args, const char *format, ...) TSR_PRINTF(2, 3);

static void add(struct tsr_child_args *args, const char *format, ...)
{
	va_list list;

	if (args->n == TSR_CHILD_ARGS)
		return;
	va_start(list, format);
	vsnprintf(args->text[args->n], TSR_CHILD_ARG_LEN, format, list);
	va_end(list);
	args->argv[args->n] = args->text[args->n];
	args->argv[++args->n] = NULL;
}

void tsr_child_args_write(struct tsr_child_args *args, const struct tsr_child *child)
{
	args->n = 0;
	args->argv[0] = NULL;
	add(args, "supervisor=%d", child->supervisor_fd);
	add(args, "peer=%d", child->peer_fd);
	add(args, "media=%d", child->media_fd);
	add(args, "admin=%d", child->admin_fd);
	add(args, "metrics=%d", child->metrics_fd);
	add(args, "metrics-tcp=%d", child->metrics_tcp_fd);
	add(args, "threads=%u", child->n_threads);
	add(args, "screen-mib=%u", child->screen_mib);
	add(args, "given-cert=%d", child->given_certificate);
	add(args, "state=%s", child->state_dir);
	add(args, "base=%s", child->base_url);
	for (size_t i = 0; i < child->n_ports; i++)
		add(args, "port=%u", child->ports[i]);
	for (size_t i = 0; i < child->n_listeners; i++)
		add(args, "l=%d:%u:%u", child->listeners[i].fd, child->listeners[i].port,
			child->listeners[i].thread);
	for (size_t i = 0; i < child->n_udp; i++)
		add(args, "u=%d:%u:%u", child->udp[i].fd, child->udp[i].port, child->udp[i].thread);
	for (size_t i = 0; i < child->n_addresses; i++)
		add(args, "addr=%s", child->addresses[i]);
}

static int parse_listener(struct tsr_child_listener *list, size_t *n_list, const char *value)
{
	int fd, n = 0;
	unsigned port, thread;

	if (*n_list == TSR_CHILD_LISTENERS ||
		sscanf(value, "%9d:%5u:%5u%n", &fd, &port, &thread, &n) != 3 || value[n] != 0 ||
		port > 65535 || thread > 65535)
		return TSR_ERR_CONFIG;
	list[(*n_list)++] = (struct tsr_child_listener){ fd, (uint16_t)port, (uint16_t)thread };
	return 0;
}

static int parse_address(struct tsr_child *child, const char *value)
{
	size_t len = strlen(value);

	if (child->n_addresses == TSR_CHILD_ADDRESSES || len >= TSR_CHILD_ADDRESS_LEN)
		return TSR_ERR_CONFIG;
	memcpy(child->addresses[child->n_addresses++], value, len + 1);
	return 0;
}

static int parse_path(char *out, const char *value)
{
	size_t len = strlen(value);

	if (len >= TSR_CHILD_PATH_LEN)
		return TSR_ERR_CONFIG;
	memcpy(out, value, len + 1);
	return 0;
}

static int parse_int(int *out, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end != 0 || n < -1 || n > 65535)
		return TSR_ERR_CONFIG;
	*out = (int)n;
	return 0;
}

static int parse_numbers(struct tsr_child *child, const char *key, const char *value)
{
	int n, r;

	if ((r = parse_int(&n, value)) != 0)
		return r;
	if (strcmp(key, "supervisor") == 0)
		child->supervisor_fd = n;
	else if (strcmp(key, "peer") == 0)
		child->peer_fd = n;
	else if (strcmp(key, "media") == 0)
		child->media_fd = n;
	else if (strcmp(key, "admin") == 0)
		child->admin_fd = n;
	else if (strcmp(key, "metrics") == 0)
		child->metrics_fd = n;
	else if (strcmp(key, "metrics-tcp") == 0)
		child->metrics_tcp_fd = n;
	else if (strcmp(key, "threads") == 0 && n > 0)
		child->n_threads = (unsigned)n;
	else if (strcmp(key, "screen-mib") == 0 && n > 0)
		child->screen_mib = (unsigned)n;
	else if (strcmp(key, "given-cert") == 0)
		child->given_certificate = n == 1;
	else if (strcmp(key, "port") == 0 && child->n_ports < TSR_CHILD_PORTS && n >= 0)
		child->ports[child->n_ports++] = (uint16_t)n;
	else
		return TSR_ERR_CONFIG;
	return 0;
}

static int parse_one(struct tsr_child *child, const char *arg)
{
	char key[16] = "";
	size_t len = strcspn(arg, "=");

	if (len >= sizeof(key) || arg[len] != '=')
		return TSR_ERR_CONFIG;
	memcpy(key, arg, len);
	arg += len + 1;
	if (strcmp(key, "l") == 0)
		return parse_listener(child->listeners, &child->n_listeners, arg);
	if (strcmp(key, "u") == 0)
		return parse_listener(child->udp, &child->n_udp, arg);
	if (strcmp(key, "addr") == 0)
		return parse_address(child, arg);
	if (strcmp(key, "state") == 0)
		return parse_path(child->state_dir, arg);
	if (strcmp(key, "base") == 0)
		return parse_path(child->base_url, arg);
	return parse_numbers(child, key, arg);
}

int tsr_child_args_parse(struct tsr_child *child, const char *role, char **argv)
{
	int r = 0;

	memset(child, 0, sizeof(*child));
	child->role = role;
	child->supervisor_fd = child->peer_fd = child->media_fd = child->admin_fd = -1;
	child->metrics_fd = child->metrics_tcp_fd = -1;
	for (; *argv && r == 0; argv++)
		r = parse_one(child, *argv);
	return r;
}
