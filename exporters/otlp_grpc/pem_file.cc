// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/pem_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

absl::Status PemFile::read() const {
  if (path.empty()) return absl::OkStatus();
  std::string shown = std::string(what) + ' ';
  append_visible(shown, path);
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  text->resize(kPemBytesMax + 1);
  const std::size_t bytes = file ? std::fread(text->data(), 1, text->size(), file.get()) : 0;
  if (!file || std::ferror(file.get()) != 0) {
    return absl::NotFoundError(shown + " cannot be read: " + std::strerror(errno));
  }
  text->resize(bytes);
  if (bytes > kPemBytesMax) return absl::InvalidArgumentError(shown + " is larger than 4 MiB");
  if (text->find("-----BEGIN ") == std::string::npos) {
    return absl::InvalidArgumentError(shown + " has no PEM in it: no -----BEGIN ...-----");
  }
  return absl::OkStatus();
}

}  // namespace v1
}  // namespace tracebus
