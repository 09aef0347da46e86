// Case files that cannot be used say what is wrong with them, where, and what to do.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include <heddle/harness/case_file.hpp>
#include <heddle/harness/random.hpp>
#include <heddle/heddle.hpp>

#include "broken_components.hpp"

using namespace heddle;
using namespace heddle::harness;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;

namespace {

struct limits {
  int most = 3;
  std::string name = "gate";
  bool operator==(const limits&) const = default;
};

struct gate {
  limits by;
  std::atomic<int> inside{0};
  explicit gate(limits l) : by(std::move(l)) {}
  bool enter(int count) {
    const int before = inside.load();
    if (before + count > by.most) return false;
    inside.store(before + count);
    return true;
  }
};

struct gate_model {
  int most = 0;
  int inside = 0;
  bool enter(int count) {
    if (inside + count > most) return false;
    inside += count;
    return true;
  }
  bool operator==(const gate_model&) const = default;
};

std::shared_ptr<const contract_definition> gate_contract(const std::string& operation = "enter") {
  return contract<gate, gate_model>("gate")
      .operation(operation, &gate::enter, &gate_model::enter, rc::gen::inRange(1, 3))
      .configured_by(
          rc::gen::map(rc::gen::inRange(2, 4),
                       [](int most) {
                         return limits{most, "gate"};
                       }),
          [](const limits& l) { return std::make_unique<gate>(l); },
          [](const limits& l) {
            return gate_model{l.most, 0};
          })
      .definition();
}

// A real case, from a real failure.
std::string good_case() {
  const auto contract = gate_contract();
  exploration_options options;
  const exploration_result r = explore(*contract, options);
  REQUIRE(r.found);
  return to_case_text(*contract, *r.found, {"gate", 24301});
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string complaint(const std::string& text, const std::string& operation = "enter") {
  try {
    parse_case(*gate_contract(operation), {"x.heddle", text});
  } catch (const case_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a case says of what it is") {
  const case_origin origin = origin_of({"x.heddle", good_case()});
  CHECK(origin.target == "gate");
  CHECK(origin.seed == 24301);
  CHECK(complaint(good_case()) == "none");
}

TEST_CASE("malformed JSON is reported with line and column") {
  CHECK(complaint("{\n  \"format\": \"heddle-case\",\n  oops\n}") ==
        "x.heddle:3:3: expected a Heddle case in JSON");
  CHECK(complaint("") == "x.heddle:1:1: expected a Heddle case in JSON");
  const std::string cut = good_case().substr(0, 40);
  CHECK_THAT(complaint(cut), StartsWith("x.heddle:") && Contains("expected a Heddle case in JSON"));
}

TEST_CASE("what is JSON but no case is said to be none") {
  const std::string expected = "x.heddle: expected \"format\": \"heddle-case\": this is no case file";
  for (const char* text : {"[]", "42", "null", "{}", R"({"format": "other"})", R"({"format": 3})"})
    CHECK(complaint(text) == expected);
}

TEST_CASE("a case of another version names both versions") {
  CHECK(complaint(replaced(good_case(), "\"version\": 1", "\"version\": 2")) ==
        "x.heddle: the case has format version 2, this Heddle reads version 1");
  CHECK_THAT(complaint(replaced(good_case(), "\"version\": 1", "\"version\": \"one\"")),
             Contains("the case has format version \"one\", this Heddle reads version 1"));
}

TEST_CASE("a missing member is named") {
  for (const char* member : {"prefix", "processes", "clock", "run", "schedule", "failure", "strategy",
                             "schedule_number", "configuration", "max_steps"}) {
    const std::string text = replaced(good_case(), std::string("\"") + member + "\"", "\"renamed\"");
    CHECK_THAT(complaint(text), StartsWith("x.heddle: not a complete case: ") && Contains(member));
  }
}

TEST_CASE("a case of another contract names what no longer fits and the mend") {
  const std::string misfit = "x.heddle: this case does not fit the contract \"gate\" any more: ";
  const std::string mend = ". Explore again for a new one.";
  CHECK(complaint(good_case(), "admit") == misfit + "there is no operation \"enter\"" + mend);
}

TEST_CASE("arguments of another type are named with their place") {
  const std::string text =
      R"({"format": "heddle-case", "version": 1, "target": "gate", "failure": "condition violated",
    "seed": 1, "strategy": "random", "schedule_number": 1,
    "configuration": {"record": "limits", "fields": [3, "gate"]},
    "prefix": [{"call": "enter", "arguments": [1]}, {"call": "enter", "arguments": [ARGUMENT]}],
    "processes": [[{"call": "enter", "arguments": [1]}]], "clock": [],
    "run": {"max_steps": 20000, "detect_races": true, "plain_accesses": false, "random_seed": 0},
    "schedule": [[1, 2]]})";
  const std::string fits = replaced(text, "ARGUMENT", "1");
  CHECK(complaint(fits) == "none");
  CHECK_THAT(complaint(replaced(text, "ARGUMENT", "\"many\"")),
             Contains("call 2 of prefix, enter: ") && Contains("many"));
  CHECK_THAT(complaint(replaced(text, "ARGUMENT", "5000000000")),
             Contains("call 2 of prefix, enter: ") && Contains("5000000000"));
  CHECK_THAT(complaint(replaced(text, "[ARGUMENT]", "[]")), Contains("call 2 of prefix, enter: "));
  CHECK_THAT(complaint(replaced(fits, "[3, \"gate\"]", "[\"three\", \"gate\"]")),
             Contains("its configuration: ") && Contains("three"));
  CHECK_THAT(complaint(replaced(fits, "\"limits\"", "\"bounds\"")),
             Contains("its configuration: ") && Contains("limits"));
}

TEST_CASE("a case that asks for too much is refused") {
  const std::string text = good_case();
  const std::string before = text.substr(0, text.find("\"schedule\""));
  const std::string expected =
      "x.heddle: not a case: at schedule: expected choices up to 255, at most 10000000 of them, found ";
  CHECK(complaint(before + "\"schedule\": [[1, 4000000000000]]}") == expected + "[1,4000000000000]");
  CHECK(complaint(before + "\"schedule\": [[300, 1]]}") == expected + "[300,1]");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(complaint(replaced(text, "\"configuration\": {", "\"configuration\": " + deep + ", \"x\": {")) ==
        "x.heddle: expected lists and records nested at most 100 deep, found more");
}

TEST_CASE("a failure that this Heddle does not know is named") {
  CHECK_THAT(
      complaint(replaced(good_case(), "\"failure\": \"condition violated\"", "\"failure\": \"bad luck\"")),
      Contains("there is no failure called \"bad luck\""));
}

TEST_CASE("mutated cases are read or refused, never worse") {
  const auto contract = gate_contract();
  const std::string good = good_case();
  random_stream random(7);
  int refused = 0;
  int read = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string text = good;
    for (std::uint32_t edits = 1 + random.below(4); edits > 0; --edits) {
      const auto size = static_cast<std::uint32_t>(text.size());
      const std::uint32_t at = random.below(size);
      switch (random.below(4)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, random.below(20));
          break;
        case 2:
          text.insert(at, text.substr(random.below(size), random.below(20)));
          break;
        default:
          text[at] = "0123456789[]{},\"-"[random.below(17)];
      }
    }
    try {
      const counterexample c = parse_case(*contract, {"x.heddle", text});
      replayer again(c.how);
      run_options how = c.run;
      how.max_steps = std::min<std::uint64_t>(how.max_steps, 1'000);
      if (c.what.processes.size() < 10)
        judge_run(*contract, run_program(*contract, c.what, again, how), true);
      ++read;
    } catch (const case_error& e) {
      CHECK_THAT(e.what(), StartsWith("x.heddle:"));
      ++refused;
    }
  }
  CHECK(read > 20);
  CHECK(refused > 1'000);
}

TEST_CASE("files: what cannot be read or written says so") {
  CHECK_THROWS_WITH(read_case("no/such/case.heddle"), "no/such/case.heddle: cannot be read, or is empty");
  CHECK(!write_case("no/such/case.heddle", "text"));
  const std::string file = "case_file_test.heddle";
  REQUIRE(write_case(file, good_case()));
  CHECK(read_case(file).text == good_case());
  std::filesystem::remove(file);
}
