/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/race.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/tcp.h"

#define STAGGER (250 * TSR_MS)
#define DIAL_TIMEOUT (10 * TSR_SECOND)

struct lane {
	struct tsr_race *race;
	struct tsr_dial *dial;
	uint16_t port;
};

struct tsr_race {
	struct tsr_loop *loop;
	struct tsr_timer *timer;
	char host[256];
	struct lane lanes[TSR_RACE_PORTS];
	unsigned n, n_started, n_failed;
	int err; /* of the link's own port, which says most */
	tsr_race_fn fn;
	void *user;
};

static const struct tsr_race_ports families[] = {
	{ .v = { 443, 8200, 80 }, .n = 3 },
	{ .v = { 8443, 8200, 8080 }, .n = 3 },
};

struct tsr_race_ports tsr_race_ports_for(uint16_t link_port)
{
	for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (families[i].v[0] == link_port)
			return families[i];
	}
	return (struct tsr_race_ports){ .v = { link_port }, .n = 1 };
}

static void start_next(struct tsr_race *race);

/* Everything that may close the race happens here, last. */
static void finish(struct tsr_race *race, int fd, uint16_t port, int err)
{
	tsr_race_fn fn = race->fn;

	race->fn = NULL;
	tsr_timer_set(race->timer, TSR_TIME_NEVER);
	for (unsigned i = 0; i < race->n; i++)
		tsr_dial_close(&race->lanes[i].dial);
	if (fn)
		fn(race->user, fd, port, err);
	else if (fd >= 0)
		close(fd);
}

static void dialled(void *user, int fd, int err)
{
	struct lane *lane = user;
	struct tsr_race *race = lane->race;

	tsr_dial_close(&lane->dial);
	if (fd >= 0) {
		finish(race, fd, lane->port, 0);
		return;
	}
	if (lane == &race->lanes[0])
		race->err = err;
	race->n_failed++;
	if (race->n_failed == race->n)
		finish(race, -1, 0, race->err);
	else if (race->n_failed == race->n_started)
		start_next(race);
}

static void start_next(struct tsr_race *race)
{
	struct lane *lane = &race->lanes[race->n_started++];
	int r = tsr_dial_open(
		&lane->dial, race->loop, race->host, lane->port, DIAL_TIMEOUT, dialled, lane);

	tsr_timer_set(race->timer,
		race->n_started < race->n ? tsr_loop_now(race->loop) + STAGGER : TSR_TIME_NEVER);
	if (r)
		dialled(lane, -1, r);
}

static void timer_fired(void *user)
{
	struct tsr_race *race = user;

	if (race->fn && race->n_started < race->n)
		start_next(race);
}

int tsr_race_open(struct tsr_race **out, struct tsr_loop *loop, const char *host,
	const struct tsr_race_ports *ports, tsr_race_fn fn, void *user)
{
	struct tsr_race *race = calloc(1, sizeof(*race));
	int r;

	*out = NULL;
	if (!race)
		return TSR_ERR_NOMEM;
	race->loop = loop;
	race->n = ports->n;
	race->err = TSR_ERR_IO;
	race->fn = fn;
	race->user = user;
	if (strlen(host) >= sizeof(race->host)) {
		free(race);
		return TSR_ERR_FORMAT;
	}
	memcpy(race->host, host, strlen(host) + 1);
	for (unsigned i = 0; i < race->n; i++)
		race->lanes[i] = (struct lane){ .race = race, .port = ports->v[i] };
	if ((r = tsr_timer_open(&race->timer, loop, timer_fired, race)) != 0) {
		free(race);
		return r;
	}
	tsr_timer_set(race->timer, tsr_loop_now(loop)); /* never from inside this call */
	*out = race;
	return 0;
}

void tsr_race_close(struct tsr_race **race_)
{
	struct tsr_race *race = *race_;

	*race_ = NULL;
	if (!race)
		return;
	race->fn = NULL;
	tsr_timer_close(&race->timer);
	for (unsigned i = 0; i < race->n; i++)
		tsr_dial_close(&race->lanes[i].dial);
	free(race);
}
