#include <algorithm>
#include <numeric>

#include <heddle/harness/strategies/preemption_bounding.hpp>

namespace heddle::harness {

preemption_bounding::preemption_bounding(std::uint32_t bound_max) : bound_max_(bound_max) {}

void preemption_bounding::begin(std::uint64_t) {
  depth_ = 0;
}

// Preemptions spent up to and including the last node followed.
std::uint32_t preemption_bounding::spent() const {
  if (depth_ == 0) return 0;
  const node& n = path_[depth_ - 1];
  return n.preemptions + (n.taken < n.free_choices ? 0 : 1);
}

std::uint8_t preemption_bounding::descend(std::vector<std::uint8_t> choices, std::size_t free_choices) {
  // A component that is not deterministic has other choices here than before: what was planned below is void.
  if (depth_ < path_.size()) {
    const node& planned = path_[depth_];
    if (std::find(choices.begin(), choices.end(), planned.choices[planned.taken]) == choices.end())
      path_.resize(depth_);
  }
  if (depth_ == path_.size()) {
    const std::uint32_t before = spent();
    if (before >= bound_ && free_choices < choices.size()) {
      choices.resize(free_choices);
      pruned_ = true;
    }
    path_.push_back({std::move(choices), 0, before, static_cast<std::uint8_t>(free_choices)});
  }
  const node& n = path_[depth_++];
  return n.choices[n.taken];
}

runtime::thread_id preemption_bounding::choose_thread(const runtime::choice_point& point) {
  std::vector<std::uint8_t> choices;
  std::vector<std::uint8_t> costly;
  if (point.current_enabled) choices.push_back(point.current);
  for (const runtime::thread_id t : point.enabled) {
    if (point.current_enabled && t == point.current) continue;
    const bool free = !point.current_enabled && t != runtime::clock_thread;
    (free ? choices : costly).push_back(t);
  }
  const std::size_t free_choices = choices.size();
  choices.insert(choices.end(), costly.begin(), costly.end());
  return descend(std::move(choices), free_choices);
}

std::uint32_t preemption_bounding::choose_alternative(std::uint32_t count) {
  std::vector<std::uint8_t> choices(count);
  std::iota(choices.begin(), choices.end(), std::uint8_t{0});
  return descend(std::move(choices), count);
}

void preemption_bounding::end(const runtime::result&) {
  // Nodes below the point where this schedule ended belong to nothing.
  path_.resize(depth_);
  while (!path_.empty() && path_.back().taken + 1 == path_.back().choices.size()) path_.pop_back();
  if (!path_.empty()) {
    ++path_.back().taken;
    return;
  }
  if (!pruned_ || bound_ == bound_max_) {
    exhausted_ = true;
    return;
  }
  ++bound_;
  pruned_ = false;
}

}  // namespace heddle::harness
