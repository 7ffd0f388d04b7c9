// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/trace.h"

namespace tracebus::inline v1::model {

namespace {

void pad_to(std::string& line, std::size_t column) {
  line.append(line.size() < column ? column - line.size() : 1, ' ');
}

std::string to_text(std::size_t number, const Step& step, const std::string& thread) {
  std::string line = "  " + std::to_string(number);
  pad_to(line, 6);
  line += thread;
  pad_to(line, 18);
  line += std::string(name_of(step.operation)) + " " + std::string(name_of(step.order));
  pad_to(line, 44);
  if (step.operation != Operation::kFence) {
    line += "#" + std::to_string(step.atom) + " = " + std::to_string(step.bits) + " (store " +
            std::to_string(step.index) + " of " + std::to_string(step.last) +
            (step.index == step.last ? ")" : ": stale)");
  }
  pad_to(line, 76);
  line += std::string(file_of(step.location)) + ":" + std::to_string(step.location.line()) + " " +
          std::string(function_of(step.location));
  return line + "\n";
}

}  // namespace

std::string to_text(const std::vector<Step>& steps, const std::vector<std::string>& thread_names) {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += to_text(i + 1, steps[i], thread_names[steps[i].thread]);
  }
  return text;
}

}  // namespace tracebus::inline v1::model
