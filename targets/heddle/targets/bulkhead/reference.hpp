// Bulkhead: at most `max_concurrent` callers inside, at most `max_queued` waiting in front, in order of
// arrival.
//
// Semantics: permits and waiting time as Resilience4j's SemaphoreBulkhead in fair mode, a bounded queue as
// Polly v7's maxQueuingActions; max_queued = 0 never waits. A slot that is released while callers wait is
// handed to the first of them and is never free in between. A deadline has passed when now >= deadline; a
// free slot is granted even then. Deviation: there is no cancellation; a caller that may lose interest gives
// a nearer deadline.
//
// Complexity: O(1) per operation, one lock. Waiting: one wakeup per grant.
#pragma once

#include <chrono>
#include <mutex>
#include <variant>

#include <heddle/targets/bulkhead/api.hpp>
#include <heddle/targets/bulkhead/wait_queue.hpp>

namespace heddle::targets::bulkhead {

class reference {
 public:
  using ticket = basic_ticket<reference>;
  using admission = std::variant<ticket, refusal>;

  /// Throws std::invalid_argument unless max_concurrent ≥ 1 and max_queued ≥ 0.
  explicit reference(const config& settings) : config_(settings) { validate(settings); }

  /// Enters, if need be after waiting in the queue until the deadline. With no slot and no place in the
  /// queue: full.
  admission acquire(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (take_slot()) return ticket(*this);
    if (waiters_.size() >= config_.max_queued) return refusal::full;
    if (!waiters_.wait_until(lock, deadline)) return refusal::timed_out;
    return ticket(*this);  // the slot was handed over: active_ counts it already
  }

  /// Enters if there is a slot; never waits.
  admission try_acquire() {
    const std::lock_guard lock(mutex_);
    if (take_slot()) return ticket(*this);
    return refusal::full;
  }

  /// Leaves. The slot goes to the caller that has waited longest, if any waits.
  void release(ticket&& used) {
    if (!used.surrender()) return;
    const std::lock_guard lock(mutex_);
    if (!waiters_.hand_over()) --active_;
  }

 private:
  bool take_slot() {
    if (active_ >= config_.max_concurrent) return false;
    ++active_;
    return true;
  }

  const config config_;
  std::mutex mutex_;
  int active_ = 0;  // invariant: 0 ≤ active_ ≤ max_concurrent, and = max_concurrent while anybody waits
  wait_queue waiters_;  // invariant: size ≤ max_queued
};

}  // namespace heddle::targets::bulkhead
