#include <algorithm>

#include <heddle/harness/strategies/delay_bounding.hpp>

namespace heddle::harness {

runtime::thread_id delay_bounding::choose_thread(const runtime::choice_point& point) {
  const bool clock = point.enabled.back() == runtime::clock_thread;
  const auto threads = point.enabled.first(point.enabled.size() - (clock ? 1 : 0));
  // The round begins with the current thread if it can go on, else with the one after it.
  const auto first = std::lower_bound(threads.begin(), threads.end(), point.current) - threads.begin();
  std::vector<choice> choices;
  for (std::size_t delays = 0; delays < threads.size(); ++delays) {
    const std::size_t at = (static_cast<std::size_t>(first) + delays) % threads.size();
    choices.push_back({threads[at], static_cast<std::uint8_t>(delays)});
  }
  if (clock) choices.insert(choices.begin() + 1, choice{runtime::clock_thread, 1});
  return descend(std::move(choices));
}

std::uint32_t delay_bounding::choose_alternative(std::uint32_t count) {
  std::vector<choice> choices;
  for (std::uint32_t i = 0; i < count; ++i)
    choices.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i)});
  return descend(std::move(choices));
}

}  // namespace heddle::harness
