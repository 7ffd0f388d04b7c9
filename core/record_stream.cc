// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_stream.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/clock.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/name.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/core/stream_tables.h"

namespace tracebus {
inline namespace v1 {
namespace {

template <class T>
T load(const char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
std::string_view bytes_of(const T& value) noexcept {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// --- Writing ---

// Hands out the stream's own numbers in the order of first use, so that equal streams of events
// become equal bytes whatever the process registered before.
class Renumbering {
 public:
  explicit Renumbering(std::uint32_t first) noexcept : next_(first) {}

  // The stream's number, and whether it is new. REQUIRES: number != 0.
  std::pair<std::uint32_t, bool> operator()(std::uint32_t number) {
    if (number >= known_.size()) known_.resize(number + 1);
    const bool is_new = known_[number] == 0;
    if (is_new) known_[number] = next_++;
    return {known_[number], is_new};
  }

 private:
  std::vector<std::uint32_t> known_;  // by the process's number; 0: not yet used
  std::uint32_t next_;
};

void append_definition(std::string& out, std::uint16_t type, const DefinitionField& field,
                       std::string_view body) {
  const std::size_t size = round_up_8(kDefinitionBytes + body.size());
  out += bytes_of(RecordPrefix{static_cast<std::uint32_t>(size), type, 0});
  out += bytes_of(field);
  out += body;
  out.append(size - kDefinitionBytes - body.size(), '\0');
}

void append_text_definition(std::string& out, std::uint16_t type, std::uint32_t number,
                            std::string_view text) {
  append_definition(out, type, {number, static_cast<std::uint32_t>(text.size())}, text);
}

const RecordHeader& header_of(const EventView& event) noexcept {
  return *reinterpret_cast<const RecordHeader*>(event.record());
}

std::size_t descriptors_offset(const RecordHeader& header) noexcept {
  return sizeof header + (header.flags & kHasWallTime ? sizeof(WallTimeField) : 0) +
         (header.flags & kHasIds ? sizeof(EventIds) : 0) +
         (header.flags & kHasOrigin ? sizeof(OriginField) : 0) +
         (header.type == 0 ? sizeof(TextRef) : 0);
}

// Whether the record holds content that its reader was not granted: then its bytes must not leave.
bool hides_content(const EventView& event) noexcept {
  if (event.context().content) return false;
  const RecordLayout record(event.record());
  bool hides = false;
  record.each_attribute(
      [&](const RecordAttribute& attribute) { hides = hides || record.is_content(attribute); });
  return hides;
}

// The event written anew, with what its reader sees and no more. Empty when it became too large.
std::vector<std::uint64_t> rewritten(const EventView& event, bool with_origin) {
  TraceEvent copy = event.to_event();
  if (!event.has_given_time()) copy.timestamp.reset();
  if (!with_origin) copy.origin.reset();
  const FriendlyRecord record(copy, event.type(), true);
  std::vector<std::uint64_t> words(record.size() / 8);
  if (words.empty()) return words;
  auto* const place = reinterpret_cast<char*>(words.data());
  record.write(place, {event.sequence(), event.producer()});
  std::memcpy(place + offsetof(RecordHeader, ticks), &header_of(event).ticks, 8);
  return words;
}

}  // namespace

struct RecordStreamWriter::Defined {
  Renumbering types{1};
  Renumbering keys{kParentSpanIdText.number() + 1u};  // reserved keys keep their numbers
  Renumbering schemas{1};
  Renumbering names{1};

  std::uint16_t type(std::string& out, std::uint16_t number) {
    if (number == 0) return 0;
    const auto [own, is_new] = types(number);
    if (is_new) append_text_definition(out, kDefineEventType, own, EventType(number).name());
    return static_cast<std::uint16_t>(own);
  }

  std::uint16_t key(std::string& out, AttributeKey process_key) {
    if (!process_key.is_registered() || process_key.is_reserved()) return process_key.number();
    const auto [own, is_new] = keys(process_key.number());
    if (is_new) append_text_definition(out, kDefineAttributeKey, own, process_key.name());
    return static_cast<std::uint16_t>(own);
  }

  std::uint32_t name(std::string& out, std::uint32_t number) {
    const auto [own, is_new] = names(number);
    if (is_new) append_text_definition(out, kDefineName, own, NameHandle(number).text());
    return own;
  }

  std::uint16_t schema(std::string& out, std::uint16_t number) {
    if (number == 0) return 0;
    const auto [own, is_new] = schemas(number);
    if (is_new) define_schema(out, own, schema_fields(number));
    return static_cast<std::uint16_t>(own);
  }

 private:
  void define_schema(std::string& out, std::uint32_t own, std::span<const SchemaField> fields) {
    std::string body;
    for (const SchemaField& field : fields) {
      const auto type = static_cast<std::uint8_t>(field.type);
      body += bytes_of(FieldDefinition{key(out, field.key), type, 0});
    }
    append_definition(out, kDefineSchema, {own, static_cast<std::uint32_t>(fields.size())}, body);
  }
};

RecordStreamWriter::RecordStreamWriter(std::uint64_t instance)
    : instance_(instance), defined_(std::make_unique<Defined>()) {}
RecordStreamWriter::~RecordStreamWriter() = default;

void RecordStreamWriter::start(std::string& out) {
  if (std::exchange(started_, true)) return;
  StreamHeader header = {{}, kRecordVersion, kStreamByteOrder, sizeof header, instance_};
  std::ranges::copy(kStreamMagic, header.magic);
  out += bytes_of(header);
}

bool RecordStreamWriter::append(std::string& out, const EventView& event) {
  start(out);
  const bool has_origin = (header_of(event).flags & kHasOrigin) != 0;
  const bool foreign = !has_origin && event.context().instance != instance_;
  if (!foreign && !hides_content(event)) {
    append_record(out, event);
    return true;
  }
  const std::vector<std::uint64_t> words = rewritten(event, has_origin || foreign);
  if (words.empty()) return false;
  append_record(out, EventView(reinterpret_cast<const char*>(words.data()), event.context()));
  return true;
}

void RecordStreamWriter::append_record(std::string& out, const EventView& event) {
  RecordHeader header = header_of(event);
  const std::size_t descriptors = descriptors_offset(header);
  const std::size_t described = header.schema == 0 ? header.attributes : 0;
  if (event.context().clock != nullptr) {
    header.ticks = static_cast<std::uint64_t>(event.context().clock->to_unix_ns(header.ticks));
  }
  header.type = defined_->type(out, header.type);
  if (header.flags & kAgentIsHandle) header.agent = defined_->name(out, header.agent);
  if (header.flags & kPatternIsHandle) header.pattern = defined_->name(out, header.pattern);
  header.schema = defined_->schema(out, header.schema);
  std::vector<AttributeDescriptor> renumbered(described);
  for (std::size_t i = 0; i < described; ++i) {
    const char* place = event.record() + descriptors + i * sizeof(AttributeDescriptor);
    renumbered[i] = load<AttributeDescriptor>(place);
    renumbered[i].key = defined_->key(out, AttributeKey(renumbered[i].key));
  }
  const std::size_t start = out.size();
  out.append(event.record(), event.size_bytes());
  std::memcpy(out.data() + start, &header, sizeof header);
  if (described == 0) return;
  std::memcpy(out.data() + start + descriptors, renumbered.data(),
              described * sizeof(AttributeDescriptor));
}

// --- Reading ---

namespace {

// Goes through a record that check_record found well formed.
class EventReader {
 public:
  EventReader(const char* record, const StreamTables& tables) noexcept
      : record_(record), field_(record + sizeof(RecordHeader)), tables_(tables),
        header_(load<RecordHeader>(record)) {}

  TraceEvent read(std::uint64_t instance) {
    TraceEvent event;
    read_time(event);
    if (header_.flags & kHasIds) event.ids = take<EventIds>();
    event.origin = {instance, header_.sequence, header_.producer};
    if (header_.flags & kHasOrigin) {
      const auto origin = take<OriginField>();
      event.origin = {origin.instance, origin.sequence, origin.producer};
    }
    event.event_type = header_.type == 0 ? text_at(take<TextRef>()) : tables_.type(header_.type);
    const char* const descriptors = field_;
    const char* const slots = descriptors + (header_.schema == 0 ? 8 * header_.attributes : 0);
    text_ = slots + 8 * header_.attributes + (header_.type == 0 ? event.event_type.size() : 0);
    event.agent_name = read_name(header_.flags & kAgentIsHandle, header_.agent);
    event.pattern_type = read_name(header_.flags & kPatternIsHandle, header_.pattern);
    if (header_.schema == 0) {
      read_described(event, descriptors, slots);
    } else {
      read_by_schema(event, slots);
    }
    return event;
  }

 private:
  template <class T>
  T take() noexcept {
    const T value = load<T>(field_);
    field_ += sizeof value;
    return value;
  }
  std::string_view text_at(const TextRef& ref) const noexcept {
    return {record_ + ref.offset, ref.length};
  }
  std::string_view take_text(std::size_t length) noexcept {
    return {std::exchange(text_, text_ + length), length};
  }
  std::string_view read_name(bool is_handle, std::uint32_t number_or_length) noexcept {
    return is_handle ? tables_.name(number_or_length) : take_text(number_or_length);
  }

  void read_time(TraceEvent& event) noexcept {
    event.timestamp = Timestamp::from_unix_ns(static_cast<std::int64_t>(header_.ticks));
    if (!(header_.flags & kHasWallTime)) return;
    const auto given = take<WallTimeField>();
    event.timestamp = {given.seconds, given.nanoseconds};
  }

  void read_described(TraceEvent& event, const char* descriptor, const char* slot) {
    for (std::size_t i = 0; i < header_.attributes; ++i, descriptor += 8, slot += 8) {
      const auto described = load<AttributeDescriptor>(descriptor);
      const AttributeKey key(described.key);
      const ValueView value = read_value(static_cast<ValueType>(described.type), slot);
      if (key.is_reserved()) {
        read_foreign_id(event.foreign_ids, key, value.as_string());
        continue;
      }
      const std::string_view name =
          described.key == 0 ? take_text(described.key_length) : tables_.key(described.key);
      event.payload.add(name, value.to_value());
    }
  }

  void read_by_schema(TraceEvent& event, const char* slot) {
    const std::span<const SchemaField> fields = *tables_.schema(header_.schema);
    for (const SchemaField& field : fields) {
      const ValueView value = read_value(field.type, std::exchange(slot, slot + 8));
      if (field.key.is_reserved()) continue;
      event.payload.add(tables_.key(field.key.number()), value.to_value());
    }
  }

  // As EventView: texts of foreign ids are only believed beside ids.
  void read_foreign_id(ForeignIds& ids, AttributeKey key, std::string_view text) const noexcept {
    if (!(header_.flags & kHasIds)) return;
    if (key == kRunIdText) ids.run_id = text;
    if (key == kTraceIdText) ids.trace_id = text;
    if (key == kSpanIdText) ids.span_id = text;
    if (key == kParentSpanIdText) ids.parent_span_id = text;
  }

  ValueView read_value(ValueType type, const char* slot) const noexcept {
    switch (type) {
      case ValueType::kNull:
        return {};
      case ValueType::kBool:
        return ValueView::of_bool(load<std::uint64_t>(slot) != 0);
      case ValueType::kInt64:
        return ValueView::of_int64(load<std::int64_t>(slot));
      case ValueType::kDouble:
        return ValueView::of_double_bits(load<std::uint64_t>(slot));
      default:
        return ValueView::of_text(type, text_at(load<TextRef>(slot)));
    }
  }

  const char* const record_;
  const char* field_;
  const char* text_ = nullptr;
  const StreamTables& tables_;
  const RecordHeader header_;
};

// The size of the record that rest begins with, or 0 if what stands there is none.
std::size_t record_size(std::string_view rest) noexcept {
  if (rest.size() < sizeof(RecordPrefix)) return 0;
  const std::size_t size = load<RecordPrefix>(rest.data()).size;
  const bool possible = size >= sizeof(RecordPrefix) && size % kRecordAlignBytes == 0;
  return possible && size <= rest.size() && size <= kRecordBytesMax ? size : 0;
}

absl::Status damaged(std::size_t offset, std::string_view what) {
  return absl::InvalidArgumentError("record at byte " + std::to_string(offset) +
                                    " of the stream: " + std::string(what));
}

}  // namespace

struct RecordStreamReader::State {
  std::string_view stream;
  std::size_t offset;
  std::uint64_t instance;
  StreamTables tables;
  TraceEvent event;
};

RecordStreamReader::RecordStreamReader(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
RecordStreamReader::RecordStreamReader(RecordStreamReader&&) noexcept = default;
RecordStreamReader& RecordStreamReader::operator=(RecordStreamReader&&) noexcept = default;
RecordStreamReader::~RecordStreamReader() = default;

absl::StatusOr<RecordStreamReader> RecordStreamReader::open(std::span<const std::byte> bytes) {
  const std::string_view stream(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (stream.size() < sizeof(StreamHeader)) {
    return absl::InvalidArgumentError("too few bytes for the header of a record stream");
  }
  const auto header = load<StreamHeader>(stream.data());
  if (!std::ranges::equal(header.magic, kStreamMagic)) {
    return absl::InvalidArgumentError("not a record stream of tracebus");
  }
  if (header.byte_order != kStreamByteOrder) {
    return absl::InvalidArgumentError("a record stream of a machine of the other byte order");
  }
  if (header.version == 0 || header.version > kRecordVersion) {
    return absl::InvalidArgumentError("a record stream of version " +
                                      std::to_string(header.version) + "; this reader knows 1 to " +
                                      std::to_string(kRecordVersion));
  }
  if (header.header_bytes < sizeof header || header.header_bytes % kRecordAlignBytes != 0 ||
      header.header_bytes > stream.size()) {
    return absl::InvalidArgumentError("no possible size of a record stream's header");
  }
  return RecordStreamReader(
      std::unique_ptr<State>(new State{stream, header.header_bytes, header.instance, {}, {}}));
}

absl::StatusOr<const TraceEvent*> RecordStreamReader::next() {
  State& state = *state_;
  while (state.offset < state.stream.size()) {
    const std::size_t offset = state.offset;
    const std::string_view rest = state.stream.substr(offset);
    const std::size_t size = record_size(rest);
    state.offset = size == 0 ? state.stream.size() : offset + size;
    if (size == 0) return damaged(offset, "cut short, or of no possible size; the end of reading");
    const std::string_view record = rest.substr(0, size);
    const bool is_event = load<RecordPrefix>(record.data()).type < kFirstControlType;
    const absl::Status status = is_event
                                    ? check_record(std::as_bytes(std::span(record)), state.tables)
                                    : state.tables.define(record);
    if (!status.ok()) {
      return damaged(offset, {status.message().data(), status.message().size()});
    }
    if (!is_event) continue;
    state.event = EventReader(record.data(), state.tables).read(state.instance);
    return &state.event;
  }
  return nullptr;
}

}  // namespace v1
}  // namespace tracebus
