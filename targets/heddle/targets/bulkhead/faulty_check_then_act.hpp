// Bug (catalogue M1): check-then-act. To keep the lock off the common path the number of callers inside is an
// atomic; it is compared with the limit in one step and incremented in another.
//
// Exposed by, at max_concurrent − 1:   T1 load;  T2 load, increment → granted;  T1 increment → granted, one
// too many Seen in: hand-written limits of calls in flight, `if (in_flight < max) in_flight++`.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <variant>

#include <heddle/targets/bulkhead/api.hpp>
#include <heddle/targets/bulkhead/wait_queue.hpp>

namespace heddle::targets::bulkhead {

class faulty_check_then_act {
 public:
  using ticket = basic_ticket<faulty_check_then_act>;
  using admission = std::variant<ticket, refusal>;

  explicit faulty_check_then_act(const config& settings) : config_(settings) { validate(settings); }

  admission acquire(std::chrono::steady_clock::time_point deadline) {
    if (take_slot()) return ticket(*this);
    std::unique_lock lock(mutex_);
    if (take_slot()) return ticket(*this);  // a slot may have come free before the lock was ours
    if (waiters_.size() >= config_.max_queued) return refusal::full;
    if (!waiters_.wait_until(lock, deadline)) return refusal::timed_out;
    return ticket(*this);
  }

  admission try_acquire() {
    if (take_slot()) return ticket(*this);
    return refusal::full;
  }

  void release(ticket&& used) {
    if (!used.surrender()) return;
    const std::lock_guard lock(mutex_);
    if (!waiters_.hand_over()) active_.fetch_sub(1);
  }

 private:
  bool take_slot() {
    if (active_.load() >= config_.max_concurrent) return false;
    active_.fetch_add(1);
    return true;
  }

  const config config_;
  std::mutex mutex_;
  std::atomic<int> active_ = 0;
  wait_queue waiters_;
};

}  // namespace heddle::targets::bulkhead
