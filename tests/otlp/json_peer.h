// SPDX-License-Identifier: Apache-2.0
//
// OTLP's JSON as libprotobuf reads it. It takes bytes for base64, so that ids, which OTLP writes as
// hexadecimal digits, come out as what base64 makes of those digits: that is undone.
#ifndef TRACEBUS_TESTS_OTLP_JSON_PEER_H_
#define TRACEBUS_TESTS_OTLP_JSON_PEER_H_

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus::testing {

inline std::string as_base64(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  EXPECT_EQ(bytes.size() % 3, 0u);
  std::string out;
  for (std::size_t at = 0; at + 3 <= bytes.size(); at += 3) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    const unsigned three = byte(0) << 16u | byte(1) << 8u | byte(2);
    for (const unsigned shift : {18u, 12u, 6u, 0u}) out += kLetters[three >> shift & 63u];
  }
  return out;
}

inline std::string from_hex(std::string_view digits) {
  std::string out;
  for (std::size_t at = 0; at + 2 <= digits.size(); at += 2) {
    out += static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16));
  }
  return out;
}

// Calls visit(message, field) for every field that is set in message and in what is in it.
template <class Visit>
void each_field(google::protobuf::Message& message, const Visit& visit) {
  using Field = google::protobuf::FieldDescriptor;
  const auto& reflection = *message.GetReflection();
  std::vector<const Field*> fields;
  reflection.ListFields(message, &fields);
  for (const Field* const field : fields) {
    visit(message, *field);
    if (field->type() != Field::TYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      each_field(*reflection.MutableMessage(&message, field), visit);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      each_field(*reflection.MutableRepeatedMessage(&message, field, i), visit);
    }
  }
}

inline void mend_ids(google::protobuf::Message& message) {
  each_field(message, [](google::protobuf::Message& of, const auto& field) {
    if (field.type() != field.TYPE_BYTES || !field.name().ends_with("_id")) return;
    const auto& reflection = *of.GetReflection();
    const std::string digits = as_base64(reflection.GetString(of, &field));
    reflection.SetString(&of, &field, from_hex(digits));
  });
}

// JSON has one NaN where doubles have many.
inline void make_nans_alike(google::protobuf::Message& message) {
  each_field(message, [](google::protobuf::Message& of, const auto& field) {
    if (field.type() != field.TYPE_DOUBLE) return;
    const auto& reflection = *of.GetReflection();
    if (!std::isnan(reflection.GetDouble(of, &field))) return;
    reflection.SetDouble(&of, &field, std::numeric_limits<double>::quiet_NaN());
  });
}

// strictly: a key that it does not know is an error.
template <class Message>
Message read_otlp_json(std::string_view json, bool strictly = true) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = !strictly;
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &message, options);
  EXPECT_TRUE(status.ok()) << status.ToString() << " in " << json;
  mend_ids(message);
  return message;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_JSON_PEER_H_
