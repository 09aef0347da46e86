#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/refusals.hpp>
#include <heddle/monitors/register.hpp>
#include <heddle/monitors/register_chains.hpp>

namespace heddle::monitors {

namespace {

class judging {
 public:
  judging(const timed_chains& timed, const options& how) : timed_(timed), how_(how) {}

  /// An operation that returned before one was invoked that comes before it in its chain.
  std::optional<verdict> chain_backwards() const {
    for (const timed_chains::chain& c : timed_.chains) {
      for (place p = c.first + 1; p < c.last; ++p) {
        const place write = timed_.version_at(p).write_at;
        const place before = timed_.latest_begin[p == write ? p - 1 : write];
        if (timed_.end(p) < timed_.begin(before)) return backwards(before, p);
      }
    }
    return std::nullopt;
  }

  /// Two chains of which each has an operation that precedes one of the other.
  std::optional<verdict> chains_opposed() const {
    std::vector<timed_chains::chain> sorted = timed_.chains;
    std::sort(sorted.begin(), sorted.end(),
              [this](auto& a, auto& b) { return timed_.held_from(a) < timed_.held_from(b); });
    std::vector<std::size_t> lasting;  // up to here, the one held longest
    for (std::size_t k = 0; k < sorted.size(); ++k) {
      const auto& b = sorted[k];
      const auto here = sorted.begin() + static_cast<std::ptrdiff_t>(k);
      const auto before = std::partition_point(
          sorted.begin(), here, [&](auto& a) { return timed_.held_from(a) < timed_.held_until(b); });
      if (before != sorted.begin()) {
        const auto& a = sorted[lasting[static_cast<std::size_t>(before - sorted.begin()) - 1]];
        if (timed_.held_from(b) < timed_.held_until(a)) return opposed(a, b);
      }
      const bool longer = lasting.empty() || timed_.held_until(b) > timed_.held_until(sorted[lasting.back()]);
      lasting.push_back(longer ? k : lasting.back());
    }
    return std::nullopt;
  }

 private:
  std::string value_at(place p) const { return named(timed_.version_at(p).value, how_); }
  std::string text(place p) const {
    return "operation " + std::to_string(timed_.of.steps[p].operation) + " (" + value_at(p) + ')';
  }

  verdict backwards(place first, place second) const {
    std::vector<std::uint32_t> operations;
    const bool whole = add_links(timed_.of, first, second, operations);
    const bool same = timed_.of.steps[first].version == timed_.of.steps[second].version;
    return violation(std::move(operations), whole,
                     same ? value_at(first) + " was read before it was written"
                          : value_at(second) + " came of " + value_at(first) + " by compare-and-set, but " +
                                text(second) + " returned before " + text(first) + " was invoked");
  }

  verdict opposed(const timed_chains::chain& a, const timed_chains::chain& b) const {
    std::vector<std::uint32_t> operations;
    const bool whole_a = add_links(timed_.of, a.earliest_end, a.latest_begin, operations);
    const bool whole_b = add_links(timed_.of, b.earliest_end, b.latest_begin, operations);
    const std::string back = text(b.earliest_end) + " came before " + text(a.latest_begin);
    return violation(std::move(operations), whole_a && whole_b,
                     timed_.is_initial(a.earliest_end)
                         ? back + ", though " + value_at(a.first) + " was there first and not written again"
                         : text(a.earliest_end) + " came before " + text(b.latest_begin) + ", but " + back +
                               ", and none of these values was written twice");
  }

  const timed_chains& timed_;
  const options& how_;
};

}  // namespace

verdict judge_register(std::span<const operation> history, const options& how) {
  register_chains chains;
  if (auto found = form_chains(history, how, chains)) return *found;
  const timeline time(history);
  const timed_chains timed(chains, time);
  if (auto found = judging(timed, how).chain_backwards()) return *found;
  if (auto found = judging(timed, how).chains_opposed()) return *found;
  if (auto found = judge_refusals(timed, how)) return *found;
  return {};
}

}  // namespace heddle::monitors
