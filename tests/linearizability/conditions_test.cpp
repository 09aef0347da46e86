// Conditions weaker than linearizability: examples, and random histories against their definitions, executed.
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>

#include <heddle/conditions/causal.hpp>
#include <heddle/conditions/register_history.hpp>
#include <heddle/conditions/session_guarantees.hpp>

namespace heddle::test {
namespace {

using namespace conditions;
using operations = std::vector<register_operation>;
using op = register_operation;

constexpr std::int64_t x = 0;
constexpr std::int64_t y = 1;
constexpr auto nothing = std::nullopt;

TEST_CASE("read your writes") {
  const operations h{op::write(1, x, 5), op::read(1, x, nothing)};
  CHECK(read_your_writes(h).why == "process 1 wrote 5 to key 0 and afterwards read nothing from key 0");
  CHECK(monotonic_reads(h).holds);
  const operations two{op::write(1, x, 5), op::write(2, x, 6), op::read(1, x, 6), op::read(2, x, 5)};
  CHECK(
      read_your_writes(two).why ==
      "no order of the writes explains what was read: process 1 wrote 5 to key 0 before process 2 wrote 6 to "
      "key 0 (process 1 read 6 from key 0, having to see both), yet process 2 wrote 6 to key 0 before "
      "process 1 "
      "wrote 5 to key 0 (process 2 read 5 from key 0, having to see both)");
}

TEST_CASE("monotonic reads") {
  const operations h{op::write(1, x, 5), op::read(2, x, 5), op::read(2, x, nothing)};
  CHECK(monotonic_reads(h).why ==
        "process 1 wrote 5 to key 0; process 2 read 5 from key 0 and afterwards read nothing from key 0");
  CHECK(read_your_writes(h).holds);
  CHECK(monotonic_writes(h).holds);
}

TEST_CASE("monotonic writes: who sees the second sees the first") {
  const operations h{op::write(1, x, 5), op::write(1, y, 6), {2, false, {{y, 6}, {x, nothing}}}};
  CHECK(monotonic_writes(h).why ==
        "process 1 wrote 5 to key 0 and afterwards wrote 6 to key 1; process 2 read 6 from key 1 and nothing "
        "from "
        "key 0");
  CHECK(monotonic_reads(h).holds);
}

TEST_CASE("writes follow reads: an answer is not seen without its question") {
  const operations h{
      op::write(1, x, 5), op::read(2, x, 5), op::write(2, y, 6), {3, false, {{y, 6}, {x, nothing}}}};
  const condition_verdict v = writes_follow_reads(h);
  CHECK(v.operations == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(v.why ==
        "process 1 wrote 5 to key 0; process 2 read 5 from key 0 and afterwards wrote 6 to key 1; process 3 "
        "read 6 "
        "from key 1 and nothing from key 0");
  CHECK(monotonic_writes(h).holds);
  CHECK(causal_consistency(h).why == "initial read: " + v.why);
}

TEST_CASE(
    "causal consistency lets processes disagree on the order of unrelated writes; convergence does not") {
  const operations h{op::write(1, x, 1), op::write(2, x, 2), op::read(3, x, 1),
                     op::read(3, x, 2),  op::read(4, x, 2),  op::read(4, x, 1)};
  CHECK(causal_consistency(h).holds);
  CHECK(causal_memory(h).holds);
  CHECK(causal_convergence(h).why ==
        "conflicting orders: process 1 wrote 1 to key 0 → process 2 wrote 2 to key 0 → process 1 wrote 1 to "
        "key 0");
}

TEST_CASE("causal consistency lets a process change its mind; causal memory does not") {
  const operations h{op::write(1, x, 1), op::write(2, x, 2), op::read(2, x, 1), op::read(2, x, 2)};
  CHECK(causal_consistency(h).holds);
  CHECK_FALSE(causal_memory(h).holds);
}

TEST_CASE("a write that may not have happened counts if it was read") {
  operations h{op::write(1, x, 1), op::read(1, x, nothing), op::read(2, x, nothing)};
  h[0].uncertain = true;
  CHECK(read_your_writes(h).holds);
  h[2] = op::read(2, x, 1);
  CHECK_FALSE(read_your_writes(h).holds);
}

TEST_CASE("a value that nobody wrote contradicts every condition, one written twice is refused") {
  CHECK(monotonic_reads(operations{op::read(1, x, 7)}).why ==
        "process 1 read 7 from key 0, but nobody wrote 7 there");
  CHECK_FALSE(causal_memory(operations{op::read(1, x, 7)}).holds);
  CHECK_THROWS_AS(causal_consistency(operations{op::write(1, x, 7), op::write(2, x, 7)}),
                  std::invalid_argument);
}

TEST_CASE("an overwritten read is told from the write that was read to the read of it") {
  const operations h{op::write(1, x, 1), op::read(2, x, 1), op::write(2, x, 2), op::read(2, x, 1)};
  CHECK(causal_consistency(h).why ==
        "overwritten read: process 1 wrote 1 to key 0; process 2 read 1 from key 0 and afterwards wrote 2 to "
        "key 0 "
        "and afterwards read 1 from key 0");
}

TEST_CASE("what follows from a write cannot have come before it") {
  const operations h{op::read(1, x, 6), op::write(1, x, 5), op::read(2, x, 5), op::write(2, x, 6)};
  CHECK(
      writes_follow_reads(h).why ==
      "cyclic causality: process 2 read 5 from key 0 and afterwards wrote 6 to key 0; process 1 read 6 from "
      "key 0 and afterwards wrote 5 to key 0");
}

TEST_CASE("registers and what they hold may be anything") {
  const value name = value::symbol("x");
  register_history h;
  const auto p = h.add_process("the writer");
  const auto q = h.add_process("the reader");
  h.starts_with(name, value::integer(0));
  h.write(p, {{name, value::text("new")}});
  h.read(q, {{name, value::text("new")}});
  CHECK(h.check(condition::causal_memory).holds);
  h.read(q, {{name, value::integer(0)}});
  CHECK(h.check(condition::monotonic_reads).why ==
        "the writer wrote \"new\" to x; the reader read \"new\" from x and afterwards read 0 from x");
  CHECK_FALSE(h.ambiguous());
  CHECK_THROWS_WITH(h.check(condition::linearizability), "linearizability is not about registers");
}

TEST_CASE("registers tell where reads cannot tell what they saw") {
  register_history h;
  const auto p = h.add_process("p");
  h.starts_with(value(), value::integer(0));
  h.write(p, {{value(), value::integer(1)}});
  CHECK_FALSE(h.ambiguous());
  register_history again = h;
  again.write(p, {{value(), value::integer(1)}});
  CHECK(again.ambiguous()->write == 1);
  CHECK(again.ambiguous()->earlier == 0);
  CHECK_THROWS_AS(again.check(condition::causal_memory), std::invalid_argument);
  h.write(p, {{value(), value::integer(0)}});
  CHECK(h.ambiguous()->earlier == no_operation);
  CHECK_THROWS_AS(h.check(condition::causal_memory), std::invalid_argument);
}

TEST_CASE("conditions have names") {
  CHECK(name(condition::read_your_writes) == "read your writes");
  CHECK(condition_named("writes-follow-reads") == condition::writes_follow_reads);
  CHECK_FALSE(condition_named("writes follow reads"));
  for (std::size_t i = 0; i < condition_count; ++i)
    CHECK(condition_named(hyphenated(name(static_cast<condition>(i)))) == static_cast<condition>(i));
  CHECK(negated(satisfied(condition::sequential_consistency)) == "NOT SEQUENTIALLY CONSISTENT");
}

// --- Oracles

operations random_operations(std::uint32_t seed, std::uint32_t writes, std::uint32_t reads) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  operations all;
  std::vector<bool> kinds(writes, true);
  kinds.resize(writes + reads, false);
  std::shuffle(kinds.begin(), kinds.end(), random);
  std::map<std::int64_t, std::vector<std::int64_t>> written;
  for (std::int64_t value = 1; const bool is_write : kinds) {
    const std::uint32_t process = below(3);
    const std::int64_t key = below(2);
    if (is_write) {
      all.push_back(op::write(process, key, value));
      all.back().uncertain = below(8) == 0;
      written[key].push_back(value++);
      continue;
    }
    op read{process, false, {}};
    for (const std::int64_t k : {key, 1 - key}) {
      if (k != key && below(2) == 0) continue;
      const auto& values = written[k];
      const bool any = !values.empty() && below(4) != 0;
      const auto size = static_cast<std::uint32_t>(values.size());
      const bool newest = below(2) == 0;
      read.accesses.push_back(
          {k, any ? std::optional(newest ? values.back() : values[below(size)]) : nothing});
    }
    all.push_back(read);
  }
  return all;
}

class definitions {
 public:
  explicit definitions(const operations& h) : h_(h), reads_(h) {
    for (std::uint32_t i = 0; i < h.size(); ++i) {
      if (h[i].writes && reads_.counts(i)) writes_.push_back(i);
      if (!h[i].writes) read_ops_.push_back(i);
    }
  }

  /// Some order of the writes and some set of writes for each read.
  bool sessions(const session_guarantees& g) {
    std::vector<std::uint32_t> order = writes_;
    do {
      seen_.clear();
      if (choose_seen(g, order)) return true;
    } while (std::next_permutation(order.begin(), order.end()));
    return false;
  }

  bool causal() {
    return depends_acyclic() && std::all_of(read_ops_.begin(), read_ops_.end(), [&](auto r) {
             return some_order(past(r), [&](const auto& order) { return explains(order, r); });
           });
  }

  bool memory() {
    if (!depends_acyclic()) return false;
    for (std::uint32_t i = 0; i < h_.size(); ++i) {
      if (!reads_.counts(i)) continue;
      const auto all_own = [&](const auto& order) {
        return std::all_of(order.begin(), order.end(), [&](auto r) {
          const bool own = h_[r].process == h_[i].process && r <= i && !h_[r].writes;
          return !own || explains(order, r);
        });
      };
      if (!some_order(past(i), all_own)) return false;
    }
    return true;
  }

  bool convergence() {
    if (!depends_acyclic()) return false;
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < h_.size(); ++i)
      if (reads_.counts(i)) all.push_back(i);
    return some_order(all, [&](const auto& order) {
      return std::all_of(read_ops_.begin(), read_ops_.end(), [&](auto r) {
        std::vector<std::uint32_t> known;
        for (const auto i : order)
          if (i == r || depends(r, i)) known.push_back(i);
        return explains(known, r);
      });
    });
  }

 private:
  bool choose_seen(const session_guarantees& g, const std::vector<std::uint32_t>& order) {
    if (seen_.size() == read_ops_.size()) return obeys(g, order);
    for (std::uint32_t set = 0; set < 1U << writes_.size(); ++set) {
      seen_.push_back(set);
      const bool fits = returns_last(read_ops_[seen_.size() - 1], set, order);
      if (fits && choose_seen(g, order)) return true;
      seen_.pop_back();
    }
    return false;
  }

  bool in(std::uint32_t set, std::uint32_t w) const {
    const auto at = std::find(writes_.begin(), writes_.end(), w) - writes_.begin();
    return (set >> at & 1U) != 0;
  }

  bool returns_last(std::uint32_t r, std::uint32_t set, const std::vector<std::uint32_t>& order) const {
    std::vector<std::uint32_t> visible;
    for (const auto w : order)
      if (in(set, w)) visible.push_back(w);
    visible.push_back(r);
    return explains(visible, r);
  }

  bool same_process_before(std::uint32_t a, std::uint32_t b) const {
    return a < b && h_[a].process == h_[b].process;
  }

  bool obeys(const session_guarantees& g, const std::vector<std::uint32_t>& order) const {
    const auto before = [&](auto a, auto b) {
      return std::find(order.begin(), order.end(), a) < std::find(order.begin(), order.end(), b);
    };
    for (std::size_t i = 0; i < read_ops_.size(); ++i) {
      const std::uint32_t r = read_ops_[i];
      for (const auto w : writes_) {
        if (g.read_your_writes && same_process_before(w, r) && !in(seen_[i], w)) return false;
        if (!in(seen_[i], w)) continue;
        for (std::size_t j = 0; j < read_ops_.size(); ++j)
          if (g.monotonic_reads && same_process_before(r, read_ops_[j]) && !in(seen_[j], w)) return false;
        for (const auto next : writes_) {
          if (!g.writes_follow_reads || !same_process_before(r, next)) continue;
          if (w == next || !before(w, next)) return false;
          for (const std::uint32_t set : seen_)
            if (in(set, next) && !in(set, w)) return false;
        }
      }
    }
    for (const auto a : writes_) {
      for (const auto b : writes_) {
        if (!g.monotonic_writes || !same_process_before(a, b)) continue;
        if (!before(a, b)) return false;
        for (const std::uint32_t set : seen_)
          if (in(set, b) && !in(set, a)) return false;
      }
    }
    return true;
  }

  /// Does `r` return what the writes before it in `order` left?
  bool explains(const std::vector<std::uint32_t>& order, std::uint32_t r) const {
    std::map<std::int64_t, std::optional<std::int64_t>> store;
    for (const auto i : order) {
      if (i == r) break;
      for (const auto& a : h_[i].accesses)
        if (h_[i].writes) store[a.key] = a.value;
    }
    return std::all_of(h_[r].accesses.begin(), h_[r].accesses.end(),
                       [&](const auto& a) { return store[a.key] == a.value; });
  }

  bool directly(std::uint32_t later, std::uint32_t earlier) const {
    if (!reads_.counts(later) || !reads_.counts(earlier)) return false;
    const auto& sources = reads_.sources(later);
    return same_process_before(earlier, later) ||
           std::find(sources.begin(), sources.end(), earlier) != sources.end();
  }

  bool depends(std::uint32_t later, std::uint32_t earlier) const {
    std::vector<bool> met(h_.size(), false);
    const std::function<bool(std::uint32_t)> reach = [&](std::uint32_t at) {
      for (std::uint32_t i = 0; i < h_.size(); ++i) {
        if (met[i] || !directly(at, i)) continue;
        met[i] = true;
        if (i == earlier || reach(i)) return true;
      }
      return false;
    };
    return reach(later);
  }

  bool depends_acyclic() const {
    for (std::uint32_t i = 0; i < h_.size(); ++i)
      if (depends(i, i)) return false;
    return true;
  }

  std::vector<std::uint32_t> past(std::uint32_t o) const {
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < h_.size(); ++i)
      if (i == o || depends(o, i)) all.push_back(i);
    return all;
  }

  template <class F>
  bool some_order(const std::vector<std::uint32_t>& all, F&& f) const {
    std::vector<std::uint32_t> order;
    const std::function<bool()> extend = [&] {
      if (order.size() == all.size()) return f(order);
      for (const auto next : all) {
        const auto placed = [&](auto i) { return std::find(order.begin(), order.end(), i) != order.end(); };
        const bool ready =
            std::all_of(all.begin(), all.end(), [&](auto i) { return placed(i) || !depends(next, i); });
        if (placed(next) || !ready) continue;
        order.push_back(next);
        if (extend()) return true;
        order.pop_back();
      }
      return false;
    };
    return extend();
  }

  const operations& h_;
  reads_from reads_;
  std::vector<std::uint32_t> writes_;
  std::vector<std::uint32_t> read_ops_;
  std::vector<std::uint32_t> seen_;  ///< by read: a set of writes
};

struct verdict_counts {
  std::map<std::string, std::map<bool, int>> counts;

  void compare(const std::string& condition, const condition_verdict& v, bool expected) {
    CAPTURE(condition, v.why);
    REQUIRE(v.holds == expected);
    REQUIRE(v.holds == v.why.empty());
    REQUIRE(v.holds == v.operations.empty());
    ++counts[condition][expected];
  }

  void expect_both(int at_least) {
    for (auto& [condition, by_verdict] : counts) {
      INFO(condition << ": " << by_verdict[true] << " hold, " << by_verdict[false] << " do not");
      CHECK(by_verdict[true] >= at_least);
      CHECK(by_verdict[false] >= at_least);
    }
  }
};

TEST_CASE("session guarantees agree with all orders of writes and all sets of writes seen") {
  verdict_counts t;
  for (std::uint32_t seed = 0; seed < 24'000; ++seed) {
    INFO("seed " << seed);
    const operations h = random_operations(seed, 2 + seed % 2, 2 + seed / 2 % 3);
    definitions d(h);
    t.compare("read your writes", read_your_writes(h), d.sessions({.read_your_writes = true}));
    t.compare("monotonic reads", monotonic_reads(h), d.sessions({.monotonic_reads = true}));
    t.compare("monotonic writes", monotonic_writes(h), d.sessions({.monotonic_writes = true}));
    t.compare("writes follow reads", writes_follow_reads(h), d.sessions({.writes_follow_reads = true}));
    const session_guarantees all{true, true, true, true};
    t.compare("all four", check_sessions(h, all), d.sessions(all));
    REQUIRE(check_sessions(h, all).holds == causal_convergence(h).holds);
  }
  t.expect_both(150);
}

TEST_CASE("causal conditions agree with all orders of operations") {
  verdict_counts t;
  for (std::uint32_t seed = 100'000; seed < 104'000; ++seed) {
    INFO("seed " << seed);
    const operations h = random_operations(seed, 2 + seed % 3, 2 + seed / 3 % 3);
    definitions d(h);
    t.compare("causal consistency", causal_consistency(h), d.causal());
    t.compare("causal memory", causal_memory(h), d.memory());
    t.compare("causal convergence", causal_convergence(h), d.convergence());
  }
  t.expect_both(1000);
}

}  // namespace
}  // namespace heddle::test
