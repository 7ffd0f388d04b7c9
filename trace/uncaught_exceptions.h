// SPDX-License-Identifier: Apache-2.0
//
// What std::uncaught_exceptions() says, without its calls: it is asked twice for each span.
#ifndef TRACEBUS_TRACE_UNCAUGHT_EXCEPTIONS_H_
#define TRACEBUS_TRACE_UNCAUGHT_EXCEPTIONS_H_

#include <cxxabi.h>

#include <cstring>

namespace tracebus {
inline namespace v1 {

// The thread's __cxa_eh_globals, which begins {void* caughtExceptions; unsigned int
// uncaughtExceptions;} and stays where it is for the thread's life (Itanium C++ ABI: Exception
// Handling, 2.2.2).
class UncaughtExceptions {
 public:
  static unsigned count() noexcept {
    const char* globals = t_globals;
    if (globals == nullptr) [[unlikely]]
      globals = t_globals = reinterpret_cast<const char*>(abi::__cxa_get_globals());
    unsigned count;
    std::memcpy(&count, globals + sizeof(void*), sizeof count);
    return count;
  }

 private:
#if defined(__GNUC__) && defined(__linux__)
  [[gnu::tls_model("initial-exec")]]
#endif
  static constinit inline thread_local const char* t_globals = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_UNCAUGHT_EXCEPTIONS_H_
