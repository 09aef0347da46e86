#include <algorithm>
#include <stdexcept>
#include <string>

#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

namespace {

constexpr std::uint64_t response_bit = std::uint64_t{1} << 31;

/// Sorts as events do: by position, invocations first, then by operation.
std::uint64_t key(std::uint32_t position, std::uint64_t kind, std::size_t operation) {
  return std::uint64_t{position} << 32 | kind | operation;
}

[[noreturn]] void malformed(std::size_t index, const char* why) {
  throw std::invalid_argument("operation " + std::to_string(index) + ' ' + why);
}

}  // namespace

timeline::timeline(std::span<const operation> history) : begin_(history.size()), end_(history.size()) {
  if (history.size() >= response_bit) throw std::invalid_argument("more than 2^31 operations");
  std::vector<std::uint64_t> keys;
  keys.reserve(2 * history.size());
  for (std::size_t i = 0; i < history.size(); ++i) {
    const operation& o = history[i];
    if (o.invoked == never) malformed(i, "was never invoked");
    if (o.returned <= o.invoked) malformed(i, "returned before it was invoked");
    keys.push_back(key(o.invoked, 0, i));
    if (!o.open()) keys.push_back(key(o.returned, response_bit, i));
  }
  std::sort(keys.begin(), keys.end());
  events_.reserve(keys.size());
  std::fill(end_.begin(), end_.end(), static_cast<rank>(keys.size()));
  for (const std::uint64_t k : keys) {
    const bool is_response = (k & response_bit) != 0;
    const auto operation = static_cast<std::uint32_t>(k & (response_bit - 1));
    (is_response ? end_ : begin_)[operation] = static_cast<rank>(events_.size());
    events_.push_back({operation, is_response});
  }
}

}  // namespace heddle::monitors
