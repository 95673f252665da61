/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the compiler calls at both ends of each function: -finstrument-functions.
 */
#ifndef TRACE_CALLS_H
#define TRACE_CALLS_H

void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

#endif
