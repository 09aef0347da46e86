// Depth-first search of all schedules up to a cost, the cost bounded by 0 first, then by 1, and so on (each
// round repeats the ones before it). What a choice costs is for the strategy to say: a preemption, a delay.
//
// Memory: one node per choice of one schedule. The order of exploration is fixed; seeds mean nothing.
#pragma once

#include <vector>

#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

class bounded_search : public strategy {
 public:
  explicit bounded_search(std::uint32_t bound_max) : bound_max_(bound_max) {}

  void begin(std::uint64_t) override { depth_ = 0; }
  void end(const runtime::result& outcome) override;
  /// All schedules up to the largest bound were run, or there are no others at all (complete()).
  bool exhausted() const override { return exhausted_; }
  /// The search never had to leave a choice out: the whole space was explored.
  bool complete() const override { return exhausted_ && !pruned_; }
  /// The bound now being explored.
  std::uint32_t bound() const { return bound_; }

 protected:
  struct choice {
    std::uint8_t what;
    std::uint8_t cost;
  };

  /// Which of the choices the schedule now being run takes: `choices` are in the order of exploration, by
  /// cost ascending; the first is free.
  std::uint8_t descend(std::vector<choice> choices);

 private:
  struct node {
    std::vector<choice> choices;  ///< never empty
    std::size_t taken = 0;        ///< index of the one taken now
    std::uint32_t spent = 0;      ///< before this node
  };

  std::uint32_t spent() const;

  std::vector<node> path_;
  std::size_t depth_ = 0;  ///< nodes of the path already followed in this schedule
  std::uint32_t bound_ = 0;
  std::uint32_t bound_max_;
  bool pruned_ = false;  ///< a choice was left out because it costs too much, at this bound
  bool exhausted_ = false;
};

}  // namespace heddle::harness
