#include <algorithm>

#include <heddle/harness/schedule.hpp>

namespace heddle::harness {

runtime::thread_id recorder::choose_thread(const runtime::choice_point& point) {
  const runtime::thread_id chosen = inner_.choose_thread(point);
  made_.push_back(chosen);
  return chosen;
}

std::uint32_t recorder::choose_alternative(std::uint32_t count) {
  const std::uint32_t chosen = inner_.choose_alternative(count);
  made_.push_back(static_cast<std::uint8_t>(chosen));
  return chosen;
}

runtime::thread_id replayer::choose_thread(const runtime::choice_point& point) {
  if (next_ < made_.size()) {
    const std::uint8_t wanted = made_[next_++];
    if (std::find(point.enabled.begin(), point.enabled.end(), wanted) != point.enabled.end()) return wanted;
  }
  fits_ = false;
  return point.current_enabled ? point.current : point.enabled.front();
}

std::uint32_t replayer::choose_alternative(std::uint32_t count) {
  if (next_ < made_.size() && made_[next_] < count) return made_[next_++];
  fits_ = false;
  return 0;
}

}  // namespace heddle::harness
