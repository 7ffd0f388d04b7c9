// SPDX-License-Identifier: Apache-2.0
//
// Interrupt: ^C and SIGTERM end a command early instead of at once, so that what was emitted still
// reaches its files and the account is printed. The second one ends it at once.
#ifndef TRACEBUS_TOOLS_INTERRUPT_H_
#define TRACEBUS_TOOLS_INTERRUPT_H_

namespace tracebus {
inline namespace v1 {

void catch_interrupts();
bool was_interrupted() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_INTERRUPT_H_
