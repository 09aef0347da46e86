#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <heddle/monitors/counter.hpp>
#include <heddle/monitors/deadlines.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

namespace {

constexpr std::int64_t amount_limit = std::int64_t{1} << 40;
constexpr std::int64_t value_limit = std::int64_t{1} << 62;

bool within(std::int64_t x, std::int64_t limit) {
  return -limit < x && x < limit;
}

/// What an operation has to do with the counter.
enum class kind : std::uint8_t { nothing, read, unseen_increase, seen_increase };

kind kind_of(const operation& o) {
  if (o.what == method::read) return o.open() ? kind::nothing : kind::read;
  const bool seen = o.what == method::increase_and_read && !o.open();
  if (o.argument == 0) return seen ? kind::read : kind::nothing;
  return seen ? kind::seen_increase : kind::unseen_increase;
}

/// Which amounts occur, and whether the numbers are small enough not to overflow.
struct survey {
  bool up = false;
  bool down = false;
  bool too_large = false;
  bool equal_unseen = true;  ///< all unseen increases are by `unseen_amount`
  std::int64_t unseen_amount = 0;
};

survey look_over(std::span<const operation> history, const options& how) {
  survey s;
  s.too_large = !within(how.initial, value_limit);
  std::int64_t sum = 0;
  for (const operation& o : history) {
    const kind k = kind_of(o);
    if (k == kind::nothing) continue;
    if (k != kind::unseen_increase) s.too_large |= !within(o.result, value_limit);
    if (k == kind::read) continue;
    s.too_large |= !within(o.argument, amount_limit);
    if (s.too_large) break;
    sum += std::abs(o.argument);
    s.too_large |= !within(sum, value_limit);
    (o.argument > 0 ? s.up : s.down) = true;
    if (k != kind::unseen_increase) continue;
    s.equal_unseen &= s.unseen_amount == 0 || s.unseen_amount == o.argument;
    s.unseen_amount = o.argument;
  }
  return s;
}

/// The walk along the values of a counter that only counts up; one that counts down is mirrored.
class walk {
 public:
  walk(std::span<const operation> history, const options& how, const survey& amounts)
      : history_(history),
        how_(how),
        time_(history),
        sign_(amounts.down ? -1 : 1),
        unseen_amount_(sign_ * amounts.unseen_amount),
        made_(history.size()),
        passed_{sign_ * how.initial} {
    for (std::uint32_t i = 0; i < history.size(); ++i) {
      if (kind_of(history[i]) == kind::seen_increase) seen_.push_back(i);
    }
    std::sort(seen_.begin(), seen_.end(), [this](auto a, auto b) { return start(a) < start(b); });
  }

  verdict judge() {
    for (const auto [o, is_response] : time_.events()) {
      auto found = is_response ? respond(o) : invoke(o);
      if (found) return *found;
    }
    return {};
  }

 private:
  std::int64_t now() const { return passed_.back(); }
  std::int64_t result(std::uint32_t o) const { return sign_ * history_[o].result; }
  std::int64_t start(std::uint32_t o) const { return sign_ * (history_[o].result - history_[o].argument); }

  std::optional<verdict> invoke(std::uint32_t o) {
    const kind k = kind_of(history_[o]);
    if (k == kind::unseen_increase) unseen_.push(time_.end(o), o);
    if (k == kind::read && result(o) < now()) return passed(o);
    return std::nullopt;
  }

  std::optional<verdict> respond(std::uint32_t o) {
    const kind k = kind_of(history_[o]);
    if (k == kind::read) {
      while (now() < result(o)) {
        if (auto found = make_step(o)) return found;
      }
      // it was not passed when the read was invoked
      return std::binary_search(passed_.begin(), passed_.end(), result(o)) ? std::nullopt
                                                                           : std::optional(skipped(o));
    }
    while (k != kind::nothing && !made_[o]) {
      if (auto found = make_step(o)) return found;
    }
    return std::nullopt;
  }

  /// The one step that may come next, because `forcing` is about to return.
  std::optional<verdict> make_step(std::uint32_t forcing) {
    if (next_seen_ < seen_.size() && start(seen_[next_seen_]) <= now()) {
      const std::uint32_t o = seen_[next_seen_];
      if (start(o) < now()) return skipped(o);
      if (time_.begin(o) > time_.end(forcing)) return comes_too_late(o, forcing);
      ++next_seen_;
      take(o, result(o));
      return std::nullopt;
    }
    if (unseen_.empty()) return too_few(forcing);
    const std::int64_t next = now() + unseen_amount_;
    take(unseen_.pop(), next);
    return std::nullopt;
  }

  void take(std::uint32_t o, std::int64_t value) {
    made_[o] = true;
    passed_.push_back(value);
    steps_.push_back(o);
  }

  std::string text(std::uint32_t o) const { return "operation " + std::to_string(o); }
  std::string value_text(std::int64_t value) const { return named(sign_ * value, how_); }

  /// The read was invoked when the counter had certainly passed its value.
  verdict passed(std::uint32_t o) const {
    return violation({o, steps_.empty() ? none : steps_.back()}, false,
                     text(o) + " read " + value_text(result(o)) + " though the counter had reached " +
                         value_text(now()) + " before");
  }

  verdict skipped(std::uint32_t o) const {
    const kind k = kind_of(history_[o]);
    const std::int64_t value = k == kind::read ? result(o) : start(o);
    const auto at = std::upper_bound(passed_.begin(), passed_.end(), value) - passed_.begin();
    const std::uint32_t past = at == 0 ? none : steps_[static_cast<std::size_t>(at) - 1];
    return violation({o, past}, false,
                     text(o) + (k == kind::read ? " read " : " increased ") + value_text(value) +
                         ", a value that the counter cannot have had then");
  }

  verdict comes_too_late(std::uint32_t o, std::uint32_t forcing) const {
    return violation({o, forcing}, false,
                     text(o) + " took the counter from " + value_text(start(o)) + " to " +
                         value_text(result(o)) + " but was invoked after " + text(forcing) +
                         ", which came later, had returned");
  }

  verdict too_few(std::uint32_t forcing) const {
    return violation({forcing}, false,
                     text(forcing) + " gave " + value_text(result(forcing)) +
                         " though the counter can have come no further than " + value_text(now()));
  }

  std::span<const operation> history_;
  const options& how_;
  timeline time_;
  std::int64_t sign_;
  std::int64_t unseen_amount_;
  std::vector<bool> made_;
  std::vector<std::int64_t> passed_;  ///< the values that the counter has had, ascending; the last is now's
  std::vector<std::uint32_t> steps_;  ///< the steps from each to the next
  std::vector<std::uint32_t> seen_;   ///< by start
  std::size_t next_seen_ = 0;
  deadlines unseen_;
};

/// Judges by the least and greatest value that each read can have found.
class bounds {
 public:
  explicit bounds(std::span<const operation> history, const options& how)
      : history_(history), how_(how), time_(history) {}

  verdict judge() {
    sum_up();
    bool certain = true;
    for (std::uint32_t i = 0; i < history_.size(); ++i) {
      const kind k = kind_of(history_[i]);
      if (k != kind::read && k != kind::seen_increase) continue;
      const auto [least, most] = possible(i, k);
      if (history_[i].result < least || history_[i].result > most) return impossible(i, least, most);
      certain = certain && least == most;
    }
    if (certain) return {};
    return not_applicable(
        "increases and decreases, or unseen increases by different amounts, overlap with reads");
  }

 private:
  /// What the increases invoked, or the ones returned, before a rank add up to.
  struct sums {
    std::int64_t up = 0;
    std::int64_t down = 0;

    void add(std::int64_t amount) { (amount > 0 ? up : down) += amount; }
  };

  void sum_up() {
    invoked_.resize(time_.horizon() + std::size_t{1});
    returned_.resize(time_.horizon() + std::size_t{1});
    for (rank r = 0; r < time_.horizon(); ++r) {
      const auto [o, is_response] = time_.events()[r];
      invoked_[r + 1] = invoked_[r];
      returned_[r + 1] = returned_[r];
      const kind k = kind_of(history_[o]);
      if (k == kind::unseen_increase || k == kind::seen_increase)
        (is_response ? returned_ : invoked_)[r + 1].add(history_[o].argument);
    }
  }

  std::pair<std::int64_t, std::int64_t> possible(std::uint32_t o, kind k) const {
    const sums& before = returned_[time_.begin(o)];
    sums maybe = invoked_[time_.end(o)];
    std::int64_t own = 0;  // comes with it, neither before nor maybe
    if (k == kind::seen_increase) own = history_[o].argument;
    if (own > 0) maybe.up -= own;
    if (own < 0) maybe.down -= own;
    return {how_.initial + before.up + maybe.down + own, how_.initial + maybe.up + before.down + own};
  }

  verdict impossible(std::uint32_t o, std::int64_t least, std::int64_t most) const {
    return violation({o}, false,
                     "operation " + std::to_string(o) + " gave " + named(history_[o].result, how_) +
                         ", which is not between " + named(least, how_) + " and " + named(most, how_) +
                         ", all that is possible then");
  }

  std::span<const operation> history_;
  const options& how_;
  timeline time_;
  std::vector<sums> invoked_;   ///< by rank
  std::vector<sums> returned_;  ///< by rank
};

}  // namespace

verdict judge_counter(std::span<const operation> history, const options& how) {
  const survey amounts = look_over(history, how);
  if (amounts.too_large) return not_applicable("amounts of 2^40 or values of 2^62 and more");
  if ((amounts.up && amounts.down) || !amounts.equal_unseen) return bounds(history, how).judge();
  return walk(history, how, amounts).judge();
}

}  // namespace heddle::monitors
