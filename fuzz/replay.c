/* SPDX-License-Identifier: Apache-2.0 */
/* replay: feeds a fuzz target every file of its corpus, each once whole, once cut short at every
 * one of 64 places and once with each of 256 bits flipped, so that the seeds alone already say
 * much. With TSR_FUZZ_RUNS=N in the environment, N times more with a few bytes changed at random:
 * for where there is no libFuzzer, as in WebAssembly. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long len;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (len = ftell(file)) >= 0 &&
		fseek(file, 0, SEEK_SET) == 0) {
		data = malloc((size_t)len + 1);
		*size = data ? fread(data, 1, (size_t)len, file) : 0;
	}
	fclose(file);
	return data;
}

/* A copy of exactly size bytes, so that a read past the end is seen by the sanitizer. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void replay(uint8_t *data, size_t size)
{
	feed(data, size);
	for (size_t i = 0; i < 64 && size; i++)
		feed(data, size * i / 64);
	for (size_t i = 0; i < 256 && size; i++) {
		size_t bit = size * 8 <= 256 ? i % (size * 8) : size * 8 * i / 256;

		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		feed(data, size);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static uint64_t next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* One to eight bytes of it become others, and now and then its end is missing. */
static void mutate(const uint8_t *data, size_t size, long runs)
{
	uint8_t *changed = malloc(size ? size : 1);

	if (!changed)
		abort();
	for (long i = 0; i < runs && size; i++) {
		memcpy(changed, data, size);
		for (uint64_t n = 1 + next_random() % 8; n > 0; n--)
			changed[next_random() % size] = (uint8_t)next_random();
		feed(changed, next_random() % 4 ? size : next_random() % size);
	}
	free(changed);
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const char *runs = getenv("TSR_FUZZ_RUNS");
	int n = 0;

	if (!dir) {
		printf("1..1\nnot ok 1 - no corpus folder\n");
		return 1;
	}
	while ((entry = readdir(dir))) {
		char path[4096];
		uint8_t *data;
		size_t size = 0;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		data = read_file(path, &size);
		if (!data)
			continue;
		replay(data, size);
		mutate(data, size, runs ? strtol(runs, NULL, 10) : 0);
		free(data);
		n++;
	}
	closedir(dir);
	printf("1..1\n%s 1 - %d seeds replayed\n", n ? "ok" : "not ok", n);
	return n == 0;
}
