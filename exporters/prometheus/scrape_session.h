// SPDX-License-Identifier: Apache-2.0
//
// ScrapeSession: one connection of a ScrapeServer. Private to it.
//
//   reads --request--> answers --all sent--> lingers --the peer closes--> over
//     |                   |                     |
//     '-- request_timeout, answer_timeout, kLinger, an error, give_way --> over
//
// One request a connection: a scrape comes every few seconds, and nobody holds a place in between.
// A page goes out piece by piece, and the next piece is made when the last one was taken, so that a
// connection takes one copy of the numbers and one piece, however long the page.
// Thread safety: the server's thread alone.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_SESSION_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_SESSION_H_

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/exporters/prometheus/event_metrics.h"
#include "tracebus/exporters/prometheus/prometheus_options.h"
#include "tracebus/exporters/prometheus/scrape_request.h"

namespace tracebus {
inline namespace v1 {

class ScrapeSession : public std::enable_shared_from_this<ScrapeSession> {
 public:
  static constexpr std::size_t kHeadBytesMax = 8192;
  static constexpr std::chrono::seconds kLinger{2};
  static constexpr std::size_t kLingerBytesMax = std::size_t{64} << 10;

  struct Site {
    EventMetrics& metrics;
    const PrometheusOptions& options;
    const ScrapeSite& site;
  };
  // REQUIRES: what site refers to outlives the session.
  ScrapeSession(boost::asio::ip::tcp::socket socket, const Site& site);

  // over: called once, when the connection is closed.
  void start(std::function<void(ScrapeSession*)> over);

  bool is_reading() const noexcept { return is_reading_; }
  bool is_lingering() const noexcept { return is_lingering_; }  // the answer is sent
  // Closes the connection, for a newer one or for the end of the server.
  void give_way();

 private:
  using Error = boost::beast::error_code;

  void read();
  // Does a step; where there is no memory for it, the connection is over.
  template <class Step>
  void take(const Step& step);
  void answer(const Error& error);
  ScrapeAnswer answer_to_head(const Error& error) const;
  void send_head(const ScrapeAnswer& answer);
  void send();
  void sent(const Error& error);
  void linger();
  void finish(std::string_view fate);

  Site site_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer head_{kHeadBytesMax + 1};
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser_;
  std::function<void(ScrapeSession*)> over_;
  bool is_reading_ = true;
  bool is_lingering_ = false;
  bool is_chunked_ = false;
  std::unique_ptr<MetricsPage> page_;  // null once all of it was made
  std::string piece_;
  std::string sending_;
  std::array<char, 4096> lingering_;  // not initialised
  std::size_t lingered_bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_SESSION_H_
