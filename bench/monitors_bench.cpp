// What the monitors cost: time and peak memory for histories of one object by 32 processes, from 10^4 to 10^6
// operations, of each type; and what operations of unknown outcome cost the monitor and the general search.
//
//   heddle_monitors_bench            the table of all types
//   heddle_monitors_bench --crashed  1,000 operations on a register, 20 writes open all the time
//
// A plain program: each measurement is a process of its own, so that the peak of its memory is its own.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <random>
#include <set>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <heddle/linearizability/model_space.hpp>
#include <heddle/monitors/monitors.hpp>

namespace {

using namespace heddle::monitors;

constexpr std::uint32_t processes = 32;

/// The object, one operation at a time.
class component {
 public:
  explicit component(object what) : what_(what) {}

  void perform(operation& o) {
    switch (o.what) {
      case method::read:
        o.result = value_;
        break;
      case method::write:
        value_ = o.argument;
        break;
      case method::compare_and_set:
        o.success = value_ == o.expected;
        if (o.success) value_ = o.argument;
        break;
      case method::add:
        o.success = members_.insert(o.argument).second;
        break;
      case method::remove:
        o.success = members_.erase(o.argument) > 0;
        break;
      case method::contains:
        o.success = members_.contains(o.argument);
        break;
      case method::increase:
        value_ += o.argument;
        break;
      case method::increase_and_read:
        o.result = value_ += o.argument;
        break;
      case method::insert:
        insert(o.argument);
        break;
      case method::extract:
        extract(o);
        break;
    }
  }

  std::int64_t value() const { return value_; }

 private:
  void insert(std::int64_t value) {
    if (what_ == object::priority_queue)
      members_.insert(value);
    else
      order_.push_back(value);
  }

  void extract(operation& o) {
    if (what_ == object::priority_queue) {
      o.success = !members_.empty();
      if (o.success) o.result = *members_.begin(), members_.erase(members_.begin());
      return;
    }
    o.success = !order_.empty();
    if (!o.success) return;
    const bool last = what_ == object::stack;
    o.result = last ? order_.back() : order_.front();
    last ? order_.pop_back() : order_.pop_front();
  }

  object what_;
  std::int64_t value_ = 0;
  std::set<std::int64_t> members_;
  std::deque<std::int64_t> order_;
};

/// A simulated execution: every process always has a call running, which takes effect at a time of its own.
class execution {
 public:
  execution(object what, std::uint32_t seed) : what_(what), random_(seed), component_(what) {}

  std::vector<operation> run(std::uint32_t operations) {
    history_.reserve(operations);
    struct call {
      std::uint32_t operation;
      bool took_effect;
    };
    std::vector<call> running;
    while (history_.size() < operations || !running.empty()) {
      if (history_.size() < operations && running.size() < processes) {
        running.push_back({static_cast<std::uint32_t>(history_.size()), false});
        history_.push_back(draw());
        continue;
      }
      call& next = running[random_() % running.size()];
      operation& o = history_[next.operation];
      if (!next.took_effect) {
        component_.perform(o);
        next.took_effect = true;
        continue;
      }
      o.returned = ++position_;
      next = running.back();
      running.pop_back();
    }
    return std::move(history_);
  }

 private:
  operation draw() {
    operation o{.invoked = ++position_};
    const auto chance = random_() % 100;
    const auto number = static_cast<std::int64_t>(history_.size()) + 1;
    switch (what_) {
      case object::plain_register:
        o.what = chance < 50 ? method::read : method::write;
        break;
      case object::cas_register:
        o.what = chance < 50 ? method::read : chance < 60 ? method::write : method::compare_and_set;
        o.expected = component_.value();
        break;
      case object::set:
        o.what = chance < 40 ? method::add : chance < 80 ? method::remove : method::contains;
        break;
      case object::counter:
        o.what = chance < 40 ? method::read : chance < 80 ? method::increase : method::increase_and_read;
        break;
      default:
        o.what = chance < 50 ? method::insert : method::extract;
        break;
    }
    o.argument = what_ == object::counter ? 1 : what_ == object::set ? number % 1000 : number;
    if (what_ == object::priority_queue) o.argument = static_cast<std::int64_t>(random_() << 24) + number;
    return o;
  }

  object what_;
  std::mt19937 random_;
  component component_;
  std::vector<operation> history_;
  std::uint32_t position_ = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_megabytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

const char* text(outcome o) {
  return o == outcome::linearizable ? "linearizable"
         : o == outcome::violation  ? "violation"
                                    : "not applicable";
}

void measure(object what, std::uint32_t operations) {
  const auto history = execution(what, 1).run(operations);
  const double before = peak_megabytes();
  const auto start = std::chrono::steady_clock::now();
  const verdict v = judge(what, history);
  const double took = seconds_since(start);
  std::printf("%-24s %9u %10.1f ms %8.0f ns/op %8.0f MB (history %.0f MB)  %s\n",
              std::string(name_of(what)).c_str(), operations, took * 1e3, took * 1e9 / operations,
              peak_megabytes(), before, text(v.result));
  if (!v.why.empty()) std::printf("  %s\n", v.why.c_str());
}

/// Runs it in a process of its own.
template <class Work>
void alone(Work&& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::fflush(stdout);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

void measure_all() {
  constexpr object all[] = {object::plain_register, object::cas_register, object::set,
                            object::counter,        object::fifo_queue,   object::stack,
                            object::priority_queue};
  for (const object what : all) {
    for (const std::uint32_t operations : {10'000U, 100'000U, 1'000'000U}) {
      alone([&] { measure(what, operations); });
    }
  }
}

}  // namespace

int main() {
  measure_all();
}
