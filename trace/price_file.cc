// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/price_file.h"

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "tracebus/core/hash.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/price_text.h"

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

absl::Status file_error(const std::string& path, int error) {
  const std::string message =
      path + ": cannot be read: " + std::strerror(error) + "; give the path of a JSON file";
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == EACCES) return absl::PermissionDeniedError(message);
  return absl::InvalidArgumentError(message);
}

absl::Status too_large(std::string_view name) {
  return absl::ResourceExhaustedError(std::string(name) + ": is larger than " +
                                      std::to_string(kPriceFileBytesMax) +
                                      " bytes; a table of prices is not");
}

// All of the file, which may grow or shrink meanwhile.
absl::StatusOr<std::string> read_all(const std::string& path) {
  // Does not wait for the other end of a FIFO.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) return file_error(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(path + ": is no regular file; give the path of a JSON file");
  }
  std::string text;
  while (text.size() <= kPriceFileBytesMax) {
    constexpr std::size_t kStep = std::size_t{64} << 10;
    const std::size_t size = text.size();
    text.resize(size + kStep);
    const ssize_t count = ::read(file.number(), text.data() + size, kStep);
    text.resize(size + static_cast<std::size_t>(count < 0 ? 0 : count));
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return file_error(path, errno);
  }
  return too_large(path);
}

// Regular expressions say with these what prefixes and globs cannot.
bool looks_like_regex(std::string_view pattern) noexcept {
  return pattern.find_first_of("^$\\[](){}|+") != std::string_view::npos ||
         pattern.find(".*") != std::string_view::npos;
}

std::string model_name(const SaidModel& model) { return "\"" + model.pattern.substr(0, 80) + "\""; }

// Makes a table of what was said, and refuses what makes no sense.
class Believer {
 public:
  Believer(const SaidPrices& said, std::string_view name) : said_(said), name_(name) {}

  absl::StatusOr<PriceTable> table() {
    PriceTable table;
    for (const SaidModel& model : said_.models) {
      if (absl::Status status = add(model, table); !status.ok()) return status;
    }
    return table;
  }

 private:
  absl::Status add(const SaidModel& model, PriceTable& table) {
    const auto [place, is_new] = lines_.try_emplace(model.pattern, model.line);
    if (!is_new) {
      return bad(model, model.line,
                 "is there twice, also on line " + std::to_string(place->second) + "; remove one");
    }
    if (looks_like_regex(model.pattern)) {
      return bad(model, model.line,
                 "looks like a regular expression; give the beginning of the model's name, or a "
                 "glob with * and ?");
    }
    std::array<std::optional<std::int64_t>, kPriceClasses> prices;
    for (std::size_t i = 0; i < kPriceClasses; ++i) {
      absl::Status status = read(model, static_cast<PriceClass>(i), prices[i]);
      if (!status.ok()) return status;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (prices[i]) continue;
      return bad(model, model.line,
                 "has no " + std::string(to_string(static_cast<PriceClass>(i))) +
                     "; give its price, 0 if it is free");
    }
    const absl::Status status = table.add(model.pattern, {.input = *prices[0],
                                                          .output = *prices[1],
                                                          .cache_read = prices[2],
                                                          .cache_write = prices[3],
                                                          .reasoning = prices[4]});
    return status.ok() ? status : bad(model, model.line, std::string(status.message()));
  }

  absl::Status read(const SaidModel& model, PriceClass price_class,
                    std::optional<std::int64_t>& price) const {
    const SaidPrice& said = model.prices[static_cast<std::size_t>(price_class)];
    if (said.number.empty()) return absl::OkStatus();
    const PriceUnit model_unit = model.unit == PriceUnit::kUnsaid ? said_.unit : model.unit;
    const PriceUnit unit = said.unit == PriceUnit::kUnsaid ? model_unit : said.unit;
    if (unit == PriceUnit::kUnsaid) {
      return bad(model, said.line,
                 "has no unit; give \"unit\": \"usd_per_1k_tokens\" or \"usd_per_1m_tokens\", for "
                 "it or for the file");
    }
    const ScaledDecimal picos = parse_scaled_decimal(said.number, static_cast<int>(unit));
    const std::string what =
        std::string(to_string(price_class)) + ", " + std::string(said.number.substr(0, 40)) + ", ";
    if (picos.status == MoneyStatus::kRounded) {
      return bad(model, said.line,
                 what + "has more than " + std::to_string(static_cast<int>(unit)) +
                     " digits behind the point, which are not kept; round it");
    }
    if (picos.status != MoneyStatus::kOk || picos.value > kPricePicoDollarsMax) {
      const MoneyStatus wrong =
          picos.status == MoneyStatus::kOk ? MoneyStatus::kSaturated : picos.status;
      return bad(
          model, said.line,
          what + std::string(description_of(wrong)) + "; give dollars, from 0 to a dollar a token");
    }
    price = picos.value;
    return absl::OkStatus();
  }

  absl::Status bad(const SaidModel& model, std::size_t line, std::string_view message) const {
    return price_error(name_, line, model_name(model) + ": " + std::string(message));
  }

  const SaidPrices& said_;
  const std::string_view name_;
  std::unordered_map<std::string_view, std::size_t, TextHash, TextEqual> lines_;
};

}  // namespace

absl::StatusOr<PriceTable> read_price_file(const std::string& path) {
  absl::StatusOr<std::string> text = read_all(path);
  if (!text.ok()) return text.status();
  return parse_prices(*text, path);
}

absl::StatusOr<PriceTable> parse_prices(std::string_view json, std::string_view name) {
  if (json.size() > kPriceFileBytesMax) return too_large(name);
  const simdjson::padded_string padded(json);
  const absl::StatusOr<SaidPrices> said = read_said_prices(padded, name);
  if (!said.ok()) return said.status();
  return Believer(*said, name).table();
}

}  // namespace v1
}  // namespace tracebus
