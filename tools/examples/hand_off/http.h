// SPDX-License-Identifier: Apache-2.0
//
// What both ends of the example say about HTTP: messages of text, and patience that ends.
#ifndef TRACEBUS_TOOLS_EXAMPLES_HAND_OFF_HTTP_H_
#define TRACEBUS_TOOLS_EXAMPLES_HAND_OFF_HTTP_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

namespace tracebus::examples {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// Nobody waits longer than this for the other end.
inline constexpr std::chrono::seconds kPatience{20};

// Does one operation of a stream, which start begins and which calls the function it is given.
template <class Start>
beast::error_code finish(asio::io_context& io, beast::tcp_stream& stream, const Start& start) {
  beast::error_code result;
  stream.expires_after(kPatience);
  start([&result](beast::error_code error, auto&&...) { result = error; });
  io.restart();
  io.run();
  return result;
}

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_HAND_OFF_HTTP_H_
