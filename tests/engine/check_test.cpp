// check(), the one call of a user's test: what it prints, stores and throws, and what the environment says.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include <heddle/harness/case_file.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/harness/strategies.hpp>
#include <heddle/heddle.hpp>

#include "broken_contracts.hpp"
#include "uncontrolled_component.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
namespace fs = std::filesystem;

namespace {

/// An environment variable for as long as the object lives.
class environment {
 public:
  environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~environment() { ::unsetenv(name_); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  const char* name_;
};

/// An empty directory for as long as the object lives; cases go there.
class scratch {
 public:
  scratch() : path_(fs::temp_directory_path() / ("heddle_check_test_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~scratch() { fs::remove_all(path_); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct atomic_counter {
  std::atomic<int> count{0};
  int add() { return ++count; }
};
struct counter_model {
  int count = 0;
  int add() { return ++count; }
  bool operator==(const counter_model&) const = default;
};

struct model_without_default {
  int count;
  explicit model_without_default(int start) : count(start) {}
  int add() { return ++count; }
  bool operator==(const model_without_default&) const = default;
  [[maybe_unused]] friend std::uint64_t heddle_hash(const model_without_default& m) {
    return heddle::hash_of(m.count);
  }
};

auto counter_contract() {
  return heddle::contract<atomic_counter, counter_model>("counter").operation("add", &atomic_counter::add,
                                                                              &counter_model::add);
}

std::string misunderstanding() {
  try {
    heddle::verify(counter_contract().definition());
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a component that holds passes and says what was covered") {
  const heddle::check_report r = heddle::verify(counter_contract().definition(), {.schedules = 200});
  CHECK(r.passed);
  CHECK(r.schedules == 200);
  CHECK(r.distinct_histories > 10);
  CHECK_THAT(r.text, StartsWith("counter holds: 200 schedules of "));
  CHECK_NOTHROW(heddle::check(counter_contract(), {.schedules = 200}));
}

TEST_CASE("a violation is stored, printed and thrown") {
  const scratch directory;
  const environment cases("HEDDLE_CASES_DIR", directory.path());
  std::ostringstream printed;
  std::streambuf* const before = std::cerr.rdbuf(printed.rdbuf());
  std::string thrown;
  std::string report;
  try {
    heddle::check(broken::hit_limiter_contract());
  } catch (const heddle::violation& v) {
    thrown = v.what();
    report = v.report();
  }
  std::cerr.rdbuf(before);
  CHECK(thrown == "hit limiter is NOT LINEARIZABLE");
  CHECK(printed.str() == report);
  const fs::path file = directory.path() / "hit-limiter-5eed.heddle";
  CHECK(fs::exists(file));
  CHECK_THAT(report, Contains("replay    HEDDLE_REPLAY=" + file.string()));
}

TEST_CASE("HEDDLE_SEED, decimal or hexadecimal, chooses the schedules") {
  const scratch directory;
  const environment cases("HEDDLE_CASES_DIR", directory.path());
  const auto report_with = [](const char* seed) {
    const environment chosen("HEDDLE_SEED", seed);
    return heddle::verify(broken::hit_limiter_contract());
  };
  const heddle::check_report r = report_with("0x9F3A");
  CHECK(r.case_file.filename() == "hit-limiter-9f3a.heddle");
  CHECK_THAT(r.text, Contains("seed 0x9f3a"));
  CHECK(report_with("40762").schedules == r.schedules);
}

TEST_CASE("HEDDLE_BUDGET is a number of schedules or a time") {
  {
    const environment budget("HEDDLE_BUDGET", "123");
    CHECK(heddle::verify(counter_contract().definition()).schedules == 123);
  }
  for (const char* time : {"0.05s", "50ms"}) {
    const environment budget("HEDDLE_BUDGET", time);
    CHECK(heddle::verify(counter_contract().definition()).passed);
  }
}

TEST_CASE("HEDDLE_STRATEGY explores by one strategy, which the report names") {
  const scratch directory;
  const environment cases("HEDDLE_CASES_DIR", directory.path());
  for (const std::string_view each : heddle::harness::strategy_names()) {
    const std::string name(each);
    const environment chosen("HEDDLE_STRATEGY", name);
    const heddle::check_report r = heddle::verify(broken::hit_limiter_contract());
    CHECK(!r.passed);
    CHECK_THAT(r.text, Contains(" by " + name + " · seed"));
  }
}

TEST_CASE("environment variables that cannot be understood are refused with what was expected") {
  for (const char* seed : {"x", "0x", "12y", "-1", "1 2", "99999999999999999999"}) {
    const environment chosen("HEDDLE_SEED", seed);
    CHECK(misunderstanding() ==
          "HEDDLE_SEED=" + std::string(seed) + ": expected a number such as 24301 or 0x5eed");
  }
  for (const char* budget : {"many", "0", "-5", "10h", "5 s", "s", "nan", "inf", "1e300"}) {
    const environment chosen("HEDDLE_BUDGET", budget);
    CHECK(misunderstanding() == "HEDDLE_BUDGET=" + std::string(budget) +
                                    ": expected a number of schedules (100000) or a time (30s, 500ms)");
  }
  const environment chosen("HEDDLE_STRATEGY", "psychic");
  CHECK(misunderstanding() ==
        "HEDDLE_STRATEGY=psychic: expected one of random, pct2, pct3, pos, surw, bounded, delay");
}

TEST_CASE("HEDDLE_REPLAY runs the case and nothing else") {
  const scratch directory;
  const environment cases("HEDDLE_CASES_DIR", directory.path());
  const heddle::check_report found = heddle::verify(broken::hit_limiter_contract());
  REQUIRE(!found.case_file.empty());
  const environment replay("HEDDLE_REPLAY", found.case_file);

  const heddle::check_report again = heddle::verify(broken::hit_limiter_contract());
  CHECK(!again.passed);
  CHECK(again.headline == found.headline);
  CHECK(again.schedules == 1);
  const auto picture = [](const std::string& text) {
    return text.substr(text.find("    hit limiter"), text.rfind("replay") - text.find("    hit limiter"));
  };
  CHECK(found.text.find(again.text.substr(again.text.find("    hit limiter"))) != std::string::npos);
  CHECK(!picture(found.text).empty());

  const heddle::check_report other = heddle::verify(counter_contract().definition());
  CHECK(other.passed);
  CHECK(other.text == "counter: skipped, the case is of another contract\n");
}

TEST_CASE("HEDDLE_REPLAY of a file that is not there says so") {
  const environment replay("HEDDLE_REPLAY", "no-such.heddle");
  CHECK_THROWS_WITH(heddle::verify(counter_contract().definition()),
                    "no-such.heddle: cannot be read, or is empty");
}

TEST_CASE("a repaired component holds on the old case") {
  const scratch directory;
  const environment cases("HEDDLE_CASES_DIR", directory.path());
  const heddle::check_report found = heddle::verify(broken::hit_limiter_contract());
  struct repaired {
    std::atomic<int> used{0};
    bool try_acquire(int n) {
      int seen = used.load();
      while (seen + n <= 10)
        if (used.compare_exchange_weak(seen, seen + n)) return true;
      return false;
    }
  };
  struct model {
    int used = 0;
    bool try_acquire(int n) {
      if (used + n > 10) return false;
      used += n;
      return true;
    }
    bool operator==(const model&) const = default;
  };
  const environment replay("HEDDLE_REPLAY", found.case_file);
  const heddle::check_report r = heddle::verify(
      heddle::contract<repaired, model>("hit limiter")
          .operation("try_acquire", &repaired::try_acquire, &model::try_acquire, rc::gen::inRange(1, 4))
          .definition());
  CHECK(r.passed);
  CHECK_THAT(r.text, Contains("did not happen again"));
}

TEST_CASE("a case that cannot be written is printed itself") {
  const scratch directory;
  const fs::path in_the_way = directory.path() / "file";
  std::ofstream(in_the_way) << "not a directory";
  const environment cases("HEDDLE_CASES_DIR", in_the_way);
  const heddle::check_report r = heddle::verify(broken::hit_limiter_contract());
  CHECK(r.case_file.empty());
  CHECK_THAT(r.text, Contains("cannot be written; the case is:\n{\n \"format\": \"heddle-case\""));
  const std::string printed = r.text.substr(r.text.find("{\n \"format\""));
  CHECK_NOTHROW(heddle::harness::parse_case(*broken::hit_limiter_contract(), {"printed", printed}));
}

TEST_CASE("contracts that cannot be run are refused with the mend") {
  struct no_default {
    explicit no_default(int) {}
    void act() {}
  };
  CHECK_THROWS_WITH(
      heddle::verify(heddle::contract<atomic_counter, counter_model>("empty").definition()),
      "the contract \"empty\" cannot be run: it has no operations; add some with .operation(…)");
  CHECK_THROWS_WITH(
      heddle::verify(heddle::contract<no_default, counter_model>("closed")
                         .operation("act", &no_default::act, [](counter_model&) {})
                         .definition()),
      "the contract \"closed\" cannot be run: its implementation has no default constructor; say how to "
      "make one with .configured_by(…)");
  CHECK_THROWS_WITH(
      heddle::verify(heddle::contract<atomic_counter, model_without_default>("modelled")
                         .operation("add", &atomic_counter::add, &model_without_default::add)
                         .definition()),
      "the contract \"modelled\" cannot be run: its model has no default constructor; say how to make "
      "one with .configured_by(…)");
}

TEST_CASE("a component that is not instrumented is noticed") {
  const auto contract = heddle::contract<uncontrolled::counter, counter_model>("counter").operation(
      "add", &uncontrolled::counter::add, &counter_model::add);
  CHECK_THROWS_WITH(
      heddle::verify(contract.definition(), {.schedules = 100}),
      Contains("none of the implementation's operations was seen") && Contains("heddle_add_test"));
}

TEST_CASE("no colours where there is no terminal, or where NO_COLOR says so") {
  CHECK(!heddle::harness::wants_colour(-1));
  const environment plain("NO_COLOR", "1");
  CHECK(!heddle::harness::wants_colour(2));
}
