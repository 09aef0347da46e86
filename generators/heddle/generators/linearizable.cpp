#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <heddle/conditions/weaker_orders.hpp>
#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/linearizable.hpp>
#include <heddle/generators/program.hpp>

namespace heddle {
namespace {

namespace lin = linearizability;

constexpr std::uint32_t clock_call = not_returned;

// A history as the checker wants it, and the way back from actions to calls.
struct translated {
  std::vector<lin::action> actions;
  std::vector<std::uint32_t> call_of;  // per action: index of the call, or clock_call
};

class translation {
 public:
  translation(const contract_definition& contract, const recorded_history& history, specification& model)
      : contract_(contract),
        history_(history),
        model_(model),
        any_keyed_(std::any_of(contract.operations.begin(), contract.operations.end(),
                               [](const auto& o) { return o->keyed.has_value(); })) {}

  translated run() {
    std::size_t step = 0;
    for (std::uint32_t i = 0; i < history_.calls.size(); ++i) {
      // The order does not matter to the checker; in order, explanations read well.
      while (step < history_.clock_steps.size() &&
             history_.clock_steps[step].position < history_.calls[i].invoked)
        add_clock_step(history_.clock_steps[step++]);
      add_call(i);
    }
    while (step < history_.clock_steps.size()) add_clock_step(history_.clock_steps[step++]);
    return std::move(result_);
  }

 private:
  void add_clock_step(const clock_step& s) {
    if (!contract_.model_keeps_time) return;
    result_.actions.push_back({model_.advance(s.by_ns), 2 * s.position, 2 * s.position + 1,
                               lin::obligation::required, lin::never, lin::every_partition});
    result_.call_of.push_back(clock_call);
  }

  void add_call(std::uint32_t index) {
    const recorded_call& c = history_.calls[index];
    const operation& o = contract_.operation_of(c);
    const auto symbols = o.symbols(model_, {c.process}, c.with, c.seen);
    const bool returned = c.returned != not_returned;
    std::uint32_t before = lin::never;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      lin::action a{
          symbols[i], 2 * c.invoked,     returned ? 2 * c.returned : lin::never, lin::obligation::required,
          before,     partition_of(o, c)};
      if (!returned) a.owed = owed_unreturned(c, i + 1 == symbols.size());
      before = static_cast<std::uint32_t>(result_.actions.size());
      result_.actions.push_back(a);
      result_.call_of.push_back(index);
    }
  }

  // A request that came to rest has been made; its grant must be impossible.
  lin::obligation owed_unreturned(const recorded_call& c, bool last_step) const {
    if (c.crashed || !history_.at_rest) return lin::obligation::optional;
    return last_step ? lin::obligation::blocked : lin::obligation::required;
  }

  std::uint32_t partition_of(const operation& o, const recorded_call& c) {
    if (!o.keyed) return any_keyed_ ? lin::every_partition : 0;
    const auto [found, is_new] =
        partitions_.try_emplace(o.partition(c.with), static_cast<std::uint32_t>(partitions_.size()));
    return found->second;
  }

  const contract_definition& contract_;
  const recorded_history& history_;
  specification& model_;
  bool any_keyed_;  // then what names no object concerns each of them, at a moment of its own
  translated result_;
  std::map<std::uint64_t, std::uint32_t> partitions_;
};

// --- What precedes what

// Puts the order that the condition keeps in the place of real time.
void keep_order(translated& t, const recorded_history& history, condition asked) {
  if (asked == condition::sequential_consistency) {
    constexpr std::uint32_t clock_process = clock_call;
    std::vector<std::uint32_t> processes;
    for (const std::uint32_t call : t.call_of)
      processes.push_back(call == clock_call ? clock_process : history.calls[call].process);
    t.actions = conditions::in_process_order(t.actions, processes);
  } else if (asked == condition::quiescent_consistency) {
    t.actions = conditions::in_quiescent_order(t.actions);
  }
}

const char* note_on_culprit(condition asked) {
  switch (asked) {
    case condition::sequential_consistency:
      return "no order that keeps each thread's own explains this";
    case condition::quiescent_consistency:
      return "no order explains this, though calls may change places until none is running";
    default:
      return "no order of the calls explains this";
  }
}

// --- Explaining

// Tries the orders that the condition allows and notes for each where the model disagrees first.
class explanation {
 public:
  explanation(const contract_definition& contract, const recorded_history& history, specification& model,
              const translated& t, condition asked)
      : contract_(contract),
        history_(history),
        model_(model),
        t_(t),
        asked_(asked),
        placed_(t.actions.size(), false) {}

  std::vector<std::string> run() {
    follow(model_.system().initial());
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    lines_.resize(std::min(lines_.size(), lines_shown_max));
    return std::move(lines_);
  }

 private:
  static constexpr std::size_t lines_max = 12;
  static constexpr std::size_t lines_shown_max = 4;  // the shortest say most
  static constexpr int visits_max = 2'000;

  // May `a` come next, given what is placed?
  bool is_next(std::size_t a) const {
    const lin::action& candidate = t_.actions[a];
    if (placed_[a] || candidate.owed != lin::obligation::required) return false;
    if (candidate.after != lin::never && !placed_[candidate.after]) return false;
    for (std::size_t b = 0; b < t_.actions.size(); ++b)
      if (!placed_[b] && b != a && t_.actions[b].owed == lin::obligation::required &&
          t_.actions[b].returned < candidate.invoked)
        return false;
    return true;
  }

  void follow(lin::state_id state) {
    if (++visits_ > visits_max || lines_.size() == lines_max) return;
    bool any = false;
    for (std::size_t a = 0; a < t_.actions.size(); ++a) {
      if (!is_next(a)) continue;
      any = true;
      const auto successors = model_.system().next(state, t_.actions[a].symbol);
      if (successors.empty()) note_disagreement(state, a);
      placed_[a] = true;
      order_.push_back(a);
      for (const lin::state_id next : successors) follow(next);
      order_.pop_back();
      placed_[a] = false;
    }
    if (!any) note_enabled(state);
  }

  void note_disagreement(lin::state_id state, std::size_t a) {
    const std::uint32_t index = t_.call_of[a];
    if (index == clock_call) return;
    const recorded_call& c = history_.calls[index];
    const operation& o = contract_.operation_of(c);
    const auto expected = o.expected(model_, state, {c.process}, c.with);
    if (expected && c.returned != not_returned)
      add(describe_order() + describe_call(contract_, c.operation, c.with) + " would answer " +
          to_text(*expected) + ", not " + to_text(o.describe_result(c.seen)));
    else
      add(describe_order() + describe(index) + " is not possible");
  }

  void note_enabled(lin::state_id state) {
    for (std::size_t a = 0; a < t_.actions.size(); ++a) {
      if (t_.actions[a].owed != lin::obligation::blocked) continue;
      if (model_.system().next(state, t_.actions[a].symbol).empty()) continue;
      add(describe_order() + describe(t_.call_of[a]) + " could go on, yet it waits for ever");
    }
  }

  bool goes_without_saying(const recorded_call& c) const {
    return c.process == main_process && asked_ != condition::sequential_consistency;
  }

  // The concurrent calls placed so far; the sequential ones before them go without saying.
  std::string describe_order() const {
    std::string text;
    for (const std::size_t a : order_) {
      const std::uint32_t index = t_.call_of[a];
      if (index == clock_call || goes_without_saying(history_.calls[index])) continue;
      const std::uint32_t after = t_.actions[a].after;
      if (after != lin::never && t_.call_of[after] == index) continue;  // its first step has named the call
      text += text.empty() ? "after " : ", then ";
      text += describe(index);
    }
    return text.empty() ? "first: " : text + ": ";
  }

  std::string describe(std::uint32_t index) const {
    const recorded_call& c = history_.calls[index];
    std::string text = describe_call(contract_, c.operation, c.with);
    if (c.returned != not_returned)
      text += " → " + to_text(contract_.operation_of(c).describe_result(c.seen));
    return text;
  }

  void add(std::string line) {
    if (lines_.size() < lines_max && std::find(lines_.begin(), lines_.end(), line) == lines_.end())
      lines_.push_back(std::move(line));
  }

  const contract_definition& contract_;
  const recorded_history& history_;
  specification& model_;
  const translated& t_;
  condition asked_;
  std::vector<bool> placed_;
  std::vector<std::size_t> order_;
  std::vector<std::string> lines_;
  int visits_ = 0;
};

}  // namespace

judgement judge_linearizable(const contract_definition& contract, const recorded_history& history,
                             bool explain) {
  return judge_by_order(condition::linearizability, contract, history, explain);
}

judgement judge_by_order(condition asked, const contract_definition& contract,
                         const recorded_history& history, bool explain) {
  const auto model = contract.make_specification(history.configuration);
  translated t = translation(contract, history, *model).run();
  keep_order(t, history, asked);
  static lin::checker checker;  // exploration is single-threaded and asks often: its memory is reused
  const lin::verdict v = checker.check(t.actions, model->system(), {.explain = explain});
  judgement result;
  result.holds = v.result != lin::outcome::violation;
  result.decided = v.result != lin::outcome::unknown;
  if (result.holds || !explain) return result;
  if (v.culprit != lin::never) {
    result.culprit = t.call_of[v.culprit];
    const bool stuck = t.actions[v.culprit].owed == lin::obligation::blocked;
    result.culprit_note = stuck ? "waits for ever although it could go on" : note_on_culprit(asked);
    if (stuck) result.anomaly = "lost wakeup";
  }
  result.reasons = explanation(contract, history, *model, t, asked).run();
  return result;
}

}  // namespace heddle
