// The search against the definition, on thousands of random histories of eight models.
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "brute_force.hpp"
#include "random_history.hpp"
#include "sample_models.hpp"

namespace heddle::test {
namespace {

using linearizability::check_options;
using linearizability::checker;
using linearizability::outcome;
using linearizability::placement;
using linearizability::verdict;

/// Is `order` a legal sequence of actions of `history` (without regard to what is missing)?
bool is_legal_order(const std::vector<action>& history, const std::vector<placement>& order,
                    transition_system& model) {
  state_id state = model.initial();
  std::set<std::uint32_t> placed;
  for (const placement& p : order) {
    const action& a = history[p.action];
    const auto next = model.next(state, a.symbol);
    if (a.owed == obligation::blocked || std::find(next.begin(), next.end(), p.after) == next.end())
      return false;
    if (a.after != never && !placed.contains(a.after)) return false;
    for (const std::uint32_t earlier : placed) {
      if (a.returned < history[earlier].invoked) return false;
    }
    if (!placed.insert(p.action).second) return false;
    state = p.after;
  }
  return true;
}

bool places_all(const std::vector<action>& history, const std::vector<placement>& order) {
  std::set<std::uint32_t> placed;
  for (const placement& p : order) placed.insert(p.action);
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].owed == obligation::required && !placed.contains(i)) return false;
  }
  return true;
}

bool leaves_blocked(const std::vector<action>& history, const std::vector<placement>& order,
                    transition_system& model) {
  const state_id state = order.empty() ? model.initial() : order.back().after;
  return std::all_of(history.begin(), history.end(), [&](const action& a) {
    const auto is_prerequisite = [&](const placement& p) { return p.action == a.after; };
    const bool asked_for = a.after == never || std::any_of(order.begin(), order.end(), is_prerequisite);
    return a.owed != obligation::blocked || !asked_for || model.next(state, a.symbol).empty();
  });
}

/// The first blocked action that makes an otherwise linearizable history wrong.
std::uint32_t first_wrongly_blocked(const std::vector<action>& history, transition_system& model) {
  std::vector<std::uint32_t> blocked;
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].owed == obligation::blocked) blocked.push_back(i);
  }
  std::stable_sort(blocked.begin(), blocked.end(),
                   [&](auto a, auto b) { return history[a].invoked < history[b].invoked; });
  for (std::size_t count = 1; count <= blocked.size(); ++count) {
    std::vector<action> some = history;
    for (std::size_t k = count; k < blocked.size(); ++k)
      some[blocked[k]].after = blocked[k];  // never asked for
    if (!brute_force(some, model).linearizable()) return blocked[count - 1];
  }
  return never;
}

void expect_agreement(const std::vector<action>& history, transition_system& model, bool linearizable,
                      checker& judge) {
  const verdict v = judge.check(history, model);
  REQUIRE(v.result == (linearizable ? outcome::linearizable : outcome::violation));
  REQUIRE(judge.check(history, model, {.explain = false}).result == v.result);
  const verdict relaxed = judge.check(history, model, {.memo_before_relaxing = 0});
  REQUIRE(relaxed.result == v.result);
  REQUIRE(relaxed.culprit == v.culprit);
  REQUIRE(is_legal_order(history, v.order, model));
  REQUIRE(is_legal_order(history, relaxed.order, model));
  if (linearizable) {
    for (const verdict* one : {&v, &relaxed}) {
      REQUIRE(places_all(history, one->order));
      REQUIRE(leaves_blocked(history, one->order, model));
    }
    return;
  }
  const std::uint32_t misfit = first_misfit(history, model);
  if (misfit != never) {
    REQUIRE(v.culprit == misfit);
    return;
  }
  REQUIRE(v.culprit == first_wrongly_blocked(history, model));
  REQUIRE(places_all(history, v.order));
}

/// Hides what the model has learned about its symbols, so that each search has to find out for itself.
class forgetful : public transition_system {
 public:
  explicit forgetful(transition_system& model) : model_(model) {}
  state_id initial() override { return model_.initial(); }
  std::span<const state_id> next(state_id from, linearizability::symbol_id symbol) override {
    return model_.next(from, symbol);
  }

 private:
  transition_system& model_;
};

/// Compares on `rounds` histories per model, which `generate` makes. Half of the searches know nothing of the
/// symbols.
template <class Generate>
void compare_with_definition(std::uint32_t rounds, int verdicts_min, Generate&& generate) {
  checker judge;
  std::map<std::string, std::map<bool, int>> counts;
  std::uint32_t seed = 0;
  for (const sample_model& model : all_sample_models()) {
    for (std::uint32_t round = 0; round < rounds; ++round) {
      history_generator generator(model, ++seed);
      const std::vector<action> history = generate(generator, model);
      INFO(model.name << ", seed " << seed);
      const bool linearizable = brute_force(history, *model.space).linearizable();
      ++counts[model.name][linearizable];
      expect_agreement(history, *model.space, linearizable, judge);
      forgetful unlearned(*model.space);
      expect_agreement(history, unlearned, linearizable, judge);
    }
  }
  for (auto& [name, by_verdict] : counts) {
    INFO(name << ": " << by_verdict[true] << " linearizable, " << by_verdict[false] << " not");
    CHECK(by_verdict[true] >= verdicts_min);
    CHECK(by_verdict[false] >= verdicts_min);
  }
}

TEST_CASE("the search agrees with the definition of linearizability, with its prefix and its culprit") {
  compare_with_definition(5000, 400, [](history_generator& generator, const sample_model& model) {
    return generator.generate(2 + generator.below(model.two_phase.empty() ? 6 : 3));
  });
}

TEST_CASE("the search agrees with the definition where many outcomes are unknown") {
  compare_with_definition(4000, 200, [](history_generator& generator, const sample_model& model) {
    return generator.generate_crashing(3 + generator.below(model.two_phase.empty() ? 6 : 3));
  });
}

}  // namespace
}  // namespace heddle::test
