#include <algorithm>

#include <heddle/linearizability/model_space.hpp>

namespace heddle::linearizability {

symbol_id memoised_transitions::add(effect known) {
  effects_.push_back(known);
  return static_cast<symbol_id>(effects_.size() - 1);
}

std::span<const state_id> memoised_transitions::next(state_id from, symbol_id symbol) {
  const std::uint64_t hash = heddle::detail::mix((std::uint64_t{from} << 32 | symbol) + 1);
  const auto same = [&](std::uint32_t i) {
    return transitions_[i].from == from && transitions_[i].symbol == symbol;
  };
  const std::uint32_t known = known_.find(hash, same);
  if (known != probe_table::absent) return transitions_[known].successors;

  successors_.clear();
  compute(from, symbol, successors_);
  const auto changes = [&](state_id to) { return to != from; };
  if (effects_[symbol] == effect::unknown && std::any_of(successors_.begin(), successors_.end(), changes))
    effects_[symbol] = effect::changes;
  known_.insert(hash, static_cast<std::uint32_t>(transitions_.size()));
  transitions_.push_back({from, symbol, keep(successors_)});
  return transitions_.back().successors;
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
