#include <algorithm>

#include <heddle/harness/strategies/bytes.hpp>

namespace heddle::harness {
bool bytes::gets_nowhere(const runtime::choice_point& point) const {
  constexpr std::uint32_t run_length_max = 200;
  const runtime::pending_operation& next = point.pending[point.current];
  return next.repeated || next.kind == runtime::action::yield || run_length_ >= run_length_max;
}

// Index of the one whose turn it is if nobody is picked. The clock gets a turn only when a thread gets
// nowhere.
std::size_t bytes::unprompted(const runtime::choice_point& point) const {
  const auto first = point.enabled.begin();
  const auto after = std::upper_bound(first, point.enabled.end(), point.current);
  const bool stuck = point.current_enabled && gets_nowhere(point);
  if (point.current_enabled && !stuck) return static_cast<std::size_t>(after - first) - 1;
  if (after == point.enabled.end() || (!stuck && *after == runtime::clock_thread)) return 0;
  return static_cast<std::size_t>(after - first);
}

std::uint8_t bytes::next() {
  if (rest_.empty()) return 0;
  const std::uint8_t byte = rest_.front();
  rest_ = rest_.subspan(1);
  return byte;
}

runtime::thread_id bytes::choose_thread(const runtime::choice_point& point) {
  const runtime::thread_id chosen = point.enabled[(unprompted(point) + next()) % point.enabled.size()];
  run_length_ = chosen == last_ ? run_length_ + 1 : 0;
  last_ = chosen;
  return chosen;
}

std::uint32_t bytes::choose_alternative(std::uint32_t count) {
  return next() % count;
}

}  // namespace heddle::harness
