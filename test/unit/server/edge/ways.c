/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/ways.h"

#include "test.h"

static const struct tsr_child child = { .n_addresses = 2,
	.addresses = { "203.0.113.7", "2001:db8::7" },
	.n_ports = 3,
	.ports = { 443, 8200, 80 } };

static void tells_the_address_that_was_come_by_alone(void)
{
	char text[TSR_WAYS_LEN];

	CHECK_INT(tsr_ways_write(text, &child, "2001:db8::7"), 0);
	CHECK_STR(text, "{\"addresses\":[\"2001:db8::7\"],\"ports\":[8200,443,80]}");
}

static void tells_the_public_ones_behind_a_translator(void)
{
	char text[TSR_WAYS_LEN];

	CHECK_INT(tsr_ways_write(text, &child, "192.168.0.2"), 0);
	CHECK_STR(
		text, "{\"addresses\":[\"203.0.113.7\",\"2001:db8::7\"],\"ports\":[8200,443,80]}");
}

TEST_MAIN(TEST(tells_the_address_that_was_come_by_alone),
	TEST(tells_the_public_ones_behind_a_translator))
