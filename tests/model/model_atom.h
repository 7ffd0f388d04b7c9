// SPDX-License-Identifier: Apache-2.0
//
// ModelAtom: stands in for std::atomic in a type under check. Same calls, same orders; the caller's
// place comes along as a defaulted argument, so the checked code need not know.
#ifndef TRACEBUS_TESTS_MODEL_MODEL_ATOM_H_
#define TRACEBUS_TESTS_MODEL_MODEL_ATOM_H_

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tracebus/tests/model/execution.h"

namespace tracebus::inline v1::model {

template <class T>
class ModelAtom {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));
  using Order = std::memory_order;
  static constexpr Order kSequential = std::memory_order_seq_cst;

 public:
  using value_type = T;

  ModelAtom() : ModelAtom(T{}) {}
  ModelAtom(T value) : id_(Execution::current().make_atom(to_bits(value))) {}
  ModelAtom(const ModelAtom&) = delete;
  ModelAtom& operator=(const ModelAtom&) = delete;

  T load(Order order = kSequential, const Location& at = Location::current()) const {
    return from_bits(Execution::current().load(id_, order, at));
  }
  void store(T value, Order order = kSequential, const Location& at = Location::current()) {
    Execution::current().store(id_, to_bits(value), order, at);
  }
  T exchange(T value, Order order = kSequential, const Location& at = Location::current()) {
    return update(Operation::kExchange, order, at, [value](T) { return value; });
  }

  bool compare_exchange_strong(T& expected, T desired, Order success, Order failure,
                               const Location& at = Location::current()) {
    return compare_exchange(expected, {nullptr, to_bits(desired), success, failure, false}, at);
  }
  bool compare_exchange_strong(T& expected, T desired, Order order = kSequential,
                               const Location& at = Location::current()) {
    return compare_exchange_strong(expected, desired, order, failure_of(order), at);
  }
  bool compare_exchange_weak(T& expected, T desired, Order success, Order failure,
                             const Location& at = Location::current()) {
    return compare_exchange(expected, {nullptr, to_bits(desired), success, failure, true}, at);
  }
  bool compare_exchange_weak(T& expected, T desired, Order order = kSequential,
                             const Location& at = Location::current()) {
    return compare_exchange_weak(expected, desired, order, failure_of(order), at);
  }

  T fetch_add(T by, Order order = kSequential, const Location& at = Location::current()) {
    return update(Operation::kFetch, order, at, [by](T v) { return static_cast<T>(v + by); });
  }
  T fetch_sub(T by, Order order = kSequential, const Location& at = Location::current()) {
    return update(Operation::kFetch, order, at, [by](T v) { return static_cast<T>(v - by); });
  }
  T fetch_or(T mask, Order order = kSequential, const Location& at = Location::current()) {
    return update(Operation::kFetch, order, at, [mask](T v) { return static_cast<T>(v | mask); });
  }
  T fetch_and(T mask, Order order = kSequential, const Location& at = Location::current()) {
    return update(Operation::kFetch, order, at, [mask](T v) { return static_cast<T>(v & mask); });
  }
  T fetch_xor(T mask, Order order = kSequential, const Location& at = Location::current()) {
    return update(Operation::kFetch, order, at, [mask](T v) { return static_cast<T>(v ^ mask); });
  }

 private:
  static std::uint64_t to_bits(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T from_bits(std::uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  // As the standard derives it: a failure stores nothing, so it cannot release.
  static constexpr Order failure_of(Order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }

  template <class Change>
  T update(Operation operation, Order order, const Location& at, Change change) {
    Execution& execution = Execution::current();
    const T old = from_bits(execution.begin_update(id_, at));
    execution.end_update(id_, {operation, to_bits(change(old)), order}, at);
    return old;
  }
  bool compare_exchange(T& expected, Exchange exchange, const Location& at) {
    std::uint64_t bits = to_bits(expected);
    exchange.expected = &bits;
    const bool done = Execution::current().compare_exchange(id_, exchange, at);
    if (!done) expected = from_bits(bits);
    return done;
  }

  const AtomId id_;
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_MODEL_ATOM_H_
