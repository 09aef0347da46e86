// First-in, first-out queue of waiting threads with direct hand-off: what is released goes to the thread at
// the head, so no newcomer can overtake it and no wakeup is wasted. Each thread sleeps on a condition
// variable of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>

namespace heddle::targets::bulkhead {

/// One waiting thread.
struct waiter {
  std::condition_variable wake;
  bool granted = false;  // set by whoever takes it off the queue
};

/// Guarded by its owner's mutex, which every caller holds.
class wait_queue {
 public:
  int size() const { return static_cast<int>(waiters_.size()); }

  /// Sleeps at the tail until something is handed over (true), or until the deadline with nothing handed over
  /// (false, and no longer in the queue). What was handed over in the last moment counts: it must not get
  /// lost.
  bool wait_until(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point deadline) {
    waiter self;
    const auto position = waiters_.insert(waiters_.end(), &self);
    while (!self.granted) {
      const bool expired = self.wake.wait_until(lock, deadline) == std::cv_status::timeout;
      if (expired && !self.granted) {
        waiters_.erase(position);
        return false;
      }
    }
    return true;
  }

  /// Hands over to the head of the queue. False if nobody waits.
  bool hand_over() {
    if (waiters_.empty()) return false;
    waiter& head = *waiters_.front();
    waiters_.pop_front();
    head.granted = true;
    head.wake.notify_one();  // under the lock: afterwards `head` may be gone
    return true;
  }

 private:
  std::list<waiter*> waiters_;
};

}  // namespace heddle::targets::bulkhead
