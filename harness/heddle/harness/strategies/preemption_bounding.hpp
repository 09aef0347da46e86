// Exhaustive search with iterative preemption bounding (Musuvathi & Qadeer, PLDI 2007).
//
// First every schedule without preemptions, then with at most one, and so on: most bugs need few. A
// preemption is a switch away from a thread that could go on; letting the clock run although somebody could
// go on counts as one too. Choices are explored depth first, the current thread first, then by thread id: the
// order is fixed.
//
// Number of schedules for n threads of k steps and bound c: O((n·k)^c · n!).
#pragma once

#include <heddle/harness/strategies/bounded_search.hpp>

namespace heddle::harness {

class preemption_bounding final : public bounded_search {
 public:
  using bounded_search::bounded_search;

  std::string_view name() const override { return "bounded"; }
  runtime::thread_id choose_thread(const runtime::choice_point& point) override;
  std::uint32_t choose_alternative(std::uint32_t count) override;
};

}  // namespace heddle::harness
