// Not instrumented, as the strategies of Heddle are not.
#include "bench_choosers.hpp"

namespace runtime_bench {

using heddle::runtime::choice_point;
using heddle::runtime::thread_id;

thread_id fixed_chooser::choose_thread(const choice_point& point) {
  if (!go_round_ && point.current_enabled) return point.current;
  for (const thread_id id : point.enabled)
    if (id > point.current) return id;
  return point.enabled.front();
}

thread_id random_chooser::choose_thread(const choice_point& point) {
  return point.enabled[choose_alternative(static_cast<std::uint32_t>(point.enabled.size()))];
}

std::uint32_t random_chooser::choose_alternative(std::uint32_t count) {
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX generator
  return static_cast<std::uint32_t>(state_ >> 33) % count;
}

}  // namespace runtime_bench
