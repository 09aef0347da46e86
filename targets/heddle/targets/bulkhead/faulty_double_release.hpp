// Bug (catalogue M4, sequential): a ticket is given back twice. release() takes an rvalue reference, which
// moves nothing, and forgets to empty the ticket, so its destructor releases it once more. Then too many get
// in.
//
// Exposed by, with max_concurrent 1:   acquire a, release a (active −1), try_acquire b, try_acquire c → both
// granted Seen in: guards with both a destructor and an explicit close, where only one of them remembers.
#pragma once

#include <chrono>
#include <mutex>
#include <variant>

#include <heddle/targets/bulkhead/api.hpp>
#include <heddle/targets/bulkhead/wait_queue.hpp>

namespace heddle::targets::bulkhead {

class faulty_double_release {
 public:
  using ticket = basic_ticket<faulty_double_release>;
  using admission = std::variant<ticket, refusal>;

  explicit faulty_double_release(const config& settings) : config_(settings) { validate(settings); }

  admission acquire(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (take_slot()) return ticket(*this);
    if (waiters_.size() >= config_.max_queued) return refusal::full;
    if (!waiters_.wait_until(lock, deadline)) return refusal::timed_out;
    return ticket(*this);
  }

  admission try_acquire() {
    const std::lock_guard lock(mutex_);
    if (take_slot()) return ticket(*this);
    return refusal::full;
  }

  void release(ticket&& /*used*/) {
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
  int active_ = 0;
  wait_queue waiters_;
};

}  // namespace heddle::targets::bulkhead
