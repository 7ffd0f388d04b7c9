// SPDX-License-Identifier: Apache-2.0
//
// Any bytes taken for a request of OTLP. The first says which signal in which form. What is begun
// gives as many events as it counts, and each fits a record or is told to be too large.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/record_writer.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/otlp_request.h"

namespace {

using namespace tracebus;

void write(const TraceEvent& event) {
  const FriendlyRecord record(event, EventType::find(event.event_type), true);
  if (record.size() == 0) return;
  std::vector<std::uint64_t> words(record.size() / 8);
  record.write(reinterpret_cast<char*>(words.data()), {.sequence = 1, .producer = 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto signal =
      (data[0] & 1) != 0 ? OtlpRequest::Signal::kLogs : OtlpRequest::Signal::kTraces;
  const auto form = (data[0] & 2) != 0 ? OtlpRequest::Form::kJson : OtlpRequest::Form::kProtobuf;
  std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
  body.append(LineReader::kPaddingBytes, '\n');
  static OtlpRequest request;
  const auto begun = request.begin(signal, form, std::string_view(body).substr(0, size - 1));
  if (!begun.ok()) return 0;
  std::size_t events = request.rejected();
  while (const TraceEvent* const event = request.next()) {
    write(*event);
    ++events;
  }
  if (events != request.size()) std::abort();
  return 0;
}
