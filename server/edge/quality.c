/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/quality.h"

#define REASON(name) TESSERA__V1__QUALITY_REASON__REASON_##name
#define GRADE(name) TESSERA__V1__GRADE__GRADE_##name

void tsr_media_path_note(
	struct tsr_media_path *path, const Tessera__Media__TransportStats *stats, bool is_thin)
{
	path->is_tcp = stats->tcp;
	path->rtt_ms = stats->rtt_ms;
	path->loss_permille = stats->loss_permille;
	path->kbit_s = stats->kbit_s;
	path->estimate_kbit_s = stats->estimate_kbit_s;
	if (is_thin && path->n_thin < TSR_THIN_LOOKS)
		path->n_thin++;
	else if (!is_thin && path->n_thin > 0)
		path->n_thin--;
	if (path->n_thin == 0 || path->n_thin == TSR_THIN_LOOKS)
		path->is_thin = path->n_thin > 0;
}

static uint32_t max_of(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static bool is_connected(const struct tsr_media_path *path)
{
	return path->state == TESSERA__MEDIA__STATE__CONNECTED;
}

static bool is_lost(const struct tsr_media_path *path)
{
	return path->state == TESSERA__MEDIA__STATE__LOST ||
	       path->state == TESSERA__MEDIA__STATE__FAILED;
}

static Tessera__V1__Path path_of(const struct tsr_media_path *up, const struct tsr_media_path *down)
{
	return up->is_tcp || down->is_tcp ? TESSERA__V1__PATH__PATH_TCP
					  : TESSERA__V1__PATH__PATH_UDP;
}

/* What he would mend first. */
static Tessera__V1__QualityReason reason_of(
	const Tessera__V1__Quality *q, const struct tsr_media_path paths[static TSR_MEDIA_WAYS])
{
	if (q->loss_up > TSR_FAIR_LOSS && q->loss_up >= q->loss_down)
		return REASON(LOSS_UP);
	if (q->loss_down > TSR_FAIR_LOSS)
		return REASON(LOSS_DOWN);
	if (q->rtt_ms > TSR_FAIR_RTT)
		return REASON(DELAY);
	if (paths[TSR_MEDIA_SEND].is_thin)
		return REASON(BANDWIDTH_UP);
	if (paths[TSR_MEDIA_RECEIVE].is_thin)
		return REASON(BANDWIDTH_DOWN);
	return q->path == TESSERA__V1__PATH__PATH_TCP ? REASON(TCP) : REASON(NONE);
}

static Tessera__V1__Grade grade_of(const Tessera__V1__Quality *q)
{
	if (max_of(q->loss_up, q->loss_down) > TSR_POOR_LOSS || q->rtt_ms > TSR_POOR_RTT)
		return GRADE(POOR);
	return q->reason == REASON(NONE) ? GRADE(GOOD) : GRADE(FAIR);
}

void tsr_quality_judge(
	Tessera__V1__Quality *q, const struct tsr_media_path paths[static TSR_MEDIA_WAYS])
{
	const struct tsr_media_path *up = &paths[TSR_MEDIA_SEND], *down = &paths[TSR_MEDIA_RECEIVE];

	tessera__v1__quality__init(q);
	q->rtt_ms = max_of(up->rtt_ms, down->rtt_ms);
	q->loss_up = up->loss_permille;
	q->loss_down = down->loss_permille;
	q->kbit_up = up->kbit_s;
	q->kbit_down = down->kbit_s;
	q->estimate_down = down->estimate_kbit_s;
	if (is_lost(up) || is_lost(down)) {
		q->path = path_of(up, down);
		q->grade = GRADE(LOST);
		q->reason = REASON(SILENT);
	} else if (is_connected(up) || is_connected(down)) {
		q->path = path_of(up, down);
		q->reason = reason_of(q, paths);
		q->grade = grade_of(q);
	} /* else nothing is known: he has transports, and nothing to send or to hear */
}
