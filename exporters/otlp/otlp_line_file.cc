// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_line_file.h"

#include <numeric>
#include <utility>

#include "tracebus/exporters/otlp/otlp_json.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<OtlpLineFile> OtlpLineFile::open(const std::string& path, BatchFileOptions options,
                                                const OtlpMessage& schema,
                                                TraceRequestFrame frame) {
  auto file = BatchFile::open(path, std::move(options), line_framing());
  if (!file.ok()) return file.status();
  return OtlpLineFile(*std::move(file), schema, std::move(frame));
}

OtlpLineFile::OtlpLineFile(std::unique_ptr<BatchFile> file, const OtlpMessage& schema,
                           TraceRequestFrame frame)
    : file_(std::move(file)), schema_(&schema), frame_(std::move(frame)) {}

std::size_t OtlpLineFile::write(const EncodedBatch& units) {
  lines_.clear();
  units_.clear();
  frame_.each_request(
      units, [this](const TraceRequest& request, std::size_t count) { add_line(request, count); });
  const std::size_t lines = file_->write(lines_);
  return std::reduce(units_.begin(), units_.begin() + static_cast<std::ptrdiff_t>(lines));
}

void OtlpLineFile::add_line(const TraceRequest& request, std::size_t units) {
  line_.clear();
  if (!append_otlp_json(line_, *schema_, request.joined())) return;
  line_ += '\n';
  char* const room = lines_.room(line_.size());
  line_.copy(room, line_.size());
  lines_.end_unit(room + line_.size());
  units_.push_back(units);
}

}  // namespace v1
}  // namespace tracebus
