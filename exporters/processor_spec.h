// SPDX-License-Identifier: Apache-2.0
//
// Makes processors from a line of text, as they stand before an exporter's spec:
//
//   redact|jsonl:run.jsonl        tail=0.05|redact=email+card|console
//
//   spec  := { processor "|" } exporter
//   redact[=RULE+RULE...]         RedactingProcessor, with the usual rules or only these
//   openllmetry                   OpenLlmetryProcessor
//   pair                          SpanPairer
//   costs                         CostJoiner
//   span-events                   SpanEventJoiner
//   profile=NAME                  ProfileProcessor, of core/profile.h: gen_ai, plyra, pyagent...,
//                                 or LangfuseProcessor: langfuse
//   sample=SHARE                  TraceSampler
//   tail=SHARE                    TailSampler: runs with errors, and a share of the rest
//   rate=TYPE:PER_SECOND          RateLimiter, whose burst is a second's worth, and at least one
#ifndef TRACEBUS_EXPORTERS_PROCESSOR_SPEC_H_
#define TRACEBUS_EXPORTERS_PROCESSOR_SPEC_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>
#include <vector>

#include "tracebus/core/processor.h"

namespace tracebus {
inline namespace v1 {

// InvalidArgument says what may be given.
absl::StatusOr<std::unique_ptr<Processor>> make_processor(std::string_view spec);

// Takes the processors off the front of a spec; what is left is the exporter's. A bar behind
// anything that is no processor's name is the exporter's own, as in a path.
absl::StatusOr<std::vector<std::unique_ptr<Processor>>> take_processors(std::string_view& spec);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROCESSOR_SPEC_H_
