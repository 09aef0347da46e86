// Bug (catalogue M3, liveness): missed wakeup. The slots are a lock-free counter, the queue is behind a lock,
// and a caller that found no slot does not look again once it has the lock. A release in between sees nobody
// waiting.
//
// Exposed by, with max_concurrent 1 and max_queued 1:
//   T1 holds the ticket;  T2 acquire: no slot;  T1 release: nobody waits, slot free;  T2 joins the queue and
//   sleeps beside the free slot until its deadline
// Seen in: semaphores that bolt a wait queue on to an atomic fast path.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <variant>

#include <heddle/targets/bulkhead/api.hpp>
#include <heddle/targets/bulkhead/wait_queue.hpp>

namespace heddle::targets::bulkhead {

class faulty_missed_wakeup {
 public:
  using ticket = basic_ticket<faulty_missed_wakeup>;
  using admission = std::variant<ticket, refusal>;

  explicit faulty_missed_wakeup(const config& settings) : config_(settings) { validate(settings); }

  admission acquire(std::chrono::steady_clock::time_point deadline) {
    if (take_slot()) return ticket(*this);
    std::unique_lock lock(mutex_);
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
    int active = active_.load();
    while (active < config_.max_concurrent)
      if (active_.compare_exchange_weak(active, active + 1)) return true;
    return false;
  }

  const config config_;
  std::mutex mutex_;
  std::atomic<int> active_ = 0;
  wait_queue waiters_;
};

}  // namespace heddle::targets::bulkhead
