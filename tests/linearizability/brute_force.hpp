// The definition of linearizability, executed: every permutation of every admissible subset. The oracle of
// the search.
#pragma once

#include <algorithm>
#include <vector>

#include <heddle/linearizability/checker.hpp>

namespace heddle::test {

using linearizability::action;
using linearizability::never;
using linearizability::obligation;
using linearizability::state_id;
using linearizability::transition_system;

class brute_force {
 public:
  brute_force(std::vector<action> history, transition_system& model)
      : history_(std::move(history)), model_(model), placed_(history_.size(), false) {}

  bool linearizable() { return complete(model_.initial()) || extend(model_.initial()); }

 private:
  bool may_be_next(std::size_t i) const {
    const action& a = history_[i];
    if (placed_[i] || a.owed == obligation::blocked) return false;
    if (a.after != never && !placed_[a.after]) return false;
    for (std::size_t j = 0; j < history_.size(); ++j) {
      if (!placed_[j] && history_[j].owed == obligation::required && history_[j].returned < a.invoked)
        return false;
    }
    return true;
  }

  bool complete(state_id state) {
    for (std::size_t i = 0; i < history_.size(); ++i) {
      const action& a = history_[i];
      if (a.owed == obligation::required && !placed_[i]) return false;
      const bool asked_for = a.after == never || placed_[a.after];
      if (a.owed == obligation::blocked && asked_for && !model_.next(state, a.symbol).empty()) return false;
    }
    return true;
  }

  bool extend(state_id state) {
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (!may_be_next(i)) continue;
      placed_[i] = true;
      for (const state_id next : model_.next(state, history_[i].symbol)) {
        if (complete(next) || extend(next)) return placed_[i] = false, true;
      }
      placed_[i] = false;
    }
    return false;
  }

  std::vector<action> history_;
  transition_system& model_;
  std::vector<bool> placed_;
};

/// The history as it was known right after the response of action `last`: later responses are still unknown.
inline std::vector<action> truncated(const std::vector<action>& history, std::size_t last) {
  const auto key = [&](std::size_t i) { return std::pair(history[i].returned, i); };
  std::vector<std::uint32_t> renamed(history.size(), never);
  std::vector<action> result;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (history[i].invoked > history[last].returned || history[i].owed == obligation::blocked) continue;
    renamed[i] = static_cast<std::uint32_t>(result.size());
    result.push_back(history[i]);
    if (key(i) > key(last)) result.back().returned = never, result.back().owed = obligation::optional;
  }
  for (std::uint32_t i = 0; i < result.size(); ++i) {
    if (result[i].after == never) continue;
    const std::uint32_t earlier = renamed[result[i].after];
    result[i].after = earlier == never ? i : earlier;  // after itself: it can never be placed
  }
  return result;
}

/// The first response with which a history stops being linearizable, else `never`.
inline std::uint32_t first_misfit(const std::vector<action>& history, transition_system& model) {
  std::vector<std::uint32_t> responses;
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].owed == obligation::required) responses.push_back(i);
  }
  std::sort(responses.begin(), responses.end(), [&](auto a, auto b) {
    return std::pair(history[a].returned, a) < std::pair(history[b].returned, b);
  });
  for (const std::uint32_t last : responses) {
    if (!brute_force(truncated(history, last), model).linearizable()) return last;
  }
  return never;
}

}  // namespace heddle::test
