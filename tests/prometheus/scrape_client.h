// SPDX-License-Identifier: Apache-2.0
//
// ScrapeClient: one connection to a port of this machine, as polite as the test wants it to be.
#ifndef TRACEBUS_TESTS_PROMETHEUS_SCRAPE_CLIENT_H_
#define TRACEBUS_TESTS_PROMETHEUS_SCRAPE_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tracebus::testing {

struct HttpReply {
  int status = 0;      // 0: there was no whole answer
  std::string head;    // with the status line
  std::string body;    // without the frames of chunks
  bool whole = false;  // the body has all bytes that the head, or its last chunk, tells of

  // The value of a header by its name in lower case; empty if there is none.
  std::string header(std::string_view name) const;
};

// Of what came until the connection ended. has_body: not of HEAD.
HttpReply parse_reply(const std::string& bytes, bool has_body = true);

class ScrapeClient {
 public:
  // receive_bytes: of the system's buffer; 0: as it likes.
  explicit ScrapeClient(std::uint16_t port, int receive_bytes = 0);
  ScrapeClient(const ScrapeClient&) = delete;
  ScrapeClient& operator=(const ScrapeClient&) = delete;
  ~ScrapeClient();

  bool is_connected() const noexcept { return connected_; }
  bool send(std::string_view bytes);
  // Reads until the connection ends, for a minute at most.
  std::string read_to_end();
  // At least so many bytes, unless the connection ends before.
  std::string read(std::size_t bytes);
  // Whether the peer closes within a minute. What it sends is thrown away.
  bool ends();
  // Whether the connection ended, and not by being reset.
  bool ended_well() const noexcept { return ended_well_; }

 private:
  bool read_some(std::string& to);

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  bool ended_well_ = false;
};

// A whole request by a connection of its own. headers: each with its line end, besides Host.
HttpReply get(std::uint16_t port, std::string_view target, std::string_view headers = {},
              std::string_view method = "GET");

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_PROMETHEUS_SCRAPE_CLIENT_H_
