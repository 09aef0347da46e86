// What each model means, by histories that it accepts and refuses; that monitors and search agree; and what
// is said of a violation.
#include <map>
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

#include <heddle/recorded/json.hpp>
#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded {
namespace {

using linearizability::outcome;

/// One process after the other: each line is "operation argument → result" in EDN, "?" for an unknown result.
/// A line may start with "process:".
history sequential(const std::string& lines) {
  std::string text;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    std::string process = "0";
    if (const std::size_t colon = line.find(": "); colon != std::string::npos) {
      process = line.substr(0, colon);
      line = line.substr(colon + 2);
    }
    const std::size_t arrow = line.find(" -> ");
    const std::string call = line.substr(0, arrow);
    const std::string result = arrow == std::string::npos ? "nil" : line.substr(arrow + 4);
    const std::size_t space = call.find(' ');
    const std::string start = "{:process " + process + " :f " + call.substr(0, space) + " :type ";
    text += start + "invoke :value " + (space == std::string::npos ? "nil" : call.substr(space)) + "}\n";
    text += start + (result == "?" ? "info}\n" : "ok :value " + result + "}\n");
  }
  std::istringstream events(text);
  history_reader reader(events, "h", format::edn);
  return read_history(reader);
}

history from_edn(const std::string& text) {
  std::istringstream events(text);
  history_reader reader(events, "h", format::edn);
  return read_history(reader);
}

judgement judged(const std::string& name, const std::string& lines, const judge_options& options = {}) {
  const model* m = find_model(name);
  REQUIRE(m != nullptr);
  history h = sequential(lines);
  const judgement j = judge(*m, h, options);
  judge_options searching = options;
  searching.monitors = false;
  CHECK(judge(*m, h, searching).result == j.result);
  return j;
}

bool accepts(const std::string& name, const std::string& lines, const judge_options& options = {}) {
  INFO(name << ":\n" << lines);
  return judged(name, lines, options).result == outcome::linearizable;
}

std::string error_of(const std::string& name, const std::string& lines) {
  history h = sequential(lines);
  try {
    judge(*find_model(name), h);
    return "no error";
  } catch (const history_error& e) {
    return e.what();
  }
}

// --- The models

TEST_CASE("register") {
  CHECK(accepts("register", "read -> nil\nwrite 3\nread -> 3"));
  CHECK_FALSE(accepts("register", "write 3\nread -> 4"));
  CHECK(accepts("register", "1: write 3 -> ?\nread -> nil\nread -> 3"));
  CHECK_FALSE(accepts("register", "1: write 3 -> ?\nread -> 3\nread -> nil"));
  CHECK(accepts("register", "read -> 7", {.initial = value::integer(7)}));
  CHECK_FALSE(accepts("register", "read -> nil", {.initial = value::integer(7)}));
}

TEST_CASE("cas-register") {
  CHECK(accepts("cas-register", "write 1\ncas [1 2]\ncas [1 3] -> false\nread -> 2"));
  CHECK(accepts("cas-register", "write 1\ncas [1 2] -> [1 2]\nread -> 2"));
  CHECK_FALSE(accepts("cas-register", "write 1\ncas [2 3]"));
  CHECK_FALSE(accepts("cas-register", "write 1\ncas [1 3] -> false"));
  CHECK(accepts("cas-register", "write 1\n1: cas [1 2] -> ?\nread -> 1\nread -> 2"));
  CHECK_FALSE(accepts("cas-register", "write 1\n1: cas [5 2] -> ?\nread -> 2"));
}

TEST_CASE("multi-register") {
  CHECK(accepts("multi-register",
                "write {:x 1 :y 2}\nread -> {:y 2}\ntxn [[:r :x nil] [:w :x 3]] -> [[:r :x 1] [:w :x 3]]"));
  CHECK_FALSE(accepts("multi-register",
                      "write {:x 1}\ntxn [[:read :x nil] [:read :y nil]] -> [[:read :x 1] [:read :y 1]]"));
  CHECK_FALSE(accepts("multi-register", "txn [[:w :x 1]] -> [[:w :x 2]]"));  // it did something else
  CHECK(accepts("multi-register", "1: txn [[:w :x 1] [:r :y nil]] -> ?\nread -> {:x 1}"));
  CHECK(accepts("multi-register", "read -> {:a 5}", {.initial = parse_json("{\"a\": 5}", "")}));
}

TEST_CASE("key-value") {
  CHECK(accepts("key-value",
                "put [:a 1]\nput [:b 2]\nget [:a nil] -> [:a 1]\nget :b -> 2\ndelete :a\nget :a -> nil"));
  CHECK_FALSE(accepts("key-value", "put [:a 1]\nget :b -> 1"));
  CHECK(accepts("key-value",
                "get \"a\" -> \"\"\nappend [\"a\" \"x\"]\nappend [\"a\" \"y\"]\nget \"a\" -> \"xy\""));
  CHECK_FALSE(accepts("key-value", "put [1 \"\"]\nget 1 -> nil"));
  CHECK(accepts("key-value", "put [1 7]\ncas [1 [7 8]]\ncas [1 [7 9]] -> false\nget 1 -> 8"));
}

TEST_CASE("mutex") {
  CHECK(accepts("mutex", "1: acquire\n2: acquire -> false\n2: release\n2: acquire"));
  CHECK_FALSE(accepts("mutex", "1: acquire\n2: acquire"));
  CHECK_FALSE(accepts("mutex", "release"));
  CHECK_FALSE(accepts("mutex", "acquire -> false"));
  CHECK(accepts("mutex", "1: acquire -> ?\n2: release\n2: acquire"));
}

TEST_CASE("reentrant-mutex") {
  CHECK(accepts("reentrant-mutex",
                "1: acquire\n1: acquire\n2: acquire -> false\n1: release\n1: release\n2: acquire"));
  CHECK_FALSE(accepts("reentrant-mutex", "1: acquire\n1: acquire\n1: release\n2: acquire"));
  CHECK_FALSE(accepts("reentrant-mutex", "1: acquire\n2: release"));
}

TEST_CASE("semaphore") {
  const judge_options three{.initial = value::integer(3)};
  CHECK(
      accepts("semaphore", "1: acquire 2\n2: acquire\n3: acquire -> false\n1: release 2\n3: acquire", three));
  CHECK_FALSE(accepts("semaphore", "1: acquire 2\n2: acquire 2", three));
  CHECK_FALSE(accepts("semaphore", "1: acquire\n2: acquire"));  // one permit
}

TEST_CASE("counter") {
  CHECK(accepts("counter", "add 3\ninc\ndec\nread -> 3\nadd-and-get 2 -> 5\nget-and-add -5 -> 5\nread -> 0"));
  CHECK_FALSE(accepts("counter", "inc\nread -> 2"));
  CHECK(accepts("counter", "1: inc -> ?\nread -> 0\nread -> 1"));
  CHECK(accepts("counter", "read -> -4", {.initial = value::integer(-4)}));
  CHECK(accepts("counter", "add 9223372036854775807\ninc\nread -> -9223372036854775808"));  // it wraps around
}

TEST_CASE("set") {
  CHECK(accepts(
      "set",
      "add 1 -> 1\nadd 2 -> true\nadd 2 -> false\nread -> [2 1]\nremove 1 -> true\ncontains 1 -> false"));
  CHECK_FALSE(accepts("set", "add 1\nread -> #{1 2}"));
  CHECK_FALSE(accepts("set", "add 1\ncontains 1 -> false"));
  CHECK_FALSE(accepts("set", "add 1\nadd 1 -> true"));
  CHECK(accepts("set", "add 1\nadd 1 -> 1"));  // need not say that it was there
}

TEST_CASE("multiset") {
  CHECK(accepts("multiset",
                "add 1\nadd 1\ncount 1 -> 2\nread -> [1 1]\nremove 1\ncontains 1\nremove 1 -> true\nremove 1 "
                "-> false"));
  CHECK_FALSE(accepts("multiset", "add 1\nread -> [1 1]"));
  CHECK_FALSE(accepts("multiset", "add 1\ncount 1 -> 2"));
}

TEST_CASE("fifo-queue") {
  CHECK(accepts("fifo-queue", "enqueue 1\nenqueue 2\ndequeue -> 1\ndequeue -> 2\ndequeue -> nil"));
  CHECK_FALSE(accepts("fifo-queue", "enqueue 1\nenqueue 2\ndequeue -> 2"));
  CHECK_FALSE(accepts("fifo-queue", "enqueue 1\ndequeue -> nil"));
  CHECK(accepts("fifo-queue", "enqueue 1\nenqueue 2\n1: dequeue -> ?\ndequeue -> 2"));
}

TEST_CASE("stack") {
  CHECK(accepts("stack", "push 1\npush 2\npop -> 2\npop -> 1\npop -> nil"));
  CHECK_FALSE(accepts("stack", "push 1\npush 2\npop -> 1"));
}

TEST_CASE("priority-queue") {
  CHECK(
      accepts("priority-queue", "insert 20\ninsert 3\ndelete-min -> 3\ndelete-min -> 20\ndelete-min -> nil"));
  CHECK_FALSE(accepts("priority-queue", "insert 20\ninsert 3\ndelete-min -> 20"));
  CHECK(accepts("priority-queue", "insert \"b\"\ninsert \"a\"\ndelete-min -> \"a\""));
}

TEST_CASE("list-append") {
  CHECK(accepts("list-append",
                "txn [[:append 1 10] [:r 2 nil]] -> [[:append 1 10] [:r 2 nil]]\n"
                "txn [[:append 1 11] [:r 1 nil]] -> [[:append 1 11] [:r 1 [10 11]]]"));
  CHECK_FALSE(
      accepts("list-append", "txn [[:append 1 10]] -> [[:append 1 10]]\ntxn [[:r 1 nil]] -> [[:r 1 []]]"));
  CHECK(accepts("list-append", "1: txn [[:append 1 10]] -> ?\ntxn [[:r 1 nil]] -> [[:r 1 [10]]]"));
}

TEST_CASE("operations with different keys are about different objects") {
  history h = from_edn(
      "{:process 0 :type :invoke :f :write :key 1 :value 5} {:process 0 :type :ok :f :write}"
      "{:process 0 :type :invoke :f :read :key 2} {:process 0 :type :ok :f :read :value nil}"
      "{:process 0 :type :invoke :f :read :key 1} {:process 0 :type :ok :f :read :value 5}");
  CHECK(judge(*find_model("register"), h).result == outcome::linearizable);
}

TEST_CASE("what certainly failed and what only looked are nothing to judge") {
  history h = from_edn(
      "{:process 0 :type :invoke :f :write :value 5} {:process 0 :type :fail :f :write}"
      "{:process 0 :type :invoke :f :read} {:process 0 :type :info :f :read}");
  const judgement j = judge(*find_model("register"), h);
  CHECK(j.result == outcome::linearizable);
  CHECK(j.counts.failed == 1);
  CHECK(j.counts.unknown == 1);
  CHECK(j.judged == 0);
}

TEST_CASE("every model has a name, a summary and operations") {
  std::map<std::string, int> names;
  for (const model& m : models()) {
    INFO(m.name);
    CHECK(++names[m.name] == 1);
    CHECK(find_model(m.name) == &m);
    CHECK(!m.summary.empty());
    CHECK(!m.operations.empty());
  }
  CHECK(names.size() == 15);
  CHECK(find_model("nothing of the kind") == nullptr);
}

// --- What is refused

TEST_CASE("operations that are none of the model's, or are written otherwise") {
  CHECK(error_of("register", "write 1\nswap 2") ==
        "h:3:1: expected read or write, the operations of model register, found swap");
  CHECK(error_of("cas-register", "cas 1") ==
        "h:1:1: expected the argument of cas to be a list of 2, found 1");
  CHECK(
      error_of("counter", "read -> :many") ==
      "h:2:1: expected the answer of read to be an integer from -9223372036854775808 to 9223372036854775807, "
      "found many");
  CHECK(error_of("fifo-queue", "enqueue nil") ==
        "h:1:1: expected the argument of enqueue to be a value, found none");
  CHECK(error_of("key-value", "put 1") == "h:1:1: expected a key, or [key value], found 1");
  CHECK(error_of("list-append", "txn [[:push 1 2]]") ==
        "h:1:1: expected the argument of txn to be a list of reads [r key list] and appends [append key "
        "value], "
        "found [[push, 1, 2]]");
  CHECK_THROWS_WITH(accepts("mutex", "acquire", {.initial = value::integer(1)}),
                    "model mutex always starts in the same state");
  CHECK_THROWS_WITH(
      accepts("semaphore", "acquire", {.initial = value::text("x")}),
      "model semaphore starts from the number of permits: expected a number of permits, found \"x\"");
}

// --- What is said

TEST_CASE("a violation is explained by where it begins and what the model would have answered") {
  history h = from_edn(
      "{:process 0 :type :invoke :f :write :value 1}\n{:process 0 :type :ok :f :write :value 1}\n"
      "{:process 1 :type :invoke :f :write :value 2}\n{:process 1 :type :ok :f :write :value 2}\n"
      "{:process 0 :type :invoke :f :read}\n"
      "{:process 2 :type :invoke :f :write :value 5}\n{:process 2 :type :ok :f :write :value 5}\n"
      "{:process 0 :type :ok :f :read :value 1}\n");
  const judgement j = judge(*find_model("register"), h, {.monitors = false});
  CHECK(j.method == "search");
  CHECK(to_text(h, j) ==
        "  line 8: process 0: read → 1 (called in line 5) has no place in any order\n"
        "  without it, what had returned by then has an order of 3 operations; it ends with\n"
        "    line 2      process 0     write 1   then: 1\n"
        "    line 4      process 1     write 2   then: 2\n"
        "    line 7      process 2     write 5   then: 5\n"
        "  in that order read would answer 2 or 5\n");
}

TEST_CASE("a violation found by a monitor is told in its words") {
  history h = sequential("enqueue 1\nenqueue 2\ndequeue -> 2");
  const judgement j = judge(*find_model("fifo-queue"), h);
  CHECK(j.method == "monitor: FIFO queue");
  CHECK(to_text(h, j) ==
        "  2 was dequeued though 1 had been enqueued before it and was not dequeued\n"
        "    line 2      process 0     enqueue 1   (called in line 1)\n"
        "    line 4      process 0     enqueue 2   (called in line 3)\n"
        "    line 6      process 0     dequeue → 2   (called in line 5)\n");
}

TEST_CASE("the witness of a verdict names every operation that took effect") {
  history h = sequential("write 1\nread -> 1");
  const judgement j = judge(*find_model("register"), h, {.witness = true});
  REQUIRE(j.order.size() == 2);
  CHECK(j.order[0].entry == 0);
  CHECK(j.order[1].state == value::integer(1));
}

// --- Limits

/// Enqueues that all overlap, and a dequeue of what nobody enqueued: many orders to try.
history hard(int enqueues) {
  std::string text;
  for (int i = 0; i < enqueues; ++i) {
    text +=
        "{:process " + std::to_string(i) + " :type :invoke :f :enqueue :value " + std::to_string(i) + "}\n";
  }
  text += "{:process 99 :type :invoke :f :dequeue} {:process 99 :type :ok :f :dequeue :value 77}\n";
  for (int i = 0; i < enqueues; ++i) text += "{:process " + std::to_string(i) + " :type :ok :f :enqueue}\n";
  return from_edn(text);
}

TEST_CASE("a search that may not go on says how far it got") {
  history h = hard(30);
  const judgement steps = judge(*find_model("fifo-queue"), h, {.steps_max = 1'000, .monitors = false});
  CHECK(steps.result == outcome::unknown);
  CHECK(steps.steps == 1'000);
  CHECK(steps.judged == 31);
  CHECK(steps.placed == 30);  // all but the dequeue
  CHECK(to_text(h, steps) == "  gave up (step limit) after 1000 steps; the longest order tried holds " +
                                 std::to_string(steps.placed) + " of 31 operations\n");
  const judgement time =
      judge(*find_model("fifo-queue"), h, {.time_max = std::chrono::milliseconds(50), .monitors = false});
  CHECK(time.result == outcome::unknown);
  CHECK(time.gave_up == "timeout");
}

// --- Monitors and search

/// Random overlapping calls with random results.
std::string random_history(const std::vector<std::pair<std::string, std::vector<std::string>>>& kinds,
                           std::mt19937& random) {
  std::string text;
  std::map<int, std::pair<std::string, std::string>> open;
  for (int i = 0; i < 16; ++i) {
    const int process = static_cast<int>(random() % 3);
    const std::string who = "{:process " + std::to_string(process);
    if (const auto at = open.find(process); at != open.end()) {
      const bool known = random() % 8 != 0;
      text += who + (known ? " :type :ok :value " + at->second.second : " :type :info") + "}\n";
      open.erase(at);
    } else {
      const auto& [call, results] = kinds[random() % kinds.size()];
      open[process] = {call, results[random() % results.size()]};
      const std::size_t space = call.find(' ');
      text += who + " :type :invoke :f " + call.substr(0, space) + " :value" +
              (space == std::string::npos ? " nil" : call.substr(space)) + "}\n";
    }
  }
  return text;
}

TEST_CASE("whether a monitor helps makes no difference to the verdict") {
  using kinds = std::vector<std::pair<std::string, std::vector<std::string>>>;
  const std::map<std::string, kinds> types = {
      {"register", {{"write 1", {"nil"}}, {"write 2", {"nil"}}, {"read", {"nil", "1", "2"}}}},
      {"cas-register",
       {{"write 1", {"nil"}},
        {"cas [1 2]", {"true", "false"}},
        {"cas [2 3]", {"true", "false"}},
        {"read", {"nil", "1", "2", "3"}}}},
      {"key-value",
       {{"put [:a 1]", {"nil"}},
        {"put [:b 2]", {"nil"}},
        {"delete :a", {"nil"}},
        {"get :a", {"nil", "1"}},
        {"get [:b nil]", {"[:b 2]", "[:b nil]"}}}},
      {"counter",
       {{"inc", {"nil"}},
        {"add 1", {"nil"}},
        {"get-and-add 1", {"0", "1"}},
        {"add-and-get 1", {"1", "2"}},
        {"read", {"0", "1", "2"}}}},
      {"set",
       {{"add 1", {"true", "1"}},
        {"remove 1", {"true", "false"}},
        {"add 2", {"2", "false"}},
        {"contains 1", {"true", "false"}}}},
      {"fifo-queue",
       {{"enqueue 1", {"nil"}},
        {"enqueue 2", {"nil"}},
        {"enqueue 3", {"nil"}},
        {"dequeue", {"1", "2", "3", "nil"}}}},
      {"stack",
       {{"push 1", {"nil"}}, {"push 2", {"nil"}}, {"push 3", {"nil"}}, {"pop", {"1", "2", "3", "nil"}}}},
      {"priority-queue",
       {{"insert 30", {"nil"}},
        {"insert 4", {"nil"}},
        {"insert 7", {"nil"}},
        {"delete-min", {"30", "4", "7", "nil"}}}},
  };
  std::mt19937 random(11);
  for (const auto& [name, calls] : types) {
    int monitored = 0, ok = 0, violations = 0;
    for (int round = 0; round < 3'000; ++round) {
      const std::string text = random_history(calls, random);
      INFO(name << '\n' << text);
      history h = from_edn(text);
      const judgement j = judge(*find_model(name), h);
      const outcome expected = judge(*find_model(name), h, {.monitors = false}).result;
      REQUIRE(j.result == expected);
      monitored += j.method.starts_with("monitor: ") ? 1 : 0;
      ++(j.result == outcome::linearizable ? ok : violations);
    }
    INFO(name);
    CHECK(monitored > 300);
    CHECK(ok > 100);
    CHECK(violations > 100);
  }
}

}  // namespace
}  // namespace heddle::recorded
