#include <heddle/harness/strategies/random_walk.hpp>

namespace heddle::harness {

runtime::thread_id random_thread(const runtime::choice_point& point, random_stream& random) {
  constexpr std::uint32_t thread_weight = 8;
  constexpr std::uint32_t clock_weight = 1;
  const auto count = static_cast<std::uint32_t>(point.enabled.size());
  if (point.enabled.back() != runtime::clock_thread) return point.enabled[random.below(count)];
  const std::uint32_t threads = count - 1;
  const std::uint32_t draw = random.below(threads * thread_weight + clock_weight);
  return point.enabled[draw < threads * thread_weight ? draw / thread_weight : threads];
}

}  // namespace heddle::harness
