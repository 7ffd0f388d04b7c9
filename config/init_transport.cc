// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init_transport.h"

#include <atomic>
#include <string>

namespace tracebus {
inline namespace v1 {
namespace {

std::atomic<InitTransport> grpc_transport{nullptr};

}  // namespace

void set_grpc_transport(InitTransport transport) noexcept { grpc_transport.store(transport); }

bool has_grpc_transport() noexcept { return grpc_transport.load() != nullptr; }

absl::StatusOr<std::unique_ptr<Exporter>> make_by_grpc(const OtlpSettings& settings) {
  if (const InitTransport grpc = grpc_transport.load()) return grpc(settings);
  const std::string who =
      settings.protocol ? "the protocol " : "the protocol that OTEL_EXPORTER_OTLP_PROTOCOL says, ";
  return absl::UnimplementedError(who + kNoGrpc);
}

}  // namespace v1
}  // namespace tracebus
