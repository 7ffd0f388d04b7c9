// SPDX-License-Identifier: Apache-2.0
//
// ExporterFactory: makes exporters from a line of text, as programs and config files give them.
//
//   spec := { processor "|" } ( name [":" rest] | around "=" argument "|" spec )
//   console:pretty   jsonl:traces/run.jsonl   null   tail=0.05|redact|jsonl:run.jsonl
//   redact|spool=spool-folder|otlp:http://collector:4318
//
// processor_spec.h has the processors. Each exporter says what its rest means. Other libraries add
// theirs; the core ones are built in.
// Thread safety: make may be called from any thread once all are added.
#ifndef TRACEBUS_EXPORTERS_EXPORTER_SPEC_H_
#define TRACEBUS_EXPORTERS_EXPORTER_SPEC_H_

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

class ExporterFactory {
 public:
  // rest: what follows the first colon; empty if there is none.
  using Make = std::function<absl::StatusOr<std::unique_ptr<Exporter>>(std::string_view rest)>;

  // console, jsonl, memory, null.
  static ExporterFactory with_builtin();

  // Replaces what was called name. help: one line, "jsonl:PATH  one JSON object a line, into PATH".
  // REQUIRES: name is not empty and holds no colon.
  void add(std::string_view name, std::string_view help, Make make);

  // An exporter around another one, as name=argument|spec of the other.
  // REQUIRES: name is not empty and holds none of ":=|".
  using MakeAround = std::function<absl::StatusOr<std::unique_ptr<Exporter>>(
      std::string_view argument, std::unique_ptr<Exporter> to)>;
  void add_around(std::string_view name, std::string_view help, MakeAround make);

  // InvalidArgument that names all there are, for a name that is not known; otherwise what the
  // exporter's own function says.
  absl::StatusOr<std::unique_ptr<Exporter>> make(std::string_view spec) const;

  // The help of all, by name, each on a line of its own.
  std::string help() const;

 private:
  absl::StatusOr<std::unique_ptr<Exporter>> make_plain_exporter(std::string_view spec) const;

  struct Entry {
    std::string help;
    Make make;
  };
  struct AroundEntry {
    std::string help;
    MakeAround make;
  };
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, AroundEntry, std::less<>> around_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_EXPORTER_SPEC_H_
