#include <algorithm>
#include <optional>
#include <string>
#include <tuple>

#include <heddle/monitors/deadlines.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/set.hpp>
#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

namespace {

using event = timeline::event;

class walk {
 public:
  walk(std::span<const operation> history, const options& how)
      : history_(history), how_(how), time_(history), changes_seen_(history.size()), made_(history.size()) {}

  verdict judge() {
    const std::vector<event> events = events_by_value();
    for (std::size_t first = 0; first < events.size();) {
      std::size_t end = first;
      while (end < events.size() && value_of(events[end]) == value_of(events[first])) ++end;
      if (auto found = judge_value(std::span<const event>(events).subspan(first, end - first))) return *found;
      first = end;
    }
    return {};
  }

 private:
  std::int64_t value_of(const event& e) const { return history_[e.operation].argument; }

  std::vector<event> events_by_value() const {
    std::vector<event> events(time_.events().begin(), time_.events().end());
    const auto when = [&](const event& e) {
      return e.is_response ? time_.end(e.operation) : time_.begin(e.operation);
    };
    std::sort(events.begin(), events.end(), [&](const event& a, const event& b) {
      return std::tuple(value_of(a), when(a)) < std::tuple(value_of(b), when(b));
    });
    return events;
  }

  /// Does it take the value in or out? With an unknown outcome: it may.
  bool changes(const operation& o) const { return o.what != method::contains && (o.open() || o.success); }
  /// Of one that changes nothing: was the value in?
  static bool found_inside(const operation& o) {
    return o.what == method::contains ? o.success : o.what == method::add;
  }

  std::optional<verdict> judge_value(std::span<const event> events) {
    inside_ = false;
    changes_ = 0;
    adds_.clear();
    removes_.clear();
    std::uint32_t open = 0;
    std::size_t quiet = 0;  // nothing was open and the value was out before events[quiet]
    for (std::size_t k = 0; k < events.size(); ++k) {
      if (open == 0 && !inside_) quiet = k;
      const auto [o, is_response] = events[k];
      open += is_response ? -1U : 1U;
      if (!is_response)
        invoke(o);
      else if (!respond(o))
        return stuck(events.subspan(quiet, k + 1 - quiet), o);
    }
    return std::nullopt;
  }

  void invoke(std::uint32_t o) {
    const operation& call = history_[o];
    if (changes(call))
      (call.what == method::add ? adds_ : removes_).push(time_.end(o), o);
    else
      changes_seen_[o] = changes_;
  }

  bool respond(std::uint32_t o) {
    const operation& call = history_[o];
    if (changes(call)) {
      while (!made_[o]) {
        if (!change()) return false;
      }
      return true;
    }
    return inside_ == found_inside(call) || changes_ > changes_seen_[o] || change();
  }

  bool change() {
    deadlines& able = inside_ ? removes_ : adds_;
    if (able.empty()) return false;
    made_[able.pop()] = true;
    inside_ = !inside_;
    ++changes_;
    return true;
  }

  verdict stuck(std::span<const event> since_quiet, std::uint32_t o) const {
    std::vector<std::uint32_t> operations;
    for (const event& e : since_quiet) operations.push_back(e.operation);
    const operation& call = history_[o];
    const std::string what = call.what == method::contains ? "contains"
                             : call.what == method::add    ? "add"
                                                           : "remove";
    return violation(std::move(operations), true,
                     what + '(' + named(call.argument, how_) + ") answered " +
                         (call.success ? "true" : "false") + " though the value was " +
                         (inside_ ? "in" : "not in") + " the set all the while");
  }

  std::span<const operation> history_;
  const options& how_;
  timeline time_;
  std::vector<std::uint32_t> changes_seen_;  ///< by observer: changes_ when it was invoked
  std::vector<bool> made_;                   ///< by adds and removes: has its change been made?
  bool inside_ = false;
  std::uint32_t changes_ = 0;
  deadlines adds_;
  deadlines removes_;
};

}  // namespace

verdict judge_set(std::span<const operation> history, const options& how) {
  return walk(history, how).judge();
}

}  // namespace heddle::monitors
