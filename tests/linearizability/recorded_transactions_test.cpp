// Recorded transactions: which isolation levels they satisfy, what is said of their anomalies, and that the
// dependency graph agrees with the general search.
#include <sstream>

#include <catch2/catch.hpp>

#include <heddle/recorded/models/models.hpp>

#include "list_transactions.hpp"

namespace heddle::recorded {
namespace {

using isolation::level;
using linearizability::outcome;

constexpr level strongest_first[] = {level::strict_serializable,       level::serializable,
                                     level::strong_snapshot_isolation, level::snapshot_isolation,
                                     level::repeatable_read,           level::read_committed};

history from_edn(const std::string& text) {
  std::istringstream events(text);
  history_reader reader(events, "h", format::edn);
  return read_history(reader);
}

/// {:process 0 :type :ok :f :txn :value …}
std::string event(int process, const std::string& type, const std::string& steps) {
  return "{:process " + std::to_string(process) + " :type :" + type + " :f :txn :value " + steps + "}\n";
}

std::string alone(int process, const std::string& asked, const std::string& answer,
                  const std::string& type = "ok") {
  return event(process, "invoke", asked) + event(process, type, answer);
}

judgement judged(const std::string& model, const std::string& text, const judge_options& options = {}) {
  history h = from_edn(text);
  return judge(*find_model(model), h, options);
}

std::string explained(const std::string& model, const std::string& text, const judge_options& options = {}) {
  history h = from_edn(text);
  const judgement j = judge(*find_model(model), h, options);
  return to_text(h, j);
}

std::string error_of(const std::string& model, const std::string& text, const judge_options& options) {
  try {
    judged(model, text, options);
    return "no error";
  } catch (const std::exception& e) {
    return e.what();
  }
}

const std::string write_skew =
    event(0, "invoke", "[[:r :x nil] [:append :y 1]]") + event(1, "invoke", "[[:r :y nil] [:append :x 2]]") +
    event(0, "ok", "[[:r :x []] [:append :y 1]]") + event(1, "ok", "[[:r :y []] [:append :x 2]]");

TEST_CASE("write skew is snapshot isolation but not serializable") {
  for (const level l : strongest_first) {
    INFO(name(l));
    const bool holds =
        l != level::strict_serializable && l != level::serializable && l != level::repeatable_read;
    const judgement j = judged("list-append", write_skew, {.level = l});
    CHECK(j.result == (holds ? outcome::linearizable : outcome::violation));
    CHECK(j.method == "dependency graph");
    REQUIRE(j.isolation);
    CHECK(j.isolation->found.strongest() == std::vector{level::strong_snapshot_isolation});
  }
}

TEST_CASE("an anomaly is told by its name, in words, and by lines") {
  const std::string holds = "  holds: strong snapshot isolation\n";
  const std::string told =
      "  G2-item (write skew): line 3 -rw key x-> line 4 -rw key y-> line 3\n"
      "    line 3 read key x without what line 4 wrote to it\n"
      "    line 4 read key y without what line 3 wrote to it\n"
      "    line 3      process 0     txn [[r, x, none], [append, y, 1]] → [[r, x, []], [append, y, 1]]   "
      "(called "
      "in line 1)\n"
      "    line 4      process 1     txn [[r, y, none], [append, x, 2]] → [[r, y, []], [append, x, 2]]   "
      "(called "
      "in line 2)\n";
  CHECK(explained("list-append", write_skew) == holds + told);
  CHECK(explained("list-append", write_skew, {.level = level::snapshot_isolation}) ==
        holds + "  snapshot isolation allows, but stronger levels do not:\n" + told);
}

TEST_CASE("of what is right the levels are told") {
  const std::string text =
      alone(0, "[[:append 1 10]]", "[[:append 1 10]]") + alone(1, "[[:r 1 nil]]", "[[:r 1 [10]]]");
  const judgement j = judged("list-append", text);
  CHECK(j.result == outcome::linearizable);
  CHECK(j.judged == 2);
  CHECK(j.placed == 2);
  CHECK(explained("list-append", text) == "  holds: strict serializable\n");
}

TEST_CASE("a stale read is serializable, but not strictly so") {
  const std::string text =
      alone(0, "[[:append 1 10]]", "[[:append 1 10]]") + alone(1, "[[:r 1 nil]]", "[[:r 1 nil]]");
  CHECK(judged("list-append", text, {.level = level::serializable}).result == outcome::linearizable);
  const judgement j = judged("list-append", text);
  CHECK(j.result == outcome::violation);
  REQUIRE(j.why);
  CHECK(j.why->sentence == "G-single-realtime (stale read): line 4 -rw key 1-> line 2 -realtime-> line 4");
  CHECK(j.why->operations == std::vector<std::uint32_t>{1, 0});
}

TEST_CASE("what failed is aborted; what is unknown counts if it was read") {
  const std::string reader = alone(1, "[[:r 1 nil]]", "[[:r 1 [10]]]");
  const std::string failed = alone(0, "[[:append 1 10]]", "[[:append 1 10]]", "fail") + reader;
  const judgement j = judged("list-append", failed, {.level = level::read_committed});
  CHECK(j.result == outcome::violation);
  REQUIRE(j.why);
  CHECK(j.why->sentence == "G1a (aborted read): line 2 -wr key 1-> line 4");
  CHECK(j.counts.failed == 1);
  CHECK(judged("list-append", alone(0, "[[:append 1 10]]", "nil", "info") + reader).result ==
        outcome::linearizable);
}

TEST_CASE("a process that goes on after an unknown outcome may see its effect later") {
  const std::string text = alone(0, "[[:append 1 10]]", "nil", "info") +
                           alone(0, "[[:r 1 nil]]", "[[:r 1 []]]") +
                           alone(0, "[[:r 1 nil]]", "[[:r 1 [10]]]");
  CHECK(explained("list-append", text) == "  holds: strict serializable\n");
}

TEST_CASE("keys and elements may be any values") {
  const std::string text =
      alone(0, "[[:append \"k\" \"a\"] [:append [1 2] 2.5]]", "[[:append \"k\" \"a\"] [:append [1 2] 2.5]]") +
      alone(1, "[[:r \"k\" nil] [:r [1 2] nil]]", "[[:r \"k\" [\"a\" \"b\"]] [:r [1 2] [2.5]]]");
  const judgement j = judged("list-append", text);
  REQUIRE(j.why);
  CHECK(j.why->sentence ==
        "garbage read (garbage read): line 4 read \"b\" in key \"k\", which nobody appended");
}

TEST_CASE("transactions on registers") {
  const std::string lost =
      event(0, "invoke", "[[:r :x nil] [:w :x 1]]") + event(1, "invoke", "[[:r :x nil] [:w :x 2]]") +
      event(0, "ok", "[[:r :x nil] [:w :x 1]]") + event(1, "ok", "[[:r :x nil] [:w :x 2]]");
  const judgement j = judged("rw-register-transactions", lost);
  CHECK(j.result == outcome::violation);
  CHECK(j.method == "dependency graph");
  REQUIRE(j.why);
  CHECK_THAT(j.why->sentence, Catch::Matchers::StartsWith("G-single (lost update): line "));
  CHECK(judged("rw-register-transactions", lost, {.level = level::read_committed}).result ==
        outcome::linearizable);
  CHECK(judged("rw-register-transactions", alone(0, "[[:w :x 1]]", "[[:w :x 1]]") +
                                               alone(0, "[[:r :x nil] [:w :x 2]]", "[[:r :x 1] [:w :x 2]]") +
                                               alone(1, "[[:r :x nil]]", "[[:r :x 2]]"))
            .result == outcome::linearizable);
}

TEST_CASE("where dependencies cannot be told the search decides strict serializability, and nothing else") {
  const std::string twice =
      alone(0, "[[:append 1 7]]", "[[:append 1 7]]") + alone(1, "[[:append 1 7]]", "[[:append 1 7]]");
  const std::string read_once = twice + alone(2, "[[:r 1 nil]]", "[[:r 1 [7]]]");
  const std::string read_twice = twice + alone(2, "[[:r 1 nil]]", "[[:r 1 [7 7]]]");
  CHECK(judged("list-append", read_once).result == outcome::violation);
  CHECK(judged("list-append", read_twice).result == outcome::linearizable);
  CHECK(judged("list-append", read_twice).method == "search");
  const judge_options weaker{.level = level::serializable};
  CHECK(error_of("list-append", twice, weaker) ==
        "h:3:1: expected every value to be written to a key once, found 7 written to key 1 again");
  const std::string other = alone(0, "[[:append 1 7]]", "[[:append 1 8]]");
  CHECK(judged("list-append", other).result == outcome::violation);
  CHECK(error_of("list-append", other, weaker) ==
        "h:2:1: expected an answer about the steps that were asked for, found [[append, 1, 8]]");
  CHECK(error_of("rw-register-transactions", alone(0, "[[:w 1 nil]]", "[[:w 1 nil]]"), weaker) ==
        "h:1:1: expected a value to be written, found none");
}

TEST_CASE("levels are refused where there are none to decide") {
  CHECK(error_of("register", "", {.level = level::serializable}) == "model register has no isolation levels");
  CHECK(error_of("list-append", "", {.monitors = false, .level = level::serializable}) ==
        "the general search decides strict serializability only");
}

// --- Graph and search

std::string edn_of(const test::list_operation& o, bool lists, bool seen) {
  const std::string key = std::to_string(o.key);
  if (o.writes) return (lists ? "[:append " : "[:w ") + key + ' ' + std::to_string(o.element) + ']';
  std::string list;
  for (const std::int64_t e : o.seen) list += (list.empty() ? "" : " ") + std::to_string(e);
  if (!lists && !o.seen.empty()) list = std::to_string(o.seen.back());
  if (!seen || (!lists && o.seen.empty())) return "[:r " + key + " nil]";
  return "[:r " + key + (lists ? " [" + list + "]]" : ' ' + list + ']');
}

std::string edn_of(const test::list_transaction& t, bool lists, bool seen) {
  std::string text;
  for (const auto& o : t.operations) text += edn_of(o, lists, seen);
  return '[' + text + ']';
}

std::string edn_of(const std::vector<test::list_transaction>& all, bool lists) {
  std::map<std::uint32_t, std::string> events;
  for (const test::list_transaction& t : all) {
    const int process = static_cast<int>(t.process);
    const char* end = t.end == isolation::status::committed ? "ok"
                      : t.end == isolation::status::aborted ? "fail"
                                                            : "info";
    events[t.invoked] = event(process, "invoke", edn_of(t, lists, false));
    // A process calls on after an unknown outcome, so its call has to end somewhere.
    const bool ended = t.returned != isolation::never;
    events[ended ? t.returned : t.invoked] +=
        event(process, end, edn_of(t, lists, t.end == isolation::status::committed));
  }
  std::string text;
  for (const auto& [position, lines] : events) text += lines;
  return text;
}

TEST_CASE("the dependency graph agrees with the search on lists") {
  int ok = 0, violations = 0;
  for (std::uint32_t seed = 0; seed < 4'000; ++seed) {
    test::list_generator generator(test::data_type::lists, seed);
    const std::string text = edn_of(generator.generate(3 + seed % 4, seed % 2 == 0), true);
    INFO("seed " << seed << '\n' << text);
    const judgement graph = judged("list-append", text);
    const judgement search = judged("list-append", text, {.monitors = false});
    REQUIRE(graph.method == "dependency graph");
    REQUIRE(search.method == "search");
    REQUIRE(graph.result == search.result);
    ++(graph.result == outcome::linearizable ? ok : violations);
  }
  CHECK(ok > 400);
  CHECK(violations > 400);
}

TEST_CASE("what the dependency graph says to be violated on registers is, and few are missed") {
  int found = 0, missed = 0;
  for (std::uint32_t seed = 0; seed < 4'000; ++seed) {
    test::list_generator generator(test::data_type::registers, seed);
    const std::string text = edn_of(generator.generate(3 + seed % 4, seed % 2 == 0), false);
    INFO("seed " << seed << '\n' << text);
    const judgement graph = judged("rw-register-transactions", text);
    REQUIRE(graph.method == "dependency graph");
    const outcome search = judged("rw-register-transactions", text, {.monitors = false}).result;
    if (graph.result == outcome::violation) {
      REQUIRE(search == outcome::violation);
      REQUIRE(graph.why);
      ++found;
    } else {
      missed += search == outcome::violation ? 1 : 0;
    }
  }
  CHECK(found > 1'000);
  CHECK(missed < found / 2);
}

TEST_CASE("a level is missed if, and only if, some anomaly rules it out") {
  for (std::uint32_t seed = 0; seed < 4'000; ++seed) {
    INFO("seed " << seed);
    test::list_generator generator(test::data_type::lists, seed);
    const isolation::findings f = test::analyse_lists(generator.generate(3 + seed % 5, seed % 2 == 0));
    for (std::size_t i = 0; i < isolation::level_count; ++i) {
      const auto l = static_cast<level>(i);
      INFO(name(l));
      const auto& all = f.anomalies();
      REQUIRE(f.satisfies(l) == std::none_of(all.begin(), all.end(),
                                             [&](const isolation::anomaly& a) { return rules_out(a, l); }));
    }
  }
}

}  // namespace
}  // namespace heddle::recorded
