/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/rates.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/crypto/random.h"

#define BUCKETS 1024

/* Tokens come back one per refill; a full bucket holds burst. burst 0: not limited. */
struct rule {
	unsigned burst;
	tsr_time refill;
};

static const struct rule source_rules[TSR_LIMIT_N] = {
	[TSR_LIMIT_LOOKUP] = { 20, 6 * TSR_SECOND },
	[TSR_LIMIT_WRONG] = { 5, 2 * TSR_MINUTE },
	[TSR_LIMIT_KNOCK] = { 3, 20 * TSR_SECOND },
};
static const struct rule number_rules[TSR_LIMIT_N] = {
	[TSR_LIMIT_LOOKUP] = { 0, 0 },
	[TSR_LIMIT_WRONG] = { 25, 24 * TSR_SECOND },
	[TSR_LIMIT_KNOCK] = { 30, 2 * TSR_SECOND },
};

/* A bucket is kept as the moment at which it is full again. */
struct entry {
	struct tsr_list age;   /* table.by_age, newest last */
	struct tsr_list chain; /* table.buckets[] */
	uint64_t key;
	tsr_time full_at[TSR_LIMIT_N];
};

struct table {
	const struct rule *rules;
	struct entry entries[TSR_LIMITS_ENTRIES];
	struct tsr_list by_age;           /* entry.age */
	struct tsr_list buckets[BUCKETS]; /* entry.chain */
	size_t n_used;
};

struct tsr_limits {
	uint64_t salt; /* so that nobody aims at one bucket */
	struct table sources;
	struct table numbers;
};

static void init_table(struct table *table, const struct rule *rules)
{
	table->rules = rules;
	tsr_list_init(&table->by_age);
	for (size_t i = 0; i < BUCKETS; i++)
		tsr_list_init(&table->buckets[i]);
}

struct tsr_limits *tsr_limits_create(void)
{
	struct tsr_limits *limits = calloc(1, sizeof(*limits));

	if (!limits)
		return NULL;
	tsr_random(&limits->salt, sizeof(limits->salt));
	init_table(&limits->sources, source_rules);
	init_table(&limits->numbers, number_rules);
	return limits;
}

void tsr_limits_destroy(struct tsr_limits *limits)
{
	free(limits);
}

/* splitmix64's last step. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static uint64_t source_key(const struct tsr_limits *limits, const char *source)
{
	uint64_t key = limits->salt;

	for (; *source; source++)
		key = mix(key + (uint8_t)*source + 1);
	return key;
}

static struct entry *find_entry(struct table *table, uint64_t key)
{
	tsr_list_each (link, next, &table->buckets[key % BUCKETS]) {
		struct entry *entry = tsr_list_entry(link, struct entry, chain);

		if (entry->key == key)
			return entry;
	}
	return NULL;
}

/* The entry of key, new or in place of the oldest when the table is full. */
static struct entry *get_entry(struct table *table, uint64_t key)
{
	struct entry *entry = find_entry(table, key);

	if (entry) {
		tsr_list_remove(&entry->age);
	} else {
		if (table->n_used < TSR_LIMITS_ENTRIES) {
			entry = &table->entries[table->n_used++];
		} else {
			entry = tsr_list_entry(table->by_age.next, struct entry, age);
			tsr_list_remove(&entry->age);
			tsr_list_remove(&entry->chain);
		}
		memset(entry, 0, sizeof(*entry));
		entry->key = key;
		tsr_list_append(&table->buckets[key % BUCKETS], &entry->chain);
	}
	tsr_list_append(&table->by_age, &entry->age);
	return entry;
}

/* How long until one token is there; 0 = now. */
static tsr_time wait_of(struct table *table, uint64_t key, enum tsr_limit what, tsr_time now)
{
	const struct rule *rule = &table->rules[what];
	struct entry *entry = rule->burst ? find_entry(table, key) : NULL;
	tsr_time latest = now + rule->refill * ((tsr_time)rule->burst - 1);

	return entry && entry->full_at[what] > latest ? entry->full_at[what] - latest : 0;
}

static void take(struct table *table, uint64_t key, enum tsr_limit what, tsr_time now)
{
	const struct rule *rule = &table->rules[what];
	struct entry *entry = rule->burst ? get_entry(table, key) : NULL;
	tsr_time empty_until = now + rule->refill * (tsr_time)rule->burst;

	if (!entry)
		return;
	if (entry->full_at[what] < now)
		entry->full_at[what] = now;
	entry->full_at[what] += rule->refill;
	/* Going on when refused does not lengthen the wait without bound. */
	if (entry->full_at[what] > empty_until)
		entry->full_at[what] = empty_until;
}

bool tsr_limits_allow(struct tsr_limits *limits, enum tsr_limit what, const char *source,
	uint32_t number, tsr_time now, uint32_t *retry_s)
{
	tsr_time wait = wait_of(&limits->sources, source_key(limits, source), what, now);
	tsr_time other = wait_of(&limits->numbers, mix(limits->salt + number), what, now);

	wait = wait > other ? wait : other;
	if (retry_s)
		*retry_s = wait < TSR_SECOND ? 1 : (uint32_t)((wait + TSR_SECOND - 1) / TSR_SECOND);
	return wait == 0;
}

void tsr_limits_note(struct tsr_limits *limits, enum tsr_limit what, const char *source,
	uint32_t number, tsr_time now)
{
	take(&limits->sources, source_key(limits, source), what, now);
	take(&limits->numbers, mix(limits->salt + number), what, now);
}
