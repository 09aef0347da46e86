// Exhaustive search with iterative preemption bounding (Musuvathi & Qadeer, PLDI 2007).
//
// First every schedule without preemptions, then with at most one, and so on: most bugs need few. A
// preemption is a switch away from a thread that could go on; letting the clock run although somebody could
// go on counts as one too. Choices are explored depth first, the current thread first, then by thread id: the
// order is fixed.
//
// Number of schedules for n threads of k steps and bound c: O((n·k)^c · n!).
#pragma once

#include <vector>

#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

class preemption_bounding final : public strategy {
 public:
  explicit preemption_bounding(std::uint32_t bound_max);

  std::string_view name() const override { return "bounded"; }
  void begin(std::uint64_t seed) override;
  void end(const runtime::result& outcome) override;
  /// All schedules up to the largest bound were run, or there are no others at all (complete()).
  bool exhausted() const override { return exhausted_; }
  /// The search never had to leave a choice out: the whole space was explored.
  bool complete() const { return exhausted_ && !pruned_; }
  /// The bound now being explored.
  std::uint32_t bound() const { return bound_; }

  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;

 private:
  struct node {
    std::vector<std::uint8_t> choices;  ///< in the order of exploration; never empty
    std::size_t taken = 0;              ///< index of the one taken now
    std::uint32_t preemptions = 0;      ///< spent before this node
    std::uint8_t free_choices = 0;      ///< the first so many cost no preemption
  };

  std::uint8_t descend(std::vector<std::uint8_t> choices, std::size_t free_choices);
  std::uint32_t spent() const;

  std::vector<node> path_;
  std::size_t depth_ = 0;  ///< nodes of the path already followed in this schedule
  std::uint32_t bound_ = 0;
  std::uint32_t bound_max_;
  bool pruned_ = false;  ///< a choice was left out for want of preemptions, at this bound
  bool exhausted_ = false;
};

}  // namespace heddle::harness
