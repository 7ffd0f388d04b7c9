// SPDX-License-Identifier: Apache-2.0
//
// TlsReceiver: a receiver of OTLP behind TLS, in a process of its own (tls_server.py).
#ifndef TRACEBUS_TESTS_OTLP_HTTP_TLS_RECEIVER_H_
#define TRACEBUS_TESTS_OTLP_HTTP_TLS_RECEIVER_H_

#include <sys/types.h>

#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/otlp_http/span_receiver.h"

namespace tracebus::testing {

// The path of a file that make_certificates.sh made, "good.pem".
std::string certificate_file(const std::string& name);

class TlsReceiver {
 public:
  // certificate: "good"; arguments: what tls_server.py takes behind its key.
  explicit TlsReceiver(const std::string& certificate, std::vector<std::string> arguments = {});
  TlsReceiver(const TlsReceiver&) = delete;
  TlsReceiver& operator=(const TlsReceiver&) = delete;
  ~TlsReceiver();

  std::string url(const std::string& host = "localhost") const {
    return "https://" + host + ":" + std::to_string(port_);
  }
  const SpanReceiver& receiver() const noexcept { return receiver_; }

 private:
  void read_all();

  pid_t process_ = 0;
  int output_ = -1;
  int port_ = 0;
  std::string unread_;
  SpanReceiver receiver_;
  std::thread reading_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_HTTP_TLS_RECEIVER_H_
