#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/register.hpp>
#include <heddle/monitors/register_chains.hpp>
#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

namespace {

/// A rank or slot, or one before the history.
using moment = std::int64_t;

class judging {
 public:
  judging(std::span<const operation> history, const options& how, const register_chains& chains)
      : how_(how), chains_(chains), time_(history) {}

  verdict judge() {
    if (auto found = chain_backwards()) return *found;
    if (auto found = chains_opposed()) return *found;
    return judge_refusals();
  }

 private:
  using place = std::uint32_t;  ///< into the chains' steps

  /// A chain by its extremes.
  struct chain {
    place earliest_end;  ///< f
    place latest_begin;  ///< s
    place first;
    place last;
  };

  moment begin(place p) const {
    return chains_.steps[p].operation == none ? -2 : moment{time_.begin(chains_.steps[p].operation)};
  }
  moment end(place p) const {
    return chains_.steps[p].operation == none ? -1 : moment{time_.end(chains_.steps[p].operation)};
  }
  const version& version_at(place p) const { return chains_.versions[chains_.steps[p].version]; }
  std::string value_at(place p) const { return named(version_at(p).value, how_); }
  std::uint32_t operation_at(place p) const { return chains_.steps[p].operation; }

  /// Adds what ties the steps at two places of one chain together: the writes from the earlier's on. True if
  /// that is the chain's beginning, so that nothing is missing.
  bool add_links(place p, place q, std::vector<std::uint32_t>& operations) const {
    if (p > q) std::swap(p, q);
    operations.push_back(operation_at(p));
    operations.push_back(operation_at(q));
    for (std::uint32_t v = chains_.steps[p].version;; v = chains_.versions[v].next) {
      operations.push_back(chains_.versions[v].writer);
      if (v == chains_.steps[q].version) break;
    }
    add_seers(chains_, operations);
    return version_at(p).replaced == never;
  }

  std::string operation_text(place p) const {
    return "operation " + std::to_string(operation_at(p)) + " (" + value_at(p) + ')';
  }

  /// Notes the extremes of every prefix and suffix of every chain. An operation that returned before one
  /// was invoked that comes before it in its chain is a violation.
  std::optional<verdict> chain_backwards() {
    latest_begin_.resize(chains_.steps.size());
    earliest_end_.resize(chains_.steps.size());
    for (std::size_t c = 0; c + 1 < chains_.starts.size(); ++c) {
      const place first = chains_.starts[c];
      const place last = chains_.starts[c + 1];
      latest_begin_[first] = first;
      for (place p = first + 1; p < last; ++p) {
        const place write = version_at(p).write_at;
        const place before = latest_begin_[p == write ? p - 1 : write];
        if (end(p) < begin(before)) return backwards(before, p);
        latest_begin_[p] = begin(p) > begin(latest_begin_[p - 1]) ? p : latest_begin_[p - 1];
      }
      earliest_end_[last - 1] = last - 1;
      for (place p = last - 1; p-- > first;)
        earliest_end_[p] = end(p) < end(earliest_end_[p + 1]) ? p : earliest_end_[p + 1];
      all_.push_back({earliest_end_[first], latest_begin_[last - 1], first, last});
    }
    return std::nullopt;
  }

  verdict backwards(place first, place second) const {
    std::vector<std::uint32_t> operations;
    const bool whole = add_links(first, second, operations);
    if (chains_.steps[first].version == chains_.steps[second].version)
      return violation(std::move(operations), whole, value_at(first) + " was read before it was written");
    return violation(std::move(operations), whole,
                     value_at(second) + " came of " + value_at(first) + " by compare-and-set, but " +
                         operation_text(second) + " returned before " + operation_text(first) +
                         " was invoked");
  }

  std::optional<verdict> chains_opposed() {
    std::sort(all_.begin(), all_.end(),
              [this](const chain& a, const chain& b) { return end(a.earliest_end) < end(b.earliest_end); });
    std::vector<std::size_t> lasting;  // up to here, the one with the latest begin
    for (std::size_t k = 0; k < all_.size(); ++k) {
      const chain& b = all_[k];
      const auto here = all_.begin() + static_cast<std::ptrdiff_t>(k);
      const auto before = std::partition_point(
          all_.begin(), here, [&](const chain& a) { return end(a.earliest_end) < begin(b.latest_begin); });
      if (before != all_.begin()) {
        const chain& a = all_[lasting[static_cast<std::size_t>(before - all_.begin()) - 1]];
        if (end(b.earliest_end) < begin(a.latest_begin)) return opposed(a, b);
      }
      const bool later = lasting.empty() || begin(b.latest_begin) > begin(all_[lasting.back()].latest_begin);
      lasting.push_back(later ? k : lasting.back());
    }
    return std::nullopt;
  }

  verdict opposed(const chain& a, const chain& b) const {
    std::vector<std::uint32_t> operations;
    const bool whole_a = add_links(a.earliest_end, a.latest_begin, operations);
    const bool whole_b = add_links(b.earliest_end, b.latest_begin, operations);
    const std::string back =
        operation_text(b.earliest_end) + " came before " + operation_text(a.latest_begin);
    if (operation_at(a.earliest_end) == none)
      return violation(std::move(operations), whole_a && whole_b,
                       back + ", though " + value_at(a.first) + " was there first and never written again");
    return violation(std::move(operations), whole_a && whole_b,
                     operation_text(a.earliest_end) + " came before " + operation_text(b.latest_begin) +
                         ", but " + back + ", and none of these values was written twice");
  }

  // --- compare-and-sets that failed ---

  verdict judge_refusals() {
    if (auto found = refused_in_vain()) return *found;
    if (chains_.ambiguous_refusal)
      return not_applicable(named(*chains_.ambiguous_refusal, how_) +
                            " was written more than once, and a compare-and-set did not find it");
    if (chains_.refusals.empty()) return {};
    lay_out_schedules();
    for (const std::int64_t lateness : {0, 2, 1}) {
      if (explains_refusals(lateness)) return {};
    }
    return not_applicable("whether there was a time for each compare-and-set to fail is not plain");
  }

  /// One that failed though all its time the register certainly held what it expected.
  std::optional<verdict> refused_in_vain() const {
    for (const auto& [o, v] : chains_.refusals) {
      const version& held = chains_.versions[v];
      const place written = earliest_end_[held.write_at];
      const place until = latest_begin_[held.next == never ? held.end_at - 1 : held.end_at];
      if (end(written) > moment{time_.begin(o)} || begin(until) < moment{time_.end(o)}) continue;
      std::vector<std::uint32_t> operations{o};
      const bool from_write = add_links(held.write_at, written, operations);
      const bool to_end = add_links(until, held.write_at, operations);
      return violation(std::move(operations), from_write && to_end,
                       "operation " + std::to_string(o) + ", a compare-and-set, did not find " +
                           named(held.value, how_) + " though the register held it all the while");
    }
    return std::nullopt;
  }

  /// In one linearization, when each version may be written at the earliest and at the latest.
  void lay_out_schedules() {
    const auto middle = [this](const chain& c) { return end(c.earliest_end) + begin(c.latest_begin); };
    std::sort(all_.begin(), all_.end(),
              [&](const chain& a, const chain& b) { return middle(a) < middle(b); });
    moment earliest = -2;
    writes_.clear();
    for (const chain& c : all_) {
      for (place p = c.first; p < c.last; ++p) {
        earliest = std::max(earliest, begin(p));
        if (version_at(p).write_at == p) writes_.push_back({chains_.steps[p].version, earliest, 0});
      }
    }
    moment latest = moment{time_.horizon()} - 1;
    auto write = writes_.rbegin();
    for (auto c = all_.rbegin(); c != all_.rend(); ++c) {
      for (place p = c->last; p-- > c->first;) {
        latest = std::min(latest, end(p) - 1);
        if (version_at(p).write_at == p) write++->latest = latest;
      }
    }
  }

  /// With each write `lateness` halves of the way from its earliest to its latest slot: has every refusal a
  /// slot before its value was written, or from the next write on?
  bool explains_refusals(moment lateness) const {
    struct stay {
      moment from;
      moment to;
    };
    std::vector<stay> stays(chains_.versions.size());
    moment to = moment{time_.horizon()};
    for (auto w = writes_.rbegin(); w != writes_.rend(); ++w) {
      const moment from = w->earliest + (w->latest - w->earliest) * lateness / 2;
      stays[w->version] = {from, to};
      to = from;
    }
    return std::all_of(chains_.refusals.begin(), chains_.refusals.end(), [&](const refusal& r) {
      return moment{time_.begin(r.operation)} <= stays[r.version].from ||
             stays[r.version].to < moment{time_.end(r.operation)};
    });
  }

  struct scheduled_write {
    std::uint32_t version;
    moment earliest;
    moment latest;
  };

  const options& how_;
  const register_chains& chains_;
  timeline time_;
  std::vector<chain> all_;
  std::vector<place> latest_begin_;      ///< by place: of its chain's steps up to there
  std::vector<place> earliest_end_;      ///< by place: of its chain's steps from there on
  std::vector<scheduled_write> writes_;  ///< in the order of that linearization
};

}  // namespace

verdict judge_register(std::span<const operation> history, const options& how) {
  register_chains chains;
  if (auto found = form_chains(history, how, chains)) return *found;
  return judging(history, how, chains).judge();
}

}  // namespace heddle::monitors
