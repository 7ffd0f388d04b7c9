// SPDX-License-Identifier: Apache-2.0
//
// What documents 001 ("Recording Traces": observability.tracing of a blueprint) and 004
// ("Configuration", "Backends": TraceConfig) put into a configuration, as a file of ours:
//
//   agents_by_config configs/blueprint.json | configs/exo_otlp.json | ... exo_memory, exo_console
#include <cstdio>
#include <string>

#include "tracebus/config/exporter_factory.h"
#include "tracebus/config/init_from_file.h"
#include "tracebus/tools/examples/seeds/backend_run.h"
#ifdef TRACEBUS_WITH_OTLP_GRPC
#include "tracebus/config/init_grpc.h"
#endif

using namespace tracebus;

int main(int count, char** arguments) {
  if (count != 2) return 2;
#ifdef TRACEBUS_WITH_OTLP_GRPC
  enable_grpc();
#endif
  auto tracing = init_from_file(arguments[1], exporter_factory());
  if (!tracing.ok()) {
    std::fprintf(stderr, "%s\n", std::string(tracing.status().message()).c_str());
    return 2;
  }
  examples::run_pipeline((*tracing)->tracer());
  const int status = examples::end((*tracing)->bus());
  if (const MemoryExporter* const memory = (*tracing)->memory()) {
    std::printf("in memory: %zu\n", memory->size());
  }
  return status;
}
