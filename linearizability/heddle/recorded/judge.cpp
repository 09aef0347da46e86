#include <algorithm>
#include <numeric>
#include <unordered_set>

#include <heddle/conditions/weaker_orders.hpp>
#include <heddle/recorded/calls.hpp>
#include <heddle/recorded/model.hpp>
#include <heddle/recorded/monitoring.hpp>
#include <heddle/recorded/register_conditions.hpp>

namespace heddle::recorded {

namespace {

using linearizability::action;
using linearizability::checker;
using linearizability::obligation;
using linearizability::placement;
using linearizability::state_id;
using clock = std::chrono::steady_clock;

constexpr std::size_t prefix_end_max = 5;
constexpr std::size_t answers_max = 4;

/// Cut in the middle: what changes a state is mostly at an end of it.
value shortened(value state, std::size_t text_max) {
  if (text_max == std::numeric_limits<std::size_t>::max()) return state;
  const std::string text = to_text(state);
  if (text.size() <= text_max) return state;
  const auto within = [&](std::size_t i) {  // not inside a character
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) ++i;
    return i;
  };
  return value::symbol(text.substr(0, within(text_max / 2)) + " … " +
                       text.substr(within(text.size() - text_max / 2)));
}

/// The general search, and its verdict in terms of the history.
class searching {
 public:
  searching(const model& m, history& h, const judge_options& options)
      : model_(m), history_(h), options_(options), space_(make_space()) {}

  judgement run() {
    judgement j;
    j.asked = options_.condition;
    auto [calls, without_effect] = calls_of(model_, history_, *space_, j.counts);
    calls_ = std::move(calls);
    j.judged = calls_.size();
    const bool in_real_time = options_.condition == condition::linearizability;
    if (in_real_time && model_.monitor && options_.monitors && !options_.witness) monitor(j);
    if (j.why || (calls_.empty() && j.judged != 0)) return j;
    const std::uint64_t decided = j.judged - calls_.size();
    actions_.reserve(calls_.size());
    for (const call& c : calls_) actions_.push_back(action_of(c));
    order_actions(without_effect);
    const auto start = clock::now();
    bool late = false;
    linearizability::check_options how{.max_steps = options_.steps_max,
                                       .explain = options_.explain || options_.witness};
    if (options_.time_max || options_.stop) {
      how.stop = [&] {
        late = late || (options_.time_max && clock::now() - start >= *options_.time_max);
        return late || (options_.stop && options_.stop());
      };
    }
    const linearizability::verdict v = check(how);
    j.result = v.result;
    j.steps = v.steps;
    j.placed = std::min<std::uint64_t>(decided + v.placed, j.judged);
    if (v.result == linearizability::outcome::linearizable) j.placed = j.judged;
    if (v.result == linearizability::outcome::unknown) j.gave_up = late ? "timeout" : "step limit";
    if (v.result == linearizability::outcome::violation && options_.explain) j.why = explain(v);
    if (options_.witness) fill_in_order(v, j);
    return j;
  }

 private:
  std::unique_ptr<call_space> make_space() const {
    try {
      return model_.make_space(options_.initial);
    } catch (const value_error& e) {
      throw std::invalid_argument("model " + model_.name + " starts from " + model_.initial + ": expected " +
                                  e.expected() + ", found " + to_text(*options_.initial));
    }
  }

  /// Leaves to the search what the monitor cannot tell.
  void monitor(judgement& j) {
    const std::string name = "monitor: " + std::string(monitors::name_of(*model_.monitor));
    monitoring found = judge_by_monitor(model_, history_, std::move(calls_), options_);
    calls_ = std::move(found.undecided);
    if (found.violation) {
      j.result = linearizability::outcome::violation;
      j.why = std::move(found.violation);
    } else if (calls_.size() == j.judged) {
      return;
    } else if (calls_.empty()) {
      j.result = linearizability::outcome::linearizable;
      j.placed = j.judged;
    }
    j.method = name + (calls_.empty() || j.why ? "" : ", search");
  }

  action action_of(const call& c) {
    const entry& e = history_.entries()[c.entry];
    return {.symbol = symbol_of(c, e),
            .invoked = e.invoked,
            .returned = e.returned,
            .owed = e.end == outcome::info ? obligation::optional : obligation::required,
            .partition = options_.condition == condition::quiescent_consistency ? c.object : c.partition};
  }

  /// Puts the order that the condition keeps in the place of real time.
  void order_actions(const std::vector<call>& without_effect) {
    if (options_.condition == condition::sequential_consistency) {
      for (const call& c : calls_) processes_.push_back(history_.entries()[c.entry].process);
      ordered_ = conditions::in_process_order(actions_, processes_);
    } else if (options_.condition == condition::quiescent_consistency) {
      std::vector<action> also_open;
      for (const call& c : without_effect) {
        const entry& e = history_.entries()[c.entry];
        also_open.push_back({.invoked = e.invoked, .returned = e.returned, .partition = c.object});
      }
      ordered_ = conditions::in_quiescent_order(actions_, also_open);
    }
  }

  std::span<const action> ordered() const { return ordered_.empty() ? actions_ : ordered_; }

  linearizability::verdict check(const linearizability::check_options& how) {
    if (options_.condition == condition::sequential_consistency)
      return conditions::check_sequential(actions_, processes_, space_->transitions(), how);
    return linearizability::check(ordered(), space_->transitions(), how);
  }

  linearizability::symbol_id symbol_of(const call& c, const entry& e) {
    const std::string& name = model_.operations[c.operation].name;
    try {
      return space_->symbol(sighted(history_, c));
    } catch (const value_error& error) {
      history_.fail(e, "the argument of " + name + " to be " + error.expected(),
                    to_text(history_.at(e.argument)));
    } catch (const wrong_answer& error) {
      history_.fail(e, "the answer of " + name + " to be " + error.what.expected(),
                    to_text(history_.at(e.result)), true);
    }
  }

  placed_operation placed(const placement& p) const {
    return {calls_[p.action].entry, space_->describe(p.after)};
  }

  void fill_in_order(const linearizability::verdict& v, judgement& j) const {
    j.initial = space_->describe(space_->transitions().initial());
    std::unordered_set<std::uint32_t> begun;
    for (const placement& p : v.order) {
      j.order.push_back(placed(p));
      j.order.back().first = begun.insert(actions_[p.action].partition).second;
      j.order.back().state = shortened(std::move(j.order.back().state), options_.state_text_max);
    }
  }

  std::optional<explanation> explain(const linearizability::verdict& v) const {
    if (v.culprit == linearizability::never) return std::nullopt;
    explanation why;
    why.culprit = calls_[v.culprit].entry;
    why.prefix_length = v.order.size();
    for (std::size_t i = v.order.size() - std::min(v.order.size(), prefix_end_max); i < v.order.size(); ++i) {
      why.prefix_end.push_back(placed(v.order[i]));
    }
    ask_model(v, why);
    return why;
  }

  /// The culprit may come anywhere after the last operation of the order that has to come before it.
  void ask_model(const linearizability::verdict& v, explanation& why) const {
    const action& culprit = ordered()[v.culprit];
    std::size_t first = v.order.size();
    const auto may_follow = [&](std::uint32_t a) {
      return a != culprit.after && ordered()[a].returned > culprit.invoked;
    };
    while (first > 0 && may_follow(v.order[first - 1].action)) --first;
    bool can_tell = true;
    state_id state = space_->transitions().initial();  // of the culprit's object
    for (std::size_t i = 0; i <= v.order.size(); ++i) {
      const bool moved = i > 0 && actions_[v.order[i - 1].action].partition == actions_[v.culprit].partition;
      if (moved) state = v.order[i - 1].after;
      if (i < first || (i > first && !moved)) continue;
      if (!space_->transitions().next(state, culprit.symbol).empty()) {
        why.fits_before_others = true;
        continue;
      }
      const auto answer = space_->answer(state, sighted(history_, calls_[v.culprit]));
      can_tell = can_tell && answer;
      if (!can_tell || why.answers.size() == answers_max) continue;
      if (std::find(why.answers.begin(), why.answers.end(), *answer) == why.answers.end())
        why.answers.push_back(*answer);
    }
    if (!can_tell) why.answers.clear();
    why.state = space_->describe(state);
  }

  const model& model_;
  history& history_;
  const judge_options& options_;
  std::unique_ptr<call_space> space_;
  std::vector<call> calls_;
  std::vector<action> actions_;           ///< same indices
  std::vector<action> ordered_;           ///< the same, in the condition's order if that is not real time
  std::vector<std::uint32_t> processes_;  ///< of the actions, for sequential consistency
};

}  // namespace

namespace detail {

namespace {

std::uint64_t hash_of_key(const symbol_table::key& k) {
  const std::uint64_t values = std::uint64_t{k.argument} << 32 | k.result;
  const std::uint64_t rest = std::uint64_t{k.process} << 32 | static_cast<std::uint32_t>(k.operation);
  return heddle::detail::combine(values, rest);
}

}  // namespace

linearizability::symbol_id symbol_table::find(const key& k) const {
  const auto same = [&](std::uint32_t i) { return keys_[i].of == k; };
  const std::uint32_t known = index_.find(hash_of_key(k), same);
  return known == linearizability::probe_table::absent ? never : keys_[known].symbol;
}

void symbol_table::insert(const key& k, linearizability::symbol_id symbol) {
  index_.insert(hash_of_key(k), static_cast<std::uint32_t>(keys_.size()));
  keys_.push_back({k, symbol});
}

}  // namespace detail

std::string satisfied(const model& m, const judge_options& options) {
  const bool in_levels = m.transactional && options.condition == condition::linearizability;
  return in_levels ? name(options.level) : satisfied(options.condition);
}

judgement judge(const model& m, history& h, const judge_options& options) {
  const bool strict = options.level == isolation::level::strict_serializable;
  const bool in_real_time = options.condition == condition::linearizability;
  if (options.initial && m.initial.empty())
    throw std::invalid_argument("model " + m.name + " always starts in the same state");
  if (!strict && (!m.transactional || !in_real_time))
    throw std::invalid_argument("model " + m.name + " has no isolation levels" +
                                (in_real_time ? "" : " under " + name(options.condition)));
  if (!strict && !options.monitors)
    throw std::invalid_argument("the general search decides strict serializability only");
  if (is_of_registers(options.condition)) return judge_register_condition(m, h, options);
  if (m.judge_whole && options.monitors && in_real_time) {
    if (auto whole = m.judge_whole(h, options)) return *std::move(whole);
  }
  return searching(m, h, options).run();
}

}  // namespace heddle::recorded
