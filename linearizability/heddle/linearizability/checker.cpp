#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/search.hpp>

namespace heddle::linearizability {

namespace {

[[noreturn]] void malformed(std::size_t index, const std::string& why) {
  throw std::invalid_argument("action " + std::to_string(index) + ' ' + why);
}

void validate(const action& a, std::size_t index, std::span<const action> history) {
  if (a.owed != obligation::required && a.returned != never)
    malformed(index, "is not required, so it cannot have a response");
  if (a.invoked == never) malformed(index, "was never invoked");
  if (a.returned <= a.invoked) malformed(index, "returned before it was invoked");
  if (a.after == never) return;
  if (a.after >= history.size()) malformed(index, "is after an action that does not exist");
  const std::uint32_t there = history[a.after].partition;
  if (there != a.partition && there != every_partition)
    malformed(index, "is after an action of another partition");
  std::uint32_t ancestor = a.after;
  for (std::size_t walked = 0; ancestor != never && ancestor < history.size(); ++walked) {
    if (ancestor == index || walked > history.size()) malformed(index, "is after itself");
    ancestor = history[ancestor].after;
  }
}

}  // namespace

class checker::engine {
 public:
  verdict check(std::span<const action> history, transition_system& model, const check_options& options) {
    for (std::size_t i = 0; i < history.size(); ++i) validate(history[i], i, history);
    history_ = history;
    model_ = &model;
    budget_ = {.most = options.max_steps, .stop = options.stop};
    search_.relax_from(options.memo_before_relaxing);
    verdict result;
    result.result = outcome::linearizable;
    partition_members();
    std::size_t start = 0;
    for (const std::size_t end : ends_) {
      const auto members = std::span<const std::uint32_t>(members_).subspan(start, end - start);
      start = end;
      result.result = search_.run(history, members, {}, model, budget_);
      result.placed += search_.most_placed();
      result.steps = budget_.used;
      if (result.result == outcome::violation && options.explain) explain(members, result);
      if (result.result != outcome::linearizable) break;
      if (options.explain) search_.append_order(result.order);
    }
    return result;
  }

 private:
  /// Fills members_ with the partitions' actions, one partition after the other, each ascending, and ends_
  /// with where each ends.
  void partition_members() {
    members_.clear();
    ends_.clear();
    partitions_.clear();
    for (const action& a : history_) {
      if (a.partition != every_partition && (partitions_.empty() || partitions_.back() != a.partition)) {
        partitions_.push_back(a.partition);
      }
    }
    std::sort(partitions_.begin(), partitions_.end());
    partitions_.erase(std::unique(partitions_.begin(), partitions_.end()), partitions_.end());
    if (partitions_.size() <= 1) {
      for (std::uint32_t i = 0; i < history_.size(); ++i) members_.push_back(i);
      ends_.push_back(members_.size());
      return;
    }
    keyed_.clear();
    for (std::uint32_t i = 0; i < history_.size(); ++i) {
      const std::uint32_t partition = history_[i].partition;
      if (partition != every_partition) keyed_.emplace_back(partition, i);
      if (partition == every_partition) {
        for (const std::uint32_t p : partitions_) keyed_.emplace_back(p, i);
      }
    }
    std::sort(keyed_.begin(), keyed_.end());
    for (const auto& [partition, i] : keyed_) {
      if (!members_.empty() && partition != partitions_[ends_.size()]) ends_.push_back(members_.size());
      members_.push_back(i);
    }
    ends_.push_back(members_.size());
  }

  outcome run(std::span<const std::uint32_t> members, const cut& until) {
    return search_.run(history_, members, until, *model_, budget_);
  }

  /// A history that is cut after a response stays linearizable when it is cut earlier: hence the binary
  /// searches.
  void explain(std::span<const std::uint32_t> members, verdict& result) {
    result.order.clear();
    responses_.clear();
    std::uint32_t blocked = 0;
    for (const std::uint32_t i : members) {
      if (history_[i].owed == obligation::required) responses_.push_back(i);
      if (history_[i].owed == obligation::blocked) ++blocked;
    }
    std::sort(responses_.begin(), responses_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return std::tie(history_[a].returned, a) < std::tie(history_[b].returned, b);
    });
    const cut unblocked{.blocked_count = 0};
    if (blocked != 0 && run(members, unblocked) == outcome::linearizable) {
      const auto fits = [&](std::uint32_t count) { return run(members, {.blocked_count = count}); };
      explain_blocked(members, fits, blocked, result);
      return;
    }
    const auto count = static_cast<std::uint32_t>(responses_.size());
    const std::uint32_t fitting = greatest(
        0, count, [&](std::uint32_t k) { return run(members, cut_after(k)); }, result);
    if (budget_.spent) return;
    result.culprit = responses_[fitting];
  }

  template <class Fits>
  void explain_blocked(std::span<const std::uint32_t> members, const Fits& fits, std::uint32_t blocked,
                       verdict& result) {
    search_.append_order(result.order);
    const std::uint32_t fitting = greatest(0, blocked, fits, result);
    if (budget_.spent) return;
    responses_.clear();
    for (const std::uint32_t i : members) {
      if (history_[i].owed == obligation::blocked) responses_.push_back(i);
    }
    std::stable_sort(responses_.begin(), responses_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return history_[a].invoked < history_[b].invoked;
    });
    result.culprit = responses_[fitting];
  }

  cut cut_after(std::uint32_t responses) const {
    const std::uint32_t last = responses_[responses - 1];
    return {.position = history_[last].returned, .index = last, .blocked_count = 0};
  }

  /// The greatest number in [fitting, failing) that fits, given that `fitting` does and `failing` does not;
  /// leaves the witness of the last number tried that fits in `result`.
  template <class Fits>
  std::uint32_t greatest(std::uint32_t fitting, std::uint32_t failing, const Fits& fits, verdict& result) {
    while (failing - fitting > 1) {
      const std::uint32_t middle = fitting + (failing - fitting) / 2;
      if (fits(middle) == outcome::linearizable) {
        fitting = middle;
        result.order.clear();
        search_.append_order(result.order);
      } else {
        failing = middle;
      }
    }
    return fitting;
  }

  search search_;
  std::span<const action> history_;
  transition_system* model_ = nullptr;
  step_budget budget_;
  std::vector<std::uint32_t> members_;
  std::vector<std::size_t> ends_;
  std::vector<std::uint32_t> partitions_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> keyed_;
  std::vector<std::uint32_t> responses_;
};

checker::checker() : engine_(std::make_unique<engine>()) {}
checker::~checker() = default;
checker::checker(checker&&) noexcept = default;
checker& checker::operator=(checker&&) noexcept = default;

verdict checker::check(std::span<const action> history, transition_system& model,
                       const check_options& options) {
  return engine_->check(history, model, options);
}

verdict check(std::span<const action> history, transition_system& model, const check_options& options) {
  return checker().check(history, model, options);
}

}  // namespace heddle::linearizability
