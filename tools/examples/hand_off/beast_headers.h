// SPDX-License-Identifier: Apache-2.0
//
// BeastHeaders: the headers of a Boost.Beast message as a carrier (trace/carrier.h), to copy into
// programs that speak HTTP by Beast.
//
//   inject(tracer.current(), BeastHeaders(request), {.agent_name = "orchestrator"});
//   auto trace = continue_trace(tracer, extract(BeastHeaders(request)));
//
// Other libraries are adapted alike: what can list the lines of a name, set one and erase it.
#ifndef TRACEBUS_TOOLS_EXAMPLES_HAND_OFF_BEAST_HEADERS_H_
#define TRACEBUS_TOOLS_EXAMPLES_HAND_OFF_BEAST_HEADERS_H_

#include <boost/beast/http/fields.hpp>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tracebus::examples {

// Borrows the message. Beast compares names as HTTP does, without regard to case.
template <class Fields>
class BeastHeaders {
 public:
  explicit BeastHeaders(Fields& fields) : fields_(fields) {}

  std::vector<std::string_view> get_all(std::string_view name) const {
    std::vector<std::string_view> lines;
    const auto [begin, end] = fields_.equal_range(text(name));
    for (auto line = begin; line != end; ++line) {
      lines.emplace_back(line->value().data(), line->value().size());
    }
    return lines;
  }
  // In the place of all lines of that name.
  void set(std::string_view name, std::string_view value) requires(!std::is_const_v<Fields>) {
    fields_.set(text(name), text(value));
  }
  void erase(std::string_view name) requires(!std::is_const_v<Fields>) {
    fields_.erase(text(name));
  }

 private:
  static boost::beast::string_view text(std::string_view view) {
    return {view.data(), view.size()};
  }

  Fields& fields_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_HAND_OFF_BEAST_HEADERS_H_
