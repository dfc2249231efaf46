/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/ways.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/writer.h"

static void write_text(struct tsr_writer *wr, const char *text)
{
	tsr_writer_bytes(wr, tsr_slice_str(text));
}

/* Numeric addresses have no character that JSON knows. */
static void write_address(struct tsr_writer *wr, const char *address, bool is_first)
{
	write_text(wr, is_first ? "\"" : ",\"");
	write_text(wr, address);
	write_text(wr, "\"");
}

static void write_ports(struct tsr_writer *wr, const struct tsr_child *child)
{
	char number[8];
	bool is_first = true;

	/* Those first that browsers take on every network. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < child->n_ports; i++) {
			if ((child->ports[i] < 1024) != (pass == 1))
				continue;
			snprintf(number, sizeof(number), "%s%u", is_first ? "" : ",",
				child->ports[i]);
			write_text(wr, number);
			is_first = false;
		}
}

static bool is_offered(const struct tsr_child *child, const char *here)
{
	for (size_t i = 0; i < child->n_addresses; i++)
		if (strcmp(child->addresses[i], here) == 0)
			return true;
	return false;
}

int tsr_ways_write(char out[static TSR_WAYS_LEN], const struct tsr_child *child, const char *here)
{
	struct tsr_writer wr = tsr_writer((uint8_t *)out, TSR_WAYS_LEN - 1);
	int r;

	write_text(&wr, "{\"addresses\":[");
	if (is_offered(child, here))
		write_address(&wr, here, true);
	else
		for (size_t i = 0; i < child->n_addresses; i++)
			write_address(&wr, child->addresses[i], i == 0);
	write_text(&wr, "],\"ports\":[");
	write_ports(&wr, child);
	write_text(&wr, "]}");
	r = tsr_writer_end(&wr);
	out[r == 0 ? wr.len : 0] = '\0';
	return r;
}
