// Exhaustive search with iterative delay bounding (Emmi, Qadeer, Rakamarić, POPL 2011).
//
// A fixed scheduler is delayed at most d times. It is round-robin without preemptions: the current thread
// goes on while it can, then the next enabled one by id, after the last the first. A delay passes the turn on
// to the next enabled thread; at one scheduling point there may be several. First the one schedule without
// delays, then all with at most one, and so on; depth first, in a fixed order.
//
// Number of schedules for k scheduling points and bound d: O(k^d), whatever the number of threads (preemption
// bounding has n! already without preemptions). The price: a bug may need more delays than preemptions.
//
// Beyond the paper: letting the clock run although a thread could go on costs one delay; waking the i-th
// waiter (from 0) costs i.
#pragma once

#include <heddle/harness/strategies/bounded_search.hpp>

namespace heddle::harness {

class delay_bounding final : public bounded_search {
 public:
  using bounded_search::bounded_search;

  std::string_view name() const override { return "delay"; }
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;
};

}  // namespace heddle::harness
