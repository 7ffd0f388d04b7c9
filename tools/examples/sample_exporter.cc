// SPDX-License-Identifier: Apache-2.0
//
// An exporter of one's own, and what it costs those who emit. It adds up what each agent spends.
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "tracebus/measure/measure_exporter_overhead.h"

namespace {

class CostExporter final : public tracebus::Exporter {
 public:
  std::string_view name() const noexcept override { return "cost"; }

  // On a thread of its own, so it may take its time; the views are valid until it returns.
  tracebus::ExportResult export_batch(const tracebus::Batch& batch,
                                      const tracebus::ExportContext&) override {
    for (const tracebus::EventView& event : batch) {
      const auto cost = event.find("cost_usd");
      if (cost) usd_by_agent_[std::string(event.agent_name())] += cost->to_double();
    }
    return tracebus::ExportResult::ok();
  }

 private:
  std::map<std::string, double> usd_by_agent_;
};

}  // namespace

int main() {
  tracebus::OverheadOptions options;
  options.seconds = 1;
  options.rate = 50'000;
  const auto overhead =
      tracebus::measure_exporter_overhead([] { return std::make_unique<CostExporter>(); }, options);
  if (!overhead.ok()) {
    std::fprintf(stderr, "%s\n", overhead.status().ToString().c_str());
    return 1;
  }
  const auto print = [](const char* side, const tracebus::OverheadSide& measured) {
    std::printf("%s it: p50 %.0f ns, p99 %.0f ns, p99.9 %.0f ns\n", side,
                measured.emits.quantile_ns(0.5), measured.emits.quantile_ns(0.99),
                measured.emits.quantile_ns(0.999));
  };
  print("without", overhead->without);
  print("with   ", overhead->with);
  std::printf("exported %llu of %llu events\n",
              static_cast<unsigned long long>(overhead->work.subscription.delivered),
              static_cast<unsigned long long>(overhead->with.emitted));
  return overhead->work.subscription.delivered > 0 ? 0 : 1;
}
