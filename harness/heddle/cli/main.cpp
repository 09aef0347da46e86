// heddle: the command line. Exit codes: 0 all holds, 1 a violation, 2 bad usage or input, 3 an internal
// failure (or a verdict that is not known).
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <heddle/cli/commands.hpp>
#include <heddle/harness/case_file.hpp>
#include <heddle/harness/strategies.hpp>

namespace {

constexpr int exit_bad_usage = 2;
constexpr int exit_internal = 3;

// CLI11 prints its own messages; its many error codes become our one.
int usage_error(const CLI::App& app, const CLI::ParseError& e) {
  const int code = app.exit(e);
  return code == 0 ? 0 : exit_bad_usage;
}

void add_exploration_options(CLI::App& command, heddle::cli::exploration_settings& settings) {
  command.add_option("--seed", settings.seed, "seed of programs and schedules, decimal or 0x…")
      ->envname("HEDDLE_SEED")
      ->capture_default_str();
  command
      .add_option("--budget", settings.schedules,
                  "schedules per faulty variant; references get --reference-budget")
      ->capture_default_str();
  command.add_option("--cases-dir", settings.cases_dir, "where case files are written")
      ->envname("HEDDLE_CASES_DIR")
      ->capture_default_str();
}

void add_picture_options(CLI::App& command, heddle::cli::picture_files& drawn) {
  command.add_option("--html", drawn.html, "draw it as a web page, one file that loads nothing")
      ->type_name("FILE");
  command.add_option("--trace", drawn.trace, "draw it as a trace that ui.perfetto.dev opens")
      ->type_name("FILE");
}

void add_check_options(CLI::App& command, heddle::cli::check_settings& settings) {
  command.add_option("histories", settings.histories, "files; - is standard input")->type_name("HISTORY");
  command.add_option("--model,-m", settings.model, "what the object should be, see --list")
      ->type_name("NAME");
  command.add_option("--format,-f", settings.format, "how the histories are written")
      ->check(CLI::IsMember({"auto", "jsonl", "edn", "etcd", "kv"}))
      ->capture_default_str();
  command.add_option("--timeout", settings.timeout, "per history: 10s, 500ms, 2m, or none")
      ->capture_default_str();
  command
      .add_option("--condition,-c", settings.condition,
                  "what has to hold: linearizability (default), sequential-consistency, …, see --list")
      ->type_name("NAME");
  command
      .add_option("--level", settings.level,
                  "isolation level of transactions: read-committed, …, strict-serializable (default)")
      ->type_name("NAME");
  command.add_option("--initial", settings.initial, "what the object holds at first, as JSON")
      ->type_name("VALUE");
  command.add_option("--jobs,-j", settings.jobs, "histories judged at a time (default: one per processor)");
  command.add_option("--json", settings.json, "write the verdicts as JSON too")->type_name("FILE");
  add_picture_options(command, settings.drawn);
  command.add_flag("--search-only", settings.search_only, "by the general search alone, without monitors");
  command.add_flag("--list", settings.list, "the models with their operations, and the conditions");
  command.add_flag("--quiet,-q", settings.quiet, "no progress and no table");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Heddle: deterministic concurrency verification of C++ components", "heddle"};
  app.require_subcommand(0, 1);
  app.footer(
      "Exit codes: 0 all holds, 1 a violation, 2 bad usage or input, 3 an internal failure, or a verdict\n"
      "that is not known.");
  heddle::cli::verify_settings verify;
  heddle::cli::explore_settings explore;
  heddle::cli::replay_settings replay;
  heddle::cli::check_settings check;

  CLI::App* verify_command =
      app.add_subcommand("verify", "check the bundled patterns: references hold, faulty variants are found");
  verify_command->add_option("patterns", verify.patterns, "ids of patterns (default: all)");
  add_exploration_options(*verify_command, verify.exploration);
  verify_command->add_option("--reference-budget", verify.reference_schedules, "schedules per reference")
      ->capture_default_str();
  verify_command
      ->add_option("--seeds", verify.seeds,
                   "find every faulty variant from each of so many seeds, counted up from --seed")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  verify_command->add_option("--json", verify.json, "write the table as JSON too")->type_name("FILE");
  verify_command->add_flag("--quiet,-q", verify.quiet, "no progress, only the last line");

  CLI::App* explore_command =
      app.add_subcommand("explore", "explore one implementation and show the shrunk failure, if any");
  explore_command->add_option("target", explore.target, "PATTERN/VARIANT, see heddle list")->required();
  add_exploration_options(*explore_command, explore.exploration);
  const auto strategies = heddle::harness::strategy_names();
  explore_command
      ->add_option("--strategy", explore.strategy, "one strategy instead of the portfolio; docs/exploring.md")
      ->check(CLI::IsMember(std::vector<std::string>(strategies.begin(), strategies.end())))
      ->envname("HEDDLE_STRATEGY");
  add_picture_options(*explore_command, explore.drawn);

  CLI::App* replay_command = app.add_subcommand("replay", "run a case file again");
  replay_command->add_option("file", replay.file, "a .heddle case of a bundled pattern")->required();
  add_picture_options(*replay_command, replay.drawn);

  CLI::App* check_command = app.add_subcommand("check", "judge recorded histories; docs/checking.md");
  add_check_options(*check_command, check);

  CLI::App* list_command = app.add_subcommand("list", "the bundled patterns and their variants");

  try {
    app.parse(argc, argv);
    if (*verify_command) return heddle::cli::run_verify(verify);
    if (*explore_command) return heddle::cli::run_explore(explore);
    if (*replay_command) return heddle::cli::run_replay(replay);
    if (*check_command) return heddle::cli::run_check(check);
    if (*list_command) return heddle::cli::run_list();
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& e) {
    return usage_error(app, e);
  } catch (const heddle::cli::usage_error& e) {
    fmt::print(stderr, "heddle: {}\n", e.what());
    return exit_bad_usage;
  } catch (const heddle::harness::case_error& e) {
    fmt::print(stderr, "heddle: {}\n", e.what());
    return exit_bad_usage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "heddle: internal failure: {}\n", e.what());
    return exit_internal;
  }
}
