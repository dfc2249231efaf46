/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/counters.h"

#include "sys/metrics.h"

static struct tsr_metric metrics[TSR_COUNT_N] = {
#define X(name, metric, label, help) \
	[TSR_COUNT_##name] = TSR_COUNTER_LABEL("tessera_" metric, label, help),
	TSR_CONTROL_COUNTER_MAP(X)
#undef X
};

void tsr_counters_add(void)
{
	for (int i = 0; i < TSR_COUNT_N; i++)
		tsr_metrics_add(&metrics[i]);
}

void tsr_count(enum tsr_control_counter counter)
{
	tsr_metric_count(&metrics[counter], 1);
}

void tsr_count_api(uint32_t status)
{
	tsr_count(status < 400   ? TSR_COUNT_API_OK
		  : status < 500 ? TSR_COUNT_API_CLIENT
				 : TSR_COUNT_API_SERVER);
}

int64_t tsr_counted(enum tsr_control_counter counter)
{
	return tsr_metric_value(&metrics[counter]);
}
