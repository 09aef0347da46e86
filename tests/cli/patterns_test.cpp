// heddle verify, explore, replay and list. Exit codes: 0 all holds, 1 a violation, 2 bad usage or input.
#include <fstream>
#include <iterator>
#include <sstream>

#include <catch2/catch.hpp>

#include "program.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace heddle::test;

namespace {

// Arguments without blanks, as typed.
program_result command(const std::string& typed) {
  std::istringstream words(typed);
  return run_heddle({std::istream_iterator<std::string>(words), {}});
}

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("verify prints one row per pattern and exits with 0 when all holds") {
  const program_result e = command("verify bulkhead rate_limiter_token_bucket");
  CHECK(e.exit_code == 0);
  CHECK_THAT(e.out, StartsWith("pattern ") && Contains("\nbulkhead ") &&
                        Contains("\nrate_limiter_token_bucket ") &&
                        Contains("2 patterns, 3 of 3 references hold, 8 of 8 faulty variants found"));
  CHECK(e.err.empty());
}

TEST_CASE("verify exits with 1 and says which variant was not found within the budget") {
  const program_result e = command("verify circuit_breaker --budget 1 --reference-budget 10");
  CHECK(e.exit_code == 1);
  CHECK_THAT(e.out, Contains("circuit_breaker/permit_leak (M5) was NOT FOUND within 1 schedules"));
}

TEST_CASE("verify --json writes the table for machines") {
  const scratch_directory directory;
  const std::string file = directory.path() / "table.json";
  CHECK(command("verify bulkhead --quiet --json " + file).exit_code == 0);
  CHECK_THAT(content(file), Contains(R"("format": "heddle-verify")") && Contains(R"("id": "bulkhead")") &&
                                Contains(R"("holds": true)"));
  const program_result e = command("verify bulkhead --quiet --json " + file + "/impossible");
  CHECK(e.exit_code == 2);
  CHECK_THAT(e.err, Contains("cannot be written"));
}

TEST_CASE("the same seed prints the same report, another seed another") {
  const scratch_directory directory;
  const std::string where = " --cases-dir " + directory.path().string();
  const auto report = [&](const char* seed) {
    const program_result e = command(std::string("explore bulkhead/lost_hand_off --seed ") + seed + where);
    CHECK(e.exit_code == 1);
    // The headline tells the milliseconds, all else depends on the seed alone.
    return e.out.substr(0, e.out.rfind(" · ", e.out.find('\n'))) + e.out.substr(e.out.find('\n'));
  };
  CHECK(report("0x5eed") == report("24301"));
  CHECK(report("1") != report("2"));
}

TEST_CASE("explore by a strategy of one's choice") {
  const scratch_directory directory;
  const std::string where = " --cases-dir " + directory.path().string();
  for (const char* strategy : {"pos", "surw", "delay"}) {
    const program_result e =
        command(std::string("explore bulkhead/lost_hand_off --strategy ") + strategy + where);
    CHECK(e.exit_code == 1);
    CHECK_THAT(e.out, Contains(std::string(" by ") + strategy));
  }
  const program_result e = command("explore bulkhead/lost_hand_off --strategy psychic");
  CHECK(e.exit_code == 2);
  CHECK_THAT(e.err, Contains("psychic") && Contains("surw"));
  CHECK_THAT(command("explore --help").out, Contains("pos") && Contains("surw") && Contains("delay"));
}

TEST_CASE("a case that explore stored is replayed to the same picture") {
  const scratch_directory directory;
  const std::string where = " --cases-dir " + directory.path().string();
  const program_result found = command("explore mvcc_serializable/si_sold_as_serializable" + where);
  REQUIRE(found.exit_code == 1);
  const std::string file = directory.path() / "mvcc_serializable-si_sold_as_serializable-5eed.heddle";
  CHECK_THAT(found.out, Contains("./heddle replay " + file));
  const program_result again = command("replay " + file);
  CHECK(again.exit_code == 1);
  const auto picture = [](const std::string& text) {
    return text.substr(text.find("┌"), text.rfind("┘") - text.find("┌"));
  };
  CHECK(picture(again.out) == picture(found.out));
}

TEST_CASE("replay says what is wrong with a file that is no case") {
  const scratch_directory directory;
  const std::string file = directory.path() / "x.heddle";
  std::ofstream(file) << "{\n  oops\n}";
  const program_result e = command("replay " + file);
  CHECK(e.exit_code == 2);
  CHECK(e.err == "heddle: " + file + ":2:3: expected a Heddle case in JSON\n");
  CHECK(command("replay no/such/file").exit_code == 2);
}

TEST_CASE("list names every target that explore takes") {
  const program_result e = command("list");
  CHECK(e.exit_code == 0);
  CHECK_THAT(e.out, Contains("idempotency_key_store") && Contains("lost_hand_off"));
}

TEST_CASE("what cannot be understood is refused with what would be") {
  CHECK(command("verify --seed many").exit_code == 2);
  CHECK_THAT(command("verify --seed many").err,
             Contains("--seed many: expected a number such as 24301 or 0x5eed"));
  CHECK_THAT(command("verify no_such_pattern").err, Contains("no_such_pattern"));
  CHECK(command("verify no_such_pattern").exit_code == 2);
  CHECK(command("explore bulkhead/no_such_variant").exit_code == 2);
  CHECK(command("verify --no-such-option").exit_code == 2);
  CHECK(command("no-such-command").exit_code == 2);
}

TEST_CASE("help is complete and colourless") {
  const program_result e = command("--help");
  CHECK(e.exit_code == 0);
  CHECK_THAT(
      e.out,
      Contains("verify") && Contains("explore") && Contains("replay") && Contains("list") &&
          Contains("Exit codes: 0 all holds, 1 a violation, 2 bad usage or input, 3 an internal failure"));
  CHECK(e.out.find('\x1b') == std::string::npos);
  CHECK(command("").out == e.out);
}

TEST_CASE("the launcher prints help by itself, without building anything") {
  const program_result e = run_program(HEDDLE_LAUNCHER, {});
  CHECK(e.exit_code == 0);
  CHECK_THAT(e.out, StartsWith("./heddle verify"));
}
