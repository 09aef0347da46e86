#include <algorithm>

#include <heddle/harness/strategies/pct.hpp>

namespace heddle::harness {
namespace {

constexpr std::uint64_t run_length_max = 500;  // choices won in a row before a thread has to let others run

}  // namespace

pct::pct(std::uint32_t depth) : name_("pct" + std::to_string(depth)), depth_(depth) {}

void pct::begin(std::uint64_t seed) {
  random_ = random_stream(seed);
  priorities_.assign(256, 0);
  lowest_ = -1;
  choices_ = run_length_ = 0;
  last_ = runtime::no_thread;
  change_points_.clear();
  for (std::uint32_t i = 1; i < depth_; ++i)
    change_points_.push_back(1 + random_.below(static_cast<std::uint32_t>(longest_)));
  std::sort(change_points_.begin(), change_points_.end());
}

void pct::end(const runtime::result&) {
  longest_ = std::max(longest_, choices_);
}

std::int64_t& pct::priority_of(runtime::thread_id thread) {
  std::int64_t& p = priorities_[thread];
  if (p == 0) p = 1 + static_cast<std::int64_t>(random_.next() >> 2);
  return p;
}

void pct::demote(runtime::thread_id thread) {
  priorities_[thread] = lowest_--;
}

runtime::thread_id pct::choose_thread(const runtime::choice_point& point) {
  ++choices_;
  while (!change_points_.empty() && change_points_.front() <= choices_) {
    if (point.current_enabled) demote(point.current);
    change_points_.erase(change_points_.begin());
  }
  if (point.current_enabled && point.current == last_ && ++run_length_ > run_length_max) {
    demote(last_);
    run_length_ = 0;
  }
  runtime::thread_id best = point.enabled.front();
  for (const runtime::thread_id t : point.enabled)
    if (priority_of(t) > priority_of(best)) best = t;
  if (best != last_) run_length_ = 0;
  last_ = best;
  if (best == runtime::clock_thread) demote(best);
  return best;
}

}  // namespace heddle::harness
