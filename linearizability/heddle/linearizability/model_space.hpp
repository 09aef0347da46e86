// The states of one sequential model and the steps between them, interned: what the checker searches in.
//
// A model's author writes member functions (model.hpp); sequential.hpp turns a function and what was seen of
// its call into a step; here steps become symbols, states become ids, and every (state, symbol) is computed
// once. O(1) expected per question after the first. Not for several threads at a time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/probe_table.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::linearizability {

/// What does not depend on the model's type: the memo of transitions and what is known of the symbols.
class memoised_transitions : public transition_system {
 public:
  std::span<const state_id> next(state_id from, symbol_id symbol) final;
  effect effect_of(symbol_id symbol) final { return facts_[symbol].known; }

 protected:
  symbol_id add(effect known);
  /// Appends the successors' ids, in a fixed order.
  virtual void compute(state_id from, symbol_id symbol, std::vector<state_id>& successors) = 0;

 private:
  struct facts {
    effect known;
    std::span<const state_id> everywhere;  ///< the successors in every state, of what overwrites
  };

  std::span<const state_id> computed(state_id from, symbol_id symbol);
  std::span<const state_id> keep(std::span<const state_id> successors);

  std::vector<facts> facts_;  ///< by symbol
  std::vector<std::span<const state_id>> transitions_;
  probe_table known_;
  std::vector<std::unique_ptr<state_id[]>> blocks_;  ///< storage of the spans; blocks never move
  std::span<state_id> free_;                         ///< the unused rest of the last block
  std::vector<state_id> successors_;
};

template <class Model>
class model_space final : public memoised_transitions {
 public:
  /// Appends every model that may follow when the operation takes effect on the given one; none if it may
  /// not.
  using step = std::function<void(const Model&, std::vector<Model>& successors)>;

  /// Answers may_become_enabled for one symbol.
  using outlook = std::function<bool(const Model&, symbol_id growing)>;

  explicit model_space(Model initial) { intern(std::move(initial)); }

  /// Equal operations should share one symbol: it is by symbols that the search sees that two calls are
  /// interchangeable.
  symbol_id add_symbol(step s, effect known = effect::unknown, outlook o = nullptr) {
    steps_.push_back(std::move(s));
    if (o) outlooks_.resize(steps_.size());
    if (o) outlooks_.back() = std::move(o);
    return add(known);
  }

  bool may_become_enabled(state_id from, symbol_id growing, symbol_id symbol) override {
    return symbol >= outlooks_.size() || !outlooks_[symbol] || outlooks_[symbol](states_[from], growing);
  }

  state_id initial() override { return 0; }
  const Model& state(state_id id) const { return states_[id]; }
  std::size_t size() const { return states_.size(); }

  value describe(state_id id) const requires describable<Model> { return to_value(states_[id]); }

 private:
  void compute(state_id from, symbol_id symbol, std::vector<state_id>& successors) override {
    models_.clear();
    steps_[symbol](states_[from], models_);
    if (effect_of(symbol) == effect::observes) {
      if (!models_.empty()) successors.push_back(from);
      return;
    }
    for (auto&& model : models_) successors.push_back(intern(std::move(model)));
  }

  state_id intern(Model model) {
    require_model_state<Model>();
    const std::uint64_t hash = hash_of(model);
    const std::uint32_t known = index_.find(hash, [&](state_id id) { return states_[id] == model; });
    if (known != probe_table::absent) return known;
    const auto id = static_cast<state_id>(states_.size());
    states_.push_back(std::move(model));
    index_.insert(hash, id);
    return id;
  }

  std::deque<Model> states_;  ///< never moves a state
  probe_table index_;
  std::vector<step> steps_;
  std::vector<outlook> outlooks_;  ///< by symbol, as far as there are any
  std::vector<Model> models_;
};

}  // namespace heddle::linearizability
