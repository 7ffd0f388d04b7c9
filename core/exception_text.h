// SPDX-License-Identifier: Apache-2.0
//
// What an exception that a callback or an exporter threw has to say.
#ifndef TRACEBUS_CORE_EXCEPTION_TEXT_H_
#define TRACEBUS_CORE_EXCEPTION_TEXT_H_

#include <exception>
#include <string>

namespace tracebus {
inline namespace v1 {

// REQUIRES: called while an exception is being handled.
inline std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "exception of unknown type";
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EXCEPTION_TEXT_H_
