// Random concurrent histories of a sample model: simulated executions in which some symbols are then
// exchanged, so that linearizable and other histories are both frequent.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "brute_force.hpp"
#include "sample_models.hpp"

namespace heddle::test {

class history_generator {
 public:
  history_generator(const sample_model& model, std::uint32_t seed) : model_(model), random_(seed) {}

  std::vector<action> generate(std::uint32_t operations) {
    history_.clear();
    open_.clear();
    state_ = model_.space->initial();
    const std::uint32_t processes = 2 + below(3);
    std::uint32_t started = 0;
    position_ = 0;
    for (int turn = 0; turn < 200 && (started < operations || (!open_.empty() && below(6) != 0)); ++turn) {
      if (started < operations && open_.size() < processes && below(2) == 0) {
        invoke();
        ++started;
      } else if (!open_.empty()) {
        proceed(below(static_cast<std::uint32_t>(open_.size())));
      }
    }
    for (const operation& o : open_) leave_open(o);
    if (below(2) == 0) corrupt();
    return history_;
  }

  /// A history in which every third call has an unknown outcome.
  std::vector<action> generate_crashing(std::uint32_t operations) {
    std::vector<action> history = generate(operations);
    for (action& a : history) {
      if (a.owed != obligation::required || a.after != never || below(3) != 0) continue;
      a.owed = obligation::optional;
      a.returned = never;
    }
    return history;
  }

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

 private:
  struct operation {
    std::vector<std::uint32_t> actions;
    std::size_t done = 0;
  };

  void invoke() {
    operation o;
    const bool two_phase = !model_.two_phase.empty() && below(4) != 0;
    const auto first = static_cast<std::uint32_t>(history_.size());
    history_.push_back({.symbol = below(model_.symbols), .invoked = position_++});
    o.actions.push_back(first);
    if (two_phase) {
      const auto [request, grant] =
          model_.two_phase[below(static_cast<std::uint32_t>(model_.two_phase.size()))];
      history_[first].symbol = request;
      history_.push_back({.symbol = grant, .invoked = history_[first].invoked, .after = first});
      o.actions.push_back(first + 1);
    }
    open_.push_back(o);
  }

  /// The next action of an open operation takes effect, or the operation returns.
  void proceed(std::uint32_t which) {
    operation& o = open_[which];
    if (o.done < o.actions.size()) {
      if (take_effect(history_[o.actions[o.done]], o.actions.size() == 1)) ++o.done;
      return;
    }
    for (const std::uint32_t i : o.actions) history_[i].returned = position_;
    ++position_;
    open_.erase(open_.begin() + which);
  }

  bool take_effect(action& a, bool any_symbol) {
    for (int attempt = 0; attempt < 6; ++attempt) {
      const auto successors = model_.space->next(state_, a.symbol);
      if (!successors.empty()) {
        state_ = successors[below(static_cast<std::uint32_t>(successors.size()))];
        return true;
      }
      if (any_symbol) a.symbol = below(model_.symbols);
    }
    return false;
  }

  void leave_open(const operation& o) {
    const bool request_is_certain = below(2) == 0;
    for (std::size_t k = 0; k < o.actions.size(); ++k) {
      action& a = history_[o.actions[k]];
      const bool last = k + 1 == o.actions.size();
      a.owed = last && o.done <= k && below(2) == 0 ? obligation::blocked : obligation::optional;
      if (!last && request_is_certain) a.owed = obligation::required;
    }
  }

  void corrupt() {
    for (std::uint32_t n = 1 + below(2); n > 0; --n) {
      action& a = history_[below(static_cast<std::uint32_t>(history_.size()))];
      if (model_.two_phase.empty()) a.symbol = below(model_.symbols);
      if (a.owed == obligation::required && a.returned != never && a.after == never && below(3) == 0) {
        a.owed = below(2) == 0 ? obligation::optional : obligation::blocked;
        a.returned = never;
      }
    }
  }

  const sample_model& model_;
  std::mt19937 random_;
  std::vector<action> history_;
  std::vector<operation> open_;
  state_id state_ = 0;
  std::uint32_t position_ = 0;
};

}  // namespace heddle::test
