#include <heddle/harness/strategies/preemption_bounding.hpp>

namespace heddle::harness {

runtime::thread_id preemption_bounding::choose_thread(const runtime::choice_point& point) {
  std::vector<choice> choices;
  std::vector<choice> preemptions;
  if (point.current_enabled) choices.push_back({point.current, 0});
  for (const runtime::thread_id t : point.enabled) {
    if (point.current_enabled && t == point.current) continue;
    if (!point.current_enabled && t != runtime::clock_thread)
      choices.push_back({t, 0});
    else
      preemptions.push_back({t, 1});
  }
  choices.insert(choices.end(), preemptions.begin(), preemptions.end());
  return descend(std::move(choices));
}

std::uint32_t preemption_bounding::choose_alternative(std::uint32_t count) {
  std::vector<choice> choices;
  for (std::uint32_t i = 0; i < count; ++i) choices.push_back({static_cast<std::uint8_t>(i), 0});
  return descend(std::move(choices));
}

}  // namespace heddle::harness
