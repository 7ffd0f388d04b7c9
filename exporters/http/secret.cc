// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <system_error>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  const int number_;
};

std::string variable(const std::string& name) {
  const char* const text = std::getenv(name.c_str());
  return text == nullptr ? std::string() : std::string(text);
}

absl::Status unreadable(const std::string& where, int error) {
  return absl::NotFoundError(where + " cannot be read: " + std::generic_category().message(error));
}

// Where: the variable and the path, for messages.
absl::Status check_file(int descriptor, const std::string& where) {
  struct stat found;
  if (::fstat(descriptor, &found) != 0) return unreadable(where, errno);
  if (!S_ISREG(found.st_mode)) return absl::InvalidArgumentError(where + " is no regular file");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::InvalidArgumentError(where + " is open to others than its owner: chmod 600 it");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> read_file(const std::string& path, const std::string& where) {
  // Without waiting for the other end, should it be a FIFO.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return unreadable(where, errno);
  if (absl::Status status = check_file(file.number(), where); !status.ok()) return status;
  std::array<char, kSecretBytesMax + 3> bytes;  // a line end, and one more to see that it is longer
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.number(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(where, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  std::string_view text(bytes.data(), size);
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return std::string(text);
}

absl::Status check_text(std::string_view text, const std::string& where) {
  if (text.empty()) return absl::InvalidArgumentError(where + " holds nothing");
  if (text.size() > kSecretBytesMax) {
    return absl::InvalidArgumentError(where + " holds more than 4096 bytes");
  }
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return absl::InvalidArgumentError(where +
                                      " holds a space, a line end or what is no ASCII: it is "
                                      "to be the key alone");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> secret_from_env(const std::string& name) {
  std::string text = variable(name);
  const std::string path = variable(name + "_FILE");
  std::string where = name;
  if (text.empty() && path.empty()) return text;
  if (!text.empty() && !path.empty()) {
    return absl::InvalidArgumentError(name + " and " + name + "_FILE are both set: leave one");
  }
  if (!path.empty()) {
    append_visible(where.append("_FILE: "), path);
    auto read = read_file(path, where);
    if (!read.ok()) return read;
    text = *std::move(read);
  }
  if (absl::Status status = check_text(text, where); !status.ok()) return status;
  return text;
}

HttpHeader basic_authorization(std::string_view user, std::string_view password) {
  const std::string both = std::string(user).append(":").append(password);
  std::string encoded;
  append_json_bytes(encoded, std::as_bytes(std::span(both)));
  // JSON has it between quotes.
  return {"Authorization", "Basic " + encoded.substr(1, encoded.size() - 2)};
}

}  // namespace v1
}  // namespace tracebus
