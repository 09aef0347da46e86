// Components with one planted bug each, as a stranger would write them: what the engine must find, shrink and
// explain.
//
// The approved reports quote the lines of this file: add new components at its end.
#pragma once

#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace broken {

/// Lost update: load and store are two steps.
class hit_limiter {
 public:
  bool try_acquire(int n) {
    const int used = used_.load();
    if (used + n > 10) return false;
    used_.store(used + n);
    return true;
  }

 private:
  std::atomic<int> used_{0};
};

/// Check-then-act: what was checked under the lock is old when the lock is taken again.
class ticket_office {
 public:
  bool buy(int seats) {
    {
      std::lock_guard lock(mutex_);
      if (sold_ + seats > 5) return false;
    }
    std::lock_guard lock(mutex_);
    sold_ += seats;
    return true;
  }

 private:
  std::mutex mutex_;
  int sold_ = 0;
};

/// Data race: a plain flag; no history shows it.
class shop_door {
 public:
  void close() { closed_ = true; }
  bool closed() const { return closed_; }

 private:
  bool closed_ = false;
};

/// Deadlock: two locks in two orders.
class two_accounts {
 public:
  void to_savings(int amount) {
    std::lock_guard from(checking_mutex_);
    std::lock_guard to(savings_mutex_);
    checking_ -= amount;
    savings_ += amount;
  }
  void to_checking(int amount) {
    std::lock_guard from(savings_mutex_);
    std::lock_guard to(checking_mutex_);
    savings_ -= amount;
    checking_ += amount;
  }

 private:
  std::mutex checking_mutex_;
  std::mutex savings_mutex_;
  int checking_ = 0;
  int savings_ = 0;
};

/// Crash: the flag is set before the pointer that it announces.
class price_list {
 public:
  void publish() {
    ready_.store(true);
    published_.store(&price_of_bread_);
  }
  int bread() const { return ready_.load() ? *published_.load() : -1; }

 private:
  std::atomic<bool> ready_{false};
  std::atomic<const int*> published_{nullptr};
  const int price_of_bread_ = 7;
};

/// Failed assert: the last item is handed out twice.
class shelf {
 public:
  void put() { items_.fetch_add(1); }
  bool take() {
    if (items_.load() == 0) return false;
    const int before = items_.fetch_sub(1);
    assert(before > 0);
    return true;
  }

 private:
  std::atomic<int> items_{0};
};

/// Uncaught exception: it leaves a thread that the component itself started.
class printer {
 public:
  int print(int pages) {
    const int busy = jobs_.fetch_add(1);
    std::thread worker([busy] {
      if (busy != 0) throw std::runtime_error("paper jam");
    });
    worker.join();
    jobs_.fetch_sub(1);
    return pages;
  }

 private:
  std::atomic<int> jobs_{0};
};

/// Livelock: who finds the other at the door goes back, and so for ever.
class narrow_door {
 public:
  void pass_left() { pass(left_, right_); }
  void pass_right() { pass(right_, left_); }

 private:
  static void pass(std::atomic<bool>& mine, std::atomic<bool>& other) {
    mine.store(true);
    while (other.load()) std::this_thread::yield();
    mine.store(false);
  }

  std::atomic<bool> left_{false};
  std::atomic<bool> right_{false};
};

/// Broken invariant: the two halves of a transfer are two steps, and overlap.
class split_account {
 public:
  void move(int amount) {
    left_.store(left_.load() - amount);
    right_.fetch_add(amount);
  }
  int total() const { return left_.load() + right_.load(); }

 private:
  std::atomic<int> left_{100};
  std::atomic<int> right_{0};
};

/// Lost wakeup: the flag is set without the lock, between the waiter's look and its wait.
class starting_gate {
 public:
  void open() {
    open_.store(true);
    opened_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    if (!open_.load()) opened_.wait(lock);
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  std::atomic<bool> open_{false};
};

/// Wall clock: a step backwards prolongs what was promised for ten seconds.
class parking_ticket {
  using clock = std::chrono::system_clock;

 public:
  void buy() {
    std::lock_guard lock(mutex_);
    until_ = clock::now() + std::chrono::seconds(10);
  }
  bool valid() {
    std::lock_guard lock(mutex_);
    return until_ && clock::now() < *until_;
  }

 private:
  std::mutex mutex_;
  std::optional<clock::time_point> until_;
};

/// Nondeterminism: what it does depends on what earlier runs did.
class moody_counter {
 public:
  void add() {
    static std::atomic<int> calls{0};
    if (++calls % 3 == 0) count_.load();
    count_.fetch_add(1);
  }

 private:
  std::atomic<int> count_{0};
};

/// Not safe against a crash: between its two stores the record is neither the old nor the new one.
class two_part_record {
 public:
  void write_first(int part) { first_.store(part); }
  void write_second(int part) { second_.store(part); }
  int sum() const { return first_.load() + second_.load(); }

 private:
  std::atomic<int> first_{0};
  std::atomic<int> second_{0};
};

/// Two bugs: a lost update, and two locks in two orders.
class limiter_with_two_bugs {
 public:
  bool try_acquire(int n) { return limiter_.try_acquire(n); }
  void open_left() {
    std::lock_guard first(left_);
    std::lock_guard second(right_);
  }
  void open_right() {
    std::lock_guard first(right_);
    std::lock_guard second(left_);
  }

 private:
  hit_limiter limiter_;
  std::mutex left_;
  std::mutex right_;
};

}  // namespace broken
