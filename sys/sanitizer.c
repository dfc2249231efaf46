/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/sanitizer.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_LEAKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_LEAKS 1
#endif
#endif

#ifdef WITH_LEAKS
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

#include "sys/log.h"

bool tsr_leaks_are_sought(void)
{
	return getenv("TESSERA_LEAKS") != NULL;
}

bool tsr_leaks_seek(void)
{
	if (!tsr_leaks_are_sought())
		return true;
	if (__lsan_do_recoverable_leak_check() != 0)
		return false;
	tsr_log(TSR_LOG_INFO, "nothing leaked");
	return true;
}
#else
bool tsr_leaks_are_sought(void)
{
	return false;
}

bool tsr_leaks_seek(void)
{
	return true;
}
#endif
