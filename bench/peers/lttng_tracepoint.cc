// SPDX-License-Identifier: Apache-2.0
//
// What LTTng-UST generates for the tracepoint, once in the program.
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tracebus/bench/peers/lttng_tracepoint.inc"
