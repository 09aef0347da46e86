// Recorded histories under conditions weaker than linearizability: what is found and how it is told, what
// cannot be asked, and that stronger conditions imply weaker ones.
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

#include <heddle/recorded/json.hpp>
#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded {
namespace {

using linearizability::outcome;

history from_edn(const std::string& text) {
  std::istringstream events(text);
  history_reader reader(events, "h", format::edn);
  return read_history(reader);
}

/// Each line is "process type function value".
history events(const std::string& lines) {
  std::string text;
  std::istringstream in(lines);
  for (std::string process, type, f, rest; in >> process >> type >> f && std::getline(in, rest);)
    text += "{:process " + process + " :type :" + type + " :f :" + f + " :value " + rest + "}\n";
  return from_edn(text);
}

judgement judged(const std::string& name, history& h, condition asked, std::optional<value> initial = {}) {
  return judge(*find_model(name), h, {.initial = std::move(initial), .condition = asked});
}

bool holds(const std::string& name, const std::string& lines, condition asked,
           std::optional<value> initial = {}) {
  history h = events(lines);
  return judged(name, h, asked, std::move(initial)).result == outcome::linearizable;
}

std::string told(const std::string& name, const std::string& lines, condition asked) {
  history h = events(lines);
  return to_text(h, judged(name, h, asked));
}

std::string error_of(const std::string& name, const std::string& lines, condition asked,
                     std::optional<value> initial = {}) {
  history h = events(lines);
  try {
    judged(name, h, asked, std::move(initial));
    return "no error";
  } catch (const std::exception& e) {
    return e.what();
  }
}

constexpr const char* stale_read =
    "0 invoke write 1\n"
    "0 ok write 1\n"
    "1 invoke read nil\n"
    "1 ok read nil\n";

// --- Sequential and quiescent consistency

TEST_CASE("a stale read is sequentially, but not quiescently consistent") {
  CHECK(holds("register", stale_read, condition::sequential_consistency));
  CHECK_FALSE(holds("register", stale_read, condition::quiescent_consistency));
  CHECK(
      told("register",
           std::string(stale_read) + "1 invoke write 2\n1 ok write 2\n1 invoke read nil\n1 ok read nil\n",
           condition::sequential_consistency) ==
      "  line 8: process 1: read → none (called in line 7) has no place in any order that keeps those of the "
      "processes\n"
      "  without it, what had returned by then has an order of 3 operations; it ends with\n"
      "    line 4      process 1     read → none   then: none\n"
      "    line 2      process 0     write 1       then: 1\n"
      "    line 6      process 1     write 2       then: 2\n"
      "  in that order read would answer 2\n");
}

TEST_CASE("quiescent moments are those of the whole object, not of an element, and count what failed") {
  // x is added and not found while another element is busy.
  const std::string add = "0 invoke add x\n0 ok add true\n1 invoke contains x\n1 ok contains false\n";
  CHECK_FALSE(holds("set", add, condition::quiescent_consistency));
  CHECK(holds("set", "2 invoke add y\n" + add + "2 ok add true\n", condition::quiescent_consistency));
  CHECK_FALSE(holds("set", "2 invoke add y\n" + add + "2 ok add true\n", condition::linearizability));
  CHECK(holds("set", "2 invoke add y\n" + add + "2 fail add y\n", condition::quiescent_consistency));
}

TEST_CASE("sequential consistency is asked of all keys together, each with its states") {
  const std::string store_buffering =
      "0 invoke put [x 1]\n0 ok put [x 1]\n0 invoke get [y nil]\n0 ok get [y nil]\n"
      "1 invoke put [y 1]\n1 ok put [y 1]\n1 invoke get [x nil]\n1 ok get [x nil]\n";
  const std::string text = told("key-value", store_buffering, condition::sequential_consistency);
  CHECK_THAT(text, Catch::Matchers::StartsWith(
                       "  line 8: process 1: get [x, none] (called in line 7) has no place "));
  CHECK_THAT(text, Catch::Matchers::Contains("  in that order get would answer 1\n"));
  CHECK(holds("key-value", store_buffering, condition::causal_memory));
}

TEST_CASE("whole transactions may be asked for sequential consistency, by the search") {
  const std::string stale =
      "0 invoke txn [[:append 1 7]]\n0 ok txn [[:append 1 7]]\n"
      "1 invoke txn [[:r 1 nil]]\n1 ok txn [[:r 1 []]]\n";
  CHECK_FALSE(holds("list-append", stale, condition::linearizability));
  CHECK(holds("list-append", stale, condition::sequential_consistency));
}

// --- Causal consistency and session guarantees

TEST_CASE("violations of session guarantees are told in a sentence, with the operations") {
  CHECK(told("register", "0 invoke write 3\n0 ok write 3\n0 invoke read nil\n0 ok read nil\n",
             condition::read_your_writes) ==
        "  process 0 wrote 3 and afterwards read nothing\n"
        "    line 2      process 0     write 3   (called in line 1)\n"
        "    line 4      process 0     read → none   (called in line 3)\n");
  CHECK(told("multi-register",
             "0 invoke write {:x 5}\n0 ok write {:x 5}\n0 invoke txn [[:w :y 6]]\n0 ok txn [[:w :y 6]]\n"
             "1 invoke read nil\n1 ok read {:y 6 :x nil}\n",
             condition::monotonic_writes) ==
        "  process 0 wrote 5 to x and afterwards wrote 6 to y; process 1 read nothing from x and 6 from y\n"
        "    line 2      process 0     write {x: 5}   (called in line 1)\n"
        "    line 4      process 0     txn [[w, y, 6]]   (called in line 3)\n"
        "    line 6      process 1     read → {x: none, y: 6}   (called in line 5)\n");
}

TEST_CASE("what a register holds at first is no write") {
  const std::string reads = "0 invoke read nil\n0 ok read 7\n";
  CHECK(holds("register", reads, condition::causal_memory, value::integer(7)));
  CHECK_FALSE(holds("register", reads, condition::causal_memory));
  CHECK(holds("multi-register", "0 invoke txn [[:r :a nil]]\n0 ok txn [[:r :a 5]]\n",
              condition::monotonic_reads, parse_json("{\"a\": 5}", "")));
  CHECK(
      error_of("register", "0 invoke write 7\n0 ok write 7\n", condition::causal_memory, value::integer(7)) ==
      "h:1:1: expected values that a register has once, so that reads tell which write they saw, found write "
      "7 "
      "(it was there at first)");
}

TEST_CASE("a write of unknown outcome counts if it was read, and its process goes on as a new session") {
  const std::string unknown = "0 invoke write 1\n0 info write 1\n0 invoke read nil\n0 ok read nil\n";
  CHECK(holds("register", unknown, condition::read_your_writes));
  const std::string seen = unknown + "1 invoke read nil\n1 ok read 1\n";
  CHECK(holds("register", seen, condition::read_your_writes));
  CHECK_FALSE(holds("register", seen + "1 invoke read nil\n1 ok read nil\n", condition::monotonic_reads));
}

TEST_CASE("objects of their own are registers of their own") {
  const std::string two = "0 invoke put [a 1]\n0 ok put [a 1]\n0 invoke get [b nil]\n0 ok get [b \"\"]\n";
  CHECK(holds("key-value", two, condition::causal_memory));
  CHECK_FALSE(
      holds("key-value", two + "0 invoke get [a nil]\n0 ok get [a nil]\n", condition::read_your_writes));
}

TEST_CASE("what reads and writes do not say is an error with its place") {
  CHECK(error_of("register", "0 invoke write 1\n0 ok write 1\n1 invoke write 1\n1 ok write 1\n",
                 condition::read_your_writes) ==
        "h:3:1: expected values that a register has once, so that reads tell which write they saw, found "
        "write 1 "
        "(as in line 1)");
  CHECK(
      error_of("key-value", "0 invoke cas [a [1 2]]\n0 ok cas [a [1 2]]\n", condition::causal_consistency) ==
      "h:1:1: expected an operation that only reads or only writes, since causal consistency is about those, "
      "found cas [a, [1, 2]]");
  CHECK_THAT(
      error_of("multi-register", "0 invoke txn [[:r :x nil] [:w :x 1]]\n0 ok txn [[:r :x nil] [:w :x 1]]\n",
               condition::causal_consistency),
      Catch::Matchers::StartsWith("h:1:1: expected an operation that only reads or only writes, "));
  CHECK(error_of("multi-register", "0 invoke txn [[:w :x 1] [:w :x 2]]\n0 ok txn [[:w :x 1] [:w :x 2]]\n",
                 condition::causal_consistency) ==
        "h:1:1: expected each register once in an operation, since causal consistency is about reads and "
        "writes of "
        "one moment, found x again");
  CHECK(error_of("multi-register", "0 invoke txn [[:w :x 1]]\n0 ok txn [[:w :x 2]]\n",
                 condition::monotonic_reads) ==
        "h:2:1: expected the answer of txn to be about the steps that were asked for, found [[w, x, 2]]");
  CHECK_THAT(error_of("multi-register", "0 invoke read nil\n0 ok read 5\n", condition::causal_consistency),
             Catch::Matchers::StartsWith("h:2:1: expected the answer of read to be "));
  CHECK(error_of("set", "", condition::monotonic_reads) == "monotonic reads is not defined for model set");
}

TEST_CASE("a history that is too long for a matrix is not decided, and that is said") {
  std::string lines;
  for (int i = 0; i < 5'001; ++i) {
    const std::string n = std::to_string(i);
    lines += "0 invoke write " + n + "\n0 ok write " + n + "\n";
  }
  history h = events(lines);
  const judgement j = judged("register", h, condition::causal_memory);
  CHECK(j.result == outcome::unknown);
  CHECK(to_text(h, j) == "  gave up: more than 5000 reads and writes\n");
}

// --- All conditions together

/// Overlapping operations of three processes on two registers, where reads see what was written, mostly of
/// late.
history random_history(std::mt19937& random) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  history h("h");
  std::vector<value> written[2] = {{value()}, {value()}};
  std::vector<std::uint32_t> free_from(3, 0);
  std::uint32_t now = 0;
  for (std::int64_t i = 1; i <= 7; ++i) {
    const std::uint32_t p = below(3);
    const std::uint32_t r = below(2);
    now = std::max(now + 1, free_from[p] + 1);
    operation op;
    op.process = value::integer(p);
    op.function = below(2) == 0 ? "put" : "get";
    op.key = value::integer(r);
    op.invoked = 10 * now;
    op.returned = 10 * (now + below(3)) + 5 + p;
    free_from[p] = op.returned / 10;
    op.end = recorded::outcome::ok;
    if (op.function == "put") {
      op.argument = value::integer(i);
      written[r].push_back(op.argument);
    } else {
      const auto size = static_cast<std::uint32_t>(written[r].size());
      op.result = written[r][below(3) == 0 ? below(size) : size - 1];
    }
    h.add(std::move(op));
  }
  return h;
}

TEST_CASE("stronger conditions imply weaker ones") {
  constexpr std::pair<condition, condition> implications[] = {
      {condition::linearizability, condition::sequential_consistency},
      {condition::linearizability, condition::quiescent_consistency},
      {condition::sequential_consistency, condition::causal_memory},
      {condition::sequential_consistency, condition::causal_convergence},
      {condition::causal_memory, condition::causal_consistency},
      {condition::causal_convergence, condition::causal_consistency},
      {condition::causal_convergence, condition::read_your_writes},
      {condition::causal_convergence, condition::monotonic_reads},
      {condition::causal_convergence, condition::monotonic_writes},
      {condition::causal_convergence, condition::writes_follow_reads},
  };
  std::mt19937 random(1);
  int apart[std::size(implications)] = {};  // how often only the weaker one holds
  for (int i = 0; i < 8'000; ++i) {
    history h = random_history(random);
    bool held[condition_count];
    for (std::size_t c = 0; c < condition_count; ++c) {
      const judgement j = judged("key-value", h, static_cast<condition>(c));
      held[c] = j.result == outcome::linearizable;
      REQUIRE(held[c] == to_text(h, j).empty());
    }
    for (std::size_t k = 0; k < std::size(implications); ++k) {
      const auto [stronger, weaker] = implications[k];
      const bool weak = held[static_cast<std::size_t>(weaker)];
      const bool strong = held[static_cast<std::size_t>(stronger)];
      INFO(name(stronger) << " implies " << name(weaker));
      REQUIRE((weak || !strong));
      if (weak && !strong) ++apart[k];
    }
  }
  for (std::size_t k = 0; k < std::size(implications); ++k) {
    INFO(name(implications[k].first) << " and " << name(implications[k].second));
    CHECK(apart[k] > 5);
  }
}

}  // namespace
}  // namespace heddle::recorded
