// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/no_wait_scope.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Volatile: a handler may come between any two instructions of a scope that it interrupts.
[[gnu::tls_model("initial-exec")]] constinit thread_local volatile int t_scopes = 0;

}  // namespace

NoWaitScope::NoWaitScope() noexcept { t_scopes = t_scopes + 1; }

NoWaitScope::~NoWaitScope() { t_scopes = t_scopes - 1; }

bool NoWaitScope::active() noexcept { return t_scopes != 0; }

}  // namespace v1
}  // namespace tracebus
