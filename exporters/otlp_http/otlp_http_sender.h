// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_SENDER_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_SENDER_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/http/gzip.h"
#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/http_sender.h"
#include "tracebus/exporters/otlp/otlp_sender.h"
#include "tracebus/exporters/otlp/otlp_signal.h"
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

namespace tracebus {
inline namespace v1 {

// Carries requests over HTTP, as Protobuf or JSON, and tells what answers mean.
class OtlpHttpSender final : public OtlpSender {
 public:
  // To options.http.url, with the headers that OTLP wants beside those of the options. Errors as of
  // OtlpHttpExporter::create. Connects to nothing yet.
  static absl::StatusOr<std::unique_ptr<OtlpHttpSender>> create(OtlpSignal signal,
                                                                OtlpHttpOptions options);

  // The URL without credentials and query.
  const std::string& shown_url() const noexcept { return shown_url_; }

  void begin(Deadline deadline, std::stop_token stop) override;
  bool is_over() const override { return sender_.is_over(); }
  std::size_t outstanding() const noexcept override { return sender_.outstanding(); }
  bool has_room() const noexcept override { return sender_.has_room(); }
  void send(std::size_t request, const TraceRequest& pieces) override;
  void progress(std::vector<OtlpOutcome>& outcomes) override;
  void wait(std::vector<OtlpOutcome>& outcomes) override;

 private:
  // What the body of a request refers to.
  struct Body {
    std::string json;
    std::string compressed;
  };

  OtlpHttpSender(OtlpSignal signal, const OtlpHttpOptions& options,
                 std::unique_ptr<HttpClient> client, std::uint64_t seed);
  void take_answers(std::vector<OtlpOutcome>& outcomes);

  const std::string shown_url_;
  const OtlpSignal signal_;
  const bool json_;
  HttpSender sender_;
  std::optional<GzipWriter> gzip_;
  std::vector<Body> bodies_;  // by the numbers of requests
  std::vector<HttpAnswer> answers_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_SENDER_H_
