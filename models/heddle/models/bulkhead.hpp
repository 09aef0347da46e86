// Sequential model of the bulkhead. Condition LB of the catalogue: a call that may wait is two steps,
// `request` and `granted`, the second after the first.
//
//   request   decides at once if it can (a slot: granted; no slot and no place in the queue: full), else
//   joins the queue release   hands the slot to the head of the queue, which is thereby granted, or frees it
//   granted   may this call return that? Timing out is a waiter's step of its own: legal only when now >=
//   deadline and
//             nothing was handed to it; it leaves the queue. So of a grant and a timeout exactly one happens.
//
// A call that never returned was rightly blocked iff granted(caller, nothing) is false: it waits, and its
// deadline has not come. Tickets belong to the process that acquired them and are all alike, so only their
// number is kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

#include <heddle/linearizability/model.hpp>

namespace heddle::models {

/// Acceptor for `granted`, deterministic otherwise. Preconditions: max_concurrent ≥ 1, max_queued ≥ 0.
struct bulkhead {
  enum class acquire_result : std::uint8_t { granted, full, timed_out };

  struct waiter {
    std::uint32_t process = 0;
    std::chrono::nanoseconds deadline{};

    bool operator==(const waiter&) const = default;
  };

  int max_concurrent = 10;
  int max_queued = 0;

  std::chrono::nanoseconds now{};
  int active = 0;                ///< slots taken, handed-over ones included
  std::deque<waiter> waiters{};  ///< in order of arrival; non-empty only if no slot is free
  /// Calls of acquire that are decided and have not returned.
  std::map<std::uint32_t, acquire_result> decided{};
  std::map<std::uint32_t, std::uint32_t> held{};  ///< tickets per process, if any

  void advance(std::chrono::nanoseconds d) { now += d; }

  /// First step of acquire. Precondition: the caller has no acquire under way.
  void request(caller who, std::chrono::nanoseconds deadline) {
    if (active < max_concurrent) {
      ++active;
      decided[who.process] = acquire_result::granted;
    } else if (waiters.size() < static_cast<std::size_t>(max_queued)) {
      waiters.push_back({who.process, deadline});
    } else {
      decided[who.process] = acquire_result::full;
    }
  }

  /// Second step of acquire: may it return this now?
  bool granted(caller who, observed<acquire_result> seen) {
    if (const auto own = decided.find(who.process); own != decided.end()) {
      if (!seen.may_be(own->second)) return false;
      if (own->second == acquire_result::granted) ++held[who.process];
      decided.erase(own);
      return true;
    }
    for (auto own = waiters.begin(); own != waiters.end(); ++own) {
      if (own->process != who.process) continue;
      if (now < own->deadline || !seen.may_be(acquire_result::timed_out)) return false;
      waiters.erase(own);
      return true;
    }
    return false;
  }

  acquire_result try_acquire(caller who) {
    if (active >= max_concurrent) return acquire_result::full;
    ++active;
    ++held[who.process];
    return acquire_result::granted;
  }

  /// Gives back the index-th ticket of the caller. False, and no effect, if it holds no such ticket.
  bool release(caller who, std::size_t index) {
    const auto own = held.find(who.process);
    if (own == held.end() || index >= own->second) return false;
    if (--own->second == 0) held.erase(own);
    if (waiters.empty()) {
      --active;
    } else {
      decided[waiters.front().process] = acquire_result::granted;
      waiters.pop_front();
    }
    return true;
  }

  bool operator==(const bulkhead&) const = default;
};

}  // namespace heddle::models
