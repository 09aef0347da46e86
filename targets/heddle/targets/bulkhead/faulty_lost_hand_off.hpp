// Bug (catalogue M2): a waiter whose wait timed out does not look whether it was granted a slot in the
// meantime. The status of a timed wait says what the clock did; the lock was taken again afterwards, and a
// release may have come first.
//
// Exposed by, with max_concurrent 1 and max_queued 1:
//   T1 holds the ticket;  W acquire, waits;  t += deadline: W's wait times out;  T1 release: takes W off the
//   queue, hands it the slot;  W returns timed_out → the slot belongs to nobody, capacity is one less for
//   ever
// Seen in: connection pools and semaphores with hand-off whose timeout branch trusts cv_status::timeout.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <variant>

#include <heddle/targets/bulkhead/api.hpp>
#include <heddle/targets/bulkhead/wait_queue.hpp>

namespace heddle::targets::bulkhead {

class faulty_lost_hand_off {
 public:
  using ticket = basic_ticket<faulty_lost_hand_off>;
  using admission = std::variant<ticket, refusal>;

  explicit faulty_lost_hand_off(const config& settings) : config_(settings) { validate(settings); }

  admission acquire(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (take_slot()) return ticket(*this);
    if (static_cast<int>(waiters_.size()) >= config_.max_queued) return refusal::full;
    waiter self;
    waiters_.push_back(&self);
    while (!self.granted) {
      if (self.wake.wait_until(lock, deadline) == std::cv_status::timeout) {
        std::erase(waiters_, &self);
        return refusal::timed_out;
      }
    }
    return ticket(*this);
  }

  admission try_acquire() {
    const std::lock_guard lock(mutex_);
    if (take_slot()) return ticket(*this);
    return refusal::full;
  }

  void release(ticket&& used) {
    if (!used.surrender()) return;
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
      --active_;
      return;
    }
    waiter& head = *waiters_.front();
    waiters_.pop_front();
    head.granted = true;
    head.wake.notify_one();
  }

 private:
  bool take_slot() {
    if (active_ >= config_.max_concurrent) return false;
    ++active_;
    return true;
  }

  const config config_;
  std::mutex mutex_;
  int active_ = 0;
  std::deque<waiter*> waiters_;
};

}  // namespace heddle::targets::bulkhead
