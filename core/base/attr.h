/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_ATTR_H
#define TSR_BASE_ATTR_H

/* The only compiler extensions that the code uses. */
#define TSR_CHECKED __attribute__((warn_unused_result))
#define TSR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TSR_UNUSED __attribute__((unused))

#endif
