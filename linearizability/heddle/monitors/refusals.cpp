#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include <heddle/monitors/deadlines.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/refusals.hpp>

namespace heddle::monitors {

namespace {

constexpr std::uint32_t nothing = never;
constexpr moment far = std::numeric_limits<moment>::max();

/// When, after a chain, another can have replaced it at the earliest.
class successors {
 public:
  explicit successors(const timed_chains& timed) {
    for (const auto& c : timed.chains) chains_.push_back({timed.held_from(c), timed.begin(c.first), c.first});
    std::sort(chains_.begin(), chains_.end(), [](auto& a, auto& b) { return a.held_from < b.held_from; });
    earliest_.assign(chains_.size() + 1, {entry{far, far, never}, entry{far, far, never}});
    for (std::size_t k = chains_.size(); k-- > 0;) {
      auto [best, second] = earliest_[k + 1];
      const entry& one = chains_[k];
      if (one.begin < best.begin)
        second = std::exchange(best, one);
      else if (one.begin < second.begin)
        second = one;
      earliest_[k] = {best, second};
    }
    for (const std::uint32_t o : timed.of.unseen) unseen_ = std::min(unseen_, moment{timed.time.begin(o)});
  }

  /// `first` and `held_until` are the chain's.
  moment earliest(place first, moment held_until) const {
    const auto at = std::partition_point(chains_.begin(), chains_.end(),
                                         [&](const entry& e) { return e.held_from < held_until; });
    const auto& [best, second] = earliest_[static_cast<std::size_t>(at - chains_.begin())];
    return std::min(best.first == first ? second.begin : best.begin, unseen_);
  }

 private:
  struct entry {
    moment held_from;
    moment begin;
    place first;
  };

  std::vector<entry> chains_;                   ///< by held_from
  std::vector<std::array<entry, 2>> earliest_;  ///< of chains_ from there on, the two that begin first
  moment unseen_ = far;                         ///< when the first write began that nobody saw
};

place first_of_chain(const timed_chains& timed, const version& v) {
  const auto& starts = timed.of.starts;
  return *(std::upper_bound(starts.begin(), starts.end(), v.write_at) - 1);
}

/// A refusal of whose expected value it is certain that it was there all the time.
std::optional<verdict> refused_in_vain(const timed_chains& timed, const options& how) {
  const successors after(timed);
  for (const auto& [o, v] : timed.of.refusals) {
    const version& held = timed.of.versions[v];
    const place written = timed.earliest_end[held.write_at];
    if (timed.end(written) > moment{timed.time.begin(o)}) continue;
    const place last = held.next == never ? held.end_at - 1 : held.end_at;
    const place seen = timed.latest_begin[last];
    const moment refused = timed.time.end(o);
    const bool seen_later = timed.begin(seen) > refused;
    if (!seen_later &&
        (held.next != never || after.earliest(first_of_chain(timed, held), timed.begin(seen)) < refused))
      continue;
    std::vector<std::uint32_t> operations{o};
    bool whole = add_links(timed.of, held.write_at, written, operations);
    if (seen_later) whole = add_links(timed.of, seen, held.write_at, operations) && whole;
    return violation(std::move(operations), whole,
                     "operation " + std::to_string(o) + ", a compare-and-set, did not find " +
                         named(held.value, how) + " though the register held it all the while");
  }
  return std::nullopt;
}

/// The walk through time that changes the register's value only when it must.
class reluctant_walk {
 public:
  explicit reluctant_walk(const timed_chains& timed)
      : timed_(timed), expected_(timed.time.horizon(), nothing), seen_changes_(timed.time.horizon()) {
    for (const auto& [o, v] : timed.of.refusals) expected_[o] = v;
    plan();
  }

  bool arrives() {
    start(0);
    for (rank r = 0; r < timed_.time.horizon(); ++r) {
      while (next_ready_ < ready_.size() && ready_[next_ready_].at <= r)
        make_available(ready_[next_ready_++]);
      const auto [o, is_response] = timed_.time.events()[r];
      if (is_response) {
        meet_dues(r);
        if (expected_[o] != nothing && seen_changes_[o] == changes_ && !change(r)) return false;
      } else if (expected_[o] != nothing) {
        seen_changes_[o] = expected_[o] == now_ ? changes_ : no_change;
      }
    }
    return true;
  }

 private:
  static constexpr std::uint32_t no_change = never;  ///< it need not see one
  static constexpr std::size_t looked_at = 64;       ///< chains, to find one that can start early

  /// A chain, or (with an index after the chains') a spare write, and when it can or must be put.
  struct plan_entry {
    moment at;
    bool takes_time;  ///< it cannot be put in a single slot
    std::uint32_t index;
  };

  const timed_chains::chain& chain_at(std::uint32_t c) const { return timed_.chains[c]; }
  bool takes_time(const timed_chains::chain& c) const { return timed_.held_from(c) < timed_.held_until(c); }

  void plan() {
    std::vector<plan_entry> lasting;
    for (std::uint32_t c = 0; c < timed_.chains.size(); ++c) {
      if (takes_time(chain_at(c))) lasting.push_back({timed_.held_from(chain_at(c)), true, c});
    }
    std::sort(lasting.begin(), lasting.end(), [](auto& a, auto& b) { return a.at < b.at; });
    dues_ = lasting;
    for (std::uint32_t c = 1; c < timed_.chains.size(); ++c) {
      if (takes_time(chain_at(c))) continue;
      ready_.push_back({timed_.held_until(chain_at(c)), false, c});
      dues_.push_back({due(c, lasting), false, c});
    }
    const auto chains = static_cast<std::uint32_t>(timed_.chains.size());
    for (std::uint32_t k = 0; k < timed_.of.spare.size(); ++k)
      ready_.push_back({timed_.time.begin(timed_.of.spare[k]), false, chains + k});
    started_.resize(chains + timed_.of.spare.size());
    const auto earlier = [](const plan_entry& a, const plan_entry& b) {
      return std::tie(a.at, a.takes_time, a.index) < std::tie(b.at, b.takes_time, b.index);
    };
    std::sort(dues_.begin(), dues_.end(), earlier);
    std::sort(ready_.begin(), ready_.end(), earlier);
  }

  /// When a chain that takes no time must be put: before the lasting one in whose time its own time ends.
  moment due(std::uint32_t c, std::span<const plan_entry> lasting) const {
    const moment end = timed_.held_from(chain_at(c));
    const auto next =
        std::partition_point(lasting.begin(), lasting.end(), [&](auto& l) { return l.at < end; });
    if (next == lasting.begin()) return end;
    const auto& during = chain_at((next - 1)->index);
    return end < timed_.held_until(during) ? timed_.held_from(during) : end;
  }

  void make_available(const plan_entry& e) {
    const bool spare = e.index >= timed_.chains.size();
    const moment end = spare ? moment{timed_.time.horizon()} : timed_.held_from(chain_at(e.index));
    available_.push(static_cast<rank>(end), e.index);
  }

  /// Puts what cannot wait any longer than the response at `r`.
  void meet_dues(rank r) {
    for (; next_due_ < dues_.size() && dues_[next_due_].at <= moment{r}; ++next_due_) {
      if (!started_[dues_[next_due_].index]) start(dues_[next_due_].index);
    }
    while (now_ != nothing && next_version() != nothing &&
           timed_.end(timed_.earliest_end[write_of(next_version())]) <= moment{r})
      become(next_version());
  }

  std::uint32_t next_version() const { return timed_.of.versions[now_].next; }
  place write_of(std::uint32_t v) const { return timed_.of.versions[v].write_at; }

  /// A chain that takes time starts with its first version, another passes at once.
  void start(std::uint32_t index) {
    started_[index] = true;
    if (index >= timed_.chains.size()) {
      become(nothing);
      return;
    }
    const timed_chains::chain& c = chain_at(index);
    held_until_ = timed_.held_until(c);
    become(timed_.of.steps[takes_time(c) ? c.first : c.last - 1].version);
  }

  void become(std::uint32_t v) {
    now_ = v;
    ++changes_;
  }

  /// Something must take the place of the present version before the response at `r`.
  bool change(rank r) {
    if (next_version() != nothing) {
      const std::uint32_t next = next_version();
      if (timed_.begin(timed_.latest_begin[write_of(next)]) > moment{r}) return false;
      become(next);
      return true;
    }
    if (held_until_ > moment{r}) return false;
    while (!available_.empty()) {
      const std::uint32_t index = available_.pop();
      if (!started_[index]) return start(index), true;
    }
    return begin_early(r);
  }

  /// Starts a chain before all of it has been invoked, unless it would then be in the way of one that is due.
  bool begin_early(rank r) {
    while (next_due_ < dues_.size() && started_[dues_[next_due_].index]) ++next_due_;
    const std::size_t last = std::min(dues_.size(), next_due_ + looked_at);
    for (std::size_t k = next_due_; k < last; ++k) {
      const std::uint32_t index = dues_[k].index;
      const timed_chains::chain& c = chain_at(index);
      if (started_[index] || timed_.begin(c.first) > moment{r}) continue;
      if (k != next_due_ && timed_.held_until(c) > dues_[next_due_].at) continue;
      started_[index] = true;
      held_until_ = timed_.held_until(c);
      become(timed_.of.steps[c.first].version);
      return true;
    }
    return false;
  }

  const timed_chains& timed_;
  std::vector<plan_entry> ready_;  ///< by when they can be put in a single slot
  std::vector<plan_entry> dues_;   ///< by when they must be put; what takes time after what is due before it
  std::size_t next_ready_ = 0;
  std::size_t next_due_ = 0;
  deadlines available_;
  std::vector<bool> started_;
  std::uint32_t now_ = 0;  ///< version, or `nothing` that a refusal expected
  moment held_until_ = 0;  ///< until when the present chain must stay
  std::uint32_t changes_ = 0;
  std::vector<std::uint32_t> expected_;      ///< by operation: the version, if it is a refusal
  std::vector<std::uint32_t> seen_changes_;  ///< by refusal: changes_ at its invocation
};

}  // namespace

std::optional<verdict> judge_refusals(const timed_chains& timed, const options& how) {
  if (auto found = refused_in_vain(timed, how)) return found;
  if (timed.of.ambiguous_refusal) {
    return not_applicable(named(*timed.of.ambiguous_refusal, how) +
                          " was written more than once, and a compare-and-set did not find it");
  }
  if (timed.of.refusals.empty() || reluctant_walk(timed).arrives()) return std::nullopt;
  return not_applicable("whether there was a time for each compare-and-set to fail is not plain");
}

}  // namespace heddle::monitors
