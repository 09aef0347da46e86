#include <algorithm>

#include <heddle/linearizability/model_space.hpp>

namespace heddle::linearizability {

symbol_id memoised_transitions::add(effect known) {
  facts_.push_back({known, {}});
  return static_cast<symbol_id>(facts_.size() - 1);
}

std::span<const state_id> memoised_transitions::next(state_id from, symbol_id symbol) {
  facts& here = facts_[symbol];
  if (here.known == effect::overwrites) {
    if (here.everywhere.empty()) here.everywhere = computed(from, symbol);
    return here.everywhere;
  }
  const std::uint64_t hash = heddle::detail::mix((std::uint64_t{from} << 32 | symbol) + 1);
  const auto same = [](std::uint32_t) { return true; };  // mix is a bijection
  const std::uint32_t known = known_.find(hash, same);
  if (known != probe_table::absent) return transitions_[known];

  const std::span<const state_id> successors = computed(from, symbol);
  const auto changes = [&](state_id to) { return to != from; };
  if (here.known == effect::unknown && std::any_of(successors.begin(), successors.end(), changes))
    here.known = effect::changes;
  known_.insert(hash, static_cast<std::uint32_t>(transitions_.size()));
  transitions_.push_back(successors);
  return successors;
}

std::span<const state_id> memoised_transitions::computed(state_id from, symbol_id symbol) {
  successors_.clear();
  compute(from, symbol, successors_);
  return keep(successors_);
}

std::span<const state_id> memoised_transitions::keep(std::span<const state_id> successors) {
  constexpr std::size_t block_min = 128;
  constexpr std::size_t block_max = 4096;
  if (successors.size() > free_.size()) {
    const std::size_t block = std::min(block_max, block_min << std::min<std::size_t>(blocks_.size(), 5));
    const std::size_t size = std::max(block, successors.size());
    blocks_.push_back(std::make_unique<state_id[]>(size));
    free_ = {blocks_.back().get(), size};
  }
  const std::span<state_id> kept = free_.first(successors.size());
  std::copy(successors.begin(), successors.end(), kept.begin());
  free_ = free_.subspan(successors.size());
  return kept;
}

}  // namespace heddle::linearizability
