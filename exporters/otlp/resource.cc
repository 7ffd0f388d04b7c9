// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/resource.h"

#include <errno.h>  // program_invocation_short_name

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "tracebus/core/version.h"
#include "tracebus/exporters/otlp/any_value.h"
#include "tracebus/exporters/otlp/key_value_list.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kServiceName = "service.name";
constexpr std::uint32_t kAttributeTag = bytes_tag(1);  // of Resource

std::string unknown_service() {
  return std::string("unknown_service:") + program_invocation_short_name;
}

std::string_view variable(const char* name) noexcept {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

ValueView view_of(const Resource::Value& value) noexcept {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return ValueView::of_text(ValueType::kString, *text);
  }
  if (const auto* flag = std::get_if<bool>(&value)) return ValueView::of_bool(*flag);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return ValueView::of_int64(*number);
  return ValueView::of_double_bits(std::bit_cast<std::uint64_t>(std::get<double>(value)));
}

}  // namespace

Resource::Resource()
    : attributes_{{std::string(kServiceName), unknown_service()},
                  {"telemetry.sdk.name", "tracebus"},
                  {"telemetry.sdk.language", "cpp"},
                  {"telemetry.sdk.version", std::string(version())}} {}

Resource Resource::from_env(std::vector<std::string>* warnings) {
  Resource resource;
  KeyValueList list = parse_key_value_list(variable("OTEL_RESOURCE_ATTRIBUTES"));
  for (KeyValueList::Member& member : list.members) {
    resource.set(member.key, std::move(member.value));
  }
  if (const std::string_view name = variable("OTEL_SERVICE_NAME"); !name.empty()) {
    resource.set(kServiceName, std::string(name));
  }
  if (warnings == nullptr) return resource;
  for (const std::string& fault : list.faults) {
    warnings->push_back("OTEL_RESOURCE_ATTRIBUTES: " + fault +
                        ", so it is left out; give key=value,key=value, with %2C for a comma");
  }
  return resource;
}

void Resource::set(std::string_view key, Value value) {
  if (key == kServiceName && value == Value(std::string())) value = unknown_service();
  const auto found = std::ranges::find(attributes_, key, &Attribute::key);
  if (found == attributes_.end()) {
    attributes_.push_back({std::string(key), std::move(value)});
  } else {
    found->value = std::move(value);
  }
}

std::string_view Resource::service_name() const noexcept {
  const auto found = std::ranges::find(attributes_, kServiceName, &Attribute::key);
  const auto* const text = std::get_if<std::string>(&found->value);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::string Resource::encoded() const {
  AnyValueWriter writer;
  std::string out;
  for (const Attribute& attribute : attributes_) {
    const ValueView value = view_of(attribute.value);
    const std::size_t text_bytes =
        value.type() == ValueType::kString ? value.as_string().size() : 0;
    const std::size_t begin = out.size();
    out.resize(begin + AnyValueWriter::bytes_max(attribute.key.size() + text_bytes));
    const char* const end =
        writer.write_attribute(out.data() + begin, kAttributeTag, attribute.key, value);
    out.resize(static_cast<std::size_t>(end - out.data()));
  }
  return out;
}

}  // namespace v1
}  // namespace tracebus
