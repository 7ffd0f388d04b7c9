// SPDX-License-Identifier: Apache-2.0
//
// RawClient: a connection that sends what it is told, byte for byte.
#ifndef TRACEBUS_TESTS_STUDIO_RAW_CLIENT_H_
#define TRACEBUS_TESTS_STUDIO_RAW_CLIENT_H_

#include <string>
#include <string_view>

namespace tracebus::testing {

struct RawAnswer {
  int status = 0;  // 0: none came
  std::string head;
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(int port, bool v6 = false);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  bool is_connected() const noexcept { return fd_ >= 0; }
  // False if the peer does not take it.
  bool send(std::string_view bytes);
  // The next answer, by its Content-Length. Status 0 where the connection ends before.
  RawAnswer read();
  // What came of an answer without an end, up to and with the text; empty where the connection ends
  // before.
  std::string read_until(std::string_view text);
  // Whether the peer ends the connection.
  bool is_ended();

  // One request on a connection of its own.
  static RawAnswer ask(int port, std::string_view request);

 private:
  bool fill();

  int fd_ = -1;
  std::string unread_;
};

// Whether somebody can listen at ::1.
bool this_machine_has_v6();

// A POST with the headers that a sender of OTLP has.
std::string post(int port, std::string_view path, std::string_view type, std::string_view body,
                 std::string_view headers = {});

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_RAW_CLIENT_H_
