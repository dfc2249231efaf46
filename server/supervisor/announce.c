/* SPDX-License-Identifier: Apache-2.0 */
#include "server/supervisor/announce.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/log.h"

#define LINE_LEN 2048

struct line {
	char text[LINE_LEN];
	size_t len;
};

static void put(struct line *line, const char *text)
{
	size_t n = strlen(text);

	if (n > LINE_LEN - 1 - line->len)
		n = LINE_LEN - 1 - line->len;
	memcpy(line->text + line->len, text, n);
	line->len += n;
}

static void put_quoted(struct line *line, const char *text)
{
	char one[8];

	put(line, "\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		snprintf(one, sizeof(one), c < 0x20 || c == '"' || c == '\\' ? "\\u%04x" : "%c", c);
		put(line, one);
	}
	put(line, "\"");
}

static void put_pin(struct line *line, const uint8_t pin[static TSR_CERT_PIN_LEN])
{
	char one[4];

	put(line, "\"");
	for (size_t i = 0; i < TSR_CERT_PIN_LEN; i++) {
		snprintf(one, sizeof(one), "%02x", pin[i]);
		put(line, one);
	}
	put(line, "\"");
}

static void tell_programs(const struct tsr_announcement *what)
{
	struct line line = { .len = 0 };
	char number[96];

	put(&line, "{\"ports\":[");
	for (size_t i = 0; i < what->child->n_ports; i++) {
		snprintf(number, sizeof(number), "%s%u", i ? "," : "", what->child->ports[i]);
		put(&line, number);
	}
	put(&line, "],\"state\":");
	put_quoted(&line, what->child->state_dir);
	put(&line, ",\"url\":");
	put_quoted(&line, what->child->base_url);
	put(&line, ",\"pin\":");
	put_pin(&line, what->certificate->pin);
	put(&line, ",\"fingerprint\":");
	put_quoted(&line, what->certificate->fingerprint);
	snprintf(number, sizeof(number),
		",\"pids\":{\"supervisor\":%d,\"control\":%d,\"edge\":%d,\"media\":%d}}\n",
		(int)getpid(), (int)what->control_pid, (int)what->edge_pid, (int)what->media_pid);
	put(&line, number);
	if (write(what->fd, line.text, line.len) != (ssize_t)line.len)
		tsr_log(TSR_LOG_WARN, "nobody took the announcement");
}

static void tell_people(const struct tsr_announcement *what)
{
	const struct tsr_child *child = what->child;

	printf("Tessera is ready at %s/\n\n", child->base_url);
	printf("  ports  ");
	for (size_t i = 0; i < child->n_ports; i++)
		printf(" %u", child->ports[i]);
	printf("\n  state   %s\n", child->state_dir);
	if (strstr(child->base_url, "//localhost"))
		printf("\nThis address works on this machine only. For links that work elsewhere, "
		       "start\n"
		       "with --base-url https://NAME%s%s, NAME being what others reach it by.\n",
			strrchr(child->base_url, ':') > child->base_url + 6 ? ":" : "",
			strrchr(child->base_url, ':') > child->base_url + 6
				? strrchr(child->base_url, ':') + 1
				: "");
	if (!child->given_certificate)
		printf("\nThe certificate was made by this server, so browsers warn once.\n"
		       "  Chrome, Edge   \"Your connection is not private\": choose Advanced, then "
		       "Proceed.\n"
		       "  Firefox        \"Warning: Potential Security Risk Ahead\": choose "
		       "Advanced, then\n"
		       "                 \"Accept the Risk and Continue\".\n"
		       "  Safari         \"This Connection Is Not Private\": choose Show Details, "
		       "then\n"
		       "                 \"visit this website\".\n"
		       "Before you do, compare its SHA-256 fingerprint:\n  %.48s\n  %s\n"
		       "With a certificate of your own (--cert, --key) nobody is asked.\n",
			what->certificate->fingerprint, what->certificate->fingerprint + 48);
	printf("\nMake a meeting: tessera session create --state %s\n", child->state_dir);
	printf("Stop with Ctrl-C.\n");
	fflush(stdout);
}

void tsr_announce(const struct tsr_announcement *what)
{
	if (what->fd != STDOUT_FILENO)
		tell_people(what);
	if (what->fd >= 0)
		tell_programs(what);
}
