// SPDX-License-Identifier: Apache-2.0
//
// SchemaCheck: answers against the OpenAPI document that /api/schema answers, by validators of
// others (ajv, openapi-schema-validator).
#ifndef TRACEBUS_TESTS_STUDIO_SCHEMA_CHECK_H_
#define TRACEBUS_TESTS_STUDIO_SCHEMA_CHECK_H_

#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "tracebus/core/json_fields.h"

namespace tracebus::testing {

class SchemaCheck {
 public:
  explicit SchemaCheck(std::string document) : lines_(in_one_line(std::move(document)) + "\n") {}

  // An answer of JSON to a path as the document has it.
  void add(std::string_view method, std::string_view path, int status, std::string body) {
    lines_ += JsonFields()
                  .add("method", method)
                  .add("path", path)
                  .add("status", status)
                  .add_json("body", in_one_line(std::move(body)))
                  .to_string() +
              "\n";
  }
  // A value that the document gives a schema of this name.
  void add_value(std::string_view schema, std::string value) {
    lines_ += JsonFields()
                  .add("schema", schema)
                  .add_json("body", in_one_line(std::move(value)))
                  .to_string() +
              "\n";
  }

  // What the checker says of all that was added; empty if it found nothing wrong.
  std::string complaints() const {
    const std::string path =
        ::testing::TempDir() + "tracebus_answers_" + std::to_string(::getpid());
    std::ofstream(path) << lines_;
    const std::string command =
        "node '" TRACEBUS_SCHEMA_SCRIPT "' '" TRACEBUS_SCHEMA_MODULES "' '" + path + "' 2>&1";
    FILE* const output = ::popen(command.c_str(), "r");
    std::string said;
    char part[1024];
    while (std::fgets(part, sizeof part, output) != nullptr) said += part;
    const bool is_right = ::pclose(output) == 0;
    std::remove(path.c_str());
    return is_right ? std::string() : said;
  }

 private:
  static std::string in_one_line(std::string text) {
    std::erase(text, '\n');
    return text;
  }

  std::string lines_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_SCHEMA_CHECK_H_
