// What calls of unknown outcome cost the general search: 20 that are open from before the first of 1,000
// operations on a register, to the end. Half of them take effect some time. For each number of clients and of
// different values the worst of many seeds, and
// how many took more than a second; after two it gives up.
//
//   heddle_unknown_outcomes_bench [SEEDS [FIRST]]
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <heddle/linearizability/model_space.hpp>

namespace {

using namespace heddle::linearizability;

struct parameters {
  std::uint32_t clients;
  std::uint32_t values;
  std::uint32_t wrong;  ///< a read in so many sees any value; 0: none
  bool cas;             ///< a third of the calls are compare-and-set
  std::uint32_t seed;
};

/// A register's history; all values are below `values`, the initial one among them.
class recording {
 public:
  explicit recording(const parameters& p) : p_(p), random_(p.seed) {
    add_symbols();
    for (std::uint32_t i = 0; i < 20; ++i) {
      invoke(p.cas && i % 2 == 1 ? kind::cas : kind::write);
      if (below(2) == 0) late_.push_back(i);
    }
    while (history_.size() < 1020 || !running_.empty()) {
      if (history_.size() < 1020 && running_.size() < p.clients && below(2) == 0) {
        const std::uint32_t what = below(p.cas ? 3 : 2);
        invoke(what == 0 ? kind::write : what == 1 ? kind::read : kind::cas);
        running_.push_back({static_cast<std::uint32_t>(history_.size()) - 1, false});
      } else if (!running_.empty()) {
        proceed(running_[below(static_cast<std::uint32_t>(running_.size()))]);
      }
    }
    for (std::uint32_t i = 0; i < 20; ++i) history_[i].owed = obligation::optional;
  }

  verdict judge() {
    const auto start = std::chrono::steady_clock::now();
    const auto late = [start] { return std::chrono::steady_clock::now() - start > std::chrono::seconds(2); };
    return check(history_, space_, {.explain = false, .stop = late});
  }

 private:
  enum class kind : std::uint8_t { write, read, cas };
  struct call {
    kind what;
    std::uint32_t from;
    std::uint32_t to;
  };
  struct running {
    std::uint32_t index;
    bool done;
  };

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  void add_symbols() {
    const auto fixed = [](std::uint32_t v) { return static_cast<int>(v); };
    for (std::uint32_t v = 0; v < p_.values; ++v) {
      writes_.push_back(space_.add_symbol(
          [v = fixed(v)](const int&, std::vector<int>& next) { next.push_back(v); }, effect::overwrites));
      const auto sees = [v = fixed(v)](const int& m, std::vector<int>& next) {
        if (m == v) next.push_back(m);
      };
      reads_.push_back(space_.add_symbol(sees, effect::observes));
      const auto differs = [v = fixed(v)](const int& m, std::vector<int>& next) {
        if (m != v) next.push_back(m);
      };
      refused_.push_back(space_.add_symbol(differs, effect::observes));
      for (std::uint32_t to = 0; to < p_.values; ++to) {
        cas_.push_back(
            space_.add_symbol([v = fixed(v), to = fixed(to)](const int& m, std::vector<int>& next) {
              if (m == v) next.push_back(to);
            }));
      }
    }
  }

  void invoke(kind what) {
    const call c{what, below(p_.values), below(p_.values)};
    calls_.push_back(c);
    const symbol_id symbol = what == kind::cas ? cas_[c.from * p_.values + c.to] : writes_[c.to];
    history_.push_back({.symbol = symbol, .invoked = position_++});
  }

  bool apply(const call& c) {
    if (c.what == kind::cas && now_ != c.from) return false;
    now_ = c.to;
    return true;
  }

  void proceed(running& r) {
    action& a = history_[r.index];
    if (r.done) {
      a.returned = position_++;
      r = running_.back();
      running_.pop_back();
      return;
    }
    r.done = true;
    if (!late_.empty() && below(100) == 0) {
      apply(calls_[late_.back()]);
      late_.pop_back();
    }
    const call& c = calls_[r.index];
    if (c.what == kind::read) {
      a.symbol = reads_[p_.wrong != 0 && below(p_.wrong) == 0 ? below(p_.values) : now_];
    } else if (!apply(c)) {
      a.symbol = refused_[c.from];
    }
  }

  parameters p_;
  std::mt19937 random_;
  model_space<int> space_{0};
  std::vector<symbol_id> writes_, reads_, refused_, cas_;
  std::vector<action> history_;
  std::vector<call> calls_;  ///< same indices
  std::vector<running> running_;
  std::vector<std::uint32_t> late_;  ///< open calls that have yet to take effect
  std::uint32_t now_ = 0;
  std::uint32_t position_ = 0;
};

struct costs {
  std::array<std::uint32_t, 3> results{};  ///< by outcome
  std::uint32_t worst_seed = 0;
  double seconds_max = 0;
  std::uint32_t slow = 0;  ///< took more than a second
  double seconds_sum = 0;
  std::uint64_t steps_max = 0;
};

costs measure(parameters p, std::uint32_t seeds, std::uint32_t first) {
  costs c;
  for (p.seed = first; p.seed < first + seeds; ++p.seed) {
    recording r(p);
    const auto start = std::chrono::steady_clock::now();
    const verdict v = r.judge();
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++c.results[static_cast<std::size_t>(v.result)];
    c.steps_max = std::max(c.steps_max, v.steps);
    c.seconds_sum += took;
    c.slow += took > 1 ? 1 : 0;
    if (took > c.seconds_max) {
      c.seconds_max = took;
      c.worst_seed = p.seed;
    }
  }
  return c;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i, std::uint32_t otherwise) {
    return argc > i ? static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)) : otherwise;
  };
  const std::uint32_t seeds = number(1, 200);
  const std::uint32_t first = number(2, 1);
  double worst = 0;
  std::uint32_t slow = 0;
  std::puts(
      "operations   clients  values  wrong reads  ok/violated/unknown  mean ms  worst ms (seed)  over 1 s  "
      "steps");
  for (const bool cas : {false, true}) {
    for (const std::uint32_t clients : {1U, 2U, 5U, 10U}) {
      for (const std::uint32_t values : {2U, 3U, 5U, 10U}) {
        for (const std::uint32_t wrong : {0U, 500U, 50U, 10U}) {
          const costs c = measure({clients, values, wrong, cas, 0}, seeds, first);
          std::printf("%-11s %8u %7u  %11s  %6u/%u/%u  %8.2f  %9.2f (%u)  %u  %llu\n",
                      cas ? "with cas" : "write, read", clients, values,
                      wrong == 0 ? "none" : ("1/" + std::to_string(wrong)).c_str(), c.results[0],
                      c.results[1], c.results[2], 1e3 * c.seconds_sum / seeds, 1e3 * c.seconds_max,
                      c.worst_seed, c.slow, static_cast<unsigned long long>(c.steps_max));
          std::fflush(stdout);
          worst = std::max(worst, c.seconds_max);
          slow += c.slow;
        }
      }
    }
  }
  std::printf("worst %.1f ms, %u took more than a second\n", 1e3 * worst, slow);
}
