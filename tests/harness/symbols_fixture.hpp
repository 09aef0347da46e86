// What symbols_test asks about. The types are declared here so that the test can form typeids and offsets;
// the code that touches them is compiled apart, as a component is: -g -O1 -fsanitize=thread. Each `…_line` is
// the line that touches.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

namespace fixture {

struct level_of_fill {
  int level = 0;
  std::atomic<int> waiting{0};
};

class named {
 public:
  virtual ~named() = default;
  std::uint64_t id_ = 0;
};

struct nothing {};

// Its key function is in symbols_fixture_other.cpp: clang describes the class there alone.
class gauge {
 public:
  virtual ~gauge() = default;
  virtual void reset();
  int reading_ = 0;
};

class limiter : public named, private nothing {
 public:
  static constexpr int acquire_line = __LINE__ + 2;
  bool try_acquire(int n) {
    if (used_.load() + n > 10) return false;
    used_.store(used_.load(std::memory_order_relaxed) + n);
    return true;
  }

 private:
  friend struct offsets;
  std::atomic<int> used_{9};
  level_of_fill buckets_[3];
  std::array<level_of_fill, 2> spare_;
  short grid_[2][3] = {};
  std::mutex guard_;
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point last_;
  std::pair<int, level_of_fill> both_;
  std::string name_;
  std::vector<int> log_;
  union {
    std::uint32_t whole;
    std::uint8_t byte[4];
  } parts_ = {0};
  struct {
    int left;
    int right;
  } span_ = {0, 0};
  gauge gauge_;
  [[maybe_unused]] unsigned flag_a_ : 3 = 0;
  [[maybe_unused]] unsigned flag_b_ : 5 = 0;
  pthread_mutex_t native_ = PTHREAD_MUTEX_INITIALIZER;
};

template <class T, std::size_t Capacity>
class ring {
 public:
  static constexpr int push_line = __LINE__ + 1;
  void push(T value) { slots_[tail_.fetch_add(1) % Capacity] = value; }

 private:
  friend struct offsets;
  T slots_[Capacity] = {};
  std::atomic<std::size_t> tail_{0};
};

struct offsets {
  static std::size_t of(const void* whole, const void* part) {
    return static_cast<std::size_t>(static_cast<const char*>(part) - static_cast<const char*>(whole));
  }
  static std::vector<std::pair<std::string, std::size_t>> in(const limiter& l);
  static std::vector<std::pair<std::string, std::size_t>> in(const ring<const char*, 4>& r);
  static std::vector<std::pair<std::string, std::size_t>> in(const ring<unsigned long, 2>& r);
};

struct opaque;  // only symbols_fixture_other.cpp knows what is inside

struct holder {
  int before = 0;
  opaque* inside = nullptr;
};

struct counters {
  int hits = 0;
  std::array<int, 4> by_kind{};
};

extern counters registry;

// symbols_fixture.cpp
bool take(limiter& l);
void push_both(ring<const char*, 4>& a, ring<unsigned long, 2>& b);
extern const int lambda_line;
void call_lambda(int& target);
extern const int nested_line;
void call_nested(int& target);
extern const int sort_line;
void touch_vector(std::vector<int>& v);
const std::type_info& anonymous_type();
const std::type_info& local_type();
const std::type_info& booth_type();
const void* hidden_counter_address();
int next_ticket();
const void* ticket_address();

// symbols_fixture_other.cpp
extern const int store_line;
void store_elsewhere(std::atomic<long>& target);
const std::type_info& other_anonymous_type();
const std::type_info& opaque_type();

}  // namespace fixture
