// Partial-order sampling, POS (Yuan, Yang, Gu, CAV 2018).
//
// Every pending operation gets a random priority of its own; the enabled one of highest priority runs. When
// it runs, the enabled operations that conflict with it draw anew; the others keep theirs. So an order of
// independent operations is not chosen again and again at each of them, and a partial order (what remains of
// a schedule when independent operations may swap) is found with a probability that depends on its conflicts,
// not on how many operations lie between them, as a random walk's does: an operation that waits for m
// independent ones of another thread does so with probability 1/(m+1), not 2^-m.
//
// Complexity: O(n) per choice among n enabled threads; no allocation.
//
// What conflicts: dependence.hpp. Plain accesses do only where they are scheduling points.
//
// Deviations: the clock's priority is the least of eight draws, so that few waits time out. An operation
// passed over long draws anew (fair tail). Steps that leave no choice are not seen; the thread they belong to
// is known by its next operation.
#pragma once

#include <array>

#include <heddle/harness/random.hpp>
#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

class partial_order_sampling final : public strategy {
 public:
  std::string_view name() const override { return "pos"; }
  void begin(std::uint64_t seed) override;
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override { return random_.below(count); }

 private:
  /// What a thread is about to do.
  struct event {
    runtime::pending_operation what;
    std::uint64_t priority = 0;
    std::uint64_t drawn_at = 0;  ///< choice at which the priority was drawn; 0: not yet
  };

  void forget_executed(const runtime::choice_point& point);
  void look_at(runtime::thread_id thread, const runtime::choice_point& point);
  std::uint64_t draw(runtime::thread_id thread);

  random_stream random_;
  std::array<event, 256> events_;  ///< by thread id
  std::uint64_t choices_ = 0;
  std::uint64_t last_step_ = 0;
  runtime::thread_id last_ = runtime::no_thread;  ///< that was chosen
};

}  // namespace heddle::harness
