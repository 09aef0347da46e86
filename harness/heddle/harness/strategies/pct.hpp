// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
//
// Threads get random priorities; the enabled thread of highest priority runs. At depth − 1 random steps the
// running thread's priority drops below all others. A bug of depth d among n threads and k steps is found
// with probability at least 1/(n·k^(d−1)) per schedule.
//
// Deviations: k is the longest schedule of this program seen so far; the clock has a priority like a thread
// and drops to the lowest whenever it was chosen, so that a loop of sleeps cannot starve the others; a thread
// that runs very long drops too (fair tail).
#pragma once

#include <vector>

#include <heddle/harness/random.hpp>
#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

class pct final : public strategy {
 public:
  /// `depth` ≥ 1: how many ordering constraints the bug may need.
  explicit pct(std::uint32_t depth);

  std::string_view name() const override { return name_; }
  void begin(std::uint64_t seed) override;
  void end(const runtime::result& outcome) override;
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override { return random_.below(count); }

 private:
  std::int64_t& priority_of(runtime::thread_id thread);
  void demote(runtime::thread_id thread);

  std::string name_;
  std::uint32_t depth_;
  random_stream random_;
  std::vector<std::uint64_t> change_points_;  ///< choices at which a priority drops, ascending
  std::vector<std::int64_t> priorities_;      ///< by thread id; unassigned = 0
  std::uint64_t choices_ = 0;
  std::uint64_t longest_ = 16;  ///< choices of the longest schedule so far
  std::int64_t lowest_ = 0;     ///< priorities handed out by demote() count down from here
  std::uint64_t run_length_ = 0;
  runtime::thread_id last_ = runtime::no_thread;
};

}  // namespace heddle::harness
