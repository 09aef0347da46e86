// What the monitors cost: processor time and peak memory for histories of one object by 32 processes, from
// 10^4 to 10^6 operations, of each type; and what 20 writes that crash at the start of 1,000 operations on a
// register cost the monitor and the general search.
//
// A plain program: each measurement is a process of its own, so that the peak of its memory is its own.
#include <cstdio>
#include <ctime>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
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

/// Of this process: other processes on the machine do not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
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
  const double start = processor_seconds();
  const verdict v = judge(what, history);
  const double took = processor_seconds() - start;
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

// --- crashed writes ---

/// The register of the general search. Equal operations share a symbol.
class searched_register {
 public:
  heddle::linearizability::verdict check(const std::vector<operation>& history) {
    using namespace heddle::linearizability;
    std::vector<action> actions;
    for (const operation& o : history) {
      actions.push_back({.symbol = symbol(o), .invoked = o.invoked, .returned = o.returned});
      if (o.open()) actions.back().owed = obligation::optional;
    }
    return heddle::linearizability::check(actions, space_, {.max_steps = 100'000'000, .explain = false});
  }

 private:
  std::uint32_t symbol(const operation& o) {
    const bool is_write = o.what == method::write;
    const std::int64_t value = is_write ? o.argument : o.result;
    const auto [at, fresh] = symbols_.try_emplace({is_write, value}, 0);
    if (fresh) {
      at->second = space_.add_symbol([is_write, value](std::int64_t from, std::vector<std::int64_t>& next) {
        if (is_write || from == value) next.push_back(value);
      });
    }
    return at->second;
  }

  heddle::linearizability::model_space<std::int64_t> space_{0};
  std::map<std::pair<bool, std::int64_t>, std::uint32_t> symbols_;
};

/// 20 writes that never return, then 1,000 writes and reads by `clients` processes, one call each at a time.
/// Half of the open writes take effect some time. Values are all different, or below `values` if that is not
/// 0. A read in `wrong` (0: none) gives any value.
class crashed_writes {
 public:
  crashed_writes(std::uint32_t clients, std::uint32_t values, std::uint32_t wrong)
      : values_(values), wrong_(wrong), random_(7) {
    for (std::uint32_t i = 0; i < 20; ++i) {
      invoke(method::write);
      if (i % 2 == 0) late_.push_back(i);
    }
    while (history_.size() < 1020 || !running_.empty()) {
      if (history_.size() < 1020 && running_.size() < clients) {
        invoke(random_() % 2 == 0 ? method::write : method::read);
        running_.emplace_back(static_cast<std::uint32_t>(history_.size()) - 1, false);
      } else {
        proceed(running_[random_() % running_.size()]);
      }
    }
  }

  const std::vector<operation>& history() const { return history_; }

 private:
  void invoke(method what) {
    operation o{.invoked = position_++, .what = what};
    const auto number = static_cast<std::uint32_t>(history_.size()) + 1;
    o.argument = values_ == 0 ? number : 1 + random_() % values_;
    history_.push_back(o);
  }

  void proceed(std::pair<std::uint32_t, bool>& call) {
    operation& o = history_[call.first];
    if (call.second) {
      o.returned = position_++;
      call = running_.back();
      running_.pop_back();
      return;
    }
    call.second = true;
    if (!late_.empty() && random_() % 100 == 0) {
      value_ = history_[late_.back()].argument;
      late_.pop_back();
    }
    if (o.what == method::write) {
      value_ = o.argument;
      return;
    }
    o.result = value_;
    if (wrong_ != 0 && random_() % wrong_ == 0) o.result = history_[random_() % history_.size()].argument;
  }

  std::uint32_t values_;
  std::uint32_t wrong_;
  std::mt19937 random_;
  std::vector<operation> history_;
  std::vector<std::pair<std::uint32_t, bool>> running_;  ///< and whether it took effect
  std::vector<std::uint32_t> late_;                      ///< open writes that have yet to take effect
  std::int64_t value_ = 0;
  std::uint32_t position_ = 0;
};

void measure_crashed(std::uint32_t clients, std::uint32_t values, std::uint32_t wrong) {
  const crashed_writes made(clients, values, wrong);
  double start = processor_seconds();
  const verdict v = judge(object::plain_register, made.history());
  const double monitor = processor_seconds() - start;
  start = processor_seconds();
  const auto searched = searched_register().check(made.history());
  const double search = processor_seconds() - start;
  const char* results[] = {"linearizable", "violation", "unknown"};
  std::printf(
      "%2u clients, %-9s values, wrong reads %-7s monitor %6.2f ms %-14s  search %9.2f ms %12s, %llu steps\n",
      clients, values == 0 ? "different" : std::to_string(values).c_str(),
      wrong == 0 ? "none" : ("1/" + std::to_string(wrong)).c_str(), monitor * 1e3, text(v.result),
      search * 1e3, results[static_cast<int>(searched.result)],
      static_cast<unsigned long long>(searched.steps));
}

void measure_all_crashed() {
  std::printf("\n20 writes open for 1,000 operations on a register\n");
  for (const std::uint32_t clients : {5U, 10U}) {
    for (const std::uint32_t values : {0U, 5U, 20U}) {
      for (const std::uint32_t wrong : {0U, 500U, 50U, 10U}) {
        alone([&] { measure_crashed(clients, values, wrong); });
      }
    }
  }
}

}  // namespace

int main() {
  measure_all();
  measure_all_crashed();
}
