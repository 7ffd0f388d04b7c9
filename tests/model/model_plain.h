// SPDX-License-Identifier: Apache-2.0
//
// ModelPlain: stands in for a value that is shared without being atomic. Two accesses that are not
// ordered by happens-before, one of them a write, fail the scenario; so does reading what was never
// written.
#ifndef TRACEBUS_TESTS_MODEL_MODEL_PLAIN_H_
#define TRACEBUS_TESTS_MODEL_MODEL_PLAIN_H_

#include "tracebus/tests/model/execution.h"

namespace tracebus::inline v1::model {

template <class T>
class ModelPlain {
 public:
  ModelPlain() = default;  // never written
  ModelPlain(T value) { write(value); }
  ModelPlain(const ModelPlain&) = delete;
  ModelPlain& operator=(const ModelPlain&) = delete;

  T read(const Location& at = Location::current()) const {
    Execution::current().plain_read(cell_, at);
    return value_;
  }
  void write(T value, const Location& at = Location::current()) {
    Execution::current().plain_write(cell_, at);
    value_ = value;
  }

 private:
  T value_{};
  mutable PlainCell cell_;
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_MODEL_PLAIN_H_
