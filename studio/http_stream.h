// SPDX-License-Identifier: Apache-2.0
//
// HttpStream: an answer of an HttpServer that goes on. Its bytes are asked for piece by piece, as
// fast as the peer takes them, so that nothing of it waits in the server but one piece.
#ifndef TRACEBUS_STUDIO_HTTP_STREAM_H_
#define TRACEBUS_STUDIO_HTTP_STREAM_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

class HttpStream {
 public:
  enum class Next {
    kMore,  // ask again once the peer has taken what was appended, which may be nothing
    kWait,  // there is no more now; wake is called when there is
    kEnd,   // there will be no more: the connection ends behind what was appended
  };
  using Wake = std::function<void()>;
  // About how much one piece has at most.
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

  HttpStream() = default;
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;
  virtual ~HttpStream() = default;

  // Appends the next piece to out, without waiting. With kWait it has kept wake, and calls it once,
  // on any thread; a copy of it may be called at any time, also when the peer is gone.
  virtual Next next(std::string& out, const Wake& wake) = 0;

  // What is sent after HttpServerOptions::silence without a piece, so that both ends know that the
  // other is there.
  virtual std::string_view sign_of_life() const noexcept = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_STREAM_H_
