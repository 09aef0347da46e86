#include <algorithm>

#include <heddle/harness/strategies/bounded_search.hpp>

namespace heddle::harness {

// Up to and including the last node followed.
std::uint32_t bounded_search::spent() const {
  if (depth_ == 0) return 0;
  const node& n = path_[depth_ - 1];
  return n.spent + n.choices[n.taken].cost;
}

std::uint8_t bounded_search::descend(std::vector<choice> choices) {
  // A component that is not deterministic has other choices here than before: what was planned below is void.
  if (depth_ < path_.size()) {
    const node& planned = path_[depth_];
    const auto same = [wanted = planned.choices[planned.taken].what](choice c) { return c.what == wanted; };
    if (std::none_of(choices.begin(), choices.end(), same)) path_.resize(depth_);
  }
  if (depth_ == path_.size()) {
    const std::uint32_t before = spent();
    const auto dear = std::find_if(choices.begin(), choices.end(),
                                   [left = bound_ - before](choice c) { return c.cost > left; });
    pruned_ |= dear != choices.end();
    choices.erase(dear, choices.end());
    path_.push_back({std::move(choices), 0, before});
  }
  const node& n = path_[depth_++];
  return n.choices[n.taken].what;
}

void bounded_search::end(const runtime::result&) {
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
